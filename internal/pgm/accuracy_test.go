package pgm

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/synth/dp/coded"
)

// readCSV reads a compressed file of the shared data.
func readCSV(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open(testenv.SharedData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// adult reads the Adult data of the UCI repository, without one column and coarser: 48,842 people by 13 columns.
func adult(t testing.TB) (*coded.Domain, *coded.Records) {
	t.Helper()
	rows := readCSV(t, "adult_reduced_13.csv.gz")
	text, err := os.ReadFile(testenv.SharedData(t, "adult_reduced_13.domain.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sizes map[string]int
	if err := json.Unmarshal(text, &sizes); err != nil {
		t.Fatal(err)
	}
	d, r := &coded.Domain{}, &coded.Records{Weights: ones(len(rows) - 1)}
	for j, name := range rows[0] {
		d.Columns = append(d.Columns, coded.Column{Name: name, Size: sizes[name]})
		codes := make([]uint16, len(rows)-1)
		for i, row := range rows[1:] {
			c, err := strconv.Atoi(row[j])
			if err != nil {
				t.Fatal(err)
			}
			codes[i] = uint16(c)
		}
		r.Codes = append(r.Codes, codes)
	}
	return d, r
}

func ones(n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// distance is the mean over all tables of some columns of the L1 distance of the shares of people.
func distance(d *coded.Domain, a, b *coded.Records, columns int) float64 {
	total, tables := 0.0, 0
	var walk func(chosen []int)
	walk = func(chosen []int) {
		if len(chosen) == columns {
			y := shares(d, b, chosen...)
			for i, x := range shares(d, a, chosen...) {
				total += math.Abs(x - y[i])
			}
			tables++
			return
		}
		first := 0
		if len(chosen) > 0 {
			first = chosen[len(chosen)-1] + 1
		}
		for j := first; j < len(d.Columns); j++ {
			walk(append(chosen[:len(chosen):len(chosen)], j))
		}
	}
	walk(nil)
	return total / float64(tables)
}

// measured fits and samples as many rows as there are records, with some seeds, and returns the mean distances of
// tables of one, two, ... columns and the mean time.
func measured(t *testing.T, d *coded.Domain, r *coded.Records, epsilon, delta string, fast bool, seeds, columns int) ([]float64, time.Duration) {
	t.Helper()
	mean := make([]float64, columns)
	wall := time.Duration(0)
	for seed := range seeds {
		o := options(t, epsilon, delta, byte(seed))
		o.Fast = fast
		begin := time.Now()
		m := fitted(t, d, r, o)
		rows := sampled(t, m, r.Len(), byte(seed))
		wall += time.Since(begin) / time.Duration(seeds)
		if n := violations(d, rows); n > 0 {
			t.Errorf("%d rows in structural zeros", n)
		}
		for k := range mean {
			mean[k] += distance(d, r, rows, k+1) / float64(seeds)
		}
	}
	return mean, wall
}

// TestAdult measures the error that docs/method.md states. By default it is one run of MST; a long test runs all.
func TestAdult(t *testing.T) {
	d, r := adult(t)
	seeds := 1
	if testenv.Long() {
		seeds = 5
	}
	type setting struct {
		epsilon string
		fast    bool
		limit   float64 // of the distance of tables of three columns
	}
	settings := []setting{{"1", true, .17}}
	if testenv.Long() {
		settings = append(settings, []setting{
			{"0.1", true, .235},
			{"10", true, .15},
			{"1", false, .066},
			{"0.1", false, .217},
			{"10", false, .048},
		}...)
	}
	for _, c := range settings {
		l1, wall := measured(t, d, r, c.epsilon, "1e-9", c.fast, seeds, 3)
		t.Logf("epsilon %4s, fast %5v: L1 of tables of 1, 2, 3 columns %.4f %.4f %.4f, %.1f s", c.epsilon, c.fast, l1[0], l1[1], l1[2], wall.Seconds())
		if l1[2] > c.limit {
			t.Errorf("epsilon %s, fast %v: %.4f, limit %.4f", c.epsilon, c.fast, l1[2], c.limit)
		}
	}
}

// TestACS measures the score of the NIST Collaborative Research Cycle on its excerpt of the American Community Survey:
// 500*(2 - mean distance of pairs of columns), of 1000.
func TestACS(t *testing.T) {
	for _, c := range []struct {
		name, epsilon string
		columns       []string
		fast          bool
		limit         float64
	}{
		{"demographic", "1", []string{"AGEP", "SEX", "MSP", "RAC1P", "HOUSING_TYPE", "OWN_RENT", "EDU", "PINCP_DECILE", "DVET", "DEYE"}, true, 940},
		{"demographic", "1", []string{"AGEP", "SEX", "MSP", "RAC1P", "HOUSING_TYPE", "OWN_RENT", "EDU", "PINCP_DECILE", "DVET", "DEYE"}, false, 976},
		{"all", "10", nil, false, 900},
	} {
		seeds := 5
		if !testenv.Long() {
			if !c.fast {
				continue
			}
			seeds = 1
		}
		d, r := acs(t, c.columns...)
		l1, wall := measured(t, d, r, c.epsilon, "1e-6", c.fast, seeds, 2)
		score := 500 * (2 - l1[1])
		t.Logf("%s (%d columns, %d structural zeros), epsilon %s, fast %v: %.1f, %.1f s", c.name, len(d.Columns), len(d.Zeros), c.epsilon, c.fast, score, wall.Seconds())
		if score < c.limit {
			t.Errorf("%s, epsilon %s, fast %v: %.1f, limit %.0f", c.name, c.epsilon, c.fast, score, c.limit)
		}
	}
}
