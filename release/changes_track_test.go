package release

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/synth/kanon"
)

// series are all sequences of exact numbers of people, from 0 to most, over some releases.
func series(releases, most int) [][]int {
	all := [][]int{nil}
	for range releases {
		var longer [][]int
		for _, s := range all {
			for n := range most + 1 {
				longer = append(longer, append(s[:len(s):len(s)], n))
			}
		}
		all = longer
	}
	return all
}

// publishAll publishes a series of exact numbers, each release being adjusted beside all before it.
func publishAll(exact []int, ks []int) []int { return publishAs(exact, ks, false) }

// publishPeople is publishAll for the number of people, which is at least k.
func publishPeople(exact []int, ks []int) []int { return publishAs(exact, ks, true) }

func publishAs(exact []int, ks []int, always bool) []int {
	var seen []observation
	var out []int
	for i, n := range exact {
		q := newTrack(seen, always).publish(kanon.Round(n, ks[i]), ks[i])
		seen, out = append(seen, observation{published: q, k: ks[i], adjusted: i > 0}), append(out, q)
	}
	return out
}

// publishPlain is the mutant: it looks at no earlier release.
func publishPlain(exact []int, ks []int) (out []int) {
	for i, n := range exact {
		out = append(out, kanon.Round(n, ks[i]))
	}
	return out
}

// publishUnaware is the mutant that takes earlier counts for rounded down, though they may have been kept low.
func publishUnaware(exact []int, ks []int) []int {
	var seen []observation
	var out []int
	for i, n := range exact {
		q := newTrack(seen, false).publish(kanon.Round(n, ks[i]), ks[i])
		seen, out = append(seen, observation{published: q, k: ks[i]}), append(out, q)
	}
	return out
}

// seenToCome counts the outcomes from which somebody who knows the method can be certain that between some earlier release and the last one people came, but
// not that they were at least k. The onlooker considers every series of exact numbers that would have been published like that.
func seenToCome(all [][]int, ks []int, publish func([]int, []int) []int) int {
	groups := map[string][]int{} // by outcome: the fewest people who came, by earlier release
	last := len(ks) - 1
	for _, exact := range all {
		key := fmt.Sprint(publish(exact, ks))
		if groups[key] == nil {
			groups[key] = slices.Repeat([]int{math.MaxInt}, last)
		}
		for i := range last {
			groups[key][i] = min(groups[key][i], exact[last]-exact[i])
		}
	}
	found := 0
	for _, fewest := range groups {
		if slices.ContainsFunc(fewest, func(n int) bool { return n > 0 && n < ks[last] }) {
			found++
		}
	}
	return found
}

// TestOnlooker looks at every series of a few releases of one count: however the numbers change, it can never be seen that fewer than k people came. It
// takes no luck to find what is wrong: every case is there, up to the highest number.
func TestOnlooker(t *testing.T) {
	cases := []struct {
		ks   []int
		most int
	}{
		{[]int{2, 2}, 12},
		{[]int{2, 2, 2, 2}, 9},
		{[]int{3, 3}, 20},
		{[]int{3, 3, 3}, 15},
		{[]int{5, 5, 5}, 24},
		{[]int{2, 4}, 20},
		{[]int{4, 2}, 20},
		{[]int{2, 3, 2}, 14},
		{[]int{3, 2, 3}, 14},
	}
	if testenv.Long() {
		cases = append(cases, []struct {
			ks   []int
			most int
		}{{[]int{2, 2, 2, 2, 2}, 10}, {[]int{3, 3, 3, 3}, 19}, {[]int{4, 4, 4}, 40}, {[]int{3, 3, 3, 3, 3}, 12}, {[]int{3, 2, 4, 3}, 15}}...)
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.ks), func(t *testing.T) {
			all := series(len(c.ks), c.most)
			people := slices.DeleteFunc(slices.Clone(all), func(s []int) bool { return slices.Min(s) < slices.Max(c.ks) })
			if n := seenToCome(all, c.ks, publishAll); n > 0 {
				t.Errorf("%d outcomes tell that few people came", n)
			}
			if n := seenToCome(people, c.ks, publishPeople); n > 0 {
				t.Errorf("%d numbers of people tell that few people came", n)
			}
			if seenToCome(all, c.ks, publishPlain) == 0 {
				t.Error("the mutant that compares nothing is not caught")
			}
			if len(c.ks) > 2 && c.ks[0] > 2 && seenToCome(all, c.ks, publishUnaware) == 0 {
				t.Error("the mutant that takes kept counts for rounded ones is not caught")
			}
			for _, exact := range all {
				for i, q := range publishAll(exact, c.ks) {
					if q > exact[i] || q%c.ks[i] != 0 {
						t.Fatalf("%v: %d is published in release %d", exact, q, i)
					}
				}
			}
		})
	}
}

func TestTrackPublish(t *testing.T) {
	plain := func(counts ...int) (seen []observation) {
		for _, n := range counts {
			seen = append(seen, observation{published: n, k: 10})
		}
		return seen
	}
	tests := []struct {
		name          string
		seen          []observation
		level, want   int
		grown, shrunk bool
	}{
		{"nothing before", nil, 10, 10, false, false},
		{"the same", plain(20), 20, 20, false, false},
		{"one step up is kept", plain(20), 30, 20, true, false},
		{"two steps up", plain(20), 40, 40, false, false},
		{"appears", plain(0), 10, 0, true, false},
		{"appears with two steps", plain(0), 20, 20, false, false},
		{"one step down cannot be kept", plain(30), 20, 0, false, true},
		{"two steps down", plain(30), 10, 10, false, false},
		{"vanishes from k", plain(10), 0, 0, false, true},
		{"vanishes from more", plain(20), 0, 0, false, false},
		{"one step from an older one", plain(10, 40), 20, 10, true, false},
		{"back to what the last one said", plain(10, 20), 20, 20, false, false},
		{"between two", plain(10, 30), 40, 30, true, false},
		{"another k", []observation{{published: 15, k: 5}}, 20, 10, true, false},
		{"another k, far enough", []observation{{published: 15, k: 5}}, 30, 30, false, false},
		{"kept once", []observation{{published: 10, k: 10}, {published: 10, k: 10, adjusted: true}}, 30, 10, true, false},
		{"kept once, far enough", []observation{{published: 10, k: 10}, {published: 10, k: 10, adjusted: true}}, 40, 40, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			track := newTrack(test.seen, false)
			if grown, shrunk := track.blocked(test.level, 10); grown != test.grown || shrunk != test.shrunk {
				t.Errorf("grown %v, shrunk %v", grown, shrunk)
			}
			if got := track.publish(test.level, 10); got != test.want {
				t.Errorf("publishes %d, want %d", got, test.want)
			}
		})
	}
}
