package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/explorer"
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
	t := e2e.Eval[times](p, fmt.Sprintf(`(async () => {
		const ready = +document.documentElement.dataset.ready, clicks = [];
		const cards = document.querySelectorAll(".card").length;
		window.pressed = 0;
		for (let i = 0; i < %d; i++) {
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
		return {ready, clicks};
	})()`, clicks))
	slices.Sort(t.Clicks)
	return t
}

func report(b *testing.B, page string, clicks int) {
	info, err := os.Stat(page)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t := measure(b, page, clicks)
		b.ReportMetric(t.Ready, "ready-ms")
		b.ReportMetric(t.Clicks[len(t.Clicks)/2], "click-median-ms")
		b.ReportMetric(t.Clicks[len(t.Clicks)-1], "click-worst-ms")
		b.ReportMetric(float64(info.Size())/(1<<20), "file-MiB")
	}
}

// BenchmarkExplorer opens explorers and clicks. COVEY_EXPLORER names another file to be measured, such as that of a release of one's own.
func BenchmarkExplorer(b *testing.B) {
	if page := os.Getenv("COVEY_EXPLORER"); page != "" {
		b.Run("given", func(b *testing.B) { report(b, page, 40) })
	}
	b.Run("fictional", func(b *testing.B) {
		_, page := makeExplorer(b, "")
		report(b, page, 40)
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
		report(b, page, 20)
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
