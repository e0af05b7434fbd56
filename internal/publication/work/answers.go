package work

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/opencovey/covey/release"
)

// answers remembers what was asked about the file that is held: the last few answers, gone with the file.
type answers struct {
	known map[[sha256.Size]byte]*Response
	order [][sha256.Size]byte
}

// maxAnswers is how many answers are remembered: those of some pages of a few drafts.
const maxAnswers = 16

// answerKey names all that an answer depends on; false if that cannot be told. Titles and labels of a policy are no part of it.
func answerKey(q *Request, p *release.Policy) (key [sha256.Size]byte, ok bool) {
	about := []any{q.Ask, q.K}
	if p != nil && q.Ask != Columns {
		about = append(about, p.Schema(), p.Input, p.Protection)
		for i := range p.Columns {
			about = append(about, p.Columns[i].Name, p.Columns[i].KindName(), p.Columns[i].Ignore)
		}
	}
	text, err := json.Marshal(about)
	return sha256.Sum256(text), err == nil
}

// get returns a copy of an answer that is remembered, or nil.
func (a *answers) get(key [sha256.Size]byte) *Response {
	r := a.known[key]
	if r == nil {
		return nil
	}
	again := *r
	return &again
}

func (a *answers) put(key [sha256.Size]byte, r *Response) {
	if a.known == nil {
		a.known = map[[sha256.Size]byte]*Response{}
	}
	if len(a.order) == maxAnswers {
		delete(a.known, a.order[0])
		a.order = a.order[1:]
	}
	again := *r
	a.known[key], a.order = &again, append(a.order, key)
}
