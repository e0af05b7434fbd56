package release

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencovey/covey/marginal"
)

// previous looks for counts that differ from an earlier release's by so little that fewer than k people can explain it. A release that withholds
// because of earlier ones could not hide that people left, and says so; it is held to what it can keep.
func (v *verifier) previous(context.Context) error {
	shows := "no count tells of few people beside an earlier release"
	if v.Manifest.Withheld {
		shows = "no count tells of few people who came since an earlier release"
	}
	ordered, err := inOrder(slices.DeleteFunc(slices.Clone(v.o.Previous), func(b *Bundle) bool { return b.SHA256 == v.SHA256 }))
	switch {
	case err != nil:
		return err
	case len(ordered) == 0:
		v.skip(checkPrevious, shows, "this needs the earlier releases of the same people, if there are any")
	case v.Aggregates == nil:
		v.skip(checkPrevious, shows, AggregatesFile+" cannot be read")
	default:
		v.check(checkPrevious, shows, v.differences(ordered), fmt.Sprintf("beside the earlier count, fewer than %d people may have made the difference", v.k))
	}
	return nil
}

// differences looks at every count that is published, and at every count that the newest earlier release published and this one does not.
func (v *verifier) differences(ordered []*Bundle) (f finding) {
	h := newHistory(v.Aggregates, v.Manifest.columnNames(), ordered)
	see := func(items []int32, n int) {
		if grown, shrunk := h.track(items).blocked(n, v.k); grown || shrunk && !v.Manifest.Withheld {
			f.add("%s", h.text(items))
		}
	}
	see(nil, v.Aggregates.people)
	for length := 1; length <= v.Aggregates.Length(); length++ {
		items, combination := make([]int32, length), make([]marginal.Attribute, length)
		for own, n := range v.Aggregates.All(length) {
			h.items(items, own)
			see(items, n)
		}
		for before := range ordered[len(ordered)-1].Aggregates.All(length) {
			if h.oldItems(items, before) && (!h.attributes(combination, items) || v.Aggregates.Get(combination...) == 0) {
				see(items, 0)
			}
		}
	}
	return f
}

// text writes a combination as people read it.
func (h *history) text(items []int32) string {
	c := Change{}
	for _, id := range items {
		c.Combination = append(c.Combination, h.names[id])
	}
	return c.String()
}
