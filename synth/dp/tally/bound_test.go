package tally

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/opencovey/covey/synth/dp/coded"
)

// TestBound: whatever the records, at most limit values of each person are counted, all their own and none twice; those who have no more are counted wholly.
func TestBound(t *testing.T) {
	if err := checkBound(nil); err != nil {
		t.Error(err)
	}
	if checkBound(func(w *weakness) { w.unbounded = true }) == nil {
		t.Error("unbounded contributions: not seen")
	}
}

func checkBound(weaken func(*weakness)) error {
	src := source(20)
	for range 2000 {
		d := flags(2, 1, 3, 1, 1)
		d.Columns = append(d.Columns, coded.Column{Size: 2})
		s := NewSpace(d)
		r := randomRecords(d, 1, src) // one kind of people, so that it is known whom a call is about
		limit := int(src.Uint64() % 7)
		own := attributesOf(s, r, 0)
		teller := NewTeller(s, r, nil, src)
		teller.weaken = weaken
		people := int64(0)
		var wrong error
		teller.visit(limit, func(attributes []int32, n int64) {
			people += n
			if want := min(limit, len(own)); len(attributes) != want {
				wrong = fmt.Errorf("%d values counted, limit %d, of %d", len(attributes), limit, len(own))
			}
			for i, a := range attributes {
				if !slices.Contains(own, int(a)) || i > 0 && attributes[i-1] >= a {
					wrong = fmt.Errorf("counted %v of %v", attributes, own)
				}
			}
		})
		if wrong != nil {
			return wrong
		}
		if people != int64(r.Weights[0]) {
			return fmt.Errorf("%d people counted of %d", people, r.Weights[0])
		}
	}
	return nil
}

// TestChoice: all choices are as likely, and people are chosen for on their own. Twenty choices of 3 of 6, and 400 pairs of choices of two people.
func TestChoice(t *testing.T) {
	if err := checkChoice(func(t *Teller, f func([]int32, int64)) { t.visit(3, f) }); err != nil {
		t.Error(err)
	}
	mutants := map[string]func(*Teller, func([]int32, int64)){
		"the first": func(t *Teller, f func([]int32, int64)) {
			f([]int32{0, 1, 2}, 1)
			f([]int32{0, 1, 2}, 1)
		},
		"both alike": func(t *Teller, f func([]int32, int64)) {
			first := true
			t.visit(3, func(a []int32, n int64) {
				if first {
					f(a, n)
					f(a, n)
				}
				first = false
			})
		},
	}
	for name, m := range mutants {
		if checkChoice(m) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

func checkChoice(visit func(*Teller, func([]int32, int64))) error {
	const runs = 40_000
	teller := NewTeller(NewSpace(flags(1, 1, 1, 1, 1, 1)), records(6, []uint32{2}, []uint16{1, 1, 1, 1, 1, 1}), nil, source(21))
	seen := map[[2]int]float64{}
	for range runs {
		var sets [2]int
		person := 0
		visit(teller, func(attributes []int32, _ int64) {
			for _, a := range attributes {
				sets[person] |= 1 << a
			}
			person++
		})
		seen[sets]++
	}
	const kinds = 400
	chi := 0.0
	for _, n := range seen {
		d := n - runs/kinds
		chi += d * d / (runs / kinds)
	}
	chi += float64(kinds-len(seen)) * runs / kinds
	// Wilson and Hilferty 1931: the cube root of chi-square per degree of freedom is nearly normal.
	const f = kinds - 1
	if z := (math.Cbrt(chi/f) - (1 - 2.0/(9*f))) / math.Sqrt(2.0/(9*f)); z > far {
		return fmt.Errorf("chi-square %.0f with %d degrees of freedom", chi, f)
	}
	return nil
}
