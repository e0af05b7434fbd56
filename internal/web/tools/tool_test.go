package tools_test

import (
	"context"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

func TestTool(t *testing.T) {
	p := open(t, few(), tools.Options{})
	ctx := context.Background()
	if err := p.service.Withdraw(ctx, curator(), "river-watch", "asked by its makers"); err != nil {
		t.Fatal(err)
	}
	p.Run(t, []webtest.Case{
		{Name: "all that is known", Get: "/tools/safe-line", Appears: []string{
			"Safe Line", "Harbour Trust", "A hotline for migrant workers", `href="https://safe-line.example/" rel="nofollow noopener noreferrer"`, "Link not confirmed",
			"Last checked on 22 October 2026", "Calls cost nothing.", "its own page", "a report", "Swahili", "/tools?used=KE", "/tools/safe-line/feedback", "/tools/safe-line/correct", "History:",
		}, Never: []string{"/tools/safe-line/edit", "user-curator", "import:"}},
		{Name: "a caution and a stale check", Get: "/tools/pattern-finder", Appears: []string{"Before you rely on it", "more than a year ago", "No address is known"}},
		{Name: "withdrawn", Get: "/tools/river-watch", Status: 410, Appears: []string{"This entry was withdrawn"}, Never: []string{"Awareness."}},
		{Name: "withdrawn, for a curator", As: webtest.Curator, Get: "/tools/river-watch", Appears: []string{"This entry is withdrawn", "/tools/river-watch/edit"}},
		{Name: "not there", Get: "/tools/nothing", Status: 404},
		{Name: "Arabic", Get: "/tools/safe-line", Language: "ar", Appears: []string{`dir="rtl"`, "<bdi>Safe Line</bdi>"}, Never: []string{"[tools."}},
	})
	if _, err := p.service.Merge(ctx, curator(), "safe-line", "pattern-finder", "the same people"); err != nil {
		t.Fatal(err)
	}
	p.Run(t, []webtest.Case{
		{Name: "merged", Get: "/tools/pattern-finder", Status: 301, Location: "/tools/safe-line"},
		{Name: "merged, its form", Get: "/tools/pattern-finder/correct", Status: 301, Location: "/tools/safe-line"},
		{Name: "merged is found no more", Get: "/tools", Appears: []string{"1 tool of 1"}},
	})
}

func TestCountries(t *testing.T) {
	open(t, few(), tools.Options{}).Run(t, []webtest.Case{
		{Name: "used here and made elsewhere", Get: "/countries/KE", Appears: []string{"Tools: Kenya", "<b>1</b> Used here", "<b>0</b> Made here", "<b>1</b> World-wide", "Safe Line", "Pattern Finder"}, Never: []string{"River Watch"}},
		{Name: "made here", Get: "/countries/GB", Appears: []string{"<b>1</b> Made here"}},
		{Name: "a country in a region", Get: "/countries/TH", Appears: []string{"<b>1</b> For the region", "River Watch"}},
		{Name: "lower case", Get: "/countries/ke", Status: 303, Location: "/countries/KE"},
		{Name: "no country", Get: "/countries/XX", Status: 404},
		{Name: "all", Get: "/countries", Appears: []string{"Tools by country", `href="/countries/KE"`}},
	})
}

func TestPlan(t *testing.T) {
	open(t, few(), tools.Options{}).Run(t, []webtest.Case{
		{Name: "asks", Get: "/tools/plan", Appears: []string{"What do you plan?", `name="text"`, `name="used"`}, Never: []string{"What comes nearest"}},
		{Name: "answers", Get: "/tools/plan?text=a+hotline+for+workers+in+Kenya", Appears: []string{"What comes nearest", "Safe Line", "Kenya", "Where nothing is known"}},
		{Name: "by facets and by names", Get: "/tools/plan?type=awareness&used=Tailandia%3B+Kenya", Appears: []string{"River Watch", `value="Tailandia; Kenya"`}},
		{Name: "a place that is none", Get: "/tools/plan?used=Atlantis", Appears: []string{"“Atlantis” is not known"}},
		{Name: "empty fields", Get: "/tools/plan?text=x&used=", Status: 303, Location: "/tools/plan?text=x"},
	})
}

func TestLandscape(t *testing.T) {
	p := open(t, few(), tools.Options{})
	for _, language := range []string{"en", "fr", "es", "ar"} {
		p.Run(t, []webtest.Case{{Name: language, Get: "/tools/landscape", Language: language, Appears: []string{`class="bars"`, `class="shares"`, `class="map"`, "<table"}, Never: []string{"[tools.", "[chart.", "style="}}})
	}
	p.Run(t, []webtest.Case{{Name: "figures", Get: "/tools/landscape", Appears: []string{"3 entries, counted on 22 November 2026", "Of 3 entries; unknown for 0", "/tools?checked=never"}}})
	p.later(40 * 24 * time.Hour)
	if _, err := p.service.Edit(t.Context(), curator(), directory.Tool{Name: "Later"}, "a list"); err != nil {
		t.Fatal(err)
	}
	p.Run(t, []webtest.Case{{Name: "over time", Get: "/tools/landscape", Appears: []string{`class="columns"`, ">2026-11<", ">2027-01<", "4 entries, by the month"}}})
	open(t, nil, tools.Options{}).Run(t, []webtest.Case{{Name: "of nothing", Get: "/tools/landscape", Appears: []string{"0 entries", "Nothing is known yet"}}})
}
