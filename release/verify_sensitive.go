package release

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// What the checks against the sensitive records show.
const (
	showsPolicy   = "the policy is the one that the release was made by"
	showsExact    = "every count is that of the sensitive records, rounded down"
	showsComplete = "every combination that enough people share is published"
	showsSupport  = "every record as a whole belongs to at least k people"
	showsRare     = "every value that is named anywhere belongs to at least k people"
	showsHidden   = "the exact number of people stands in no file"
	showsTotals   = "the codebook's totals are those of the sensitive records"
)

const needsSensitive = "this needs the sensitive records"

// sensitive checks the bundle against the records that it was made of.
func (v *verifier) sensitive(ctx context.Context) error {
	all := [][2]string{
		{checkPolicy, showsPolicy},
		{checkExact, showsExact},
		{checkComplete, showsComplete},
		{checkSupport, showsSupport},
		{checkRare, showsRare},
		{checkHidden, showsHidden},
		{checkTotals, showsTotals},
	}
	if v.o.Sensitive == nil || v.Aggregates == nil || v.Synthetic == nil {
		why := needsSensitive
		if v.o.Sensitive != nil {
			why = "the counts or the records cannot be read"
		}
		for _, c := range all {
			v.skip(c[0], c[1], why)
		}
		return nil
	}
	v.policy()
	if err := v.exact(ctx); err != nil {
		return err
	}
	return nil
}

func (v *verifier) policy() {
	p := v.o.Policy
	if p == nil {
		v.skip(checkPolicy, showsPolicy, "this needs the policy")
		return
	}
	var f finding
	m := v.Manifest
	if string(p.Protection.Method) != m.Protection.Method || p.Protection.K != m.Protection.K || p.Protection.Length != m.Protection.Length {
		f.add("protection: the policy has k = %d and length %d, the release %d and %d",
			p.Protection.K, p.Protection.Length, m.Protection.K, m.Protection.Length)
	}
	v.samePolicyColumns(&f)
	v.check(checkPolicy, showsPolicy, f, "the release was made by another policy, or was changed")
}

// samePolicyColumns compares the released columns with those of the policy.
func (v *verifier) samePolicyColumns(f *finding) {
	p, m := v.o.Policy, v.Manifest
	var released, listed []string
	for i := range p.Columns {
		if c := &p.Columns[i]; !c.Ignore {
			released = append(released, c.Name+" "+c.KindName())
		}
	}
	for i := range m.Columns {
		listed = append(listed, m.Columns[i].Name+" "+m.Columns[i].Kind)
	}
	if !slices.Equal(released, listed) {
		f.add("columns: names, kinds or order differ")
	}
}

// exact counts the sensitive records once and compares.
func (v *verifier) exact(ctx context.Context) error {
	counts, err := marginal.Count(ctx, v.o.Sensitive, marginal.Options{
		Length: v.Manifest.Protection.Length, Threshold: v.k, Workers: v.o.Workers,
		Progress: func(done, total int) { v.o.Progress("counting combinations", done, total) },
	})
	if err != nil {
		return err
	}
	e := &exactCheck{verifier: v, count: func(c []marginal.Attribute) int { return kanon.Round(counts.Get(c...), v.k) }}
	e.people = kanon.Round(v.o.Sensitive.People(), v.k)
	var changes *Changes
	var expected *kanon.Counts
	if v.o.Sensitive.People() >= v.k {
		if expected, err = kanon.Protect(counts, v.k); err != nil {
			return err
		}
		if v.Manifest.Previous != "" && len(v.o.Previous) > 0 { // what had to be withheld can be worked out
			if changes, err = FindChanges(expected, v.Manifest.columnNames(), v.o.Previous); err != nil {
				return err
			}
			if v.Manifest.Withheld {
				changes.Suppress(expected)
				e.count, e.people = func(c []marginal.Attribute) int { return expected.Get(c...) }, expected.People()
			}
		}
	}
	e.lenient = v.Manifest.Withheld && changes == nil
	e.index(v.o.Sensitive.Columns)
	e.published()
	e.complete(counts)
	if err := v.support(ctx); err != nil {
		return err
	}
	e.rare(counts)
	if err := v.hidden(); err != nil {
		return err
	}
	return v.totals(expected, changes)
}

