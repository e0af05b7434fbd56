package directory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

func bars(f directory.Figure) map[string]int {
	m := map[string]int{}
	for _, b := range f.Bars {
		m[b.Code] = b.Count
	}
	return m
}

func TestLandscape(t *testing.T) {
	x := directory.NewIndex([]directory.Tool{
		{ID: "a", Name: "A", Checked: today.AddDate(0, -1, 0), Terms: terms("type", "victim-support", "type", "awareness", "used", "FR", "used", "TH", "made", "US", "licence", "proprietary", "stage", "live", "developer", "ngo", "cost", "free")},
		{ID: "b", Name: "B", Checked: today.AddDate(-2, 0, 0), Terms: terms("type", "awareness", "used", "KE", "made", "KR", "licence", "open-source", "licence", "proprietary", "stage", "dormant")},
		{ID: "c", Name: "C", Terms: terms("type", "awareness", "used", "world", "made", "TW", "licence", "unknown", "stage", "unknown")},
		{ID: "d", Name: "D", Terms: terms("used", "150", "made", "IN", "licence", "source-visible", "stage", "pilot")},
		{ID: "e", Name: "E", Terms: terms("stage", "absorbed")},
		{ID: "f", Name: "F", Withdrawn: true, Terms: terms("type", "victim-support", "used", "US")},
	}, vocabulary(t))
	l := directory.NewLandscape(x, today)
	for _, c := range []struct {
		name    string
		got     directory.Figure
		of, not int
		want    map[string]int
	}{
		{"types", l.Types, 3, 2, map[string]int{"victim-support": 1, "awareness": 3}},
		{"developers", l.Developers, 1, 4, map[string]int{"ngo": 1}},
		{"openness", l.Openness, 3, 2, map[string]int{"open": 1, "visible": 1, "proprietary": 1}},
		{"used", l.Used, 4, 1, map[string]int{"north": 1, "south": 1, "both": 1, "world": 1}},
		{"made", l.Made, 3, 2, map[string]int{"north": 2, "south": 1, "both": 0, "world": 0}},
		{"cases", l.Cases, 3, 2, map[string]int{"cases": 1, "other": 2}},
		{"alive", l.Alive, 4, 1, map[string]int{"live": 1, "begun": 1, "quiet": 2}},
		{"checked", l.Checked, 5, 0, map[string]int{"year": 1, "older": 1, "never": 3}},
		{"licences", l.Licences, 3, 2, map[string]int{"open": 1, "open-source": 1, "proprietary": 2, "source-visible": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got.Of != c.of || c.got.Unknown != c.not {
				t.Errorf("of %d, unknown %d; want %d, %d", c.got.Of, c.got.Unknown, c.of, c.not)
			}
			if diff := cmp.Diff(c.want, bars(c.got)); diff != "" {
				t.Errorf("bars (-want +got):\n%s", diff)
			}
			for _, b := range c.got.Bars {
				if want := float64(b.Count) / float64(c.of); b.Share != want {
					t.Errorf("the share of %s is %v, want %v", b.Code, b.Share, want)
				}
			}
		})
	}
	if !l.Types.Many || l.Used.Many || l.Entries != 5 {
		t.Errorf("many %v, %v; %d entries", l.Types.Many, l.Used.Many, l.Entries)
	}
	empty := directory.NewLandscape(directory.NewIndex(nil, vocabulary(t)), today)
	if empty.Entries != 0 || empty.Types.Of != 0 || empty.Alive.Bars[0].Share != 0 {
		t.Errorf("an empty map: %+v", empty)
	}
}

func TestPlaces(t *testing.T) {
	v := vocabulary(t)
	tools := directorytest.Generate(300, 2)
	x := directory.NewIndex(tools, v)
	q := directory.Query{Terms: terms("form", "all"), Now: today}
	want := directory.Places{Countries: map[string]int{}, Regions: map[string]int{}}
	for _, tool := range x.Tools() {
		if !has(v, tool, directory.Form, "all") {
			continue
		}
		want.Total++
		if len(tool.Terms[directory.UsedIn]) == 0 {
			want.Unknown++
		}
		for _, code := range tool.Terms[directory.UsedIn] {
			switch {
			case code == directory.World:
				want.World++
			case len(code) == 2 && code != "EU":
				want.Countries[code]++
			default:
				want.Regions[code]++
			}
		}
	}
	if diff := cmp.Diff(want, x.Places(q, directory.UsedIn)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeveloped(t *testing.T) {
	north := directory.Developed(vocabulary(t))
	for _, code := range []string{"US", "CA", "BM", "FR", "RU", "AL", "AU", "NZ", "JP", "KR", "IL", "CY"} {
		if !slices.Contains(north, code) {
			t.Errorf("%s is missing", code)
		}
	}
	for _, code := range []string{"TH", "IN", "CN", "KE", "MX", "TR", "TW", "XK", "FJ", "EU", "KP", "GE"} {
		if slices.Contains(north, code) {
			t.Errorf("%s is there", code)
		}
	}
}
