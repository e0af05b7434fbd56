package directory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/directory"
)

func terms(pairs ...string) map[directory.Facet][]string {
	m := map[directory.Facet][]string{}
	for i := 0; i < len(pairs); i += 2 {
		f := directory.Facet(pairs[i])
		m[f] = append(m[f], pairs[i+1])
		slices.Sort(m[f])
	}
	return m
}

func ref(f directory.Facet, code string) directory.TermRef {
	return directory.TermRef{Facet: f, Code: code}
}

// little is a map that can be looked through by eye.
func little(t *testing.T) *directory.Index {
	return directory.NewIndex([]directory.Tool{
		{ID: "thai-voice", Name: "Thai Voice", Description: "Hotline where fishers report debts.", Terms: terms("users", "workers", "used", "TH", "form", "labour", "language", "th", "technology", "voice", "stage", "live")},
		{ID: "asia-app", Name: "Asia App", Description: "Fishers rate recruiters.", Terms: terms("users", "workers", "used", "035", "form", "labour", "language", "en", "technology", "mobile-app", "stage", "live")},
		{ID: "world-game", Name: "World Game", Description: "A game.", Terms: terms("users", "youth", "used", "world", "form", "all", "language", "en", "technology", "game", "stage", "live")},
		{ID: "old-thai", Name: "Old Thai", Description: "Was for maids.", Terms: terms("users", "domestic-workers", "used", "TH", "form", "domestic", "language", "en", "technology", "mobile-app", "stage", "closed")},
		{ID: "gone", Name: "Gone fishers", Terms: terms("users", "workers", "used", "TH", "form", "labour"), Withdrawn: true},
		{ID: "bare", Name: "Bare"},
	}, vocabulary(t))
}

func TestNearest(t *testing.T) {
	x := little(t)
	for _, c := range []struct {
		name string
		plan directory.Plan
		want []string
	}{
		{"facets", directory.Plan{Terms: terms("users", "workers", "used", "TH", "technology", "voice")}, []string{"thai-voice", "old-thai", "asia-app"}},
		{"a sentence", directory.Plan{Text: "Fishers in Thailand report debts by phone"}, []string{"thai-voice", "old-thai", "asia-app"}},
		{"another language", directory.Plan{Text: "un jeu pour les jeunes"}, []string{"world-game"}},
		{"a mistake", directory.Plan{Text: "hotlien for fishers"}, []string{"thai-voice", "asia-app"}},
		{"at most", directory.Plan{Text: "Thailand", Limit: 1}, []string{"old-thai"}},
		{"nothing", directory.Plan{}, nil},
		{"nothing known", directory.Plan{Text: "zzzz qqqq"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			last := 1.0
			for _, n := range x.Nearest(c.plan) {
				got = append(got, n.Tool.ID)
				if n.Score <= 0 || n.Score > last+1e-6 {
					t.Errorf("%s has the score %v after %v", n.Tool.ID, n.Score, last)
				}
				last = n.Score
				if len(n.Shared)+len(n.Wider)+len(n.Words) == 0 {
					t.Errorf("%s is near, and nothing says why", n.Tool.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNearestSaysWhy(t *testing.T) {
	near := little(t).Nearest(directory.Plan{Text: "fishers report", Terms: terms("users", "workers", "used", "TH", "form", "labour")})
	if len(near) != 3 || near[0].Tool.ID != "thai-voice" || near[2].Tool.ID != "asia-app" {
		t.Fatalf("got %v", near)
	}
	if diff := cmp.Diff([]directory.TermRef{ref("form", "labour"), ref("users", "workers"), ref("used", "TH")}, near[0].Shared, sortRefs()); diff != "" {
		t.Errorf("shared (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"fishers", "report"}, near[0].Words, sortWords()); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]directory.TermRef{ref("used", "TH")}, near[2].Wider); diff != "" {
		t.Errorf("wider (-want +got):\n%s", diff)
	}
	if near[0].Score < 0.85 {
		t.Errorf("who has all of a plan covers %v of it", near[0].Score)
	}
}

func sortRefs() cmp.Option {
	return cmp.Transformer("sort", func(in []directory.TermRef) []string {
		var out []string
		for _, r := range in {
			out = append(out, string(r.Facet)+" "+r.Code)
		}
		slices.Sort(out)
		return out
	})
}

func sortWords() cmp.Option {
	return cmp.Transformer("sort", func(in []string) []string { return slices.Sorted(slices.Values(in)) })
}

func TestGaps(t *testing.T) {
	x := little(t)
	find := func(gaps []directory.Gap, terms ...directory.TermRef) *directory.Gap {
		for i, g := range gaps {
			if cmp.Equal(g.Terms, terms, sortRefs()) {
				return &gaps[i]
			}
		}
		return nil
	}
	gaps := x.Gaps(directory.Plan{Terms: terms("users", "domestic-workers", "used", "TH", "language", "th")})
	// A dormant one is no answer, and is counted.
	if g := find(gaps, ref("users", "domestic-workers"), ref("used", "TH")); g == nil || g.Quiet != 1 || g.Entries() != 1 || g.Beyond != nil {
		t.Errorf("domestic workers in Thailand: %+v", g)
	}
	// Nothing at all.
	if g := find(gaps, ref("users", "domestic-workers"), ref("language", "th")); g == nil || g.Entries() != 0 {
		t.Errorf("domestic workers in Thai: %+v", g)
	}
	// Something live is no gap.
	if g := find(gaps, ref("used", "TH"), ref("language", "th")); g != nil {
		t.Errorf("there is Thai Voice: %+v", g)
	}
	// What a smaller gap says already is not said again.
	if g := find(gaps, ref("users", "domestic-workers"), ref("used", "TH"), ref("language", "th")); g != nil {
		t.Errorf("said twice: %+v", g)
	}
	// A region around the place, and all forms, are told.
	gaps = x.Gaps(directory.Plan{Terms: terms("users", "youth", "used", "TH", "form", "labour")})
	if g := find(gaps, ref("users", "youth"), ref("used", "TH")); g == nil || g.Wider != 1 {
		t.Errorf("the world-wide game is not told: %+v", g)
	}
	// What the plan does not name.
	beyond := 0
	for _, g := range x.Gaps(directory.Plan{Terms: terms("used", "TH")}) {
		if g.Beyond == nil || !slices.Contains(g.Terms, *g.Beyond) {
			t.Errorf("a plan of one term has no combinations of its own: %+v", g)
		}
		beyond++
	}
	if beyond == 0 {
		t.Error("nothing is said about what the plan does not name")
	}
	if got := x.Gaps(directory.Plan{}); len(got) != 0 {
		t.Errorf("no plan has gaps: %v", got)
	}
	if got := seed(t).Gaps(directory.Plan{Text: "app for domestic workers and migrant workers in Qatar and Kuwait in Bengali, Amharic or Nepali about forced labour"}); len(got) == 0 || len(got) > directory.MaxGaps {
		t.Errorf("%d gaps", len(got))
	}
}

// TestNearestForWhom: among the built-in entries, one for the same people comes before
// those that are only made by the same means.
func TestNearestForWhom(t *testing.T) {
	v, err := directory.OpenVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	tools, err := directory.Seed(v)
	if err != nil {
		t.Fatal(err)
	}
	near := directory.NewIndex(tools, v).Nearest(directory.Plan{Text: "A chatbot for domestic workers in Lebanon"})
	if len(near) == 0 || !slices.Contains(near[0].Shared, ref("users", "domestic-workers")) {
		t.Errorf("the nearest is %+v", near)
	}
}