// exactCheck compares published counts with those that should have been.
type exactCheck struct {
	*verifier
	count   func([]marginal.Attribute) int // what should be published
	people  int
	lenient bool                 // counts may be lower or missing, for want of the earlier releases
	to      []marginal.Attribute // by position in Aggregates.attrs: the attribute of the sensitive table; Code 0: none
	from    map[marginal.Attribute]int32
}

// index matches attributes by the name of the column and the text of the value.
func (e *exactCheck) index(columns []table.Column) {
	type name struct{ column, value string }
	there := map[name]marginal.Attribute{}
	for i, c := range columns {
		for j, value := range c.Values {
			there[name{c.Name, value}] = marginal.Attribute{Column: i, Code: uint16(j + 1)}
		}
	}
	e.from = map[marginal.Attribute]int32{}
	for at, attr := range e.Aggregates.attrs {
		c := &e.Aggregates.Columns[attr.Column]
		match, ok := there[name{c.Name, c.Values[attr.Code-1]}]
		e.to = append(e.to, match)
		if ok {
			e.from[match] = int32(at)
		}
	}
}

// published compares every published count. If counts may be lower, they still must not be higher.
func (e *exactCheck) published() {
	var f finding
	wrong := func(published, right int) bool {
		return published > right || published < right && !e.lenient
	}
	if wrong(e.Aggregates.people, e.people) {
		f.add("all people")
	}
	combination := make([]marginal.Attribute, 0, marginal.MaxLength)
	e.each(func(c *combinations, i int) {
		combination = combination[:0]
		right := -1
		for _, at := range c.at(i) {
			if e.to[at].Code == 0 {
				right = 0
			}
			combination = append(combination, e.to[at])
		}
		if right < 0 {
			slices.SortFunc(combination, marginal.Attribute.Compare)
			right = e.count(combination)
		}
		if wrong(c.counts[i], right) {
			f.add("%s", e.Aggregates.combination(c.at(i)))
		}
	})
	e.check(checkExact, showsExact, f, "the count is not that of the sensitive records")
}

// complete looks for combinations that should be published and are not. They belong to at least k people, so they can be named.
func (e *exactCheck) complete(counts *marginal.Counts) {
	if e.lenient {
		e.skip(checkComplete, showsComplete, "combinations are withheld because of an earlier release; it has to be given, too")
		return
	}
	var f finding
	for length := 1; length <= counts.Length; length++ {
		items := make([]int32, length)
		for combination := range counts.All(length) {
			if e.count(combination) == 0 { // withheld
				continue
			}
			known := true
			for i, attr := range combination {
				at, ok := e.from[attr]
				items[i], known = at, known && ok
			}
			slices.Sort(items)
			if !known || e.Aggregates.get(items) == 0 {
				f.add("%s", nameAll(counts, combination))
			}
		}
	}
	e.check(checkComplete, showsComplete, f, "the combination is missing")
}

func nameAll(counts interface {
	Name(marginal.Attribute) (string, string)
}, combination []marginal.Attribute,
) string {
	parts := make([]string, len(combination))
	for i, attr := range combination {
		column, value := counts.Name(attr)
		parts[i] = column + ": " + value
	}
	return strings.Join(parts, ", ")
}

// support checks every record as a whole. Examples name rows only: what such a record holds may belong to a single person.
func (v *verifier) support(ctx context.Context) error {
	v.o.Progress("checking records", 0, 0)
	records, err := quality.Unsupported(ctx, v.o.Sensitive, v.Synthetic, v.k)
	if err != nil {
		return err
	}
	var f finding
	row, next := 2, 0 // the file begins with a header
	for i := range v.Synthetic.Len() {
		if next < len(records) && records[next] == i {
			if next++; v.unsorted > 0 { // equal rows need not stand together
				f.add("a record")
			} else {
				f.add("%s, row %d", SyntheticFile, row)
			}
		}
		row += v.Synthetic.Weight(i)
	}
	v.check(checkSupport, showsSupport, f, fmt.Sprintf("fewer than %d people have everything that the record says", v.k))
	return nil
}

