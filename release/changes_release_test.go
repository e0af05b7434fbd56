package release_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/release"
)

// TestReleaseBesideEarlier makes a second and a third release of people who changed a little: refused without suppressing; with it, every check passes that can,
// nothing that is withheld is in a record, and whoever tampers is found.
func TestReleaseBesideEarlier(t *testing.T) {
	first := newFixture(t)
	rows := fixturePeople(fixtureSize+9, 1)
	copy(rows[40:], fixturePeople(60, 9)[1:]) // sixty records are others now
	second := &fixture{dir: t.TempDir(), policy: first.policy, sensitive: fixtureTable(t, first.policy, rows)}
	previous := []*release.Bundle{first.open(t)}

	_, err := release.Make(t.Context(), second.sensitive, second.policy, release.Options{Previous: previous})
	var exposure *release.ExposureError
	if !errors.As(err, &exposure) || exposure.Hint() == "" {
		t.Fatalf("got %v, want an *ExposureError", err)
	}
	second.write(t, writeRelease(t, second, previous, true))
	b := second.open(t)
	m := b.Manifest
	if !m.Withheld || m.Previous != previous[0].SHA256 || m.People != 2000 || m.Records != 2000 {
		t.Errorf("the manifest says withheld %v, previous %s, %d people, %d records", m.Withheld, m.Previous, m.People, m.Records)
	}
	all := release.VerifyOptions{Sensitive: second.sensitive, Policy: second.policy, Previous: previous}
	for name, o := range map[string]release.VerifyOptions{"files": {}, "earlier": {Previous: previous}, "sensitive": {Sensitive: second.sensitive}, "all": all} {
		if failed := second.verify(t, o); failed != nil {
			t.Errorf("%s: failed are %q", name, failed)
		}
	}
	if kinds := kindsOf(exposure.Changes); !kinds[release.Appears] || !kinds[release.Grows] || !kinds[release.Shrinks] || !kinds[release.Vanishes] {
		t.Errorf("the changes are of the kinds %v only", kinds)
	}
	for i := range exposure.Changes.Cells {
		if c := &exposure.Changes.Cells[i]; c.Published == 0 && found(b, c.Combination) {
			t.Errorf("%s is in a record", c)
		}
	}

	third := &fixture{dir: t.TempDir(), policy: first.policy, sensitive: fixtureTable(t, first.policy, fixturePeople(fixtureSize+40, 1))}
	var missing *release.MissingReleaseError
	_, err = release.Make(t.Context(), third.sensitive, third.policy, release.Options{Previous: []*release.Bundle{b}})
	if !errors.As(err, &missing) {
		t.Errorf("got %v, want a *MissingReleaseError", err)
	}
	previous = []*release.Bundle{b, previous[0]}
	third.write(t, writeRelease(t, third, previous, true))
	all = release.VerifyOptions{Sensitive: third.sensitive, Policy: third.policy, Previous: previous}
	if failed := third.verify(t, all); failed != nil {
		t.Errorf("third: failed are %q", failed)
	}

	for name, tamper := range map[string]func(*testing.T, *fixture){
		"a kept count made right": func(t *testing.T, f *fixture) { changeGrown(t, f, exposure.Changes) },
		"a count left out":        dropCount,
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{dir: t.TempDir(), policy: second.policy, sensitive: second.sensitive}
			for _, file := range append(release.BundleFiles(), release.ManifestFile) {
				f.put(t, file, second.get(t, file))
			}
			tamper(t, f)
			f.seal(t)
			o := release.VerifyOptions{Sensitive: f.sensitive, Policy: f.policy, Previous: previous[1:]}
			if failed := f.verify(t, o); len(failed) == 0 {
				t.Error("nothing failed")
			}
		})
	}
}

func kindsOf(c *release.Changes) map[release.ChangeKind]bool {
	kinds := map[release.ChangeKind]bool{}
	for i := range c.Cells {
		kinds[c.Cells[i].Kind] = true
	}
	return kinds
}

// found reports whether a combination, given as columns and values, is in a record.
func found(b *release.Bundle, combination [][2]string) bool {
	if len(combination) == 0 {
		return false
	}
	for row := range b.Synthetic.Rows() {
		has := true
		for _, pair := range combination {
			attr, ok := b.Aggregates.Attribute(pair[0], pair[1])
			has = has && ok && row[attr.Column] == attr.Code
		}
		if has {
			return true
		}
	}
	return false
}

// changeGrown publishes a count of three values that grew, as it is.
func changeGrown(t *testing.T, f *fixture, changes *release.Changes) {
	for i := range changes.Cells {
		c := &changes.Cells[i]
		if c.Kind != release.Grows || len(c.Combination) != 3 {
			continue
		}
		var names []string
		for _, pair := range c.Combination {
			names = append(names, pair[0], pair[1])
		}
		rows := f.rows(t, release.AggregatesFile)
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.Join(row[2:], "\n") == strings.Join(names, "\n") }) {
			continue
		}
		changeCount(names, func(n int) int { return n + 10 })(t, f)
		return
	}
	t.Fatal("no count of three values grew")
}
