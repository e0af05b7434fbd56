package release

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// Repeatable returns options whose noise is the same every time.
func (o Options) Repeatable(seed byte) Options {
	o.source = noise.NewSourceForTesting([32]byte{seed})
	return o
}

// Simple returns options with an engine that is good for nothing but tests of what is around it: it spends half of rho on counts of single values and
// half on counts of combinations, and draws records column by column.
func (o Options) Simple() Options {
	o.engine = simpleEngine
	return o
}

// simpleCounts are the counts of the simple engine.
type simpleCounts struct {
	items  map[string]dp.Count
	sorted [][][]marginal.Attribute // by length - 1
}

func simpleKey(combination []marginal.Attribute) string { return fmt.Sprint(combination) }

func (c *simpleCounts) all(length int) iter.Seq2[[]marginal.Attribute, dp.Count] {
	return func(yield func([]marginal.Attribute, dp.Count) bool) {
		if length < 1 || length > len(c.sorted) {
			return
		}
		for _, combination := range c.sorted[length-1] {
			if !yield(combination, c.items[simpleKey(combination)]) {
				return
			}
		}
	}
}

func simpleEngine(ctx context.Context, t *table.Table, d *dp.Domain, o dp.Options) (*product, error) {
	empty := table.NewBuilder(d.Columns).Table()
	_, t = marginal.Align(empty, t)
	exact, err := marginal.Count(ctx, t, marginal.Options{Length: o.Length})
	if err != nil {
		return nil, err
	}
	sensitivity := big.NewRat(2, 1) // people, and at most so many combinations of one person, which this engine only pretends to cap
	rho := new(big.Rat).Mul(o.Ledger.Remaining(), big.NewRat(1, 1))
	variance, err := o.Ledger.Budget().Accounting.Variance(sensitivity, rho)
	if err != nil {
		return nil, err
	}
	s, err := budget.Gaussian("counts for a test", sensitivity, variance)
	if err != nil {
		return nil, err
	}
	if err := o.Ledger.Spend(s); err != nil {
		return nil, err
	}
	g, err := noise.NewGaussian(variance)
	if err != nil {
		return nil, err
	}
	v, _ := variance.Float64()
	half := 1
	for float64(half*half) < 4*v {
		half++
	}
	blur := func(n int) dp.Count {
		e := max(0, n+int(g.Draw(o.Source)))
		return dp.Count{Estimate: e, Low: max(0, e-half), High: e + half}
	}
	p := &product{}
	c := &simpleCounts{items: map[string]dp.Count{}, sorted: make([][][]marginal.Attribute, o.Length)}
	people := blur(t.People())
	for length := 1; length <= o.Length; length++ {
		c.add(exact, d, length, people, blur)
	}
	p.people, p.estimates = people.Estimate, &Estimates{columns: d.Columns, length: o.Length, people: people, all: c.all}
	p.records = c.draw(d, people.Estimate, o.Source)
	for length := 1; length <= o.Length; length++ {
		e := dp.Error{Length: length, Estimates: float64(half) / 2, Records: float64(half), Cells: len(c.sorted[length-1])}
		p.errors = append(p.errors, e)
	}
	return p, nil
}

// add adds the combinations of a length: all single values, and of others those whose parts are there and whose estimate is not small.
func (c *simpleCounts) add(exact *marginal.Counts, d *dp.Domain, length int, people dp.Count, blur func(int) dp.Count) {
	if length == 1 {
		for i := range d.Columns {
			for code := range d.Columns[i].Values {
				single := []marginal.Attribute{{Column: i, Code: uint16(code + 1)}}
				c.put(single, blur(exact.Get(single...)), people)
			}
		}
		return
	}
	for combination, n := range exact.All(length) {
		most, there := people, true
		for i := range combination {
			part, ok := c.items[simpleKey(slices.Concat(combination[:i], combination[i+1:]))]
			there = there && ok
			if part.Estimate < most.Estimate {
				most = part
			}
		}
		if count := blur(n); there && count.Estimate >= 20 {
			c.put(slices.Clone(combination), count, most)
		}
	}
}

func (c *simpleCounts) put(combination []marginal.Attribute, n, most dp.Count) {
	n.Estimate = min(n.Estimate, most.Estimate)
	n.Low, n.High = min(n.Low, n.Estimate), max(n.High, n.Estimate)
	c.items[simpleKey(combination)] = n
	c.sorted[len(combination)-1] = append(c.sorted[len(combination)-1], combination)
}

