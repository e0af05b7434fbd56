package e2e_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/catalogue"
	"github.com/opencovey/covey/internal/web/catalogue/cataloguetest"
	"github.com/opencovey/covey/internal/web/webtest"
	"github.com/opencovey/covey/release"
)

// dataServer is a server with published releases of the fictional cases: k-anonymous ones, of which the first is withdrawn, and a
// differential one.
func dataServer(t testing.TB) string {
	t.Helper()
	shelf := cataloguetest.New(t)
	examples := filepath.Join(testenv.ModuleRoot(t), "examples")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(examples, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	// A part of the cases makes the pages as well as all of them, and faster.
	lines := strings.SplitAfterN(read("cases.csv"), "\n", 4002)
	records := strings.Join(lines[:4001], "")
	cases := publication.Dataset{
		ID: "fictional-cases", Organisation: "a", Title: "Fictional case records", Publisher: "The Covey project", Licence: "Apache-2.0", Contact: "data@covey.example",
		Description: "Invented records of 20,000 people. No record and no number describes anybody or anything real.", Languages: []string{"en"},
	}
	bundle := cataloguetest.Bundle(t, read("cases.yaml"), records)
	shelf.Put(t, cases, bundle, publication.Release{Number: 1, State: publication.Withdrawn, Notice: "A column had wrong labels. Release 2 has them right."})
	shelf.Put(t, cases, bundle, publication.Release{Number: 2, State: publication.Published, Note: "Labels of a column corrected."})
	noised := cases
	noised.ID, noised.Title = "fictional-noised", "Fictional case records, with noise"
	shelf.Put(t, noised, cataloguetest.Bundle(t, read("cases_dp.yaml"), records), publication.Release{Number: 1, State: publication.Published})
	site := webtest.New(t, web.Options{
		Rooms: []web.Room{catalogue.New(catalogue.Options{Service: shelf.Service})}, Now: shelf.Now, Concurrent: 32,
	})
	server := httptest.NewServer(site.Server)
	t.Cleanup(server.Close)
	return server.URL
}

// dataPages are all pages of the room, each kind once.
var dataPages = []string{
	"/data", "/data?q=nothing+such", "/data/fictional-cases", "/data/fictional-cases/1", "/data/fictional-noised",
	"/data/ask", "/data/ask?q=how+many+women", "/data/ask?q=where+women", "/data/ask?q=zzzz",
}

// TestServerData opens all pages of published data in all languages, on a desk and on a phone, every other language without scripts. The
// languages go side by side, each in a tab of its own. French and Spanish are looked at on the desk in the long form alone: what is too
// long for a page shows on the phone.
func TestServerData(t *testing.T) {
	server, browser := dataServer(t), e2e.Start(t)
	t.Run("pages", func(t *testing.T) {
		for i, lang := range []string{"ar", "en", "fr", "es"} {
			t.Run(lang, func(t *testing.T) {
				t.Parallel()
				desk, phone := e2e.Desktop(), e2e.Phone()
				desk.NoScripts, desk.Dark = i < 2, i%2 == 0
				phone.NoScripts, phone.Dark = desk.NoScripts, desk.Dark
				views := []e2e.View{phone}
				if lang == "en" || lang == "ar" || testenv.Long() {
					views = append(views, desk)
				}
				tab := browser.Open(t, server+"/data?lang="+lang, phone) // remembers the language
				for _, path := range dataPages {
					for _, view := range views {
						tab.Look(view)
						tab.Go(server + path)
						for _, fault := range tab.Faults() {
							t.Errorf("%s at %d pixels: %s", path, view.Width, fault)
						}
						if got := readReport(tab); got != lang+" "+map[bool]string{true: "rtl", false: "ltr"}[lang == "ar"] {
							t.Errorf("%s is in %q", path, got)
						}
					}
				}
			})
		}
	})
	t.Run("explorer", func(t *testing.T) { testDataExplorer(t, browser, server) })
	t.Run("sandboxed", func(t *testing.T) { testSandboxed(t, browser, server) })
}

// testSandboxed looks at the reports of a release as they are served: in a sandbox, in which no script runs.
func testSandboxed(t *testing.T, browser *e2e.Browser, server string) {
	for _, view := range []e2e.View{e2e.Phone(), {Dark: true}} {
		page := browser.Open(t, server+"/data", view)
		for _, name := range []string{release.QualityPage, release.CodebookPage} {
			page.GoSandboxed(server + "/data/fictional-noised/1/files/" + name)
			for _, fault := range page.Faults() {
				t.Errorf("%s at %d pixels: %s", name, view.Width, fault)
			}
			if got := readReport(page); got != "en ltr" {
				t.Errorf("%s is in %q", name, got)
			}
			if n := e2e.Eval[int](page, `document.querySelectorAll("table").length`); n == 0 {
				t.Errorf("%s is empty", name)
			}
			// The checks see what is wrong in a sandbox, too.
			e2e.Eval[bool](page, `(() => { document.documentElement.removeAttribute("lang"); document.body.style.width = "2000px"; return true })()`)
			if got := strings.Join(page.Faults(), "\n"); !strings.Contains(got, "html-has-lang") || !strings.Contains(got, "overflow: ") {
				t.Errorf("%s was broken, and what is seen is %q", name, got)
			}
		}
	}
}

// readReport says in which language and direction a report is set.
func readReport(page *e2e.Page) string {
	return e2e.Eval[string](page, `document.documentElement.lang + " " + getComputedStyle(document.body).direction`)
}

// testDataExplorer follows an answer into the explorer, where the same number must stand.
func testDataExplorer(t *testing.T, browser *e2e.Browser, server string) {
	for _, set := range []string{"fictional-cases", "fictional-noised"} {
		p := browser.Open(t, server+"/data/ask?q=women&dataset="+set, e2e.Desktop())
		type row struct{ Link, Count string }
		rows := e2e.Eval[[]row](p, `[...document.querySelectorAll("table.bars tbody tr")].map((r) => ({Link: r.querySelector("a").href, Count: r.querySelector("td.number").textContent}))`)
		if len(rows) == 0 {
			t.Fatalf("%s: no answer", set)
		}
		page := browser.Open(t, rows[0].Link, e2e.Desktop())
		text := e2e.Eval[string](page, `new Promise((done) => { const look = () => { const t = document.body.innerText; document.querySelector("#answer, output, .answer") || t.includes(`+"`"+rows[0].Count+"`"+`) ? done(t) : setTimeout(look, 50) }; look() })`)
		if !strings.Contains(text, rows[0].Count) {
			t.Errorf("%s: the explorer does not say %s", rows[0].Link, rows[0].Count)
		}
		if said := page.Console(); len(said) > 0 {
			t.Errorf("%s: %v", rows[0].Link, said)
		}
		if asked := page.ThirdParty(); len(asked) > 0 {
			t.Errorf("%s: asks others: %v", rows[0].Link, asked)
		}
	}
}
