package directory_test

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

// has tells in the plainest way whether an entry has one of some codes.
func has(v *directory.Vocabulary, t directory.Tool, f directory.Facet, codes ...string) bool {
	for _, code := range codes {
		below := v.Within(f, code)
		if code == directory.World {
			below = []string{code}
		}
		for _, have := range t.Terms[f] {
			if slices.Contains(below, have) {
				return true
			}
		}
	}
	return false
}

// finds tells in the plainest way whether a query without a text finds an entry,
// but for one facet.
func finds(v *directory.Vocabulary, t directory.Tool, q directory.Query, but directory.Facet, checked bool) bool {
	for f, codes := range q.Terms {
		if f != but && len(codes) > 0 && !has(v, t, f, codes...) {
			return false
		}
	}
	return !checked || q.Checked == "" || directory.CheckedState(t, q.Now) == q.Checked
}

// drawQuery draws codes that entries have, and some that none has.
func drawQuery(r *rapid.T, v *directory.Vocabulary) directory.Query {
	q := directory.Query{Terms: map[directory.Facet][]string{}, Now: today}
	for _, f := range directory.Facets() {
		if !rapid.Bool().Draw(r, "choose "+string(f)) {
			continue
		}
		for range rapid.IntRange(1, 3).Draw(r, "codes") {
			terms := v.Terms(f)
			q = q.Toggle(f, terms[rapid.IntRange(0, len(terms)-1).Draw(r, "code")].Code)
		}
		if len(q.Terms) > 2 {
			break
		}
	}
	q.Checked = rapid.SampledFrom([]string{"", "", directory.CheckedYear, directory.CheckedOlder, directory.CheckedNever}).Draw(r, "checked")
	return q
}

// TestCounts counts facets by hand.
func TestCounts(t *testing.T) {
	v := vocabulary(t)
	tools := directorytest.Generate(400, 7)
	x := directory.NewIndex(tools, v)
	shown := slices.DeleteFunc(slices.Clone(tools), func(t directory.Tool) bool { return t.Withdrawn || t.MergedInto != "" })
	if x.Len() != len(shown) {
		t.Fatalf("%d entries are shown, not %d", x.Len(), len(shown))
	}
	rapid.Check(t, func(r *rapid.T) {
		q := drawQuery(r, v)
		got := x.Search(q)
		total := 0
		for _, tool := range shown {
			if finds(v, tool, q, "", true) {
				total++
			}
		}
		if got.Total != total || got.Of != len(shown) {
			r.Fatalf("%d of %d found, want %d of %d", got.Total, got.Of, total, len(shown))
		}
		for _, c := range got.Facets {
			checkCounts(r, v, shown, q, c)
		}
		for _, c := range got.Checked {
			n := 0
			for _, tool := range shown {
				if finds(v, tool, q, "", false) && directory.CheckedState(tool, q.Now) == c.Code {
					n++
				}
			}
			if c.Count != n || c.Chosen != (q.Checked == c.Code) {
				r.Fatalf("checked %+v, want %d", c, n)
			}
		}
	})
}

func checkCounts(r *rapid.T, v *directory.Vocabulary, shown []directory.Tool, q directory.Query, got directory.FacetCounts) {
	counts, none, wider := map[string]int{}, 0, 0
	chosen := q.Terms[got.Facet]
	for _, tool := range shown {
		if !finds(v, tool, q, got.Facet, true) {
			continue
		}
		for _, term := range v.Terms(got.Facet) {
			if has(v, tool, got.Facet, term.Code) {
				counts[term.Code]++
			}
		}
		if len(tool.Terms[got.Facet]) == 0 {
			none++
		}
		if len(chosen) > 0 && !has(v, tool, got.Facet, chosen...) && around(v, tool, got.Facet, chosen) {
			wider++
		}
	}
	for _, code := range chosen {
		counts[code] += 0
	}
	seen := map[string]int{}
	for i, c := range got.Counts {
		seen[c.Code] = c.Count
		if c.Chosen != q.Has(got.Facet, c.Code) {
			r.Fatalf("%s %s chosen: %v", got.Facet, c.Code, c.Chosen)
		}
		if i > 0 && got.Counts[i-1].Count < c.Count {
			r.Fatalf("%s is not in order", got.Facet)
		}
	}
	if diff := cmp.Diff(counts, seen); diff != "" {
		r.Fatalf("counts of %s (-want +got):\n%s", got.Facet, diff)
	}
	if got.None != none || got.Wider != wider {
		r.Fatalf("%s: none %d, want %d; wider %d, want %d", got.Facet, got.None, none, got.Wider, wider)
	}
}

