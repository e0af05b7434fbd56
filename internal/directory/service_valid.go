package directory

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/opencovey/covey/internal/fault"
)

// tidy returns a copy of an entry as it is kept: texts cleaned, lists without
// blanks and repetitions, codes sorted, nothing shared with the argument.
func tidy(t Tool) Tool {
	t.Name = tidyLine(t.Name)
	t.URL = strings.TrimSpace(t.URL)
	t.Description = tidyText(t.Description)
	t.OtherNames, t.Organisations = tidyList(t.OtherNames), tidyList(t.Organisations)
	terms, notes, sources := map[Facet][]string{}, map[Facet]string{}, map[string]string{}
	for f, codes := range t.Terms {
		if codes = slices.DeleteFunc(normal(codes), func(c string) bool { return c == "" }); len(codes) > 0 {
			terms[f] = codes
		}
	}
	for f, note := range t.Notes {
		if note = tidyLine(note); note != "" {
			notes[f] = note
		}
	}
	for field, source := range t.Sources {
		if source = tidyLine(source); source != "" {
			sources[field] = source
		}
	}
	t.Terms, t.Notes, t.Sources = terms, notes, sources
	return t
}

// tidyText cleans a text of several lines: valid, composed, without control
// characters, and without those that turn the direction of writing, with which a
// text can be made to look like another.
func tidyText(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), ""))
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || turning(r):
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// tidyLine cleans a text of one line.
func tidyLine(text string) string { return strings.Join(strings.Fields(tidyText(text)), " ") }

func tidyList(items []string) []string {
	var list []string
	for _, item := range items {
		// A semicolon separates items in the file.
		if item = strings.TrimSpace(strings.ReplaceAll(tidyLine(item), ";", ",")); item != "" && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// valid returns a fault if an entry, tidied, cannot be kept.
func (s *Service) valid(t Tool) error {
	if t.Name == "" {
		return fault.New(fault.Invalid, "fault.tool.name.empty").At("name")
	}
	for _, c := range []struct {
		field, text string
		most        int
	}{
		{"name", t.Name, MaxName},
		{"url", t.URL, MaxURL},
		{"description", t.Description, MaxDescription},
	} {
		if err := short(c.field, c.text, c.most); err != nil {
			return err
		}
	}
	for field, list := range map[string][]string{"other_names": t.OtherNames, "organisations": t.Organisations} {
		if len(list) > MaxNames {
			return fault.New(fault.Invalid, "fault.tool.names.many", "limit", MaxNames).At(field)
		}
		for _, name := range list {
			if err := short(field, name, MaxName); err != nil {
				return err
			}
		}
	}
	if t.URL != "" && !validURL(t.URL) {
		return fault.New(fault.Invalid, "fault.tool.url").At("url")
	}
	return s.validTerms(t)
}

// validTerms checks codes, notes and sources.
func (s *Service) validTerms(t Tool) error {
	for f, codes := range t.Terms {
		field := "terms." + string(f)
		if !slices.Contains(Facets(), f) {
			return fault.New(fault.Invalid, "fault.tool.facet").At(field)
		}
		if len(codes) > MaxTerms || (f == Stage || f == Evidence) && len(codes) > 1 {
			limit := MaxTerms
			if f == Stage || f == Evidence {
				limit = 1
			}
			return fault.New(fault.Invalid, "fault.tool.terms.many", "limit", limit).At(field)
		}
		for _, code := range codes {
			if _, ok := s.vocabulary.Term(f, code); !ok {
				return fault.New(fault.Invalid, "fault.tool.term", "code", cutText(code, 40)).At(field)
			}
		}
	}
	for f, note := range t.Notes {
		if !slices.Contains(Facets(), f) {
			return fault.New(fault.Invalid, "fault.tool.facet").At("notes." + string(f))
		}
		if err := short("notes."+string(f), note, MaxNote); err != nil {
			return err
		}
	}
	for field, source := range t.Sources {
		if field != "" && !slices.Contains(Fields(), field) {
			return fault.New(fault.Invalid, "fault.tool.facet").At("sources")
		}
		if err := short("sources", source, MaxSource); err != nil {
			return err
		}
	}
	return nil
}

// short returns a fault if a text is too long.
func short(field, text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return fault.New(fault.Invalid, "fault.too.long", "limit", most).At(field)
	}
	return nil
}

// validURL tells whether an address can be linked to: of the web, with a host that
// everybody can reach, and without a password that somebody pasted along.
func validURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && isPublicHost(u.Hostname()) && u.User == nil &&
		!strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
}
