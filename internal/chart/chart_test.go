package chart_test

import (
	"encoding/xml"
	"html/template"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/chart"
)

var words = chart.Words{Caption: "Tools by cost, of 12", Item: "Cost", Count: "Tools", Share: "Share", Details: "Show the numbers"}

// pictures are all that the package draws, from the same bars.
func pictures(bars []chart.Bar, w chart.Words) map[string]template.HTML {
	countries := make([]chart.Country, len(bars))
	for i, b := range bars {
		countries[i] = chart.Country{Code: []string{"FR", "SG", "XK", "ZZ"}[i%4], Bar: b}
	}
	m := chart.MapWords{Words: w, Borders: "Borders are no opinion. " + w.Caption, Shapes: "/tools/world.svg?v=" + w.Item}
	return map[string]template.HTML{
		"bars": chart.Bars(bars, w), "shares": chart.Shares(bars, w), "columns": chart.Columns(bars, w),
		"map": chart.Map(countries, m), "picture": template.HTML(chart.Picture(countries, m)),
	}
}

func TestNumbersAreInEveryPicture(t *testing.T) {
	bars := []chart.Bar{{Label: "Free", Link: "/tools?cost=free", Count: 9, Share: 0.75}, {Label: "Paid", Count: 3, Share: 0.25}}
	for name, html := range pictures(bars, words) {
		t.Run(name, func(t *testing.T) {
			must := []string{"Tools by cost, of 12", "Free", "9", "Paid", "3"}
			if name != "picture" {
				must = append(must, `<a href="/tools?cost=free">Free</a>`, "75 %", "25 %", `scope="row"`, `aria-hidden="true"`)
			}
			for _, s := range must {
				if !strings.Contains(string(html), s) {
					t.Errorf("lacks %q:\n%s", s, html)
				}
			}
			for _, s := range []string{"style=", "<script", "<style", " on"} {
				if strings.Contains(string(html), s+`"`) || strings.Contains(string(html), s+"=") {
					t.Errorf("has %q", s)
				}
			}
		})
	}
}

func TestLengths(t *testing.T) {
	bars := []chart.Bar{{Label: "a", Count: 30}, {Label: "b", Count: 10}}
	tests := []struct {
		name string
		html template.HTML
		want []string
	}{
		{"bars", chart.Bars(bars, words), []string{`x="0%" width="100%"`, `x="0%" width="33.3%"`}},
		{"bars from the right", chart.Bars(bars, chart.Words{RTL: true}), []string{`x="0%" width="100%"`, `x="66.7%" width="33.3%"`}},
		{"shares", chart.Shares(bars, words), []string{`x="0%" width="75%"`, `x="75%" width="25%"`}},
		{"shares from the right", chart.Shares(bars, chart.Words{RTL: true}), []string{`x="25%" width="75%"`, `x="0%" width="25%"`}},
		{"columns", chart.Columns(bars, words), []string{`x="32" y="18" width="256" height="158"`, `x="352"`}},
		{"columns from the right", chart.Columns(bars, chart.Words{RTL: true}), []string{`x="352" y="18" width="256" height="158"`}},
		{"nothing", chart.Bars([]chart.Bar{{Label: "a"}}, words), []string{`width="0%"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, want := range test.want {
				if !strings.Contains(string(test.html), want) {
					t.Errorf("lacks %s:\n%s", want, test.html)
				}
			}
		})
	}
}

func TestNothingFromOutsideIsMarkup(t *testing.T) {
	const evil = `"><script>alert(1)</script><a href='javascript:alert(2)' onclick=x>&`
	w := chart.Words{
		Caption: evil, Item: evil, Count: evil, Share: evil, Details: evil,
		Number: func(int) string { return evil }, Percent: func(float64) string { return evil },
	}
	for _, link := range []string{evil, "javascript:alert(1)", "//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example", "/ok?x=" + evil} {
		for name, html := range pictures([]chart.Bar{{Label: evil, Link: link, Count: 3}, {Label: evil, Link: link, Count: 1}}, w) {
			for _, bad := range []string{"<script", "href='", `href="javascript`, `href="//`, `href="/\`, `href="https`, `""`} {
				if strings.Contains(string(html), bad) {
					t.Errorf("%s with %s has %s", name, link, bad)
				}
			}
		}
	}
}

func TestMarkupIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bars []chart.Bar
		for range rapid.IntRange(0, 20).Draw(t, "bars") {
			bars = append(bars, chart.Bar{
				Label: rapid.StringMatching(`[a-z<>"'&\p{Arabic}]{0,12}`).Draw(t, "label"), Link: rapid.SampledFrom([]string{"", "/a?b=1&c=2"}).Draw(t, "link"),
				Count: rapid.IntRange(0, 1000).Draw(t, "count"), Share: rapid.Float64Range(0, 1).Draw(t, "share"),
			})
		}
		w := words
		w.RTL = rapid.Bool().Draw(t, "rtl")
		for name, html := range pictures(bars, w) {
			for d := xml.NewDecoder(strings.NewReader(string(html))); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v\n%s", name, err, html)
				}
			}
		}
	})
}

