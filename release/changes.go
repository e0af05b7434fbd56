package release

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
)

// Changes are the counts by which a new release, laid beside earlier ones of the same people, would tell of fewer than k people.
//
// # What an onlooker learns
//
// A published count of c stands for c to c+k-1 people. If a later release has c+k, somebody came, and it may have been one
// person; who knows who may have come in between knows that this person did, and what the combination says of them. If it has c+2k,
// more than k people came, and none of them stands out. So a count is exposing if its published value changes by a single step (see
// type track for the exact rule, also for releases of different k, and for those that were adjusted themselves). It depends on
// published values alone. A rule that looked at exact numbers would tell something by what it lets pass.
//
// # What is done about it
//
// Refusing is safe: nothing is published. [Changes.Suppress] adjusts the new counts instead:
//
//   - A combination that was not published and now would be (appears) is withheld, with all that contain it. It was absent and is absent:
//     nobody sees that it came.
//   - A count that grew by a step keeps its old value, which is still a true lower bound. Withholding it would tell: it was there before.
//     Combinations that contain it are kept from being higher.
//   - A count that shrank by a step cannot be hidden. The old value is not true any more, and whatever stands in its place, or nothing, shows
//     that. It is withheld with all that contain it, so that it is not seen how far it fell nor which longer combinations fell with it, but
//     that somebody left, or was recorded otherwise, can be seen. The number of people, which cannot be withheld, is published as it is.
//     Remaining counts these.
//
// So beside the earlier releases no count tells that somebody was added, and of those who were taken out or corrected it is told that they were. Where
// even that is too much, refuse, and wait until more records have changed.
//
// # What this is not
//
// It is about single counts and what is certain. Differences of sums, several counts taken together, and what is likely are not looked at. As many who
// come as who leave cancel out. Counts in synthetic records are not rounded, and longer combinations than Length are not compared:
// records hold no withheld combination, but those of two releases differ where the people do. Whoever knows all other people can tell
// what the last one adds, as with a single release. Only differential privacy answers for all of that. docs/differencing.md says
// more, for those who decide.
type Changes struct {
	K, Length int
	Cells     []Change // those that are exposing, by length and then in the order of the release
	Remaining int      // of these, how many can be seen even after Suppress

	newest     *Bundle
	history    *history
	published  map[string]int // what is to be published where it is not what it would be, by key
	lowered    []lowered
	withheld   [][]marginal.Attribute
	suppressed bool
}

// Change is one exposing count. It is sensitive: it tells that few people came or left.
type Change struct {
	Combination [][2]string // columns and values; empty: the number of people
	Kind        ChangeKind
	Before      int // in the newest earlier release that can be compared; 0: not published
	Now         int // what the count would be; 0: fewer than k people
	Published   int // what Suppress publishes; 0: nothing
}

// ChangeKind is how a count changed.
type ChangeKind string

// The kinds of changes.
const (
	Appears  ChangeKind = "appears"  // was not published
	Grows    ChangeKind = "grows"    // is one step higher
	Shrinks  ChangeKind = "shrinks"  // is one step lower
	Vanishes ChangeKind = "vanishes" // is not to be published any more
)

type lowered struct {
	combination []marginal.Attribute
	count       int
}

// String gives the combination as people read it.
func (c *Change) String() string {
	if len(c.Combination) == 0 {
		return "the number of people"
	}
	parts := make([]string, len(c.Combination))
	for i, pair := range c.Combination {
		parts[i] = pair[0] + ": " + pair[1]
	}
	return strings.Join(parts, ", ")
}

// FindChanges compares the counts of a new release of the given columns with earlier releases, given in any order. Counts must not have been
// adjusted. Only combinations of columns that both releases have, up to the shorter of their lengths, can be compared; a column
// is the same if its name is, so names must not change their meaning, nor values their bounds.
//
// Every earlier release must be given: a *MissingReleaseError says which one is known to be missing.
func FindChanges(counts *kanon.Counts, columns []string, previous []*Bundle) (*Changes, error) {
	for _, b := range previous {
		if b.Manifest.Differential() {
			return nil, errMixed(b.Dir)
		}
	}
	ordered, err := inOrder(previous)
	if err != nil {
		return nil, err
	}
	c := &Changes{K: counts.K, Length: counts.Length(), published: map[string]int{}}
	if len(ordered) == 0 {
		return c, nil
	}
	c.newest = ordered[len(ordered)-1]
	c.history = newHistory(counts, columns, ordered)
	c.add(nil, counts.People())
	for length := 1; length <= c.Length; length++ {
		items := make([]int32, length)
		for combination, n := range counts.All(length) {
			c.history.items(items, combination)
			c.add(items, n)
		}
		c.vanished(counts, length)
	}
	return c, nil
}

