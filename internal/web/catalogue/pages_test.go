package catalogue_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/web/webtest"
)

// never must be in no answer at all.
var never = []string{rareValue, "1237", "1,237", "secret-note", "Secret draft", "Unborn title", "<script>alert", "<img src=x", "ZgotmplZ", "[catalogue.", "org-a", "user-"}

func testPages(t *testing.T, p *place) {
	p.Run(t, []webtest.Case{
		{Name: "catalogue", Get: "/data", Never: never, Appears: []string{
			"2 data sets", "Harbour cases", "Harbour Light", "1,230–1,239", "2019 – 2022", "Nepal", "Means of control", "fewer than 10 people", `href="/data/harbour"`, "/data/feed.atom", "Number 3",
		}},
		{Name: "catalogue in Arabic", Get: "/data", Language: "ar", Never: never, Appears: []string{`dir="rtl"`, "نيبال"}},
		{Name: "find", Get: "/data?q=nepal+debt", Never: append([]string{"hostile"}, never...), Appears: []string{"One of 2", "Harbour cases"}},
		{Name: "find in French", Get: "/data?q=N%C3%A9pal", Language: "fr", Never: never, Appears: []string{"Harbour cases"}},
		{Name: "find without the accent", Get: "/data?q=nepal", Language: "fr", Never: never, Appears: []string{"Harbour cases"}},
		{Name: "find with an accent too many", Get: "/data?q=H%C3%A0RBOUR+c%C3%A2ses", Never: never, Appears: []string{"One of 2", "Harbour cases"}},
		{Name: "find another form of an Arabic letter", Get: "/data?q=" + url.QueryEscape("اوغندا"), Language: "ar", Never: never, Appears: []string{"Harbour cases"}},
		{Name: "find with vowel signs", Get: "/data?q=" + url.QueryEscape("نِيبال"), Language: "ar", Never: never, Appears: []string{"Harbour cases"}},
		{Name: "find nothing", Get: "/data?q=zzzz", Never: append([]string{"Harbour cases"}, never...), Appears: []string{"No data set has all these words"}},
		{Name: "find markup", Get: "/data?q=%3Cscript%3Ealert(1)%3C/script%3E", Never: never},
		{Name: "data set", Get: "/data/harbour", Never: append([]string{"note-of-the-withdrawn"}, never...), Appears: []string{
			"<h1><bdi>Harbour cases</bdi></h1>", "1,230–1,239", "at least 10 people", "rounded down", "/data/harbour/3/files/explorer", "synthetic.csv", p.latest.Files[0].SHA256,
			"SHA-256", "CC-BY-4.0", "mailto:data@harbour.example", "Harbour Light (2026). Harbour cases, 3. https://covey.example/data/harbour/3", "Means of control", "Test steward", "Test approver",
			"Approved by", "/data/harbour/2", "withdrawn", "dataset.jsonld", "datapackage.json", `"@type":"Dataset"`, "one value",
		}},
		{Name: "data set in Spanish", Get: "/data/harbour", Language: "es", Never: never, Appears: []string{"al menos 10 personas", "Nepal"}},
		{Name: "version", Get: "/data/harbour/2", Never: never, Appears: []string{"Release 2", "at least 20 people", "There is a newer release", "Corrected."}},
		{Name: "withdrawn", Get: "/data/harbour/1", Never: append([]string{"/data/harbour/1/files/", "synthetic.csv", "dataset.jsonld", "explorer"}, never...), Appears: []string{
			"Release 1 was withdrawn on 22 November 2026", "A column was wrong.", "&lt;script&gt;alert(1)",
		}},
		{Name: "hostile", Get: "/data/hostile", Never: append([]string{`href="javascript`}, never...), Appears: []string{"&lt;script&gt;", "javascript:alert(1)"}},
		{Name: "handed in", Get: "/data/harbour/4", Status: 404, Never: never},
		{Name: "never published", Get: "/data/unborn", Status: 404, Never: never},
		{Name: "no such number", Get: "/data/harbour/03", Status: 404, Never: never},
		{Name: "no such data set", Get: "/data/nothing", Status: 404, Never: never},
		{Name: "feed", Get: "/data/feed.atom", Never: never, Appears: []string{
			"<title>Published data</title>", "Harbour cases: release 3", "release 1 was withdrawn", "A column was wrong.", "https://covey.example/data/harbour/3", "urn:covey:release:" + p.latest.Manifest,
		}},
		{Name: "data package", Get: "/data/harbour/3/datapackage.json", Never: never, Appears: []string{`"path": "https://covey.example/data/harbour/3/files/synthetic.csv"`}},
		{Name: "linked data", Get: "/data/harbour/3/dataset.jsonld", Never: never, Appears: []string{
			`"@type": "Dataset"`, `"identifier": "urn:sha256:` + p.latest.Manifest, `"temporalCoverage": "2019/2022"`, `"contentUrl": "https://covey.example/data/harbour/3/files/aggregates.csv"`,
		}},
		{Name: "linked data of the withdrawn", Get: "/data/harbour/1/dataset.jsonld", Status: 410, Never: never},
		{Name: "data package of the withdrawn", Get: "/data/harbour/1/datapackage.json", Status: 410, Never: never},
	})
	for _, who := range webtest.Everybody() {
		p.Run(t, []webtest.Case{
			{Name: "handed in, as " + who, As: who, Get: "/data/harbour/4", Status: 404, Never: never},
			{Name: "never published, as " + who, As: who, Get: "/data/unborn", Status: 404, Never: never},
			{Name: "file of handed in, as " + who, As: who, Get: "/data/harbour/4/files/synthetic.csv", Status: 404, Never: never},
			{Name: "catalogue, as " + who, As: who, Get: "/data", Never: never, Appears: []string{"Harbour cases"}},
			{Name: "api, as " + who, As: who, Get: "/api/v1/datasets/unborn", Status: 404, Never: never},
			{Name: "api release, as " + who, As: who, Get: "/api/v1/datasets/harbour/releases/4/aggregates", Status: 404, Never: never},
		})
	}
}

