package locale

import (
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Printer writes for readers of one language. It is safe for concurrent use.
type Printer struct {
	code      string
	tag       language.Tag
	texts     map[string]*text
	small     [smallCounts]form
	rule      func(n int) form
	months    []string
	regions   display.Namer
	tongues   display.Namer
	countries sync.Map // code -> name
	languages sync.Map // code -> name
}

// smallCounts is how many counts have their plural form looked up beforehand.
const smallCounts = 1000

func newPrinter(code string) *Printer {
	tag := language.MustParse(code)
	p := &Printer{code: code, tag: tag, texts: map[string]*text{}, months: months[code]}
	p.regions, p.tongues = display.Regions(tag), display.Languages(tag)
	p.rule = pluralRule(tag)
	for n := range p.small {
		p.small[n] = p.rule(n)
	}
	return p
}

// pluralRule asks go-i18n, which knows the rules of CLDR, by having it print a
// message whose forms are their own names.
func pluralRule(tag language.Tag) func(int) form {
	bundle := i18n.NewBundle(tag)
	names := &i18n.Message{
		ID: "form", Zero: formNames[zero], One: formNames[one], Two: formNames[two],
		Few: formNames[few], Many: formNames[many], Other: formNames[other],
	}
	speaker := i18n.NewLocalizer(bundle, tag.String())
	return func(n int) form {
		name, err := speaker.Localize(&i18n.LocalizeConfig{DefaultMessage: names, PluralCount: n})
		if err != nil {
			return other
		}
		for f, have := range formNames {
			if have == name {
				return form(f)
			}
		}
		return other
	}
}

// Code returns the code of the language: "en", "fr", "es" or "ar".
func (p *Printer) Code() string { return p.code }

// Tag returns the language as a tag of BCP 47.
func (p *Printer) Tag() language.Tag { return p.tag }

// Direction returns the way in which the language is written: "ltr" or "rtl".
func (p *Printer) Direction() string {
	if p.code == "ar" {
		return "rtl"
	}
	return "ltr"
}

// Text returns the text of a key as plain text. The arguments are names and values
// in turn; whole numbers are written in the way of the language, and the one that
// is named count chooses the plural form. A key that is not there is returned
// itself, in brackets: tests and the start of the server find those before people do.
func (p *Printer) Text(key string, args ...any) string {
	t := p.texts[key]
	if t == nil {
		return "[" + key + "]"
	}
	if t.whole != "" {
		return t.whole
	}
	return p.fill(t, args, func(_ piece, value string) string { return value })
}

// HTML is [Printer.Text] for texts with tags. Values are escaped and kept apart
// from the direction of the words around them; an address of a link that is
// neither a path nor http, https or mailto becomes "#".
func (p *Printer) HTML(key string, args ...any) template.HTML {
	t := p.texts[key]
	if t == nil {
		return template.HTML("[" + template.HTMLEscapeString(key) + "]") //nolint:gosec // escaped
	}
	if t.whole != "" {
		return template.HTML(t.whole)
	}
	return template.HTML(p.fill(t, args, func(at piece, value string) string {
		if !at.link {
			return "<bdi>" + template.HTMLEscapeString(value) + "</bdi>"
		}
		if !safeLink(value) {
			return "#"
		}
		return template.HTMLEscapeString(value)
	}))
}

// safeLink tells whether an address of a link starts no script.
func safeLink(address string) bool {
	for _, start := range []string{"/", "#", "?", "https://", "http://", "mailto:"} {
		if strings.HasPrefix(address, start) {
			return true
		}
	}
	return false
}

// fill puts values into the places of a text.
func (p *Printer) fill(t *text, args []any, write func(piece, string) string) string {
	pieces := t.forms[other]
	if t.plural {
		if count, ok := argument(args, "count").(int); ok {
			if chosen := t.forms[p.form(count)]; chosen != nil {
				pieces = chosen
			}
		}
	}
	var b strings.Builder
	for _, at := range pieces {
		if at.place == "" {
			b.WriteString(at.words)
		} else {
			b.WriteString(write(at, p.value(argument(args, at.place))))
		}
	}
	return b.String()
}

// form returns the plural form that a number takes.
func (p *Printer) form(n int) form {
	if n < 0 {
		n = -n
	}
	if n < smallCounts {
		return p.small[n]
	}
	return p.rule(n)
}

func argument(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

// value writes a value of a text.
func (p *Printer) value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return p.Number(v)
	case int64:
		return p.Number(int(v))
	case time.Time:
		return p.Date(v)
	default:
		return fmt.Sprint(v)
	}
}
