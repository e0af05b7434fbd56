package directory

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnknown is how many parts of an address are reported at most, and maxCodes
// how many codes of one facet are read.
const (
	maxUnknown = 20
	maxCodes   = 300
	maxPage    = 1_000_000
)

// ParseQuery reads a query from the parameters of an address: q, the names of the
// facets (repeated for several codes, "form=sex&form=labour"), checked, sort, page,
// per. Parameters that are listed in others belong to the page and are passed
// over; everything else that means nothing is reported, never silently dropped.
func ParseQuery(v url.Values, vocabulary *Vocabulary, others ...string) (Query, []Unknown) {
	p := queryReader{vocabulary: vocabulary}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(others, name) {
			continue
		}
		if f := Facet(name); slices.Contains(Facets(), f) {
			p.facet(f, v[name])
			continue
		}
		for i, value := range v[name] {
			// An empty field of a form is no choice; of two, the first counts.
			if value != "" && (i > 0 && v[name][0] != "" || !p.single(name, value)) {
				p.report(name, value)
			}
		}
	}
	return p.q, p.unknown
}

type queryReader struct {
	vocabulary *Vocabulary
	q          Query
	unknown    []Unknown
}

func (p *queryReader) report(name, value string) {
	if len(p.unknown) < maxUnknown {
		p.unknown = append(p.unknown, Unknown{cutText(name, 100), cutText(value, 100)})
	}
}

// facet reads the codes of a facet.
func (p *queryReader) facet(f Facet, values []string) {
	var codes []string
	for i, code := range values {
		_, known := p.vocabulary.Term(f, code)
		switch {
		case code == "":
		case !known || i >= maxCodes:
			p.report(string(f), code)
		default:
			codes = append(codes, code)
		}
	}
	if len(codes) > 0 {
		page := p.q.Page // a new choice leads to the first page, an address does not
		p.q = p.q.Only(f, codes...).At(page)
	}
}

// single reads a parameter that has one value. It returns false if that means nothing.
func (p *queryReader) single(name, value string) bool {
	switch name {
	case "q":
		text := cleanText(value)
		p.q.Text = cutText(text, MaxQueryText)
		return p.q.Text == text
	case "checked":
		if value != CheckedYear && value != CheckedOlder && value != CheckedNever {
			return false
		}
		p.q.Checked = value
	case "sort":
		if s := Sort(value); s != ByName && s != ByUpdated {
			return value == "relevance"
		}
		p.q.Sort = Sort(value)
	case "page":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxPage {
			return false
		}
		p.q.Page = n
	case "per":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxPerPage {
			return false
		}
		p.q.PerPage = n
	default:
		return false
	}
	return true
}

// cleanText makes a text one line of valid characters with single blanks.
func cleanText(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// cutText shortens a text to a number of characters.
func cutText(text string, most int) string {
	if len(text) <= most {
		return text
	}
	text = strings.ToValidUTF8(text, " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most]))
}

// Values returns the query as parameters, in a stable form: the same choice always
// gives the same address. Empty and default values are left out.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Text)
	for f, codes := range q.Terms {
		if codes = normal(codes); len(codes) > 0 {
			v[string(f)] = codes
		}
	}
	set("checked", q.Checked)
	set("sort", string(q.Sort))
	if q.Page > 1 {
		set("page", strconv.Itoa(q.Page))
	}
	if q.PerPage > 0 && q.PerPage != DefaultPerPage {
		set("per", strconv.Itoa(q.PerPage))
	}
	return v
}

// Encode returns the query as the part of an address after "?": "" for the zero value.
func (q Query) Encode() string { return q.Values().Encode() }

// IsZero tells whether the query chooses nothing: it finds the whole map.
func (q Query) IsZero() bool {
	for _, codes := range q.Terms {
		if len(codes) > 0 {
			return false
		}
	}
	return q.Text == "" && q.Checked == ""
}

// Has tells whether a code of a facet is chosen.
func (q Query) Has(f Facet, code string) bool { return slices.Contains(q.Terms[f], code) }

// Toggle returns the query with a code chosen that was not, or not chosen that
// was, on the first page: where the link of a facet's value leads.
func (q Query) Toggle(f Facet, code string) Query {
	codes := slices.Clone(q.Terms[f])
	if i := slices.Index(codes, code); i >= 0 {
		return q.Only(f, slices.Delete(codes, i, i+1)...)
	}
	return q.Only(f, append(codes, code)...)
}

// Only returns the query with these codes of a facet (none: with no choice in it), on
// the first page.
func (q Query) Only(f Facet, codes ...string) Query {
	terms := make(map[Facet][]string, len(q.Terms)+1)
	for other, chosen := range q.Terms {
		if other != f && len(chosen) > 0 {
			terms[other] = chosen
		}
	}
	if codes = normal(codes); len(codes) > 0 {
		terms[f] = codes
	}
	q.Terms, q.Page = terms, 0
	return q
}

// At returns the query at another page.
func (q Query) At(page int) Query {
	q.Page = page
	return q
}

// normal returns codes sorted, each once.
func normal(codes []string) []string {
	codes = slices.Clone(codes)
	slices.Sort(codes)
	return slices.Compact(codes)
}
