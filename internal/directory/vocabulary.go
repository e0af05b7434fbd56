package directory

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/fold"
)

// vocabularies are the terms as data, one file for each facet, and the texts of
// the cautions. docs/tools-format.md describes their columns.
//
//go:embed data/vocabulary/*.csv
var vocabularies embed.FS

// Term is one word of the vocabulary of a facet.
type Term struct {
	Facet    Facet
	Code     string            // as it is stored: "law-enforcement", "TH", "035"
	Parent   string            // code of the broader term, or ""
	Groups   []string          // codes of further terms that it belongs to: Qatar to the Gulf
	Labels   map[string]string // by language: en, fr, es, ar
	Synonyms []string          // other words for it, in any language
	Caution  string            // key of [Vocabulary.Caution]; "" if there is nothing to warn of
}

// Vocabulary is what entries are described with: the terms of every facet, with
// their names in four languages. It does not change after it was opened.
type Vocabulary struct {
	terms    map[Facet][]Term              // in the order of the files
	place    map[Facet]map[string]int      // of a code in terms
	found    map[Facet]map[string]int      // of a folded code, label or synonym in terms
	below    map[Facet]map[string][]string // code to the code and all below it
	cautions map[string]map[string]string  // key to language to text
}

// Facets returns the facets in the order in which they are shown.
func Facets() []Facet {
	return []Facet{
		Type, Users, Sector, Technology, Form, UsedIn, MadeIn, Developer,
		Cost, Licence, Language, Stage, Evidence,
	}
}

// vocabularyLanguages are the columns of labels, in their order.
func vocabularyLanguages() []string { return []string{"en", "fr", "es", "ar"} }

// OpenVocabulary returns the vocabulary that is built in. It is read once. An
// error means that the files it is made of are at fault.
func OpenVocabulary() (*Vocabulary, error) { return builtIn() }

var builtIn = sync.OnceValues(func() (*Vocabulary, error) {
	v := &Vocabulary{
		terms: map[Facet][]Term{}, place: map[Facet]map[string]int{}, found: map[Facet]map[string]int{},
		below: map[Facet]map[string][]string{}, cautions: map[string]map[string]string{},
	}
	for _, f := range Facets() {
		name := string(f)
		if f == MadeIn {
			name = string(UsedIn) // one list of places for both
		}
		terms, err := readTerms(f, "data/vocabulary/"+name+".csv")
		if err != nil {
			return nil, err
		}
		if err := v.add(f, terms); err != nil {
			return nil, err
		}
	}
	if err := v.readCautions("data/vocabulary/caution.csv"); err != nil {
		return nil, err
	}
	return v, nil
})

// Terms returns the terms of a facet in the order in which they are shown. The
// slice belongs to the vocabulary and must not be changed.
func (v *Vocabulary) Terms(f Facet) []Term { return v.terms[f] }

// Term returns the term of a code.
func (v *Vocabulary) Term(f Facet, code string) (Term, bool) {
	i, ok := v.place[f][code]
	if !ok {
		return Term{}, false
	}
	return v.terms[f][i], true
}

// Label returns the name of a term in a language ("en", "fr", "es" or "ar"), in
// English if there is none, and the code itself if it is not of the vocabulary.
func (v *Vocabulary) Label(f Facet, code, lang string) string {
	t, ok := v.Term(f, code)
	if !ok {
		return code
	}
	if label := t.Labels[lang]; label != "" {
		return label
	}
	return t.Labels["en"]
}

// Find returns the code of the term that a text names: by its code, its label in
// any language, or one of its synonyms. Case, accents, punctuation and spaces
// make no difference.
func (v *Vocabulary) Find(f Facet, text string) (code string, ok bool) {
	i, ok := v.found[f][fold.Text(text)]
	if !ok {
		return "", false
	}
	return v.terms[f][i].Code, true
}

// Within returns a code and those of all narrower terms, so that whoever looks
// for South-East Asia finds what is used in Thailand. The slice belongs to the
// vocabulary and must not be changed; it is nil for an unknown code.
func (v *Vocabulary) Within(f Facet, code string) []string { return v.below[f][code] }

