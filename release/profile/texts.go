package profile

import (
	"encoding/csv"
	"slices"
	"strings"
	"sync"
)

// Languages are those that the names of fields, groups and codes are given in.
func Languages() []string { return []string{"en", "fr", "es", "ar"} }

// phrase is one way to say a field or a code.
type phrase struct {
	text    string
	meaning meaning
	sure    bool
}

// entry is what fields and codes of a name are called.
type entry struct {
	labels  []string // in the order of Languages
	phrases []phrase
}

var entries = sync.OnceValue(func() map[string]*entry {
	index := map[string]*entry{}
	for _, row := range rowsOf("data/texts.csv") {
		e := &entry{labels: row[1:5]}
		ways := slices.Clone(row[1:5])
		if row[5] != "" {
			ways = append(ways, strings.Split(row[5], "|")...)
		}
		for _, name := range strings.Split(row[0], "|") {
			index[name] = e
		}
		for _, text := range ways {
			text, unsure := strings.CutPrefix(text, "~")
			e.phrases = append(e.phrases, phrase{text, meaningOf(text), !unsure})
		}
	}
	return index
})

// rowsOf reads a file of the program, without its header.
func rowsOf(name string) [][]string {
	text, err := data.ReadFile(name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comma, r.LazyQuotes = ';', true
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}

// Text returns what people call a field, a group or a code of a profile in a language; the name itself if there are no words for it, as for a brand, or
// for a class such as 9--17.
func Text(name, language string) string {
	e := entries()[name]
	if e == nil {
		return name
	}
	return e.labels[max(0, slices.Index(Languages(), language))]
}

// phrasesOf returns the ways to say a name: as it is, and as people call it.
func phrasesOf(name string) []phrase {
	bare := name
	for _, prefix := range []string{"prs_", "vic_", "org_", "cas_", "hte_", "spl_", "per_", "con_"} {
		bare = strings.TrimPrefix(bare, prefix)
	}
	list := []phrase{{name, meaningOf(name), true}}
	if bare == name || len(meaningOf(bare)) > 1 { // org_Type and spl_Type are both called Type
		list[0].meaning = meaningOf(bare)
	}
	if e := entries()[name]; e != nil {
		list = append(list, e.phrases...)
	}
	return list
}