func testAsk(t *testing.T, p *place) {
	p.Run(t, []webtest.Case{
		{Name: "empty", Get: "/data/ask", Never: never, Appears: []string{"How to ask", "Harbour cases"}},
		{Name: "women debt bondage Nepal", Get: "/data/ask?q=women+9--17+debt+bondage+Nepal", Never: never, Appears: []string{
			"Harbour cases", "Release 3", `href="/data/harbour/3"`, "Debt bondage", "Nepal", "no number for all of the question together",
		}},
		{Name: "one thing", Get: "/data/ask?q=how+many+women", Never: append([]string{"/data/harbour/2"}, never...), Appears: []string{
			"One published number", "820–829", "Gender", "Women", "of 1,230–1,239 with anything stated about: Gender", "#lang=en&amp;p=gender%3AWomen", "/data/harbour/3/files/explorer",
		}},
		{Name: "older too", Get: "/data/ask?q=how+many+women&all=yes", Never: never, Appears: []string{"2 published numbers", "/data/harbour/2", "/data/harbour/3"}},
		{Name: "one data set", Get: "/data/ask?q=women&dataset=hostile", Never: never, Appears: []string{"No release publishes a number"}},
		{Name: "where", Get: "/data/ask?q=where+women", Never: never, Appears: []string{"Nepal", "Uganda", "Kenya"}},
		{Name: "when", Get: "/data/ask?q=when", Never: never, Appears: []string{"2019", "2022"}},
		{Name: "in Arabic", Get: "/data/ask?q=" + "%D9%86%D8%B3%D8%A7%D8%A1", Language: "ar", Never: never},
		{Name: "nobody", Get: "/data/ask?q=zzzz", Never: never, Appears: []string{"No release publishes a number for this", "does not mean that there is nobody", "left out: zzzz"}},
		{Name: "rare", Get: "/data/ask?q=zanzibarrare", Never: never, Appears: []string{"No release publishes a number for this"}},
		{Name: "markup", Get: "/data/ask?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", Never: never},
		{Name: "too long", Get: "/data/ask?q=" + strings.Repeat("x", 400), Appears: []string{`aria-invalid="true"`}},
	})
	order := func(body string, words ...string) {
		at := 0
		for _, w := range words {
			i := strings.Index(body[at:], w)
			if i < 0 {
				t.Fatalf("%s is not after the others", w)
			}
			at += i
		}
	}
	order(p.Do(webtest.Case{Get: "/data/ask?q=when"}).Body.String(), "<tbody>", ">2019<", ">2020<", ">2021<", ">2022<")
}
