package e2e_test

import (
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// privatePolicy makes a differential release of the fictional case records.
const privatePolicy = `version: 1
title: Fictional case records, made private
subject: case_id
conflicts: first
unlisted: ignore
blanks: ["-99", "NULL", Unknown, Not collected]
protection: {method: differential, epsilon: 1, delta: 1e-6, length: 2}
columns:
  case_id: ignore
  gender:
    kind: category
    values: [Female, Male, Transgender/NonConforming]
    other: Transgender/NonConforming
    map: {F: Female, M: Male, Feminine: Female, Masculine: Male, female: Female, male: Male}
  age: {kind: number, bins: [0, 18, 30, 48]}
  recruiterRelation: {kind: many, delimiter: ";", values: [Intimate Partner, Friend/Acquaintance, Family/Relative, Other], other: Other}
  isForcedLabour: {kind: flag, yes: ["1", "Yes", "Y"], no: ["0", "No", "N"], group: exploitation}
  isSexualExploit: {kind: flag, group: exploitation}
`

// makeExplorer makes a release of the fictional case records, with its explorer; a policy of "" is that of the example.
func makeExplorer(t testing.TB, policy string) (bundle, page string) {
	t.Helper()
	examples := filepath.Join(testenv.ModuleRoot(t), "examples")
	file := filepath.Join(examples, "cases.yaml")
	if policy != "" {
		file = filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(policy), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return releaseOf(t, file, filepath.Join(examples, "cases.csv"))
}

// releaseOf makes a release by the command, as anybody would.
func releaseOf(t testing.TB, policy, records string) (bundle, page string) {
	t.Helper()
	dir := t.TempDir()
	covey := filepath.Join(dir, "covey")
	bundle = filepath.Join(dir, "release")
	for _, command := range [][]string{
		{"go", "build", "-o", covey, "./cmd/covey"},
		{covey, "release", "-policy", policy, "-o", bundle, records},
	} {
		c := exec.Command(command[0], command[1:]...)
		c.Dir = testenv.ModuleRoot(t)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	return bundle, filepath.Join(bundle, release.ExplorerFile)
}

// goTo gives the page another fragment and waits until it was drawn.
func goTo(t testing.TB, p *e2e.Page, query string) {
	t.Helper()
	e2e.Eval[bool](p, fmt.Sprintf(`new Promise(done => {
		const release = new URLSearchParams(document.querySelector("#link").value.split("#")[1]).get("r");
		const drawn = () => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => done(true)), 30));
		const next = "#r=" + release + %s;
		if (location.hash === next) drawn(); else { addEventListener("hashchange", drawn, {once: true}); location.hash = next; }
	})`, strconv.Quote(query)))
}

// fragment writes picks as the page does.
func (c *counter) fragment(p picks) string {
	var parts []string
	for column := range c.columns {
		if values, ok := p[column]; ok {
			part := url.PathEscape(c.columns[column].Name)
			for _, v := range values {
				part += ":" + strings.NewReplacer(":", "%3A", ";", "%3B", "&", "%26", "+", "%2B", "=", "%3D").Replace(url.PathEscape(c.columns[column].Values[v].Value))
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "&p=" + url.QueryEscape(strings.Join(parts, ";"))
}

// shown is what the page shows of the bars.
type shown struct {
	People, Source string
	Records        int
	Rows           []struct {
		Attribute, Records   int
		Source, Value, Share string
		Pressed              bool
	}
	Any []int // by column
}

func readBars(p *e2e.Page) shown {
	return e2e.Eval[shown](p, `(() => {
		const answer = document.querySelector("#answer");
		return {
			people: document.querySelector("#people").textContent, source: answer.dataset.source, records: +answer.dataset.records,
			rows: [...document.querySelectorAll("button[data-attribute]")].map(b => ({attribute: +b.dataset.attribute, records: +b.dataset.records, source: b.dataset.source,
				value: b.querySelector(".value").textContent, share: b.querySelector(".share").textContent, pressed: b.getAttribute("aria-pressed") === "true"})),
		};
	})()`)
}

// TestExplorer tries the explorer of one release in every way.
func TestExplorer(t *testing.T) {
	t.Parallel()
	bundle, page := makeExplorer(t, "")
	t.Run("numbers", func(t *testing.T) { testNumbers(t, bundle, page, 200, 40) })
	t.Run("pages", func(t *testing.T) { testPages(t, page) })
	t.Run("no scripts", func(t *testing.T) { testNoScripts(t, page) })
	t.Run("journeys", func(t *testing.T) { testJourneys(t, page) })
	t.Run("shapes of one's own", func(t *testing.T) { testShapes(t, bundle) })
	t.Run("refuses", func(t *testing.T) { testRefuses(t, bundle, page) })
}

func TestExplorerDifferential(t *testing.T) {
	t.Parallel()
	bundle, page := makeExplorer(t, privatePolicy)
	testNumbers(t, bundle, page, 60, 10)
	p := e2e.Start(t).Open(t, e2e.FileURL(t, page), e2e.Phone())
	waitReady(t, p)
	for _, state := range []string{"", "&p=gender%3AFemale", "&view=heat"} {
		goTo(t, p, state+"&lang=en")
		for _, fault := range p.Faults() {
			t.Errorf("%q: %s", state, fault)
		}
	}
	if got := e2e.Eval[string](p, `document.querySelector("main").textContent`); !strings.Contains(got, "ε = 1, δ = 0.000001") || strings.Contains(got, "rounded down") || strings.Contains(got, "fewer than 0") {
		t.Errorf("the page says %q", got)
	}
}

// testNumbers compares every number of the first view, for random selections, with the bundle; and the tables of pictures of two columns.
func testNumbers(t *testing.T, bundle, page string, selections, tables int) {
	if testing.Short() {
		selections, tables = selections/20, tables/4
	}
	c := readCounter(t, bundle)
	p := e2e.Start(t).Open(t, e2e.FileURL(t, page), e2e.Desktop())
	waitReady(t, p)
	d := dice(20260115)
	for i := range selections {
		selection := c.pick(&d)
		if i == 0 {
			selection = picks{}
		}
		goTo(t, p, c.fragment(selection)+"&all=1&lang=en")
		c.compareBars(t, selection, readBars(p))
		if t.Failed() {
			t.Fatalf("selection %d: %v", i, selection)
		}
	}
	rows := 0
	for range tables {
		rows += c.compareTable(t, p, &d)
	}
	if rows < tables {
		t.Errorf("tables of pictures had only %d rows", rows)
	}
	if console := p.Console(); len(console) > 0 {
		t.Error(console)
	}
}

func waitReady(t testing.TB, p *e2e.Page) {
	t.Helper()
	if !e2e.Eval[bool](p, `new Promise(done => { const look = n => document.documentElement.dataset.ready ? done(true) : n > 0 ? setTimeout(look, 20, n - 1) : done(false); look(500); })`) {
		t.Fatalf("the page is not ready: %s", e2e.Eval[string](p, `document.body.innerText.slice(0, 500)`))
	}
}

func (c *counter) compareBars(t *testing.T, selection picks, got shown) {
	t.Helper()
	records := c.count(selection, nil)
	people, source := c.people(selection, records)
	if got.Records != records || got.People != people || got.Source != source {
		t.Errorf("in all: %q %s %d records, want %q %s %d", got.People, got.Source, got.Records, people, source, records)
	}
	if len(got.Rows) != len(c.attributes) {
		t.Errorf("%d bars, want %d", len(got.Rows), len(c.attributes))
	}
	type tally struct {
		records []int
		any     int
	}
	tallies := map[int]tally{}
	for _, row := range got.Rows {
		column, value := c.attributes[row.Attribute][0], c.attributes[row.Attribute][1]
		n, ok := tallies[column]
		if !ok {
			n.records, n.any = c.tally(selection, column)
			tallies[column] = n
		}
		what := c.columns[column].Name + "=" + c.columns[column].Values[value].Value
		people, source := c.people(selection, n.records[value], [2]int{column, value})
		if row.Records != n.records[value] || row.Value != people || row.Source != source {
			t.Errorf("%s: %q %s %d records, want %q %s %d", what, row.Value, row.Source, row.Records, people, source, n.records[value])
		}
		want, share := c.share(selection, n.records[value], n.any, column, value), -1.0
		if row.Share != "–" {
			share, _ = strconv.ParseFloat(strings.TrimPrefix(strings.TrimSuffix(row.Share, "%"), "≈ "), 64)
			share /= 100
		}
		if synthetic := len(selection) > 0; row.Share != "–" && synthetic != strings.HasPrefix(row.Share, "≈ ") {
			t.Errorf("%s: share %s, but it is of synthetic records: %v", what, row.Share, synthetic)
		}
		if math.Abs(want-share) > 0.000501 {
			t.Errorf("%s: share %s, want %.4f", what, row.Share, want)
		}
		if row.Pressed != slices.Contains(selection[column], value) {
			t.Errorf("%s: pressed is %v", what, row.Pressed)
		}
	}
}

// compareTable compares the table of a picture of two columns and returns its number of rows.
func (c *counter) compareTable(t *testing.T, p *e2e.Page, d *dice) int {
	t.Helper()
	var fit []int
	for column := range c.columns {
		if c.columns[column].Kind != "flag" && len(c.columns[column].Values) > 0 {
			fit = append(fit, column)
		}
	}
	at := d.roll(len(fit))
	a, b := fit[at], fit[(at+1+d.roll(len(fit)-1))%len(fit)]
	selection := c.pick(d)
	goTo(t, p, c.fragment(selection)+"&lang=en&view=heat&a="+url.QueryEscape(c.columns[a].Name)+"&b="+url.QueryEscape(c.columns[b].Name))
	got := e2e.Eval[[][2]string](p, `(async () => {
		const button = document.querySelector("#panel .tools button");
		if (button.getAttribute("aria-pressed") === "false") button.click();
		await new Promise(done => setTimeout(done, 60));
		return [...document.querySelectorAll("#panel tbody tr")].map(r => [r.children[2].textContent, r.children[3].textContent]);
	})()`)
	var want [][2]string
	for va := range c.columns[a].Values {
		for vb := range c.columns[b].Values {
			records := c.count(selection, func(row [][]int) bool { return slices.Contains(row[a], va) && slices.Contains(row[b], vb) }, a, b)
			people, source := c.people(selection, records, [2]int{a, va}, [2]int{b, vb})
			if source == "published" && !strings.HasPrefix(people, "0 (") && !strings.HasPrefix(people, "0–") || records > 0 {
				want = append(want, [2]string{people, commas(records)})
			}
		}
	}
	sorted := func(rows [][2]string) [][2]string { // the page has an order of its own for ranges
		return slices.SortedFunc(slices.Values(rows), func(x, y [2]string) int { return strings.Compare(x[0]+x[1], y[0]+y[1]) })
	}
	if got, want := sorted(got), sorted(want); !slices.Equal(got, want) {
		t.Errorf("%s by %s of %v: %d rows, want %d\n%v\n%v", c.columns[a].Name, c.columns[b].Name, selection, len(got), len(want), got, want)
	}
	return len(got)
}
