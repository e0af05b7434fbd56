package release

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/quality"
)

// noisedFiles checks the files of a differential release that describe others. The codebook and the report must follow from the counts and records, to the
// last digit, so that they can hold nothing else.
func (v *verifier) noisedFiles(ctx context.Context, whole bool) error {
	const (
		codebook = "the codebook follows from the manifest, the counts and the records"
		packaged = "the data package describes the files as they are"
		figures  = "the quality report follows from the counts and the records"
		pages    = "other pages run no program, and the readme states the promise"
	)
	switch {
	case !v.form(checkCodebook, codebook):
	case v.Aggregates == nil || v.Synthetic == nil:
		last := &v.result.Checks[len(v.result.Checks)-1]
		last.Status, last.Detail = NotPossible, "the counts or the records cannot be read"
	default:
		v.result.Checks = v.result.Checks[:len(v.result.Checks)-1]
		f, err := v.noisedCodebook()
		if err != nil {
			return err
		}
		v.check(checkCodebook, codebook, f, "what the codebook says is not what the manifest, the counts and the records say")
	}
	if err := v.describing(whole, []fileCheck{{checkPackage, packaged, v.dataPackage}}); err != nil {
		return err
	}
	last := fileCheck{checkPages, pages, v.pages}
	if v.Aggregates == nil || v.Synthetic == nil {
		v.skip(checkQuality, figures, "the counts or the records cannot be read")
		if err := v.describing(whole, []fileCheck{last}); err != nil {
			return err
		}
		return v.explorer(whole)
	}
	if err := v.describing(whole, []fileCheck{
		{checkQuality, figures, func(root *os.Root) (finding, error) { return v.noisedQuality(ctx, root) }}, last,
	}); err != nil {
		return err
	}
	return v.explorer(whole)
}

// noisedCodebook makes the codebook again and compares it.
func (v *verifier) noisedCodebook() (f finding, err error) {
	var text bytes.Buffer
	if err := newNoisedCodebook(v.Manifest, v.Aggregates, v.Synthetic, &Policy{}).writeCSV(&text); err != nil {
		return f, err
	}
	right, err := parseCodebook(&text, true)
	if err != nil {
		return f, err
	}
	for i, row := range v.codebook {
		if i >= len(right) || row != right[i] {
			f.add("%s, row %d", CodebookFile, i+2)
		}
	}
	if len(v.codebook) < len(right) {
		f.add("%s: rows are missing at the end", CodebookFile)
	}
	return f, nil
}

// noisedQuality makes the report again and compares it. Only the errors to expect are taken as they are.
func (v *verifier) noisedQuality(ctx context.Context, root *os.Root) (f finding, err error) {
	var q quality.Noised
	if err := readJSON(root, QualityFile, &q); err != nil {
		return f, err
	}
	p := &v.Manifest.Protection
	words := quality.Promise{Epsilon: p.Epsilon, Delta: p.Delta, Statement: p.Statement, Meaning: p.Meaning}
	right, err := quality.Describe(ctx, words, forReport(v.Aggregates, v.Aggregates.Columns, q.Errors), v.Synthetic, v.o.Workers)
	if err != nil {
		return f, err
	}
	own, err := readAll(root, QualityFile)
	if err != nil {
		return f, err
	}
	if !sameJSON(own, right) {
		f.add("%s: a figure does not follow from the counts and the records, or there is more than a public report has", QualityFile)
	}
	return f, nil
}

// sameJSON reports whether a text holds the value and nothing else, however it is laid out.
func sameJSON(text []byte, value any) bool {
	right, err := json.Marshal(value)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal(text, &a) == nil && json.Unmarshal(right, &b) == nil && fmt.Sprint(a) == fmt.Sprint(b)
}

// noisedCounts checks counts and margins against each other.
func (v *verifier) noisedCounts(context.Context) error {
	const (
		margins  = "every count lies within its margin"
		monotone = "no combination has more people than a part of it"
	)
	if v.Aggregates == nil {
		v.skip(checkMargins, margins, AggregatesFile+" cannot be read")
		v.skip(checkMonotone, monotone, AggregatesFile+" cannot be read")
		return nil
	}
	var f finding
	if n := v.Aggregates.PeopleMargin(); n.Low > n.Estimate || n.Estimate > n.High {
		f.add("all people")
	}
	v.each(func(c *combinations, i int) {
		if n := c.margin(i); n.Low > n.Estimate || n.Estimate > n.High {
			f.add("%s", v.Aggregates.combination(c.at(i)))
		}
	})
	v.check(checkMargins, margins, f, "the count is below low or above high")
	f = finding{}
	var part []int32
	v.each(func(c *combinations, i int) {
		for place := range c.length {
			part = without(part, c.at(i), place)
			if n, published := v.Aggregates.lookup(part); published && n < c.counts[i] {
				f.add("%s", v.Aggregates.combination(c.at(i)))
				return
			}
		}
	})
	v.check(checkMonotone, monotone, f, "the combination has a higher count than a part of it")
	return nil
}