// vanished adds what only the newest earlier release has.
func (c *Changes) vanished(counts *kanon.Counts, length int) {
	items, combination := make([]int32, length), make([]marginal.Attribute, length)
	for before := range c.newest.Aggregates.All(length) {
		if !c.history.oldItems(items, before) {
			continue
		}
		if !c.history.attributes(combination, items) || counts.Get(combination...) == 0 {
			c.add(items, 0)
		}
	}
}

// add looks at one count, whose parts must have been added before.
func (c *Changes) add(items []int32, floor int) {
	most := floor
	if len(c.published) > 0 && len(items) > 0 {
		var part []int32
		for i := range items {
			part = without(part, items, i)
			if n, adjusted := c.published[itemsKey(part)]; adjusted {
				most = min(most, n)
			}
		}
	}
	t := c.history.track(items)
	grown, shrunk := t.blocked(floor, c.K)
	publish := t.publish(most, c.K)
	if publish != floor {
		c.adjust(items, publish, most)
	}
	if grown || shrunk {
		c.note(t, items, floor, publish, shrunk)
	}
}

// adjust notes that a count is to be published as less than it is.
func (c *Changes) adjust(items []int32, publish, most int) {
	c.published[itemsKey(items)] = publish
	combination := make([]marginal.Attribute, len(items))
	if !c.history.attributes(combination, items) {
		return
	}
	if publish > 0 {
		c.lowered = append(c.lowered, lowered{combination, publish})
	} else if most > 0 { // else a part is withheld, which is enough
		c.withheld = append(c.withheld, combination)
	}
}

func (c *Changes) note(t track, items []int32, floor, publish int, shrunk bool) {
	change := Change{Before: t.last(), Now: floor, Published: publish}
	for _, id := range items {
		change.Combination = append(change.Combination, c.history.names[id])
	}
	switch {
	case shrunk && floor == 0:
		change.Kind = Vanishes
	case shrunk:
		change.Kind = Shrinks
	case change.Before == 0:
		change.Kind = Appears
	default:
		change.Kind = Grows
	}
	if shrunk && publish != change.Before {
		c.Remaining++
	}
	c.Cells = append(c.Cells, change)
}

// errMixed is the answer to a comparison of a k-anonymous release with a differential one.
func errMixed(dir string) error {
	return &MethodError{
		dir + ": this release is differential, and noised counts cannot be compared with rounded ones",
		"leave it out; what it tells beside the new one is limited by its own promise, whatever else is published",
	}
}

// Newest returns the SHA-256 of the manifest of the newest earlier release, which a new one names; "" if there is none.
func (c *Changes) Newest() string {
	if c.newest == nil {
		return ""
	}
	return c.newest.SHA256
}

// Suppressed reports whether anything was exposing and Suppress was called. The manifest of such a release must say so, since its counts need not
// be rounded down from the exact numbers. It is false for nil.
func (c *Changes) Suppressed() bool { return c != nil && c.suppressed && len(c.Cells) > 0 }

// Suppress adjusts the counts that were compared; see [Changes]. Records have to follow: Synthesize with Withheld as the hidden combinations, and
// then [kanon.Counts.Trim].
func (c *Changes) Suppress(counts *kanon.Counts) {
	c.suppressed = true
	counts.Hide(c.withheld)
	for _, l := range c.lowered {
		counts.Lower(l.combination, l.count)
	}
}

// Withheld returns the combinations that are withheld with all that contain them. None contains another.
func (c *Changes) Withheld() [][]marginal.Attribute { return c.withheld }

// Refuse returns an *ExposureError if anything is exposing, else nil.
func (c *Changes) Refuse() error {
	if len(c.Cells) == 0 {
		return nil
	}
	return &ExposureError{c}
}

