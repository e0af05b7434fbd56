package kanon_test

import (
	"compress/gzip"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// readWith reads a file as a policy of the repository says; or, without a policy, every column as a category in which 0 and empty are blank.
func readWith(t testing.TB, path, policy string) *table.Table {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var text io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	schema, format := table.Schema{Blanks: []table.Blank{{Text: "0", Reason: "zero"}}}, table.Format{}
	if policy != "" {
		p := readPolicy(t, policy)
		schema, format = p.Schema(), p.Input.TableFormat()
	}
	rows, err := table.OpenCSV(text, path, format)
	if err != nil {
		t.Fatal(err)
	}
	if policy == "" {
		for _, header := range rows.Header() {
			schema.Fields = append(schema.Fields, table.Field{Name: header})
		}
	}
	read, _, err := table.Read(t.Context(), rows, schema, table.Options{Limits: format.Limits})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func readPolicy(t testing.TB, name string) *release.Policy {
	t.Helper()
	file, err := os.Open(filepath.Join(testenv.ModuleRoot(t), "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	policy, err := release.ParsePolicy(name, file)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// accuracy is how well records keep the combinations of one length.
type accuracy struct {
	kept    float64 // mean over the combinations of at least k persons: the smaller of records per person and 1
	l1      float64 // sum of the differences of all counts, over the sum of the input's
	between int     // combinations that records, but fewer than k persons, hold
}

// measure compares records with the input they were made from, by length-1 of combinations.
func measure(t testing.TB, in, out *table.Table, k int) [3]accuracy {
	t.Helper()
	type sums struct{ kept, combinations, difference, persons float64 }
	var total [3]sums
	var result [3]accuracy
	a, b := marginal.Align(in, out)
	err := marginal.Compare(t.Context(), a, b, marginal.Options{Workers: 1}, false, func() marginal.Visit {
		return func(combination []marginal.Attribute, persons, records int) {
			s := &total[len(combination)-1]
			s.persons += float64(persons)
			s.difference += math.Abs(float64(persons - records))
			if persons >= k {
				s.combinations++
				s.kept += min(1, float64(records)/float64(persons))
			} else if records > 0 {
				result[len(combination)-1].between++
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range total {
		result[i].kept, result[i].l1 = s.kept/max(1, s.combinations), s.difference/max(1, s.persons)
	}
	return result
}

// Real and realistic files keep the guarantee wholly, and enough of their combinations. The bounds of accuracy are what was reached
// less a little, so that a change for the worse is seen.
func TestSynthesizeFiles(t *testing.T) {
	for _, c := range []struct {
		name, shared, policy string
		kept, l1             [3]float64
	}{
		{"ctdc", "ctdc_global_synthetic_2021-08-25.csv.gz", "policies/ctdc_global_synthetic.yaml", [3]float64{.99, .92, .79}, [3]float64{.02, .05, .10}},
		{"nist", "nist_acs_excerpt_national2019.csv.gz", "policies/nist_acs_national.yaml", [3]float64{.77, .29, .15}, [3]float64{.29, .49, .64}},
		{"adult", "adult_discretised.csv.gz", "policies/adult_discretised.yaml", [3]float64{.69, .23, .14}, [3]float64{.26, .43, .57}},
		{"sparse", "sparse_cases_simulated.csv.gz", "", [3]float64{.76, .30, .125}, [3]float64{.28, .52, .72}},
		{"nltcs", "nltcs_16binary.csv.gz", "", [3]float64{.999, .999, .999}, [3]float64{.001, .001, .001}},
		{"cases", "", "cases.yaml", [3]float64{.95, .75, .77}, [3]float64{.06, .15, .29}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(testenv.ModuleRoot(t), "examples", "cases.csv")
			if c.shared != "" {
				if testing.Short() {
					t.Skip("shared data is for the long form")
				}
				path = testenv.SharedData(t, c.shared)
			}
			in := readWith(t, path, c.policy)
			out := synthesize(t, in, 10, kanon.Options{})
			if err := checkRecords(in, out, 10); err != nil {
				t.Error(err)
			}
			for i, got := range measure(t, in, out, 10) {
				t.Logf("length %d: kept %.4f, relative L1 %.4f", i+1, got.kept, got.l1)
				if got.kept < c.kept[i] || got.l1 > c.l1[i] || got.between > 0 {
					t.Errorf("length %d: got %+v, want at least %v and at most %v", i+1, got, c.kept[i], c.l1[i])
				}
			}
		})
	}
}