// noisedRecords checks the synthetic records.
func (v *verifier) noisedRecords(context.Context) error {
	const (
		number     = "there are as many records as the estimate of people"
		impossible = "no record holds what nobody can have"
		order      = "records stand in the order of their values, which tells nothing"
	)
	if v.Synthetic == nil || v.Aggregates == nil {
		for _, c := range [][2]string{{checkNumber, number}, {checkImpossible, impossible}, {checkOrder, order}} {
			v.skip(c[0], c[1], "the counts or the records cannot be read")
		}
		return nil
	}
	f := v.number()
	if m := v.Manifest.PeopleMargin; v.Aggregates.bounds != [2]int{m.Low, m.High} {
		f.add("margin of people in %s and %s", ManifestFile, AggregatesFile)
	}
	v.check(checkNumber, number, f, "the numbers differ")
	v.check(checkImpossible, impossible, v.impossible(), "the release says that nobody can have this")
	f = finding{}
	if v.unsorted > 0 {
		f.add("%s, row %d", SyntheticFile, v.unsorted)
	}
	v.check(checkOrder, order, f, "the row comes before the one above it")
	return nil
}

// impossible looks at every record for what the manifest rules out.
func (v *verifier) impossible() (f finding) {
	for i := range v.Manifest.Columns {
		if c := &v.Manifest.Columns[i]; c.Required {
			blank := newFieldTest(v.Bundle, ManifestCondition{Column: c.Name, Blank: true})
			for row := range v.Synthetic.Rows() {
				if blank.holds(row) {
					f.add("%s is blank", c.Name)
					break
				}
			}
		}
	}
	for _, rule := range v.Manifest.Protection.Impossible {
		tests := make([]fieldTest, len(rule))
		for i, c := range rule {
			tests[i] = newFieldTest(v.Bundle, c)
		}
		for row := range v.Synthetic.Rows() {
			if !slices.ContainsFunc(tests, func(t fieldTest) bool { return !t.holds(row) }) {
				f.add("%s", conditionsText(rule))
				break
			}
		}
	}
	return f
}

// conditionsText writes a combination of conditions as people read it.
func conditionsText(rule []ManifestCondition) string {
	parts := make([]string, len(rule))
	for i, c := range rule {
		values := slices.Clone(c.Values)
		if c.Blank {
			values = append(values, "blank")
		}
		parts[i] = c.Column + ": " + strings.Join(values, " or ")
	}
	return strings.Join(parts, ", ")
}

// fieldTest asks of a record whether a condition holds.
type fieldTest struct {
	columns []int             // of the field, in the table
	codes   []map[uint16]bool // of these, those that fulfil it
	blank   bool
}

func newFieldTest(b *Bundle, c ManifestCondition) fieldTest {
	t := fieldTest{blank: c.Blank}
	for i, tc := range b.Synthetic.Columns {
		if tc.Field != c.Column {
			continue
		}
		codes := map[uint16]bool{}
		for j, value := range tc.Values {
			codes[uint16(j+1)] = slices.Contains(c.Values, value)
		}
		t.columns, t.codes = append(t.columns, i), append(t.codes, codes)
	}
	return t
}

func (t *fieldTest) holds(row []uint16) bool {
	blank := true
	for i, column := range t.columns {
		if t.codes[i][row[column]] {
			return true
		}
		blank = blank && row[column] == 0
	}
	return t.blank && blank
}

// account checks the ledger of the release, and whether it stands in that of the data set.
func (v *verifier) account(context.Context) error {
	const (
		adds  = "the ledger adds up and keeps to epsilon and delta, which the statement names"
		noise = "the noise was not made repeatable"
		entry = "the release stands in the ledger file of the data set"
	)
	p := &v.Manifest.Protection
	if v.form(checkLedger, adds) {
		var f finding
		if !strings.Contains(p.Statement, "(epsilon "+p.Epsilon+", delta "+p.Delta+")") {
			f.add("protection.statement")
		}
		v.result.Checks = v.result.Checks[:len(v.result.Checks)-1]
		v.check(checkLedger, adds, f, "epsilon and delta are not those of the release")
	}
	var f finding
	if p.Repeatable {
		f.add("protection.repeatable")
	}
	v.check(checkNoise, noise, f, "the release was made for a test, with noise that can be taken away: it protects nobody")
	switch {
	case v.o.Ledger == nil:
		why := "this needs the ledger file"
		if p.Seal == "" {
			why = "the release does not say that a ledger file was kept"
		}
		v.skip(checkEntry, entry, why)
	default:
		v.check(checkEntry, entry, v.entered(), "the ledger file is of other records, was replaced, or does not have the release")
	}
	return nil
}

// entered looks for the release in the ledger file.
func (v *verifier) entered() (f finding) {
	p := &v.Manifest.Protection
	if p.Seal == "" {
		f.add("the release was made without a ledger file")
		return f
	}
	if !v.o.Ledger.Holds(p.Seal) {
		f.add("the seal of the release")
		return f
	}
	releases := v.o.Ledger.Releases()
	at := slices.IndexFunc(releases, func(r budget.Release) bool { return r.Seal == p.Seal })
	same := v.ledger != nil && slices.EqualFunc(releases[at].Spendings, v.ledger.Spendings(), func(a, b budget.Spending) bool { return a.String() == b.String() })
	if !same {
		f.add("the spendings of the release")
	}
	return f
}