// WriteCSV writes the exposing counts as a table, for the private folder.
func (c *Changes) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := aggregatesHeader(c.Length, false)
	out.Write(append([]string{"change", "before", "now", "published", "length"}, header[2:]...)) // errors are kept by the writer
	for i := range c.Cells {
		cell := &c.Cells[i]
		row := []string{
			string(cell.Kind), strconv.Itoa(cell.Before), strconv.Itoa(cell.Now), strconv.Itoa(cell.Published), strconv.Itoa(len(cell.Combination)),
		}
		for _, pair := range cell.Combination {
			row = append(row, pair[0], pair[1])
		}
		for len(row) < len(header)+3 {
			row = append(row, "")
		}
		out.Write(row)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write changes: %w", err)
	}
	return nil
}

// ExposureError says that a release would tell of fewer than k people by comparison with an earlier one. It is for whoever makes the release: what
// it names is sensitive.
type ExposureError struct{ Changes *Changes }

// maxListed is how many exposing counts the error names.
const maxListed = 20

// Error sums up by length and names the first.
func (e *ExposureError) Error() string {
	c := e.Changes
	byLength := make([]int, c.Length+1)
	for i := range c.Cells {
		byLength[len(c.Cells[i].Combination)]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "beside an earlier release, this one would tell of fewer than %d people who came or left, by %s",
		c.K, counted(len(c.Cells), "count", "counts"))
	for length, n := range byLength {
		switch {
		case n == 0:
		case length == 0:
			b.WriteString("\nthe number of people")
		case length == 1:
			fmt.Fprintf(&b, "\n%s of a single value", counted(n, "count", "counts"))
		default:
			fmt.Fprintf(&b, "\n%s of %d values together", counted(n, "count", "counts"), length)
		}
	}
	b.WriteString("\nfor example:")
	for i := range c.Cells[:min(maxListed, len(c.Cells))] {
		cell := &c.Cells[i]
		fmt.Fprintf(&b, "\n%s, from %s to %s: %s", cell.Kind, below(cell.Before, c.K), below(cell.Now, c.K), cell)
	}
	return b.String()
}

// Hint says what to do.
func (e *ExposureError) Hint() string {
	hint := "wait until more records have changed, or give -suppress to keep what grew at its old count and to withhold the rest"
	if n := e.Changes.Remaining; n > 0 {
		hint += fmt.Sprintf("; of %s that shrank it would still be seen that somebody left", counted(n, "count", "counts"))
	}
	return hint
}

func below(n, k int) string {
	if n == 0 {
		return fmt.Sprintf("below %d", k)
	}
	return grouped(n)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// MissingReleaseError says that a release was itself compared with an earlier one that is not given.
type MissingReleaseError struct {
	Dir    string // of the release that was given
	SHA256 string // of the manifest of the one that is missing
}

// Error names the release.
func (e *MissingReleaseError) Error() string {
	return fmt.Sprintf("%s was compared with an earlier release, which is not given: the one whose %s has the SHA-256 %s", e.Dir, ManifestFile, e.SHA256)
}

// Hint says what to do.
func (e *MissingReleaseError) Hint() string {
	return "give -previous for every earlier release of the same people: each can be compared with the new one"
}

// inOrder sorts releases, the oldest first: each after the one that it was compared with, otherwise as given.
func inOrder(previous []*Bundle) ([]*Bundle, error) {
	given := map[string]bool{}
	for _, b := range previous {
		given[b.SHA256] = true
	}
	var ordered []*Bundle
	placed := map[string]bool{"": true}
	for len(ordered) < len(previous) {
		before := len(ordered)
		for _, b := range previous {
			after := b.Manifest.Previous
			if after != "" && !given[after] {
				return nil, &MissingReleaseError{b.Dir, after}
			}
			if placed[after] && !slices.Contains(ordered, b) {
				if placed[b.SHA256] {
					return nil, fmt.Errorf("%s: this release is given twice", b.Dir)
				}
				ordered, placed[b.SHA256] = append(ordered, b), true
			}
		}
		if len(ordered) == before {
			return nil, errors.New("compare releases: they name each other as earlier ones")
		}
	}
	return ordered, nil
}
