package e2e_test

import (
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/testenv"
)

// times is what a page measures of itself, in milliseconds: until it can be used, and for each click until all bars have answered and are laid out.
type times struct {
	Ready  float64
	Clicks []float64
}

// measure opens the page, and clicks values of different columns, one after the other and back.
func measure(b *testing.B, page string, clicks int) times {
	b.Helper()
	p := e2e.Start(b).Open(b, e2e.FileURL(b, page), e2e.Desktop())
	waitReady(b, p)
	t := times{Ready: e2e.Eval[float64](p, `window.pressed = 0; +document.documentElement.dataset.ready`)}
	for from := 0; from < clicks; from += 4 {
		t.Clicks = append(t.Clicks, clickSome(p, from)...)
	}
	slices.Sort(t.Clicks)
	return t
}

// clickSome clicks four values, lets all go, and returns how long each click took.
func clickSome(p *e2e.Page, from int) []float64 {
	return e2e.Eval[[]float64](p, fmt.Sprintf(`(async () => {
		const clicks = [], cards = document.querySelectorAll(".card").length;
		for (let i = %d; i < %d; i++) {
			const card = document.querySelectorAll(".card")[(7 * i) %% cards], buttons = card.querySelectorAll("button[data-attribute]");
			const button = buttons[(3 * i) %% buttons.length];
			await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
			const before = location.hash, start = performance.now();
			button.click();
			while (location.hash === before || document.querySelectorAll(".bars button[aria-pressed=true]").length === window.pressed) await new Promise(done => queueMicrotask(done));
			await Promise.resolve(); await Promise.resolve(); await Promise.resolve();
			document.body.getBoundingClientRect(); // lay out
			clicks.push(performance.now() - start);
			window.pressed = document.querySelectorAll(".bars button[aria-pressed=true]").length;
			if (i %% 4 === 3) { document.querySelector("#clear")?.click(); await new Promise(done => setTimeout(done, 30)); window.pressed = 0; }
		}
		return clicks;
	})()`, from, from+4))
}

// bars are what the explorer promises of a release: bytes, and milliseconds. 0 promises nothing.
type bars struct{ file, ready, median, worst float64 }

// rounds is how often a page is measured. The quickest round counts, since whatever else the machine does only makes it slower.
const rounds = 3

// report measures a page and fails if it is worse than it has to be.
func report(b *testing.B, page string, clicks int, most bars) {
	b.Helper()
	info, err := os.Stat(page)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		got := bars{file: float64(info.Size()), ready: math.Inf(1), median: math.Inf(1), worst: math.Inf(1)}
		for range rounds {
			t := measure(b, page, clicks)
			got.ready = min(got.ready, t.Ready)
			got.median = min(got.median, t.Clicks[len(t.Clicks)/2])
			got.worst = min(got.worst, t.Clicks[len(t.Clicks)-1])
		}
		for _, bar := range []struct {
			unit      string
			got, most float64
		}{
			{"file-bytes", got.file, most.file},
			{"ready-ms", got.ready, most.ready},
			{"click-median-ms", got.median, most.median},
			{"click-worst-ms", got.worst, most.worst},
		} {
			b.ReportMetric(bar.got, bar.unit)
			if bar.most > 0 && bar.got > bar.most {
				b.Errorf("%s is %.0f, and %.0f is the most", bar.unit, bar.got, bar.most)
			}
		}
	}
}

// ctdc is the largest public file of case records. It may not be copied, so it is read where COVEY_TEST_DATA says, or beside the module.
const ctdc = "ctdc_global_synthetic_2021-08-25.csv.gz"

// ctdcExplorer makes a release of that file and returns its page; "" if the file is not there.
func ctdcExplorer(b *testing.B) string {
	b.Helper()
	root := testenv.ModuleRoot(b)
	file, err := os.Open(filepath.Join(cmp.Or(os.Getenv("COVEY_TEST_DATA"), filepath.Join(root, "..", "shared", "data")), ctdc))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	} else if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		b.Fatal(err)
	}
	records := filepath.Join(b.TempDir(), "ctdc.csv")
	if err := os.WriteFile(records, text, 0o600); err != nil {
		b.Fatal(err)
	}
	_, page := releaseOf(b, filepath.Join(root, "examples", "policies", "ctdc_global_synthetic.yaml"), records)
	return page
}

// BenchmarkExplorer opens explorers and clicks, and fails where they are slower or larger than they have to be. COVEY_EXPLORER names another file to be measured, such as that of a release
// of one's own.
func BenchmarkExplorer(b *testing.B) {
	if page := os.Getenv("COVEY_EXPLORER"); page != "" {
		b.Run("given", func(b *testing.B) { report(b, page, 40, bars{}) })
	}
	b.Run("ctdc", func(b *testing.B) {
		page := ctdcExplorer(b)
		if page == "" {
			fmt.Fprintf(os.Stderr, "NOT MEASURED: %s is not there; COVEY_TEST_DATA names its folder\n", ctdc)
			b.SkipNow()
		}
		report(b, page, 40, bars{file: 3e6, ready: 1500, median: 50, worst: 150})
	})
	b.Run("fictional", func(b *testing.B) {
		_, page := makeExplorer(b, "")
		report(b, page, 40, bars{file: 3e6, ready: 1500, median: 50, worst: 150})
	})
	b.Run("2-million-rows", func(b *testing.B) {
		page := filepath.Join(b.TempDir(), "large.html")
		file, err := os.Create(page)
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		if err := explorer.Write(file, large(2_000_000, 37)); err != nil {
			b.Fatal(err)
		}
		report(b, page, 20, bars{worst: 500})
	})
}

// large returns records of which no two need be the same, each with a value in about every fourth column.
func large(rows, columns int) explorer.Data {
	const values = 9
	d := explorer.Data{
		About: explorer.About{
			Title: "Many records", Release: "000000000000", Records: rows, People: explorer.Count{Estimate: rows},
			Protection: explorer.Protection{Method: explorer.KAnonymity, K: 10, Length: 1},
		},
		Counts: func(yield func([]int32, explorer.Count) bool) {
			for a := range int32(values * columns) {
				if !yield([]int32{a}, explorer.Count{Estimate: 10}) {
					return
				}
			}
		},
	}
	for i := range columns {
		c := explorer.Column{Name: fmt.Sprint("column ", i+1), Kind: "category"}
		for v := range values {
			c.Values = append(c.Values, explorer.Value{Value: fmt.Sprint("value ", v+1)})
		}
		d.Columns = append(d.Columns, c)
	}
	d.Records = func(yield func([]int32, int) bool) {
		roll := dice(1)
		attrs := make([]int32, 0, columns)
		for range rows {
			attrs = attrs[:0]
			for c := range int32(columns) {
				if roll.roll(4) == 0 {
					attrs = append(attrs, c*values+int32(roll.roll(values)))
				}
			}
			if !yield(attrs, 1) {
				return
			}
		}
	}
	return d
}