// rare looks at every value that the manifest names.
func (e *exactCheck) rare(counts *marginal.Counts) {
	var f finding
	for at := range e.Aggregates.attrs {
		if e.to[at].Code == 0 || counts.Get(e.to[at]) < e.k {
			column, _ := e.Aggregates.Name(e.Aggregates.attrs[at])
			f.add("a value of column %s", column)
		}
	}
	e.check(checkRare, showsRare, f, fmt.Sprintf("fewer than %d people have the value", e.k))
}

// leastTelling is from how many people on their exact number is looked for: a lower number may stand anywhere by chance.
const leastTelling = 1000

// hidden looks for the exact number of people, in any way to write it, in every file that is not a table.
func (v *verifier) hidden() error {
	n := v.o.Sensitive.People()
	if n < leastTelling && n%v.k != 0 {
		v.skip(checkHidden, showsHidden, fmt.Sprintf("fewer than %d people: such a number may stand anywhere by chance", leastTelling))
		return nil
	}
	var f finding
	if n%v.k != 0 && !v.named(strconv.Itoa(n)) {
		root, err := os.OpenRoot(v.Dir)
		if err != nil {
			return folderError(err)
		}
		defer root.Close()
		number := writtenNumber(n)
		for _, name := range append(BundleFiles(), ManifestFile) {
			if name == SyntheticFile || name == AggregatesFile {
				continue
			}
			data, err := readAll(root, name)
			if err == nil && number.Match(fileSizes.ReplaceAll(data, nil)) {
				f.add("%s", name)
			}
		}
	}
	v.check(checkHidden, showsHidden, f, "the file holds the exact number of people")
	return nil
}

// named reports whether a released value holds the number, so that it may stand in any file.
func (v *verifier) named(number string) bool {
	for i := range v.Manifest.Columns {
		for _, value := range v.Manifest.Columns[i].Values {
			if strings.Contains(value.Value, number) || strings.Contains(value.Label, number) {
				return true
			}
		}
	}
	return false
}

// fileSizes are numbers that have nothing to do with people.
var fileSizes = regexp.MustCompile(`"bytes": *[0-9]+`)

// writtenNumber matches a whole number that stands by itself, with or without something between groups of three digits.
func writtenNumber(n int) *regexp.Regexp {
	digits := strconv.Itoa(n)
	var pattern strings.Builder
	for i := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			pattern.WriteString(`(?:[,.'’_ \x{a0}\x{202f}\x{2009}]|&nbsp;|&#160;|&thinsp;)?`)
		}
		pattern.WriteByte(digits[i])
	}
	return regexp.MustCompile(`(?:^|[^0-9A-Za-z.,#])` + pattern.String() + `(?:$|[^0-9A-Za-z.,%]|[.,](?:$|[^0-9]))`)
}

// totals makes the codebook again and compares its numbers.
func (v *verifier) totals(expected *kanon.Counts, changes *Changes) error {
	switch {
	case v.o.Policy == nil:
		v.skip(checkTotals, showsTotals, "this needs the policy")
		return nil
	case v.codebook == nil || expected == nil:
		v.skip(checkTotals, showsTotals, "the codebook cannot be read")
		return nil
	case v.Manifest.Previous != "" && changes == nil:
		v.skip(checkTotals, showsTotals, "totals may be kept lower because of an earlier release; it has to be given, too")
		return nil
	}
	book := newCodebook(v.Manifest, expected, v.o.Sensitive, v.o.Policy)
	if changes != nil {
		changes.keepTotals(book)
	}
	var text bytes.Buffer
	if err := book.writeCSV(&text); err != nil {
		return err
	}
	right, err := parseCodebook(&text, false)
	if err != nil {
		return err
	}
	v.check(checkTotals, showsTotals, v.compareTotals(right), "the number is not that of the sensitive records")
	return nil
}

// compareTotals compares the codebook with how it should be, in what the check of the codebook alone cannot see.
func (v *verifier) compareTotals(right []codebookRow) (f finding) {
	for i := range max(len(right), len(v.codebook)) {
		if i >= len(right) || i >= len(v.codebook) || right[i].total() != v.codebook[i].total() {
			f.add("%s, row %d", CodebookFile, i+2)
			break // what follows is shifted
		}
		if v.codebook[i].total() != (totalName{}) && right[i].count != v.codebook[i].count {
			f.add("%s, row %d", CodebookFile, i+2)
		}
	}
	return f
}
