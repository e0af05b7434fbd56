package directory_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

// many is how many entries the bars of the map are about.
const many = 20_000

var generated = sync.OnceValue(func() []directory.Tool { return directorytest.Generate(many, 1) })

// mixture is what people ask for: words, mistakes, other languages, facets, pages.
func mixture() []directory.Query {
	f := func(pairs ...string) map[directory.Facet][]string {
		m := map[directory.Facet][]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[directory.Facet(pairs[i])] = append(m[directory.Facet(pairs[i])], pairs[i+1])
		}
		return m
	}
	qs := []directory.Query{
		{},
		{Text: "worker"},
		{Text: "hotline for migrant workers in thailand"},
		{Text: "traite des êtres humains"},
		{Text: "trafiking survyvors"}, // mistakes
		{Text: "سخرة"},
		{Text: "co"}, // still being typed
		{Text: "app to report forced labour on fishing vessels in south-east asia", Terms: f("used", "035")},
		{Terms: f("form", "labour", "form", "sex", "used", "035", "type", "awareness")},
		{Terms: f("used", "TH"), Sort: directory.ByUpdated, Page: 3},
		{Text: "data", Page: 40},
		{Text: "zzzzzqqqq unheard"},
		{Checked: directory.CheckedNever, Sort: directory.ByName, PerPage: 100},
		{Text: "explotacion sexual", Terms: f("language", "es", "cost", "free")},
		{Text: "blockchian contrats worker registyr"},
		{Text: "abcd efgh ijkl mnop qrst uvwx yzab cdef ghij klmn opqr stuv wxyz zyxw vuts rqpo"}, // to be slow
	}
	for i := range qs {
		qs[i].Now = today
	}
	return qs
}

func BenchmarkSearch(b *testing.B) {
	x := directory.NewIndex(generated(), vocabulary(b))
	for _, q := range mixture() {
		b.Run(fmt.Sprintf("%s?%s", q.Text, q.Only("", "").Encode()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Search(q)
			}
		})
	}
}

// BenchmarkSearchPercentiles measures the mixture one query after another.
func BenchmarkSearchPercentiles(b *testing.B) {
	x := directory.NewIndex(generated(), vocabulary(b))
	qs := mixture()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		x.Search(qs[i%len(qs)])
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
}

func BenchmarkNewIndex(b *testing.B) {
	tools, v := generated(), vocabulary(b)
	b.ReportAllocs()
	for b.Loop() {
		directory.NewIndex(tools, v)
	}
}

// BenchmarkWith measures taking over one change.
func BenchmarkWith(b *testing.B) {
	tools := generated()
	x := directory.NewIndex(tools, vocabulary(b))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t := tools[i%len(tools)]
		t.Name = fmt.Sprintf("%s changed %d", t.Name, i)
		x = x.With([]directory.Tool{t})
	}
}

func BenchmarkNearest(b *testing.B) {
	x := directory.NewIndex(generated(), vocabulary(b))
	p := directory.Plan{Text: "An app in Burmese for domestic workers in Thailand to report forced labour and find help near them"}
	for b.Loop() {
		x.Nearest(p)
	}
}

func BenchmarkGaps(b *testing.B) {
	x := directory.NewIndex(generated(), vocabulary(b))
	p := directory.Plan{Text: "An app in Burmese for domestic workers in Thailand to report forced labour and find help near them"}
	for b.Loop() {
		x.Gaps(p)
	}
}

func BenchmarkLandscape(b *testing.B) {
	x := directory.NewIndex(generated(), vocabulary(b))
	for b.Loop() {
		directory.NewLandscape(x, today)
	}
}
