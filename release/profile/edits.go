package profile

import (
	"cmp"
	"slices"

	"github.com/opencovey/covey/release"
)

// Edits writes matches into a policy: each column gets the field's name and keeps its header, its kind, label, group and code list; labels are mapped. Names are
// those of the language.
func (p *Profile) Edits(matches []Match, language string) []release.PolicyEdit {
	var edits []release.PolicyEdit
	for i := range matches {
		m := &matches[i]
		f, ok := p.Field(m.Field)
		switch {
		case !ok:
		case f.Ignore:
			edits = append(edits, release.PolicyEdit{Column: m.Column, Key: "kind", Value: "ignore"})
		default:
			edits = append(edits, f.edits(m, language)...)
		}
	}
	return edits
}

func (f *Field) edits(m *Match, language string) []release.PolicyEdit {
	edits := []release.PolicyEdit{{Column: m.Column, Key: "kind", Value: f.Kind.String()}, {Column: m.Column, Key: "name", Value: f.Name}}
	set := func(key string, value any) {
		edits = append(edits, release.PolicyEdit{Column: f.Name, Key: key, Value: value})
	}
	set("label", Text(f.Name, language))
	if f.Group != "" {
		set("group", Text(f.Group, language))
	}
	if f.Description != "" && language == "en" {
		set("description", f.Description)
	}
	if f.Values != nil {
		set("values", f.CodeList(f.Values, language))
	}
	if list := m.pairs(); len(list) > 0 {
		set("map", list)
	}
	if list := m.blanks(); len(list) > 0 {
		set("blanks", list)
	}
	if f.Bins != nil {
		set("bins", f.Bins)
	}
	if f.Every != "" {
		set("every", f.Every)
	}
	return edits
}

// CodeList returns codes as the value of an edit: with names for people if any of them has another name.
func (f *Field) CodeList(codes []string, language string) any {
	var list [][2]string
	named := false
	for _, code := range codes {
		name := Text(code, language)
		named = named || name != code
		list = append(list, [2]string{code, name})
	}
	if named {
		return list
	}
	return codes
}

// pairs are the labels with their codes, in order of the alphabet.
func (m *Match) pairs() [][2]string {
	var list [][2]string
	for _, l := range m.Labels {
		if l.Code != "" {
			list = append(list, [2]string{l.Text, l.Code})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return list
}

// blanks are the labels that say that nothing is known.
func (m *Match) blanks() []release.BlankEdit {
	var list []release.BlankEdit
	for _, l := range m.Labels {
		if l.Blank {
			list = append(list, release.BlankEdit{Text: l.Text, Reason: "unknown"})
		}
	}
	return list
}

// least is how many columns of a policy must be fields before it is said to follow a profile.
const least = 3

// Of returns the profile that a policy follows: all that it releases are fields of the profile, of the same kind and with all its codes. False
// if there is none. It looks at the policy as it is, so what a person changes afterwards counts.
func Of(policy *release.Policy) (Profile, bool) {
	list, err := All()
	if err != nil {
		return Profile{}, false
	}
	for _, p := range list {
		if p.fits(policy) {
			return p, true
		}
	}
	return Profile{}, false
}

func (p *Profile) fits(policy *release.Policy) bool {
	n := 0
	for i := range policy.Columns {
		c := &policy.Columns[i]
		if c.Ignore {
			continue
		}
		f, ok := p.Field(c.Name)
		if !ok || f.Ignore || f.Kind != c.Kind {
			return false
		}
		for _, code := range f.Values {
			if !slices.Contains(c.Values, code) {
				return false
			}
		}
		n++
	}
	return n >= least
}
