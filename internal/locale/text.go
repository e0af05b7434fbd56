package locale

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// form is a plural form of CLDR.
type form int

const (
	zero form = iota
	one
	two
	few
	many
	other
	formCount
)

// formNames are the names of the forms in catalogues.
var formNames = [formCount]string{"zero", "one", "two", "few", "many", "other"}

// needed are the forms that whole numbers below a million take in each language.
// A millionth of French and Spanish has a form of its own (many), and other serves.
var needed = map[string][]form{
	"en": {one, other},
	"fr": {one, other},
	"es": {one, other},
	"ar": {zero, one, two, few, many, other},
}

// text is a text of one language, ready to be printed.
type text struct {
	whole  string // if it has neither places nor plural forms
	plural bool
	forms  [formCount][]piece
}

// piece is a part of a text: words, or the place of a value.
type piece struct {
	words string
	place string // name of the value; "" for words
	link  bool   // the place is the address of a link
}

var placePattern = regexp.MustCompile(`\{\{\s*\.([a-zA-Z]+)\s*\}\}`)

// compile prepares a message.
func compile(m *i18n.Message) (*text, error) {
	t := &text{}
	if m.Other == "" {
		return nil, errors.New("the text is empty, or lacks the form other")
	}
	for f, words := range [formCount]string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other} {
		if words == "" {
			continue
		}
		t.plural = t.plural || form(f) != other
		pieces, err := split(words)
		if err != nil {
			return nil, err
		}
		t.forms[f] = pieces
	}
	if !t.plural && len(t.forms[other]) == 1 && t.forms[other][0].place == "" {
		t.whole = m.Other
	}
	return t, nil
}

// split finds the places of a text.
func split(words string) ([]piece, error) {
	var pieces []piece
	last := 0
	for _, at := range placePattern.FindAllStringSubmatchIndex(words, -1) {
		if at[0] > last {
			pieces = append(pieces, piece{words: words[last:at[0]]})
		}
		link := strings.HasSuffix(words[:at[0]], `href="`)
		pieces = append(pieces, piece{place: words[at[2]:at[3]], link: link})
		last = at[1]
	}
	if last < len(words) {
		pieces = append(pieces, piece{words: words[last:]})
	}
	for _, p := range pieces {
		if strings.Contains(p.words, "{{") || strings.Contains(p.words, "}}") {
			return nil, fmt.Errorf("%q has a place that is not written {{.name}}", words)
		}
	}
	return pieces, checkTags(words)
}

var (
	tagPattern  = regexp.MustCompile(`<[^>]*>?`)
	allowedTags = regexp.MustCompile(`^(</?(b|i|a|code)>|<br>|<a href="[^"<>]*">)$`)
)

// checkTags refuses tags that catalogues may not hold.
func checkTags(words string) error {
	for _, tag := range tagPattern.FindAllString(words, -1) {
		if !allowedTags.MatchString(tag) {
			return fmt.Errorf("%q has the tag %s, which is not allowed", words, tag)
		}
	}
	return nil
}

// places returns the names of all values that a text has places for.
func (t *text) places() map[string]bool {
	names := map[string]bool{}
	for _, pieces := range t.forms {
		for _, p := range pieces {
			if p.place != "" {
				names[p.place] = true
			}
		}
	}
	return names
}

// complete compares every language with English.
func (c *Catalogue) complete() error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	english := c.printers[codes[0]].texts
	for _, code := range codes {
		texts := c.printers[code].texts
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			if english[key] == nil {
				add("text %s is in %s and not in English", key, code)
			}
		}
		for _, key := range c.keys {
			theirs := texts[key]
			if theirs == nil {
				add("text %s is missing in %s", key, code)
				continue
			}
			for _, fault := range compare(english[key], theirs, code) {
				add("text %s in %s %s", key, code, fault)
			}
		}
	}
	return errors.Join(faults...)
}

// compare says what a translation lacks.
func compare(english, theirs *text, code string) []string {
	var faults []string
	if english.plural != theirs.plural {
		return []string{"has plural forms in one language and not in the other"}
	}
	ours, have := english.places(), theirs.places()
	if !maps.Equal(ours, have) {
		faults = append(faults, fmt.Sprintf("has the places %v, English has %v",
			slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(ours))))
	}
	if theirs.plural {
		for _, f := range needed[code] {
			if theirs.forms[f] == nil {
				faults = append(faults, "lacks the plural form "+formNames[f])
			}
		}
	}
	return faults
}
