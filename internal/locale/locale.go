// Package locale speaks English, French, Spanish and Arabic. Texts are in
// catalogues (catalogue/<room>.<language>.json, read by go-i18n), one set of
// files for each room, and are looked up by key: "tools.find.title". A test finds
// a key that one language lacks, a key that nothing uses, and one that is used
// and is not there.
//
// A text is a string, or an object of plural forms ("one", "other"; Arabic has
// zero, one, two, few, many, other), chosen by the value that is named count. A
// place for a value is written {{.name}}; nothing else of Go's templates is known.
// Texts for [Printer.HTML] may hold the tags b, i, a (with href alone), code and br.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed catalogue/*.json
var embedded embed.FS

// codes are the languages that the server speaks, English first.
var codes = []string{"en", "fr", "es", "ar"}

// Languages returns the codes of the languages that the server speaks, English
// first.
func Languages() []string { return slices.Clone(codes) }

// Catalogue holds all texts in all languages. It is safe for concurrent use.
type Catalogue struct {
	printers map[string]*Printer // by code of [Languages]
	matcher  language.Matcher
	matched  sync.Map // Accept-Language header -> *Printer, at most maxMatched
	keys     []string // sorted, of English
}

// Open reads the catalogues that are part of the program.
func Open() (*Catalogue, error) {
	files, err := fs.Sub(embedded, "catalogue")
	if err != nil {
		return nil, err
	}
	return Load(files)
}

// Load reads all files <room>.<language>.json of a folder. It fails if a key is
// there twice, if a text has a place or a tag that is not understood, or if a
// language lacks a text, a place or a plural form that English has.
func Load(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{printers: map[string]*Printer{}}
	var tags []language.Tag
	for _, code := range codes {
		p := newPrinter(code)
		c.printers[code] = p
		tags = append(tags, p.tag)
	}
	c.matcher = language.NewMatcher(tags)
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := c.load(files, name); err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", name, err)
		}
	}
	for key := range c.printers[codes[0]].texts {
		c.keys = append(c.keys, key)
	}
	slices.Sort(c.keys)
	return c, c.complete()
}

func (c *Catalogue) load(files fs.FS, name string) error {
	_, code, ok := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), ".")
	p := c.printers[code]
	if !ok || p == nil {
		return fmt.Errorf("the name does not say which language: <room>.<language>.json")
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	file, err := i18n.ParseMessageFileBytes(data, code+".json", map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return err
	}
	for _, m := range file.Messages {
		if _, twice := p.texts[m.ID]; twice {
			return fmt.Errorf("key %s is there twice", m.ID)
		}
		t, err := compile(m)
		if err != nil {
			return fmt.Errorf("key %s: %w", m.ID, err)
		}
		p.texts[m.ID] = t
	}
	return nil
}

// Keys returns the keys of all texts, sorted.
func (c *Catalogue) Keys() []string { return slices.Clone(c.keys) }

// Has tells whether there is a text with a key.
func (c *Catalogue) Has(key string) bool { return c.printers[codes[0]].texts[key] != nil }

// Printer returns the printer of a language of [Languages]; of English for any other.
func (c *Catalogue) Printer(code string) *Printer {
	if p := c.printers[code]; p != nil {
		return p
	}
	return c.printers[codes[0]]
}

// maxMatched bounds how many different headers are remembered.
const maxMatched = 1000

// Accept returns the printer that suits an Accept-Language header best.
func (c *Catalogue) Accept(header string) *Printer {
	const longest = 200 // bytes of a header that are looked at
	if header == "" {
		return c.printers[codes[0]]
	}
	if len(header) > longest {
		header = header[:longest]
	}
	if p, ok := c.matched.Load(header); ok {
		return p.(*Printer)
	}
	_, index := language.MatchStrings(c.matcher, header)
	p := c.printers[codes[index]]
	seen := 0
	c.matched.Range(func(any, any) bool { seen++; return seen < maxMatched })
	if seen < maxMatched {
		c.matched.Store(header, p)
	}
	return p
}
