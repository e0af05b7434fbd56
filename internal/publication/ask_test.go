package publication_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/release"
)

// published reads aggregates.csv by itself: what may be answered, by the combination as a text.
func published(t *testing.T, h *house, dataset string, number int) map[string]int {
	t.Helper()
	_, in, err := h.OpenPublic(t.Context(), dataset, number, release.AggregatesFile)
	must(t, err)
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	must(t, err)
	counts := map[string]int{}
	for _, row := range rows[1:] {
		length, _ := strconv.Atoi(row[1])
		var parts []string
		for i := range length {
			parts = append(parts, row[2+2*i]+"="+row[3+2*i])
		}
		sort.Strings(parts)
		counts[strings.Join(parts, "&")], _ = strconv.Atoi(row[0])
	}
	return counts
}

func keyOf(attributes []publication.Attribute) string {
	var parts []string
	for _, a := range attributes {
		parts = append(parts, a.Column+"="+a.Value)
	}
	sort.Strings(parts)
	return strings.Join(parts, "&")
}

// TestAsk compares answers with a reading of the published file by other means.
func TestAsk(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	d, _, draft := h.draft(t)
	h.publish(t, draft.ID, publication.RunOptions{})
	counts := published(t, h, d.ID, 1)
	for text, want := range map[string]string{
		"how many women":                                "gender=Female",
		"Femmes":                                        "gender=Female",
		"¿Cuántas mujeres?":                             "gender=Female",
		"كم عدد النساء نساء":                            "gender=Female",
		"women from Kenya":                              "country=KEN&gender=Female",
		"women in forced labor in Uganda":               "country=UGA&gender=Female&isForcedLabour=yes",
		"how many people in forced labour were men":     "gender=Male&isForcedLabour=yes",
		"country of exploitation Tanzania":              "country=TZA",
		"girls 9-17":                                    "ageBroad=9--17&gender=Female",
		"¿Cuántos niños de 9-17?":                       "ageBroad=9--17&gender=Male",
		"children 0-8 in Kenya":                         "ageBroad=0--8&country=KEN",
		"gender: female, ageBroad 18+":                  "ageBroad=18+&gender=Female",
		"travail forcé":                                 "isForcedLabour=yes",
		"FORCED   labour!!! <script>alert(1)</script> ": "isForcedLabour=yes",
	} {
		a, err := h.Ask(ctx, publication.Question{Text: text})
		must(t, err)
		if len(a.List) == 0 || keyOf(a.List[0].Attributes) != want {
			t.Errorf("%s: %+v", text, a.List)
			continue
		}
		n := a.List[0].Count
		if n.Estimate != counts[want] || n.Low != n.Estimate || n.High != n.Estimate+9 || len(a.List[0].Of) == 0 {
			t.Errorf("%s: %+v, published is %d", text, a.List[0], counts[want])
		}
	}
	for text, word := range map[string]string{"how many girls": "", "filles": "", "بنات": "", "where are girls exploited": "girls", "donde hay niñas": "ninas"} {
		a, err := h.Ask(ctx, publication.Question{Text: text})
		must(t, err)
		for _, one := range a.List { // no number of all women
			if key := keyOf(one.Attributes); !strings.Contains(key, "gender=Female") || word == "" && !strings.Contains(key, "ageBroad=") || word != "" && !slices.Contains(one.Unmet, word) {
				t.Errorf("%s: %s, unmet %v", text, key, one.Unmet)
			}
		}
		if len(a.List) == 0 {
			t.Errorf("%s: no answer", text)
		}
	}
	where, err := h.Ask(ctx, publication.Question{Text: "where are women exploited"})
	must(t, err)
	if len(where.List) != 4 || where.List[0].Count.Estimate < where.List[3].Count.Estimate {
		t.Errorf("%+v", where.List)
	}
	for _, nothing := range []string{"", "martians", "how many", "the of and"} {
		if a, err := h.Ask(ctx, publication.Question{Text: nothing}); err != nil || len(a.List) != 0 {
			t.Errorf("%q: %+v %v", nothing, a, err)
		}
	}
	if a, _ := h.Ask(ctx, publication.Question{Text: "martians in Kenya"}); !slices.Equal(a.Unknown, []string{"martians"}) {
		t.Errorf("%+v", a.Unknown)
	}
	about, columns, err := h.Codebook(ctx, d.ID, 1)
	if err != nil || len(columns) != 4 || about.People.Estimate != counts[""] {
		t.Error(about, len(columns), err)
	}
	if n, err := h.Generation(ctx); err != nil || n < 2 {
		t.Error(n, err)
	}
	h.anything(t, d.ID, counts)
	h.pages(t, d.ID, counts)
}