// around tells whether an entry names something around one of some codes.
func around(v *directory.Vocabulary, t directory.Tool, f directory.Facet, codes []string) bool {
	for _, code := range codes {
		for _, have := range t.Terms[f] {
			switch f {
			case directory.UsedIn, directory.MadeIn:
				if have != code && slices.Contains(v.Within(f, have), code) {
					return true
				}
			case directory.Form:
				if have == "all" && code != "all" {
					return true
				}
			}
		}
	}
	return false
}

// TestPages puts all pages together.
func TestPages(t *testing.T) {
	x := directory.NewIndex(directorytest.Generate(333, 3), vocabulary(t))
	for _, sort := range []directory.Sort{directory.ByRelevance, directory.ByName, directory.ByUpdated} {
		for _, text := range []string{"", "worker"} {
			q := directory.Query{Text: text, Sort: sort, PerPage: 7, Now: today}
			t.Run(fmt.Sprintf("%s by %q", text, sort), func(t *testing.T) {
				first := x.Search(q)
				seen := map[string]bool{}
				var last directory.Hit
				for page := 1; page <= first.Pages; page++ {
					for _, h := range x.Search(q.At(page)).Hits {
						if seen[h.Tool.ID] {
							t.Errorf("%s is on two pages", h.Tool.ID)
						}
						if last.Tool.ID != "" && outOfOrder(last, h, q) {
							t.Errorf("%s comes before %s", last.Tool.ID, h.Tool.ID)
						}
						seen[h.Tool.ID], last = true, h
					}
				}
				if len(seen) != first.Total {
					t.Errorf("%d on all pages, %d found", len(seen), first.Total)
				}
				if beyond := x.Search(q.At(9999)); beyond.Page != first.Pages || len(beyond.Hits) == 0 {
					t.Errorf("after the last page comes page %d of %d", beyond.Page, first.Pages)
				}
			})
		}
	}
}

func outOfOrder(a, b directory.Hit, q directory.Query) bool {
	switch {
	case q.Sort == directory.ByUpdated:
		return b.Tool.Updated.After(a.Tool.Updated)
	case q.Sort == directory.ByRelevance && q.Text != "":
		return b.Score > a.Score
	}
	return false
}

// TestWith compares an index that was changed step by step with a new one.
func TestWith(t *testing.T) {
	v := vocabulary(t)
	tools := directorytest.Generate(300, 5)
	x := directory.NewIndex(tools[:200], v)
	before := x.Search(directory.Query{Text: "worker", Now: today})
	state := map[string]directory.Tool{}
	for _, tool := range tools[:200] {
		state[tool.ID] = tool
	}
	y := x
	for i, tool := range tools[200:] {
		changed := []directory.Tool{tool}
		old := tools[i*2]
		old.Name, old.Withdrawn = old.Name+" renewed xyzzy", i%5 == 0
		old.Updated = today.Add(time.Duration(i) * time.Minute)
		changed = append(changed, old)
		for _, c := range changed {
			state[c.ID] = c
		}
		y = y.With(changed)
	}
	fresh := directory.NewIndex(slices.Collect(maps.Values(state)), v)
	for _, q := range append(mixture(), directory.Query{Text: "xyzzy", Now: today}) {
		got, want := y.Search(q), fresh.Search(q)
		sortTies(got.Hits)
		sortTies(want.Hits)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-new +changed):\n%s", q.Text, diff)
		}
	}
	if diff := cmp.Diff(before, x.Search(directory.Query{Text: "worker", Now: today})); diff != "" {
		t.Errorf("the old index changed:\n%s", diff)
	}
	if y.With(nil) != y {
		t.Error("nothing changed, and there is a new index")
	}
}

