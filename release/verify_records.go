package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// records checks the synthetic records against the counts.
func (v *verifier) records(ctx context.Context) error {
	const (
		number  = "there are as many records as people, rounded down, and no more"
		covered = "what a record combines is published, up to the length counted"
		excess  = "no value is in more records than its count allows"
		order   = "records stand in the order of their values, which tells nothing"
	)
	if v.Synthetic == nil || v.Aggregates == nil {
		for _, c := range [][2]string{{checkNumber, number}, {checkCovered, covered}, {checkExcess, excess}, {checkOrder, order}} {
			v.skip(c[0], c[1], "the counts or the records cannot be read")
		}
		return nil
	}
	f := v.number()
	v.check(checkNumber, number, f, "the numbers differ")
	f, err := v.covered(ctx)
	if err != nil {
		return err
	}
	v.check(checkCovered, covered, f, "the combination is in a record but not in "+AggregatesFile+", so fewer than k people may have it")
	f = v.excess()
	v.check(checkExcess, excess, f, fmt.Sprintf("more records have the value than its count + %d", v.k/2))
	f = finding{}
	if v.unsorted > 0 {
		f.add("%s, row %d", SyntheticFile, v.unsorted)
	}
	v.check(checkOrder, order, f, "the row comes before the one above it")
	return nil
}

func (v *verifier) number() (f finding) {
	rows := v.Synthetic.People()
	for _, n := range []struct {
		what        string
		first, then int
	}{
		{"people in " + ManifestFile + " and " + AggregatesFile, v.Manifest.People, v.Aggregates.people},
		{"records in " + ManifestFile + " and rows of " + SyntheticFile, v.Manifest.Records, rows},
		{"people and records in " + ManifestFile, v.Manifest.People, v.Manifest.Records},
	} {
		if n.first != n.then {
			f.add("%s", n.what)
		}
	}
	return f
}

// maxLeaks is after how many combinations the search for leaks ends: a bundle that leaks more is not worth a complete list.
const maxLeaks = 10_000

var errLeaks = errors.New("enough leaks were found")

// covered visits every combination of up to the published length in the records. At least k people have it, and so, as long as nothing is
// amiss, it is published. Longer ones cannot be checked without the sensitive records.
func (v *verifier) covered(ctx context.Context) (finding, error) {
	var mu sync.Mutex
	var leaks [][]marginal.Attribute
	search, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	visit := func(combination []marginal.Attribute, records, _ int) {
		if records > 0 && v.Aggregates.Get(combination...) == 0 {
			mu.Lock()
			defer mu.Unlock()
			if leaks = append(leaks, slices.Clone(combination)); len(leaks) >= maxLeaks {
				stop(errLeaks)
			}
		}
	}
	nobody := table.NewBuilder(v.Synthetic.Columns).Table()
	o := marginal.Options{
		Length: v.Manifest.Protection.Length, Workers: v.o.Workers,
		Progress: func(done, total int) { v.o.Progress("checking records", done, total) },
	}
	err := marginal.Compare(search, v.Synthetic, nobody, o, false, func() marginal.Visit { return visit })
	if err != nil && !errors.Is(err, errLeaks) {
		return finding{}, err
	}
	slices.SortFunc(leaks, func(a, b []marginal.Attribute) int { // workers find them in any order
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.CompareFunc(a, b, marginal.Attribute.Compare)
	})
	var f finding
	for _, leak := range leaks {
		f.add("%s", v.Aggregates.combination(v.Aggregates.positions(leak)))
	}
	return f, nil
}

func (a *Aggregates) positions(combination []marginal.Attribute) []int32 {
	items := make([]int32, len(combination))
	for i, attr := range combination {
		items[i] = a.position(attr)
	}
	return items
}

// excess counts the records of each value.
func (v *verifier) excess() (f finding) {
	a := v.Aggregates
	records := make([]int, len(a.attrs))
	for row, n := range v.Synthetic.Rows() {
		for col, code := range row {
			if code != 0 {
				records[a.base[col]+int32(code)-1] += n
			}
		}
	}
	for at, n := range records {
		item := []int32{int32(at)}
		if count := a.get(item); count > 0 && n > count+v.k/2 { // without a count: a matter of the check before
			f.add("%s", a.combination(item))
		}
	}
	return f
}