// anything asks anything: every number in an answer is published, and structured questions find what is there.
func (h *house) anything(t *testing.T, dataset string, counts map[string]int) {
	parts := []string{"women", "men", "kenya", "uganda", "forced labour", "18+", "0--8", "girls", "children", "where", "when", "in", "gender", "country", "x", rareValue, "by", "female"}
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 7).Draw(rt, "words"), " ")
		q := publication.Question{Text: text, By: rapid.SampledFrom([]string{"", "country", "gender", "date"}).Draw(rt, "by")}
		a, err := h.Ask(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		for _, x := range a.List {
			n, ok := counts[keyOf(x.Attributes)]
			if !ok || n != x.Count.Estimate {
				rt.Fatalf("%q: %s is %d, published %d %v", text, keyOf(x.Attributes), x.Count.Estimate, n, ok)
			}
			for _, of := range x.Of {
				if of.Count.Estimate < x.Count.Estimate || of.Count.Estimate%10 != 0 {
					rt.Fatalf("%q: %d of %+v", text, x.Count.Estimate, of)
				}
			}
		}
	})
	for key, n := range counts {
		if key == "" {
			continue
		}
		var where []publication.Condition
		for _, part := range strings.Split(key, "&") {
			column, value, _ := strings.Cut(part, "=")
			where = append(where, publication.Condition{Column: column, Value: value})
		}
		a, err := h.Ask(t.Context(), publication.Question{Where: where, Datasets: []string{dataset}})
		must(t, err)
		if len(a.List) != 1 || a.List[0].Count.Estimate != n || a.List[0].Unmet != nil {
			t.Fatalf("%s: %+v", key, a.List)
		}
	}
}

// pages lists everything page by page.
func (h *house) pages(t *testing.T, dataset string, counts map[string]int) {
	t.Helper()
	seen := map[string]int{}
	q := publication.AggregateQuery{Dataset: dataset, Number: 1, Limit: 7}
	for {
		page, err := h.Aggregates(t.Context(), q)
		must(t, err)
		if page.Total != len(counts) {
			t.Fatalf("%d instead of %d", page.Total, len(counts))
		}
		for _, r := range page.Rows {
			seen[keyOf(r.Attributes)] = r.Count.Estimate
		}
		if q.Offset = page.Next; q.Offset == 0 {
			break
		}
	}
	if fmt.Sprint(seen) != fmt.Sprint(counts) {
		t.Error("pages hold something else than the file")
	}
	page, err := h.Aggregates(t.Context(), publication.AggregateQuery{
		Dataset: dataset, Number: 1, Length: 2, Where: []publication.Condition{{Column: "Gender", Value: "female"}}, Columns: []string{"gender", "country"},
	})
	must(t, err)
	if page.Total != 4 {
		t.Errorf("%+v", page)
	}
	_, err = h.Aggregates(t.Context(), publication.AggregateQuery{Dataset: dataset, Number: 1, Where: []publication.Condition{{Column: "note", Value: rareValue}}})
	if err == nil || strings.Contains(err.Error(), rareValue) {
		t.Error(err)
	}
}
