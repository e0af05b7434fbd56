package dp

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/table"
)

// recoding maps the codes of a table to those of a domain.
type recoding struct {
	domain  *Domain
	columns []table.Column // of the domain, with learnt values
	source  []int          // column of the table by column of the domain; -1: it has none
	codes   [][]uint16     // by column of the domain: code of the domain by code of the table
}

// newRecoding matches columns by name, and learns what is to be learnt.
func newRecoding(t *table.Table, d *Domain, o *Options) (*recoding, error) {
	r := &recoding{domain: d, columns: slices.Clone(d.Columns), source: make([]int, len(d.Columns)), codes: make([][]uint16, len(d.Columns))}
	for j := range r.columns {
		r.columns[j].Blanks = nil
		r.source[j] = slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Name == d.Columns[j].Name })
	}
	if err := r.learn(t, o); err != nil {
		return nil, err
	}
	for j, from := range r.source {
		if from < 0 {
			continue
		}
		if err := r.match(j, t.Columns[from].Values); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// required reports whether nobody is blank in a column. Of a column that is learnt that cannot be: whoever has a value that was not learnt is.
func (d *Domain) required(j int) bool { return d.Required != nil && d.Required[j] && !d.learnt(j) }

func (d *Domain) learnt(j int) bool { return d.Learn != nil && d.Learn[j] }

// match finds the values of the table among those of the domain.
func (r *recoding) match(j int, values []string) error {
	at := make(map[string]uint16, len(r.columns[j].Values))
	first := 1
	if r.domain.required(j) {
		first = 0
	}
	for i, v := range r.columns[j].Values {
		at[v] = uint16(first + i)
	}
	r.codes[j] = make([]uint16, len(values)+1)
	for i, v := range values {
		code, ok := at[v]
		if !ok && !r.domain.learnt(j) {
			return fmt.Errorf("column %q has a value that is not in its domain", r.columns[j].Name)
		}
		r.codes[j][i+1] = code
	}
	return nil
}

// coded returns the domain in codes. Columns without any value are blank for everybody.
func (r *recoding) coded() *coded.Domain {
	c := &coded.Domain{}
	for j, column := range r.columns {
		blank := !r.domain.required(j)
		size := len(column.Values)
		if blank {
			size++
		}
		c.Columns = append(c.Columns, coded.Column{Name: column.Name, Size: max(size, 1), Blank: blank || size == 0})
	}
	for _, impossible := range r.domain.Impossible {
		zero := coded.Zero{}
		for _, condition := range impossible {
			zero = append(zero, r.condition(condition))
		}
		c.Zeros = append(c.Zeros, zero)
	}
	return c
}

func (r *recoding) condition(c Condition) coded.Condition {
	out := coded.Condition{Column: c.Column}
	blank := !r.domain.required(c.Column)
	if c.Blank && blank {
		out.Codes = append(out.Codes, 0)
	}
	for i, v := range r.columns[c.Column].Values {
		if slices.Contains(c.Values, v) {
			out.Codes = append(out.Codes, uint16(i)+b2i(blank))
		}
	}
	return out
}

func b2i(b bool) uint16 {
	if b {
		return 1
	}
	return 0
}

// records returns the records of t in codes of the domain.
func (r *recoding) records(t *table.Table) (*coded.Records, error) {
	out := &coded.Records{Codes: make([][]uint16, len(r.columns)), Weights: make([]uint32, t.Len())}
	for j := range out.Codes {
		out.Codes[j] = make([]uint16, t.Len())
	}
	for i := range t.Len() {
		row := t.Row(i)
		out.Weights[i] = uint32(t.Weight(i))
		for j, from := range r.source {
			code := uint16(0)
			if from >= 0 {
				code = row[from]
			}
			if code == 0 && r.domain.required(j) && len(r.columns[j].Values) > 0 {
				return nil, fmt.Errorf("somebody is blank in column %q, where the domain says that nobody is", r.columns[j].Name)
			}
			if code > 0 {
				out.Codes[j][i] = r.codes[j][code]
			}
		}
	}
	return out, nil
}

// table returns records in the columns of the domain.
func (r *recoding) table(records *coded.Records) *table.Table {
	b := table.NewBuilder(r.columns)
	row := make([]uint16, len(r.columns))
	for i, weight := range records.Weights {
		for j, codes := range records.Codes {
			row[j] = codes[i]
			if r.domain.required(j) && len(r.columns[j].Values) > 0 {
				row[j]++
			}
		}
		b.Add(row, int(weight))
	}
	return b.Table().Sorted()
}

// What learning domains takes of the budget.
var (
	learnRho   = big.NewRat(1, 10) // of rho
	learnDelta = big.NewRat(1, 10) // of delta
)

// learn buys the values of columns that the domain leaves open: those whose noised count reaches a threshold that a value of only one person
// stays below but with a small probability, which is a part of delta.
func (r *recoding) learn(t *table.Table, o *Options) error {
	columns := 0
	for j := range r.columns {
		if r.domain.learnt(j) {
			columns++
		}
	}
	if columns == 0 {
		return nil
	}
	delta := new(big.Rat).Mul(o.Ledger.Budget().Delta, learnDelta)
	reveal, err := budget.Reveal(fmt.Sprintf("values of %d columns that were not known beforehand", columns), delta)
	if err != nil {
		return err
	}
	if err := o.Ledger.Spend(reveal); err != nil {
		return err
	}
	sensitivity := big.NewRat(int64(columns), 1)
	rho := new(big.Rat).Mul(o.Ledger.Remaining(), learnRho)
	variance, err := o.Ledger.Budget().Accounting.Variance(sensitivity, rho)
	if err != nil {
		return err
	}
	spending, err := budget.Gaussian("people by value, to learn values", sensitivity, variance)
	if err != nil {
		return err
	}
	if err := o.Ledger.Spend(spending); err != nil {
		return err
	}
	threshold, err := budget.RevealThreshold(variance, columns, delta)
	if err != nil {
		return err
	}
	if o.hooks.threshold != nil {
		threshold = o.hooks.threshold(threshold)
	}
	return r.reveal(t, variance, threshold, o.Source)
}

func (r *recoding) reveal(t *table.Table, variance *big.Rat, threshold int64, src *noise.Source) error {
	g, err := noise.NewGaussian(variance)
	if err != nil {
		return err
	}
	for j, from := range r.source {
		if !r.domain.learnt(j) {
			continue
		}
		r.columns[j].Values = nil
		if from < 0 {
			continue
		}
		counts := make([]int64, len(t.Columns[from].Values)+1)
		for row, people := range t.Rows() {
			counts[row[from]] += int64(people)
		}
		g.Add(src, counts)
		for i, v := range t.Columns[from].Values {
			if counts[i+1] >= threshold {
				r.columns[j].Values = append(r.columns[j].Values, v)
			}
		}
		slices.SortFunc(r.columns[j].Values, table.CompareLabels)
	}
	return nil
}
