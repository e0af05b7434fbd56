package catalogue_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/web/webtest"
	"github.com/opencovey/covey/release"
)

// dataNever is never for JSON: markup is a text like any other there, and browsers take the answer for nothing but JSON.
var dataNever = []string{rareValue, "1237", "1,237", "secret-note", "Secret draft", "Unborn title", "org-a"}

// line is a published count as a text, for comparison: "120 gender=Women means=Threats".
type line = string

// published reads aggregates.csv of the bundle.
func published(t *testing.T, bundle string) (lines []line, attributes [][][2]string) {
	t.Helper()
	file, err := os.Open(filepath.Join(bundle, release.AggregatesFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		length, _ := strconv.Atoi(row[1])
		text, list := row[0], [][2]string(nil)
		for i := range length {
			text += " " + row[2+2*i] + "=" + row[3+2*i]
			list = append(list, [2]string{row[2+2*i], row[3+2*i]})
		}
		lines, attributes = append(lines, text), append(attributes, list)
	}
	return lines, attributes
}

// aggregatesAnswer is what the API answers.
type aggregatesAnswer struct {
	SHA256     string
	Total      int
	Next       string
	Aggregates []struct {
		Count, Low, High int
		Attributes       []struct{ Column, Value string }
	}
}

// fetch reads all pages of the API.
func fetch(t *testing.T, p *place, query string) []line {
	t.Helper()
	var lines []line
	path := "/api/v1/datasets/harbour/releases/3/aggregates?" + query
	for pages := 0; path != ""; pages++ {
		w := p.Do(webtest.Case{Get: path})
		var a aggregatesAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || pages > 1000 || a.SHA256 != p.latest.Manifest {
			t.Fatalf("%s: %d %v %s", path, w.Code, err, w.Body)
		}
		for _, row := range a.Aggregates {
			if row.Low != row.Count || row.High != row.Count+9 {
				t.Fatalf("%s: margin %+v", path, row)
			}
			text := strconv.Itoa(row.Count)
			for _, at := range row.Attributes {
				text += " " + at.Column + "=" + at.Value
			}
			lines = append(lines, text)
		}
		path = strings.TrimPrefix(a.Next, "https://covey.example")
		if path == "" && len(lines) != a.Total {
			t.Fatalf("%s: %d counts, total %d", query, len(lines), a.Total)
		}
	}
	return lines
}

// testAggregates compares the API with what stands in aggregates.csv, gone through line by line.
func testAggregates(t *testing.T, p *place) {
	lines, attributes := published(t, p.bundle)
	if len(lines) < 200 {
		t.Fatalf("only %d counts", len(lines))
	}
	has := func(list [][2]string, column, value string) bool {
		return slices.Contains(list, [2]string{column, value})
	}
	for query, meets := range map[string]func([][2]string) bool{
		"":                        func([][2]string) bool { return true },
		"limit=7":                 func([][2]string) bool { return true },
		"length=2&limit=13":       func(l [][2]string) bool { return len(l) == 2 },
		"gender=Women":            func(l [][2]string) bool { return has(l, "gender", "Women") },
		"GENDER=women&limit=1000": func(l [][2]string) bool { return has(l, "gender", "Women") },
		"country=NPL&gender=Women&length=3": func(l [][2]string) bool {
			return len(l) == 3 && has(l, "country", "NPL") && has(l, "gender", "Women")
		},
		"where=country%3DNPL&length=1": func(l [][2]string) bool { return len(l) == 1 && has(l, "country", "NPL") },
		"means=Threats&means=Debt+bondage": func(l [][2]string) bool {
			return has(l, "means", "Threats") && has(l, "means", "Debt bondage")
		},
		"columns=gender&columns=age": func(l [][2]string) bool {
			return len(l) > 0 && !slices.ContainsFunc(l, func(a [2]string) bool { return a[0] != "gender" && a[0] != "age" })
		},
	} {
		t.Run(query, func(t *testing.T) {
			var want []line
			for i := range lines {
				if meets(attributes[i]) {
					want = append(want, lines[i])
				}
			}
			if diff := cmp.Diff(want, fetch(t, p, query)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func testAggregatesCSV(t *testing.T, p *place) {
	lines, _ := published(t, p.bundle)
	var got []line
	path := "/api/v1/datasets/harbour/releases/3/aggregates.csv?limit=50"
	for path != "" {
		w := p.Do(webtest.Case{Get: path})
		if w.Code != 200 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		rows, err := csv.NewReader(w.Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			length, _ := strconv.Atoi(row[3])
			text := row[0]
			for i := range length {
				text += " " + row[4+2*i] + "=" + row[5+2*i]
			}
			n, _ := strconv.Atoi(row[0])
			if row[1] != row[0] || row[2] != strconv.Itoa(n+9) {
				t.Fatalf("margin of %v", row)
			}
			got = append(got, text)
		}
		link := w.Header().Get("Link")
		path = ""
		if rest, ok := strings.CutPrefix(link, "<https://covey.example"); ok {
			path, _, _ = strings.Cut(rest, ">")
		}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Error(diff)
	}
}

func testAPI(t *testing.T, p *place) {
	p.Run(t, []webtest.Case{
		{Name: "list", Get: "/api/v1/datasets", Never: dataNever, Appears: []string{`"total":2`, `"id":"harbour"`, `"latest":3`, `"state":"withdrawn"`, "A column was wrong.", `"address":"https://covey.example/api/v1/datasets/harbour"`}},
		{Name: "page", Get: "/api/v1/datasets?limit=1", Never: dataNever, Appears: []string{`"next":"https://covey.example/api/v1/datasets?limit=1&offset=1"`}},
		{Name: "beyond", Get: "/api/v1/datasets?offset=99", Never: dataNever, Appears: []string{`"datasets":[]`}},
		{Name: "one", Get: "/api/v1/datasets/harbour", Never: append([]string{"note-of-the-withdrawn"}, dataNever...), Appears: []string{`"number":3`, `"number":2`, `"number":1`}},
		{Name: "none", Get: "/api/v1/datasets/nothing", Status: 404},
		{Name: "release", Get: "/api/v1/datasets/harbour/releases/3", Never: dataNever, Appears: []string{
			`"people":{"count":1230,"low":1230,"high":1239}`, `"k":10`, `"name":"synthetic.csv"`, p.latest.Files[0].SHA256, `"kind":"country"`, `"relative":`,
		}},
		{Name: "withdrawn release", Get: "/api/v1/datasets/harbour/releases/1", Never: append([]string{`"files"`, `"people"`, "note-of-the-withdrawn"}, dataNever...), Appears: []string{`"state":"withdrawn"`, "A column was wrong."}},
		{Name: "withdrawn counts", Get: "/api/v1/datasets/harbour/releases/1/aggregates", Status: 410},
		{Name: "withdrawn counts as CSV", Get: "/api/v1/datasets/harbour/releases/1/aggregates.csv", Status: 410},
		{Name: "handed in", Get: "/api/v1/datasets/harbour/releases/4", Status: 404, Never: dataNever},
		{Name: "number in another form", Get: "/api/v1/datasets/harbour/releases/03/aggregates", Status: 404},
		{Name: "rare value", Get: "/api/v1/datasets/harbour/releases/3/aggregates?means=" + rareValue, Status: 422, Never: dataNever},
		{Name: "no such column", Get: "/api/v1/datasets/harbour/releases/3/aggregates?nothing=1", Status: 422},
		{Name: "broken filter", Get: "/api/v1/datasets/harbour/releases/3/aggregates?where=gender", Status: 422, Appears: []string{"where=column=value"}},
		{Name: "too many at once", Get: "/api/v1/datasets/harbour/releases/3/aggregates?limit=5000", Status: 422},
		{Name: "ask", Get: "/api/v1/ask?q=women+Nepal", Never: dataNever, Appears: []string{`"dataset":"harbour"`, `"release":3`, `"kind":"people"`, `"column":"country","value":"NPL"`}},
		{Name: "ask nothing", Get: "/api/v1/ask?q=+", Status: 422},
		{Name: "ask markup", Get: "/api/v1/ask?q=" + url.QueryEscape(hostile), Never: dataNever},
	})
	for _, path := range []string{
		"/api/v1/datasets", "/api/v1/datasets/harbour", "/api/v1/datasets/harbour/releases/3", "/api/v1/datasets/harbour/releases/3/aggregates", "/api/v1/datasets/harbour/releases/3/aggregates.csv?gender=Women", "/api/v1/ask?q=women",
	} {
		t.Run(fmt.Sprintf("kept %s", path), func(t *testing.T) {
			w := p.Do(webtest.Case{Get: path})
			tag := w.Header().Get("ETag")
			if tag == "" || w.Header().Get("Cache-Control") != "public, no-cache" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%v", w.Header())
			}
			if w := p.Do(webtest.Case{Get: path, Header: map[string]string{"If-None-Match": tag}}); w.Code != 304 || w.Body.Len() > 0 {
				t.Errorf("asked again: %d %s", w.Code, w.Body)
			}
		})
	}
}

// testAnswers looks up every number of answers in what is published.
func testAnswers(t *testing.T, p *place) {
	lines, _ := published(t, p.bundle)
	for _, q := range []string{"women", "where", "when", "women Nepal", "women debt bondage Nepal 9--17", "forced labour where", "Kenya threats", "men 18+"} {
		w := p.Do(webtest.Case{Get: "/api/v1/ask?limit=500&dataset=harbour&q=" + url.QueryEscape(q)})
		var a struct {
			Total   int
			Answers []struct {
				Count      int
				Attributes []struct{ Column, Value string }
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Total == 0 {
			t.Fatalf("%s: %v %s", q, err, w.Body)
		}
		for _, answer := range a.Answers {
			text := strconv.Itoa(answer.Count)
			for _, at := range answer.Attributes {
				text += " " + at.Column + "=" + at.Value
			}
			if !slices.Contains(lines, text) {
				t.Errorf("%s: %s is not published", q, text)
			}
		}
	}
}
