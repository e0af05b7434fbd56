package tools_test

import (
	"compress/gzip"
	"html"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// between returns what stands between two texts, or "".
func between(text, before, after string) string {
	_, rest, ok := strings.Cut(text, before)
	if !ok {
		return ""
	}
	found, _, _ := strings.Cut(rest, after)
	return found
}

func TestFind(t *testing.T) {
	open(t, few(), tools.Options{}).Run(t, []webtest.Case{
		{Name: "everything", Get: "/tools", Appears: []string{
			"3 tools of 3", "Safe Line", "Pattern Finder", "River Watch", "Harbour Trust", "Unverified", "Not checked for a year",
			`name="type" value="awareness"`, `/tools/world.svg?v=`, `#KE"`, "Caution", `<button>Apply filters`,
		}, Never: []string{"style=", "onclick", "page=2"}},
		{Name: "by a word with a mistake", Get: "/tools?q=hotlinne", Appears: []string{"Safe Line"}, Never: []string{"River Watch"}},
		{Name: "by a facet", Get: "/tools?type=awareness", Appears: []string{"1 tool of 3", "River Watch", "Type of initiative: Awareness", `value="awareness" checked`}, Never: []string{"Safe Line"}},
		{Name: "marks what matched", Get: "/tools?q=migrant", Appears: []string{"<mark>"}},
		{Name: "by its check", Get: "/tools?checked=older", Appears: []string{"Pattern Finder", `value="older" checked`}, Never: []string{"River Watch", "Safe Line"}},
		{Name: "what means nothing is told", Get: "/tools?form=nonsense&colour=red", Appears: []string{"“form = nonsense”", "“colour = red”", "3 tools of 3"}},
		{Name: "empty fields of the form are tidied away", Get: "/tools?q=line&sort=&checked=", Status: 303, Location: "/tools?q=line"},
		{Name: "nothing found", Get: "/tools?q=zzzzqqq", Appears: []string{"Nothing was found", "/tools/suggest?name=zzzzqqq", "/tools/plan?text=zzzzqqq"}},
		{Name: "a place within a region", Get: "/tools?used=KE", Appears: []string{"1 tool of 3", "One more is used world-wide", "/tools.csv?used=KE"}},
		{Name: "Arabic", Get: "/tools", Language: "ar", Appears: []string{`dir="rtl"`, "3 أدوات من أصل 3"}, Never: []string{"[tools.", "[chart."}},
		{Name: "French", Get: "/tools", Language: "fr", Appears: []string{"3 outils sur 3"}, Never: []string{"[tools.", "[chart."}},
		{Name: "Spanish", Get: "/tools", Language: "es", Appears: []string{"3 herramientas de 3"}, Never: []string{"[tools.", "[chart."}},
		{Name: "a language in the address is no part of the query", Get: "/tools?lang=fr", Appears: []string{"3 outils sur 3"}, Never: []string{"“lang"}},
		{Name: "the script asks for the result alone", Get: "/tools?type=awareness", Header: map[string]string{"Covey-Part": "found"}, Appears: []string{`<div id="found"`, "River Watch"}, Never: []string{"<html", "<h1"}},
	})
}

func TestPages(t *testing.T) {
	open(t, directorytest.Generate(300, 1), tools.Options{}).Run(t, []webtest.Case{
		{Name: "first", Get: "/tools", Appears: []string{`<a href="/tools" aria-current="page">1</a>`, `<a href="/tools?page=2" rel="next">`, `/tools?page=12`}, Never: []string{`rel="prev"`}},
		{Name: "middle", Get: "/tools?page=6", Appears: []string{`href="/tools?page=5" rel="prev"`, `<a href="/tools?page=6" aria-current="page">6</a>`, "…"}},
		{Name: "beyond the last", Get: "/tools?page=999", Appears: []string{`aria-current="page">12</a>`}, Never: []string{`rel="next"`}},
	})
}

// TestStateRoundTrip follows every link of pages of results: what the address says
// is what the next page has chosen, and taking it back leads back.
func TestStateRoundTrip(t *testing.T) {
	p := open(t, directorytest.Generate(200, 2), tools.Options{})
	v := p.service.Vocabulary()
	rapid.Check(t, func(t *rapid.T) {
		q := directory.Query{Text: rapid.SampledFrom([]string{"", "workers", "safe & sound", `"><b>`}).Draw(t, "text")}
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(directory.Facets()), 0, 3, rapid.ID).Draw(t, "facets") {
			terms := v.Terms(f)
			q = q.Only(f, terms[rapid.IntRange(0, len(terms)-1).Draw(t, "term")].Code)
		}
		q.Checked = rapid.SampledFrom([]string{"", directory.CheckedNever, directory.CheckedYear}).Draw(t, "checked")
		w := p.Do(webtest.Case{Get: "/tools?" + q.Encode()})
		body := w.Body.String()
		if w.Code != 200 {
			t.Fatalf("status %d", w.Code)
		}
		canonical := html.UnescapeString(between(body, `<link rel="canonical" href="`, `"`))
		address, err := url.Parse(canonical)
		if err != nil {
			t.Fatal(err)
		}
		if got := address.Query().Encode(); got != q.Encode() {
			t.Fatalf("canonical address is %q, want %q", got, q.Encode())
		}
		for f, codes := range q.Terms {
			if box := `name="` + string(f) + `" value="` + codes[0] + `" checked`; !strings.Contains(body, box) {
				t.Fatalf("lacks %s", box)
			}
			without := q.Toggle(f, codes[0]).Encode()
			if without != "" && !strings.Contains(html.UnescapeString(body), `href="/tools?`+without+`"`) {
				t.Fatalf("lacks the way back to %q", without)
			}
		}
		if faults := webtest.Faults(body); len(faults) > 0 {
			t.Fatal(faults)
		}
	})
}

// TestBudget holds the first page to its size, complete without scripts: all that a
// browser loads for it, over the wire.
func TestBudget(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t, directorytest.Generate(20_000, 3), tools.Options{})
	load := func(path string) (plain, zipped int, body string) {
		w := p.Do(webtest.Case{Get: path, Header: map[string]string{"Accept-Encoding": "gzip"}})
		zipped = w.Body.Len()
		body = unzip(t, w)
		return len(body), zipped, body
	}
	plain, zipped, body := load("/tools")
	t.Logf("page %d bytes, %d on the wire", plain, zipped)
	for _, path := range []string{between(body, `rel="stylesheet" href="`, `"`), "/tools/world.svg?v=" + between(body, `/tools/world.svg?v=`, "#")} {
		more, wire, _ := load(path)
		t.Logf("%s %d bytes, %d on the wire", path, more, wire)
		zipped += wire
	}
	if zipped > 60_000 {
		t.Errorf("the first page takes %d bytes", zipped)
	}
	if plain > 150_000 {
		t.Errorf("the first page has %d bytes", plain)
	}
}

func unzip(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := io.Copy(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// BenchmarkFind makes pages of results that were not kept: 20,000 tools, all facets,
// 25 results, the map.
func BenchmarkFind(b *testing.B) {
	p := open(b, directorytest.Generate(20_000, 3), tools.Options{})
	for _, path := range []string{"/tools", "/tools?type=awareness", "/tools?q=hotline+workers", "/tools?used=KE&users=workers&q=app"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := p.Do(webtest.Case{Get: path, As: webtest.Reader}); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
