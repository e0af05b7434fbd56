package directory_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

// TestSimilar looks for entries as people who suggest one would write them.
func TestSimilar(t *testing.T) {
	d := directory.NewDuplicates(openSeed(t))
	tests := []struct {
		name, url string
		want      string // ID of the first match; "" for none
		likely    bool
	}{
		{"Spotlight", "", "spotlight", true},
		{"SPOTLIGHT!", "", "spotlight", true},
		{"Spotlite", "", "spotlight", false},
		{"Traffickcam", "", "traffickcam", true},
		{"TrafickCam", "", "traffickcam", true},
		{"TraffickCam app", "", "traffickcam", false},
		{"Contrados", "", "contratados-org", false},
		{"Lista Suja", "", "cadastro-de-empregadores-lista-suja", true},
		{"lista súja", "", "cadastro-de-empregadores-lista-suja", true},
		{"Migrant Recruitment Adviser", "", "migrant-recruitment-advisor", true},
		{"Recruitment Advisor of the ITUC", "recruitmentadvisor.org", "migrant-recruitment-advisor", false},
		{"Something else", "https://www.andwider.com/", "wider-direct-worker-reporting", false},
		{"Something else", "http://GITHUB.com/tatnonprofit/human-trafficking-hotlines/", "human-trafficking-hotlines-dataset", true},
		{"Something else", "https://play.google.com/store/apps/details?hl=fr&id=com.graphicwebdesigninc.trace", "trace-students-against-human-trafficking", true},
		{"Traffik Ana", "", "traffik-analysis-hub", false}, // while typing
		{"Global Fish", "", "global-fishing-watch", false},
		{"Nobody ever named this", "https://nobody.example", "", false},
		{"Quite new", "https://github.com/somebody/quite-new", "", false},
		{"app", "", "", false},
		{"", "", "", false},
		{"", "not an address", "", false},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.url, func(t *testing.T) {
			got := d.Similar(directory.Tool{Name: test.name, URL: test.url}, 5)
			if test.want == "" {
				if len(got) > 0 {
					t.Errorf("found %s (%g, %s)", got[0].Tool.ID, got[0].Score, got[0].Why)
				}
				return
			}
			if len(got) == 0 || got[0].Tool.ID != test.want {
				t.Fatalf("found %v, want %s", summary(got), test.want)
			}
			if likely := got[0].Score >= directory.Likely; likely != test.likely {
				t.Errorf("%s has the score %g", got[0].Tool.ID, got[0].Score)
			}
		})
	}
}

func summary(matches []directory.Match) []string {
	var ids []string
	for _, m := range matches {
		ids = append(ids, m.Tool.ID)
	}
	return ids
}

func TestSimilarMerged(t *testing.T) {
	d := directory.NewDuplicates([]directory.Tool{
		{ID: "old", Name: "Old lamp", MergedInto: "new"},
		{ID: "new", Name: "Shining torch"},
		{ID: "gone", Name: "Extinct candle", Withdrawn: true},
		{ID: "round", Name: "Round table", MergedInto: "about"},
		{ID: "about", Name: "About table", MergedInto: "round"},
		{ID: "lost", Name: "Lost table", MergedInto: "nowhere"},
	})
	if got := d.Similar(directory.Tool{Name: "old lamp"}, 5); len(got) != 1 || got[0].Tool.ID != "new" || got[0].Why != directory.SameName {
		t.Errorf("the name of a merged entry finds %v", summary(got))
	}
	for _, name := range []string{"Extinct candle", "Round table", "Lost table"} {
		if got := d.Similar(directory.Tool{Name: name}, 5); len(got) > 0 {
			t.Errorf("%s finds %v", name, summary(got))
		}
	}
	if got := d.Similar(directory.Tool{ID: "new", Name: "Shining torch"}, 5); len(got) > 0 {
		t.Errorf("an entry is like itself: %v", summary(got))
	}
	if got := d.Similar(directory.Tool{Name: "Shining torch"}, 0); len(got) > 0 {
		t.Errorf("none were asked for: %v", summary(got))
	}
}

// TestSeedDuplicates shows what the built-in list has that looks the same, so that
// a change of the measure is noticed.
func TestSeedDuplicates(t *testing.T) {
	tools := openSeed(t)
	d := directory.NewDuplicates(tools)
	var pairs []string
	for _, tool := range tools {
		for _, m := range d.Similar(tool, 3) {
			if m.Score >= directory.Likely && tool.ID < m.Tool.ID {
				pairs = append(pairs, tool.ID+" "+m.Tool.ID)
			}
		}
	}
	t.Log(pairs)
	if len(pairs) > 8 {
		t.Errorf("%d pairs of 185 entries look the same: %v", len(pairs), pairs)
	}
}

// FuzzSimilar shows that nothing that is typed breaks the search, and that scores
// are in order.
func FuzzSimilar(f *testing.F) {
	d := directory.NewDuplicates(openSeed(f))
	f.Add("Spotlight", "https://thorn.org/spotlight?utm_source=x#y")
	f.Add("بلاغ", "//[::1]:99/%zz")
	f.Add(strings.Repeat("traffic jam ", 5000), "www.www.m.m..")
	f.Fuzz(func(t *testing.T, name, url string) {
		last := 1.0
		for _, m := range d.Similar(directory.Tool{Name: name, URL: url, OtherNames: []string{url}}, 10) {
			if m.Score > last || m.Score <= 0 || m.Why == "" {
				t.Fatalf("%s has the score %g (%s) after %g", m.Tool.ID, m.Score, m.Why, last)
			}
			last = m.Score
		}
	})
}

func TestGenerate(t *testing.T) {
	tools := directorytest.Generate(3000, 7)
	again := directorytest.Generate(3000, 7)
	ids := map[string]bool{}
	stages := map[string]int{}
	for i, tool := range tools {
		if ids[tool.ID] {
			t.Errorf("%s is there twice", tool.ID)
		}
		ids[tool.ID] = true
		if tool.ID != again[i].ID || tool.Description != again[i].Description {
			t.Fatal("the same seed gives another list")
		}
		stages[tool.Terms[directory.Stage][0]]++
	}
	if stages["unknown"] < 800 || len(stages) != 7 {
		t.Errorf("stages %v", stages)
	}
}

// BenchmarkSimilar is one look-up while somebody types, among 20,000 entries.
func BenchmarkSimilar(b *testing.B) {
	tools := directorytest.Generate(20_000, 1)
	d := directory.NewDuplicates(tools)
	for _, asked := range []directory.Tool{
		{Name: "Kelm"},
		{Name: "Selmira reporting platfrom"},
		{Name: "Selmira reporting platform South Africa", URL: "https://www.gorana.example/selmira"},
		{Name: "The quick brown fox jumps over the lazy dog and then runs from Kelmora to Selmira and back for a very long time"},
	} {
		b.Run(asked.Name[:4], func(b *testing.B) {
			for b.Loop() {
				d.Similar(asked, 5)
			}
		})
	}
}

func BenchmarkNewDuplicates(b *testing.B) {
	tools := directorytest.Generate(20_000, 1)
	for b.Loop() {
		directory.NewDuplicates(tools)
	}
}