// draw draws records column by column, and again if they are impossible.
func (c *simpleCounts) draw(d *dp.Domain, people int, source *noise.Source) *table.Table {
	b := table.NewBuilder(d.Columns)
	row := make([]uint16, len(d.Columns))
	for made, tries := 0, 0; made < people; tries++ {
		for i := range row {
			if tries < 100*people {
				row[i] = c.value(d, i, people, source)
			} else { // noise alone can leave values that are impossible together, time and again
				row[i] = 1 + uint16(source.Uint64()%uint64(len(d.Columns[i].Values)))
			}
		}
		if !slices.ContainsFunc(d.Impossible, func(rule dp.Impossible) bool { return fulfils(d, rule, row) }) {
			b.Add(row, 1)
			made++
		}
	}
	return b.Table()
}

func (c *simpleCounts) value(d *dp.Domain, column, people int, source *noise.Source) uint16 {
	for range 100 {
		at := int(source.Uint64() % uint64(people))
		for code := range d.Columns[column].Values {
			n := c.items[simpleKey([]marginal.Attribute{{Column: column, Code: uint16(code + 1)}})].Estimate
			if at < n {
				return uint16(code + 1)
			}
			at -= n
		}
		if d.Required == nil || !d.Required[column] {
			return 0
		}
	}
	return 1
}

func fulfils(d *dp.Domain, rule dp.Impossible, row []uint16) bool {
	for _, c := range rule {
		code := row[c.Column]
		if code == 0 && !c.Blank || code > 0 && !slices.Contains(c.Values, d.Columns[c.Column].Values[code-1]) {
			return false
		}
	}
	return true
}

// RebuildNoised writes codebook.csv and quality.json of a differential release anew from its counts and records, as somebody would who tampers with these.
func RebuildNoised(dir string) error {
	b, faults := load(dir)
	if b.Aggregates == nil || b.Synthetic == nil {
		return fmt.Errorf("rebuild: %v", faults)
	}
	var book, report bytes.Buffer
	if err := newNoisedCodebook(b.Manifest, b.Aggregates, b.Synthetic, &Policy{}).writeCSV(&book); err != nil {
		return err
	}
	old, err := os.ReadFile(filepath.Join(dir, QualityFile))
	if err != nil {
		return err
	}
	var q quality.Noised
	if err := json.Unmarshal(old, &q); err != nil {
		return err
	}
	p := &b.Manifest.Protection
	words := quality.Promise{Epsilon: p.Epsilon, Delta: p.Delta, Statement: p.Statement, Meaning: p.Meaning}
	n, err := quality.Describe(context.Background(), words, forReport(b.Aggregates, b.Aggregates.Columns, q.Errors), b.Synthetic, 1)
	if err != nil {
		return err
	}
	if err := n.WriteJSON(&report); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, CodebookFile), book.Bytes(), 0o644), os.WriteFile(filepath.Join(dir, QualityFile), report.Bytes(), 0o644))
}

// LoadExplorer returns what the explorer of a release shows, even if the release has faults. It reports false if its tables cannot be read.
func LoadExplorer(dir string) (explorer.Data, bool) {
	b, _ := load(dir)
	if b.Aggregates == nil || b.Synthetic == nil || b.codebook == nil {
		return explorer.Data{}, false
	}
	return b.Explorer(), true
}

// Always returns options with an engine that makes its product of the given records, whatever it is given.
func (o Options) Always(people *table.Table) Options {
	o.engine = func(ctx context.Context, _ *table.Table, d *dp.Domain, o dp.Options) (*product, error) {
		return simpleEngine(ctx, people, d, o)
	}
	return o
}

// CompileManifestSchema compiles docs/manifest.schema.json.
func CompileManifestSchema(t testing.TB) (*jsonschema.Schema, map[string]any) {
	return manifestSchema(t)
}

// AsDocument returns what is in a JSON file.
func AsDocument(t testing.TB, text []byte) map[string]any { return asDocument(t, text) }

// PromiseWords explains a promise.
func PromiseWords(epsilon, delta *big.Rat) (statement, meaning string) {
	return differentialStatement(epsilon, delta), differentialMeaning(epsilon, delta)
}

// CheckDataPackage holds the files of a release to their descriptor, and that to its own schema.
func CheckDataPackage(t *testing.T, m *Manifest, files map[string][]byte) {
	t.Helper()
	checkDataPackage(t, m, files)
	schema, _ := compileSchema(t, []byte(dataPackageRules))
	if err := schema.Validate(asDocument(t, files[DataPackageFile])); err != nil {
		t.Error(err)
	}
}