// Caution returns what people should know before they rely on a tool, in a
// language, by the key that a term has; English if there is no other text.
func (v *Vocabulary) Caution(key, lang string) string {
	texts := v.cautions[key]
	if text := texts[lang]; text != "" {
		return text
	}
	return texts["en"]
}

// add takes the terms of a facet in.
func (v *Vocabulary) add(f Facet, terms []Term) error {
	place, found := make(map[string]int, len(terms)), make(map[string]int, 4*len(terms))
	for i, t := range terms {
		if _, twice := place[t.Code]; twice {
			return fmt.Errorf("read vocabulary %s: %q is there twice", f, t.Code)
		}
		place[t.Code] = i
		found[fold.Text(t.Code)] = i
	}
	// A label never hides a code, nor a synonym a label.
	for i, t := range terms {
		for _, lang := range vocabularyLanguages() {
			addWord(found, t.Labels[lang], i)
		}
	}
	below := make(map[string][]string, len(terms))
	for i, t := range terms {
		for _, word := range t.Synonyms {
			addWord(found, word, i)
		}
		below[t.Code] = append([]string{t.Code}, below[t.Code]...)
		for _, over := range broader(terms, place, t) {
			if _, ok := place[over]; !ok {
				return fmt.Errorf("read vocabulary %s: %q is part of %q, which is not there", f, t.Code, over)
			}
			below[over] = append(below[over], t.Code)
		}
	}
	v.terms[f], v.place[f], v.found[f], v.below[f] = terms, place, found, below
	return nil
}

// addWord lets a word find a term, if it does not find another already.
func addWord(found map[string]int, word string, term int) {
	key := fold.Text(word)
	if _, taken := found[key]; !taken && key != "" {
		found[key] = term
	}
}

// broader returns the codes of all terms that a term belongs to, without its own.
func broader(terms []Term, place map[string]int, t Term) []string {
	var codes []string
	next := append([]string{t.Parent}, t.Groups...)
	for len(next) > 0 {
		code := next[0]
		next = next[1:]
		if code == "" || code == t.Code || slices.Contains(codes, code) {
			continue
		}
		codes = append(codes, code)
		if i, ok := place[code]; ok {
			next = append(append(next, terms[i].Parent), terms[i].Groups...)
		}
	}
	return codes
}

// readTerms reads the file of one facet.
func readTerms(f Facet, name string) ([]Term, error) {
	var terms []Term
	err := readRecords(name, func(cell func(column string) string) {
		t := Term{
			Facet: f, Code: cell("code"), Parent: cell("parent"), Groups: splitWords(cell("groups")),
			Labels: map[string]string{}, Synonyms: splitWords(cell("synonyms")), Caution: cell("caution"),
		}
		for _, lang := range vocabularyLanguages() {
			t.Labels[lang] = cell(lang)
		}
		terms = append(terms, t)
	})
	return terms, err
}

func (v *Vocabulary) readCautions(name string) error {
	return readRecords(name, func(cell func(column string) string) {
		texts := map[string]string{}
		for _, lang := range vocabularyLanguages() {
			texts[lang] = cell(lang)
		}
		v.cautions[cell("key")] = texts
	})
}

// readRecords hands the records of a built-in file to a function, one by one; a
// column that the file does not have is "".
func readRecords(name string, take func(cell func(column string) string)) error {
	file, err := vocabularies.Open(name)
	if err != nil {
		return fmt.Errorf("read vocabulary: %w", err)
	}
	defer file.Close()
	rows := csv.NewReader(file)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read vocabulary %s: %w", path.Base(name), err)
	}
	columns := make(map[string]int, len(header))
	for i, column := range header {
		columns[column] = i
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read vocabulary %s: %w", path.Base(name), err)
		}
		take(func(column string) string {
			i, ok := columns[column]
			if !ok {
				return ""
			}
			return row[i]
		})
	}
}

// splitWords splits a cell at its semicolons.
func splitWords(cell string) []string {
	var words []string
	for word := range strings.SplitSeq(cell, ";") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}
