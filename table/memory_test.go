package table_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/table"
)

// caseRows writes a file of rows × 40 columns, as wide case files are: an identifier, 8 categories, an age, a date, two cells of
// several labels, 27 flags. Almost no two people are equal, which is the worst case for memory.
func caseRows(w io.Writer, rows, perPerson int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString("id,age,registered,means,labour")
	for i := range 8 {
		fmt.Fprintf(out, ",category %d", i)
	}
	for i := range 27 {
		fmt.Fprintf(out, ",flag %d", i)
	}
	out.WriteByte('\n')
	rng := rand.New(rand.NewPCG(5, 6))
	line := make([]byte, 0, 512)
	for row := range rows {
		line = fmt.Appendf(line[:0], "CV-%08d,", row/perPerson)
		person := rand.New(rand.NewPCG(7, uint64(row/perPerson))) // rows of one person do not differ but in blanks
		line = strconv.AppendInt(line, int64(person.IntN(90)), 10)
		line = fmt.Appendf(line, ",%d-%02d-%02d,", 2005+person.IntN(20), 1+person.IntN(12), 1+person.IntN(28))
		for k := range 2 {
			for i := range rng.IntN(4) {
				line = fmt.Appendf(line, "%slabel %d %d", map[bool]string{true: "; ", false: ""}[i > 0], k, rng.IntN(18))
			}
			line = append(line, ',')
		}
		for i := range 8 {
			line = fmt.Appendf(line, "value %d,", person.IntN(3<<i))
		}
		for i := range 27 {
			if yes := person.IntN(4) == 0; yes && rng.IntN(3) > 0 {
				line = append(line, '1')
			}
			if i < 26 {
				line = append(line, ',')
			}
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

func caseRowsSchema(subject bool) table.Schema {
	s := table.Schema{Fields: []table.Field{
		{Name: "age", Kind: table.Number, Bins: table.Bins{Numbers: []float64{0, 9, 18, 21, 24, 27, 30, 39, 48}}},
		{Name: "registered", Kind: table.Date, Bins: table.Bins{Every: table.Year}},
		{Name: "means", Kind: table.Many},
		{Name: "labour", Kind: table.Many},
	}}
	for i := range 8 {
		s.Fields = append(s.Fields, table.Field{Name: fmt.Sprintf("category %d", i)})
	}
	for i := range 27 {
		s.Fields = append(s.Fields, table.Field{Name: fmt.Sprintf("flag %d", i), Kind: table.Flag})
	}
	if subject {
		s.Subject = "id"
	}
	return s
}

// TestMemory bounds what Read takes for 2 million rows of 40 columns by 2 GiB, which is a promise of the project. The
// test reads 40,000 rows in 256 MiB, unless COVEY_LONG asks for all, or -short for fewer.
func TestMemory(t *testing.T) {
	rows, limit := 40_000, 256<<20
	switch {
	case testenv.Long():
		rows, limit = 2_000_000, 2<<30
	case testing.Short():
		rows = 4_000
	}
	if !testenv.Long() {
		t.Logf("%d rows; for 2,000,000 set %s=1", rows, testenv.EnvLong)
	}
	for _, tt := range []struct {
		name      string
		subject   bool
		perPerson int
		read      func(rows *table.CSV, subject bool) error
	}{
		{"without subject", false, 1, readCases(t)},
		{"a person per row", true, 1, readCases(t)},
		{"two rows per person", true, 2, readCases(t)},
		{"profile", false, 1, func(rows *table.CSV, _ bool) error {
			_, err := table.ProfileRows(t.Context(), rows, table.ProfileOptions{})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, w := io.Pipe()
			go func() { _ = w.CloseWithError(caseRows(w, rows, tt.perPerson)) }()
			defer r.Close()
			c, err := table.OpenCSV(r, "simulated.csv", table.Format{})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			peak := peakMemory(func() { err = tt.read(c, tt.subject) })
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d rows: %.1f s, at most %d MiB held", rows, time.Since(start).Seconds(), peak>>20)
			if peak > uint64(limit) {
				t.Errorf("%d MiB held, the limit is %d MiB", peak>>20, limit>>20)
			}
		})
	}
}

func readCases(t *testing.T) func(*table.CSV, bool) error {
	return func(rows *table.CSV, subject bool) error {
		tab, stats, err := table.Read(t.Context(), rows, caseRowsSchema(subject), table.Options{})
		if err == nil {
			t.Logf("%d distinct records of %d people in %d columns, %d rows merged", tab.Len(), tab.People(), len(tab.Columns), stats.Repeated)
		}
		return err
	}
}

// peakMemory runs do and returns the most memory that the program held from the system meanwhile, sampled every few milliseconds.
func peakMemory(do func()) uint64 {
	debug.FreeOSMemory()
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		most := uint64(0)
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64()-sample[1].Value.Uint64())
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	do()
	close(done)
	return <-peak
}