// sortTies orders hits of nearly equal scores, which depend on the order of sums.
func sortTies(hits []directory.Hit) {
	for i := range hits {
		hits[i].Score = float64(int(hits[i].Score*100)) / 100
	}
}

// TestToolByID finds what was withdrawn and merged.
func TestToolByID(t *testing.T) {
	x := directory.NewIndex([]directory.Tool{
		{ID: "a", Name: "A"},
		{ID: "b", Name: "B", MergedInto: "a"},
		{ID: "c", Name: "C", MergedInto: "b"},
		{ID: "gone", Name: "Gone", Withdrawn: true},
		{ID: "x", Name: "X", MergedInto: "y"},
		{ID: "y", Name: "Y", MergedInto: "x"},
	}, vocabulary(t))
	for _, c := range []struct {
		id, want string
		ok       bool
	}{
		{"a", "a", true}, {"b", "a", true}, {"c", "a", true}, {"gone", "gone", true}, {"x", "", false}, {"none", "", false},
	} {
		got, ok := x.Tool(c.id)
		if got.ID != c.want || ok != c.ok {
			t.Errorf("%s leads to %q, %v", c.id, got.ID, ok)
		}
	}
	if got := x.Search(directory.Query{Text: "gone"}); got.Total != 0 || x.Len() != 1 {
		t.Errorf("%d found of %d, though withdrawn", got.Total, x.Len())
	}
	if !x.Taken("gone") || x.Taken("new") {
		t.Error("IDs are never given again")
	}
}

