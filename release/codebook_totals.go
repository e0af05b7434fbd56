package release

import (
	"slices"

	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// protect counts in the sensitive table what does not follow from the published counts: how many people have a value in each column
// and in each group, and for which reasons the others have none.
func (b *codebook) protect(sensitive *table.Table) {
	k := b.manifest.Protection.K
	t := b.newTally(sensitive)
	for row, people := range sensitive.Rows() {
		t.add(row, people)
	}
	for i := range b.columns {
		c := &b.columns[i]
		total := t.total(i, k)
		c.people = kanon.Round(total, k)
		if c.group != nil { // whoever has a value in a column has one in its group
			c.group.people = max(c.group.people, c.people)
		}
		at := slices.IndexFunc(sensitive.Columns, func(tc table.Column) bool { return tc.Field == c.Name })
		if at >= 0 {
			c.blanks = protectBlanks(sensitive.Columns[at].Blanks, sensitive.People(), total, k)
		}
	}
	for g := range b.groups {
		b.groups[g].people = max(b.groups[g].people, kanon.Round(t.total(len(b.columns)+g, k), k))
	}
}

// tally counts people by unit. Units are the columns of a codebook and then its groups.
type tally struct {
	units [][]int      // by column of the table: its units
	kind  [][]tallying // by column of the table and code
	any   []int        // by unit: people who have a value, but for those that are withheld
	shown []int        // by unit: people who have a released value
	state []tallying   // by unit, of the record being added: the greatest of its values
}

// tallying says how a value counts.
type tallying uint8

const (
	notCounted    tallying = iota // blank, or withheld although at least k people have it: it must not show in a total
	tooRare                       // fewer than k people have it
	releasedValue                 // it is in the manifest
)

func (b *codebook) newTally(sensitive *table.Table) *tally {
	n := len(b.columns) + len(b.groups)
	t := &tally{any: make([]int, n), shown: make([]int, n), state: make([]tallying, n)}
	for i, counts := range countValues(sensitive) {
		tc := &sensitive.Columns[i]
		var units []int
		kind := make([]tallying, len(counts))
		if i := slices.IndexFunc(b.columns, func(c codebookColumn) bool { return c.Name == tc.Field }); i >= 0 {
			units = append(units, i)
			if g := groupNumber(b.groups, b.columns[i].Group); g >= 0 {
				units = append(units, len(b.columns)+g)
			}
			released := map[string]bool{}
			for _, v := range b.columns[i].Values {
				released[v.Value] = true
			}
			for at, value := range tc.Values {
				if released[value] {
					kind[at+1] = releasedValue
				} else if counts[at+1] < b.manifest.Protection.K {
					kind[at+1] = tooRare
				}
			}
		}
		t.units, t.kind = append(t.units, units), append(t.kind, kind)
	}
	return t
}

// countValues returns how many people have each value, by column and code.
func countValues(t *table.Table) [][]int {
	counts := make([][]int, len(t.Columns))
	for i, c := range t.Columns {
		counts[i] = make([]int, len(c.Values)+1)
	}
	for row, people := range t.Rows() {
		for i, code := range row {
			counts[i][code] += people
		}
	}
	return counts
}

func (t *tally) add(row []uint16, people int) {
	clear(t.state)
	for i, code := range row {
		if kind := t.kind[i][code]; kind != notCounted {
			for _, u := range t.units[i] {
				t.state[u] = max(t.state[u], kind)
			}
		}
	}
	for u, state := range t.state {
		if state != notCounted {
			t.any[u] += people
		}
		if state == releasedValue {
			t.shown[u] += people
		}
	}
}

// total returns how many people have a value in a unit; it is exact, and for rounding.
//
// People all of whose values there are too rare to be released are counted in only if they are at least k themselves. Otherwise the
// difference to the counts of the values could tell that there is somebody with a rare value.
func (t *tally) total(unit, k int) int {
	if t.any[unit]-t.shown[unit] < k {
		return t.shown[unit]
	}
	return t.any[unit]
}

// protectBlanks returns why cells of a column are blank, of the reasons that at least k people share, with their numbers rounded. It is given
// how many people there are, and how many of them have a value.
//
// Those whose reason is not shown, or whose value is not counted, are what is left of all people. If they are fewer than k, and the
// rounded numbers would prove that there are any, the rarest reason shown is left out as well.
func protectBlanks(blanks []table.BlankCount, people, total, k int) []table.BlankCount {
	var shown []table.BlankCount
	rest := people             // who are in no number shown
	least := people - people%k // of the rest, as far as the numbers shown can tell
	show := func(n int) {
		rest -= n
		least -= kanon.Round(n, k) + k - 1
	}
	if total >= k {
		show(total)
	}
	for _, blank := range blanks {
		if blank.People >= k {
			show(blank.People)
			shown = append(shown, table.BlankCount{Reason: blank.Reason, People: kanon.Round(blank.People, k)})
		}
	}
	if len(shown) > 0 && rest > 0 && rest < k && least > 0 {
		rarest := slices.MinFunc(shown, func(a, b table.BlankCount) int { return a.People - b.People })
		shown = slices.DeleteFunc(shown, func(b table.BlankCount) bool { return b == rarest })
	}
	return shown
}