func TestSteps(t *testing.T) {
	tests := []struct {
		name string
		most int
		want []int
	}{
		{"nothing", 0, []int{}},
		{"one", 1, []int{1}},
		{"few", 3, []int{1, 2, 3}},
		{"dozens", 40, []int{1, 2, 5, 10, 20}},
		{"hundreds", 500, []int{1, 5, 20, 50, 200}},
		{"thousands", 20000, []int{1, 10, 100, 1000, 10000}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := chart.Steps([]chart.Country{{Bar: chart.Bar{Count: test.most}}, {}})
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMap(t *testing.T) {
	countries := []chart.Country{
		{Code: "FR", Bar: chart.Bar{Label: "France", Link: "/countries/FR", Count: 1}},
		{Code: "IN", Bar: chart.Bar{Label: "India", Link: "/countries/IN", Count: 12}},
		{Code: "AQ", Bar: chart.Bar{Label: "Antarctica", Count: 2}},
		{Code: "DE", Bar: chart.Bar{Label: "Germany"}},
	}
	html := string(chart.Map(countries, chart.MapWords{Words: words, Shapes: "/s.svg"}))
	for _, want := range []string{
		`<a tabindex="-1" href="/countries/FR"><use class="step-1" href="/s.svg#FR"><title>France: 1</title></use></a>`,
		`<use class="step-5" href="/s.svg#IN">`, "Antarctica", "5+",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("lacks %s", want)
		}
	}
	for _, bad := range []string{"#AQ", "#DE"} {
		if strings.Contains(html, bad) {
			t.Errorf("draws %s", bad)
		}
	}
	if at, other := strings.Index(html, ">India</a>"), strings.Index(html, "Antarctica"); at > other {
		t.Error("the table does not begin with the country that has most")
	}
}

func TestWorld(t *testing.T) {
	world := string(chart.World())
	if n := len(world); n > 100_000 {
		t.Errorf("the shapes take %d bytes", n)
	}
	for _, code := range []string{"FR", "SG", "MT", "BH", "MV", "XK", "TV", "HK", "GF"} {
		if !chart.Drawn(code) || strings.Count(world, ` id="`+code+`"`) != 1 {
			t.Errorf("%s is not drawn, or twice", code)
		}
	}
	for _, code := range []string{"", "world", "AQ", "fr", "ZZ"} {
		if chart.Drawn(code) {
			t.Errorf("%q is drawn", code)
		}
	}
	if chart.WorldVersion() == "" {
		t.Error("the shapes have no version")
	}
}

func BenchmarkMap(b *testing.B) {
	var countries []chart.Country
	for _, code := range []string{"FR", "DE", "IN", "US", "BR", "SG", "KE", "NP", "PH", "GB"} {
		for range 15 {
			countries = append(countries, chart.Country{Code: code, Bar: chart.Bar{Label: "Country & name", Link: "/countries/" + code, Count: len(countries)}})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		chart.Map(countries, chart.MapWords{Words: words, Shapes: "/tools/world.svg"})
	}
}