// TestMarks checks that segments are the text, and which are marked.
func TestMarks(t *testing.T) {
	x := directory.NewIndex([]directory.Tool{{
		ID: "a", Name: "Réseau d’aide — TraffickCam", Description: "Aide les <b>travailleurs</b> migrants; réseaux et aides. السُّخرة",
	}}, vocabulary(t))
	for _, c := range []struct{ text, want string }{
		{"reseaux", "[Réseau] d’aide — TraffickCam|Aide les <b>travailleurs</b> migrants; [réseaux] et aides. السُّخرة"},
		{"aide", "Réseau d’[aide] — TraffickCam|[Aide] les <b>travailleurs</b> migrants; réseaux et [aides]. السُّخرة"},
		{"trafickcam", "Réseau d’aide — [TraffickCam]|Aide les <b>travailleurs</b> migrants; réseaux et aides. السُّخرة"},
		{"سخرة", "Réseau d’aide — TraffickCam|Aide les <b>travailleurs</b> migrants; réseaux et aides. [السُّخرة]"},
		{"", "Réseau d’aide — TraffickCam|Aide les <b>travailleurs</b> migrants; réseaux et aides. السُّخرة"},
	} {
		t.Run(c.text, func(t *testing.T) {
			r := x.Search(directory.Query{Text: c.text})
			if r.Total != 1 {
				t.Fatalf("%d found", r.Total)
			}
			got := marked(r.Hits[0].Name) + "|" + marked(r.Hits[0].Description)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func marked(segments []directory.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Marked {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestParseQuery(t *testing.T) {
	v := vocabulary(t)
	for _, c := range []struct {
		address string
		want    string // canonical
		unknown []directory.Unknown
	}{
		{"", "", nil},
		{"q=+a++b%0a", "q=a+b", nil},
		{"form=sex&form=labour&form=sex", "form=labour&form=sex", nil},
		{"used=TH&used=035&checked=never&sort=updated&page=2&per=50", "checked=never&page=2&per=50&sort=updated&used=035&used=TH", nil},
		{"page=1&per=25&sort=relevance&checked=", "", nil},
		{"form=&cost=", "", nil},
		{"form=elves", "", []directory.Unknown{{Parameter: "form", Value: "elves"}}},
		{"used=th", "", []directory.Unknown{{Parameter: "used", Value: "th"}}},
		{"page=0", "", []directory.Unknown{{Parameter: "page", Value: "0"}}},
		{"page=-3&per=1000", "", []directory.Unknown{{Parameter: "page", Value: "-3"}, {Parameter: "per", Value: "1000"}}},
		{"checked=yesterday", "", []directory.Unknown{{Parameter: "checked", Value: "yesterday"}}},
		{"utm_source=x&lang=fr", "", []directory.Unknown{{Parameter: "utm_source", Value: "x"}}},
		{"q=a&q=b", "q=a", []directory.Unknown{{Parameter: "q", Value: "b"}}},
	} {
		t.Run(c.address, func(t *testing.T) {
			values, err := url.ParseQuery(c.address)
			if err != nil {
				t.Fatal(err)
			}
			q, unknown := directory.ParseQuery(values, v, "lang")
			if q.Encode() != c.want || !reflect.DeepEqual(unknown, c.unknown) {
				t.Errorf("got %q, %v; want %q, %v", q.Encode(), unknown, c.want, c.unknown)
			}
		})
	}
	long, unknown := directory.ParseQuery(url.Values{"q": {strings.Repeat("é", 300)}}, v)
	if n := len([]rune(long.Text)); n != directory.MaxQueryText || len(unknown) != 1 {
		t.Errorf("%d characters of a long text, %d reported", n, len(unknown))
	}
}

func TestToggle(t *testing.T) {
	q := directory.Query{Text: "a", Page: 4}
	q2 := q.Toggle(directory.Form, "sex").Toggle(directory.Form, "labour")
	if q2.Encode() != "form=labour&form=sex&q=a" || q.Encode() != "page=4&q=a" {
		t.Errorf("%q from %q", q2.Encode(), q.Encode())
	}
	if got := q2.Toggle(directory.Form, "sex").Toggle(directory.Form, "labour").Encode(); got != "q=a" {
		t.Errorf("taken back: %q", got)
	}
	if !(directory.Query{Page: 3}).IsZero() || q.IsZero() || q2.IsZero() {
		t.Error("a query that chooses something is zero, or one that does not is not")
	}
}

// FuzzParseQuery reads whatever comes, and writes it as it would read it again.
func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"q=a", "form=sex&form=labour", "used=TH&checked=never&page=3&per=7&sort=name", "q=%ff%00%e2%80%8f", "page=99999999999999999999"} {
		f.Add(s)
	}
	v := vocabulary(f)
	x := directory.NewIndex(directorytest.Generate(20, 1), v)
	f.Fuzz(func(t *testing.T, address string) {
		values, err := url.ParseQuery(address)
		if err != nil {
			t.Skip("no address")
		}
		q, unknown := directory.ParseQuery(values, v)
		again, rest := directory.ParseQuery(q.Values(), v)
		if len(rest) != 0 || again.Encode() != q.Encode() {
			t.Errorf("%q is read as %q, and that as %q (%v)", address, q.Encode(), again.Encode(), rest)
		}
		if len(unknown) > 20 {
			t.Errorf("%d reported", len(unknown))
		}
		x.Search(q)
	})
}

// FuzzSearch searches for whatever comes.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"", "a", "THE OF", "السُّخْرَة", "東京 ツール", "e-mail's", "\xff\xfe", strings.Repeat("ab ", 90), "🙂👩🏽‍🌾", "ﬀ ﷺ ½"} {
		f.Add(s)
	}
	base := directory.NewIndex(directorytest.Generate(30, 1), vocabulary(f))
	f.Fuzz(func(t *testing.T, text string) {
		tool := directory.Tool{ID: "fuzzed", Name: text, Description: text, OtherNames: []string{text}}
		x := base.With([]directory.Tool{tool})
		r := x.Search(directory.Query{Text: text, PerPage: 100})
		for _, h := range r.Hits {
			if got := strings.Map(drop, marked(h.Name)); h.Tool.ID == "fuzzed" && got != strings.Map(drop, text) {
				t.Errorf("the name %q became %q", text, got)
			}
		}
		x.Nearest(directory.Plan{Text: text})
		x.Gaps(directory.Plan{Text: text})
	})
}

// drop removes what marked adds.
func drop(r rune) rune {
	if r == '[' || r == ']' {
		return -1
	}
	return r
}
