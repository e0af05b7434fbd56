package profile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/opencovey/covey/table"
)

// Label is one label of a partner's column, and what it means in the profile.
type Label struct {
	Text  string
	Code  string // "": it is like no code, or cannot be one without loss, and a person has to decide
	Blank bool   // it says that nothing is known
	Sure  bool   // false: a person should look at it before it is used
}

// The codes of a flag.
const (
	yes = "yes"
	no  = "no"
)

// Codes returns what labels of the field can mean: its code list, or yes and no; nil if it has none.
func (f *Field) Codes() []string {
	if f.Kind == table.Flag {
		return []string{yes, no}
	}
	return f.Values
}

// meaner finds what labels mean in one field.
type meaner struct {
	field   *Field
	codes   []string
	phrases []phrase
	of      []string // code of each phrase
	classes []interval
	months  bool
	f       string // what F and M stand for beside the column's other labels
	m       string
}

// minors are the classes of the codes Minor and Adult.
var minors = []interval{{0, 17, true}, {18, open, true}}

func (f *Field) meaner(c *table.ColumnProfile) *meaner {
	m := &meaner{field: f, codes: f.Codes(), months: strings.HasPrefix(f.Name, "traffickMonths")}
	m.classes = classes(m.codes)
	if slices.Equal(m.codes, []string{"Minor", "Adult"}) {
		m.classes = minors
	}
	for _, code := range m.codes {
		for _, p := range phrasesOf(code) {
			m.phrases, m.of = append(m.phrases, p), append(m.of, code)
		}
	}
	// M is a man beside F, and a woman, mujer, beside H.
	for _, v := range c.Top {
		switch strings.ToLower(v.Text) {
		case "f":
			m.m = "male"
		case "h":
			m.m, m.f = "female", "male"
		}
	}
	return m
}

// label finds what a label means; false if it is a code already, or is read without help.
func (m *meaner) label(text string) (Label, bool) {
	l := Label{Text: text}
	if m.field.Kind == table.Country {
		code, read := countryOf(text)
		l.Code, l.Sure = code, code != ""
		l.Blank = code == "" && isBlank(text)
		return l, !read
	}
	if slices.Contains(m.codes, text) || m.field.Kind == table.Flag && readsFlag(text) != "" {
		return l, false
	}
	said := text
	switch strings.ToLower(text) {
	case "m":
		said = m.m
	case "h":
		said = m.f
	}
	if said != "" {
		l.Code, l.Sure = m.find(said)
	}
	if l.Code == "" && isBlank(text) {
		l.Blank, l.Sure = true, true
	}
	return l, true
}

// readsFlag returns what package table takes a spelling for without help: yes, no, or "" for neither.
func readsFlag(text string) string {
	switch text = strings.ToLower(strings.TrimSpace(text)); {
	case slices.Contains(table.DefaultYes, text):
		return yes
	case slices.Contains(table.DefaultNo, text):
		return no
	}
	return ""
}

// find returns the code that a text means, and whether that is sure.
func (m *meaner) find(text string) (code string, sure bool) {
	if m.classes != nil {
		if in, ok := intervalOf(text, m.months); ok {
			if i := within(in, m.classes); i >= 0 && (m.months || in.from <= oldest) {
				return m.codes[i], in.sure
			}
			return "", false
		}
		if strings.ContainsFunc(text, unicode.IsDigit) && !slices.ContainsFunc(m.phrases, func(p phrase) bool { return p.text == text }) {
			return "", false // a class that cannot be read
		}
	}
	if strings.Contains(text, "?") || m.field.Kind == table.Flag && strings.ContainsAny(text, "-+/<>=!~") {
		return "", false // a sign may turn the word before or after it around
	}
	said := meaningOf(text)
	if len(said) == 0 { // a sign
		said = meaning{text}
	}
	for _, level := range []func(p phrase) bool{
		func(p phrase) bool { return p.text == text || p.sure && p.meaning.key() == said.key() },
		func(p phrase) bool { return p.sure && squash(p.text) == squash(text) && squash(text) != "" },
		func(p phrase) bool { return !p.sure && p.meaning.key() == said.key() },
		func(p phrase) bool { return p.sure && said.nearly(p.meaning) },
	} {
		var found []string
		for i, p := range m.phrases {
			if level(p) && !slices.Contains(found, m.of[i]) {
				found = append(found, m.of[i])
			}
		}
		switch {
		case len(found) > 1:
			return "", false
		case len(found) == 1:
			return found[0], m.surely(text, said, found[0])
		}
	}
	return "", false
}

// surely tells whether a text is one of the sure ways to say a code.
func (m *meaner) surely(text string, said meaning, code string) bool {
	for i, p := range m.phrases {
		if m.of[i] == code && p.sure && (p.text == text || p.meaning.key() == said.key() || squash(p.text) == squash(text)) {
			return true
		}
	}
	return false
}

// blanks are ways to say that nothing is known, folded; those in English are known to package table.
var blanks = []string{
	"unknown", "not known", "not stated", "not specified", "not recorded", "n/a", "no sabe", "desconocido", "desconocida", "sin dato", "sin datos", "no consta",
	"no especificado", "no aplica", "ns/nr", "inconnu", "inconnue", "non précisé", "non renseigné", "ne sait pas", "sans objet", "nsp", "غير معروف", "غير محدد", "لا ينطبق", "لا يعرف",
}

func isBlank(text string) bool {
	key := squash(text)
	return key != "" && slices.ContainsFunc(blanks, func(b string) bool { return squash(b) == key })
}
