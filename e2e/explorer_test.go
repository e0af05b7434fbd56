package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
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

// makeExplorer makes a release of the fictional case records and its explorer; a policy of "" is that of the example.
func makeExplorer(t testing.TB, policy string) (bundle, page string) {
	t.Helper()
	root, dir := testenv.ModuleRoot(t), t.TempDir()
	covey := filepath.Join(dir, "covey")
	bundle, page = filepath.Join(dir, "release"), filepath.Join(dir, "explorer.html")
	policyFile := filepath.Join(root, "examples", "cases.yaml")
	if policy != "" {
		policyFile = filepath.Join(dir, "policy.yaml")
		if err := os.WriteFile(policyFile, []byte(policy), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{
		{"go", "build", "-o", covey, "./cmd/covey"},
		{covey, "release", "-policy", policyFile, "-o", bundle, filepath.Join(root, "examples", "cases.csv")},
		{covey, "explore", "-o", page, bundle},
	} {
		c := exec.Command(command[0], command[1:]...)
		c.Dir = root
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	return bundle, page
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
	bundle, page := makeExplorer(t, "")
	t.Run("numbers", func(t *testing.T) { testNumbers(t, bundle, page, 200, 40) })
	t.Run("pages", func(t *testing.T) { testPages(t, page) })
	t.Run("no scripts", func(t *testing.T) { testNoScripts(t, page) })
	t.Run("journey", func(t *testing.T) { testJourney(t, page) })
	t.Run("refuses", func(t *testing.T) { testRefuses(t, bundle, page) })
}

func TestExplorerDifferential(t *testing.T) {
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
			share, _ = strconv.ParseFloat(strings.TrimSuffix(row.Share, "%"), 64)
			share /= 100
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

// testPages looks at every view, in a large window and on a phone, from left to right and from right to left.
func testPages(t *testing.T, page string) {
	browser := e2e.Start(t)
	for _, view := range []struct {
		name string
		view e2e.View
		lang string
	}{
		{"laptop", e2e.Desktop(), "en"},
		{"laptop, dark", e2e.View{Dark: true}, "fr"},
		{"laptop, Arabic", e2e.Desktop(), "ar"},
		{"phone", e2e.Phone(), "es"},
		{"phone, Arabic, dark", e2e.View{Width: 360, Height: 640, Dark: true}, "ar"},
		{"paper", e2e.View{Print: true}, "en"},
	} {
		t.Run(view.name, func(t *testing.T) {
			p := browser.Open(t, e2e.FileURL(t, page), view.view)
			waitReady(t, p)
			states := []string{
				"", "&p=gender%3AFemale%3Bage%3A9--17", "&view=trend", "&view=trend&b=gender", "&view=groups", "&view=heat", "&view=map",
				"&view=flows", "&view=compare&p=gender%3AFemale", "&p=nothing%3Aknown",
			}
			if view.view.Print || view.lang == "fr" {
				states = []string{"", "&view=groups", "&view=map", "&view=compare"}
			}
			if testing.Short() {
				states = []string{"&view=map"}
			}
			for _, state := range states {
				goTo(t, p, state+"&lang="+view.lang)
				e2e.Eval[bool](p, `new Promise(done => setTimeout(() => done(true), 250))`)
				if strings.Contains(state, "view") && !strings.Contains(state, "compare") && e2e.Eval[int](p, `document.querySelectorAll("#panel .chart svg path").length`) < 3 {
					t.Errorf("%q: nothing is drawn", state)
				}
				for _, fault := range p.Faults() {
					t.Errorf("%q: %s", state, fault)
				}
				if direction := e2e.Eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`); !strings.HasPrefix(direction, view.lang) && state != "&p=nothing%3Aknown" ||
					strings.HasPrefix(direction, "ar") != strings.HasSuffix(direction, "rtl") {
					t.Errorf("%q: language and direction are %q", state, direction)
				}
			}
			if requests := p.Requests(); len(requests) > 0 {
				t.Errorf("the page asks for %q", requests)
			}
		})
	}
}

func testNoScripts(t *testing.T, page string) {
	p := e2e.Start(t).Open(t, e2e.FileURL(t, page), e2e.View{NoScripts: true})
	if got := e2e.Eval[string](p, `document.body.innerText`); !strings.Contains(got, "needs JavaScript") || strings.Contains(got, "H4sI") {
		t.Errorf("without scripts the page says %.200q", got)
	}
	for _, fault := range p.Faults() {
		t.Error(fault)
	}
}

// testJourney clicks, types and takes along.
func testJourney(t *testing.T, page string) {
	p := e2e.Start(t).Open(t, e2e.FileURL(t, page), e2e.Desktop())
	waitReady(t, p)
	wait := func() { e2e.Eval[bool](p, `new Promise(done => setTimeout(() => done(true), 150))`) }
	text := func(script string) string { t.Helper(); return e2e.Eval[string](p, script) }
	// Keep what the page saves.
	e2e.Eval[bool](p, `window.saved = []; URL.createObjectURL = blob => { window.saved.push(blob); return "data:,"; };
		HTMLAnchorElement.prototype.click = function () { window.saved.at(-1).saveAs = this.download; }; true`)

	p.Type("#ask", "women 9–17 forced labour")
	wait()
	p.Click("#ask-found button[type=submit]")
	wait()
	if got := text(`location.hash`); !strings.Contains(got, "gender%3AFemale") || !strings.Contains(got, "age%3A9--17") || !strings.Contains(got, "isForcedLabour") {
		t.Errorf("asking by typing leads to %s", got)
	}
	if got := text(`document.querySelector("#row").value`); !regexp.MustCompile(`^\d+0,3,gender,Female,age,9--17,isForcedLabour,`).MatchString(got) {
		t.Errorf("the row of aggregates.csv is %q", got)
	}
	if got := text(`document.querySelector("#command").value`); !strings.HasPrefix(got, "covey explore -ask gender=Female -ask age=9--17 -ask isForcedLabour=") {
		t.Errorf("the command is %q", got)
	}
	link := text(`document.querySelector("#link").value`)

	// Every view draws, and gives files.
	for _, view := range []string{"bars", "trend", "groups", "heat", "map", "flows"} {
		p.Click("#tab-" + view)
		wait()
		for _, kind := range []string{"PNG", "SVG", "CSV"} {
			p.Click(fmt.Sprintf(`#panel button[aria-label^=%q]`, kind))
			wait()
			if got := e2e.Eval[int](p, `window.saved.at(-1)?.size ?? 0`); got < 50 {
				t.Errorf("%s of %s has %d bytes", kind, view, got)
			}
			if got := text(`window.saved.at(-1)?.saveAs ?? ""`); !strings.HasSuffix(got, "."+strings.ToLower(kind)) {
				t.Errorf("%s of %s is saved as %q", kind, view, got)
			}
		}
	}
	// The CSV of bars says where each number is from.
	p.Click("#tab-bars")
	wait()
	p.Click(`#panel button[aria-label^="CSV: Gender"]`)
	wait()
	if got := text(`window.saved.at(-1).text()`); !strings.HasPrefix(got, "column,value,label,source,people,low,high,synthetic_records,share,share_of,share_from\ngender,") {
		t.Errorf("the CSV of a card is %q", got)
	}
	// A click on the map picks the country.
	p.Click("#tab-map")
	p.Click("#clear")
	wait()
	e2e.Eval[bool](p, `(() => { // the middle of the largest coloured shape
		const shapes = [...document.querySelectorAll("#panel .chart svg path")].filter(s => ["#1967ad", "#08306b"].includes((s.getAttribute("fill") ?? "").toLowerCase()) || (s.getAttribute("fill") ?? "").startsWith("rgb(25,103,173"));
		const big = shapes.sort((x, y) => y.getBBox().width * y.getBBox().height - x.getBBox().width * x.getBBox().height)[0];
		const box = big.getBoundingClientRect(), at = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true};
		for (const kind of ["mousemove", "mousedown", "mouseup", "click"]) document.querySelector("#panel .chart svg").dispatchEvent(new MouseEvent(kind, at));
		return true;
	})()`)
	wait()
	if got := text(`location.hash`); !strings.Contains(got, "countryOfExploitation%3A") {
		t.Errorf("a click on the map leads to %s", got)
	}

	// Compare, then a story of two views.
	p.Click("#tab-compare")
	p.Click("#keep")
	wait()
	if got := text(`document.querySelector(".side-b").textContent`); !strings.Contains(got, "Country of exploitation") {
		t.Errorf("the kept selection is %q", got)
	}
	p.Click(".compose summary")
	p.Type("#story-title", "What we see")
	p.Click("#tab-bars")
	wait()
	p.Type("#story-text", "Most are adults.")
	p.Click("#story-add")
	p.Click("#tab-trend")
	wait()
	p.Click("#story-add")
	p.Click("#story-show")
	wait()
	if got := e2e.Eval[int](p, `document.querySelectorAll(".step").length`); got != 2 {
		t.Errorf("the story has %d parts", got)
	}
	for _, fault := range p.Faults() {
		t.Error(fault)
	}
	p.Click("#story-save")
	wait()
	story := text(`window.saved.at(-1).text()`)
	if !strings.Contains(story, `"covey-story"`) || !strings.Contains(story, "Most are adults.") {
		t.Errorf("the story is saved as %s", story)
	}

	// The link shows what was seen.
	other := e2e.Start(t).Open(t, e2e.FileURL(t, page), e2e.Desktop())
	waitReady(t, other)
	goTo(t, other, "&"+strings.SplitN(strings.SplitN(link, "#", 2)[1], "&", 2)[1])
	if got := e2e.Eval[int](other, `document.querySelectorAll(".selection .chips b").length`); got != 3 {
		t.Errorf("the link picks %d values", got)
	}
	// Tabs by the keyboard.
	e2e.Eval[bool](other, `document.querySelector("#tab-bars").focus(); document.querySelector("#tab-bars").dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true})); true`)
	e2e.Eval[bool](other, `new Promise(done => setTimeout(() => done(true), 100))`)
	if got := e2e.Eval[string](other, `document.activeElement.id`); got != "tab-trend" {
		t.Errorf("the arrow key leads to %q", got)
	}
}

var contentPattern = regexp.MustCompile(`(id="content"[^>]*>)([^<]*)(<)`)

// testRefuses damages the file in several ways: each gets a message, never a number.
func testRefuses(t *testing.T, bundle, page string) {
	good, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	content := unzipContent(t, good)
	size, n := binary.Uvarint(content)
	header, rest := content[n:n+int(size)], content[n+int(size):]
	pack := func(header, rest []byte) []byte {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		_, _ = w.Write(append(append(binary.AppendUvarint(nil, uint64(len(header))), header...), rest...))
		_ = w.Close()
		return contentPattern.ReplaceAll(good, []byte("${1}"+base64.StdEncoding.EncodeToString(zipped.Bytes())+"$3"))
	}
	cut := contentPattern.FindSubmatchIndex(good)
	middle := (cut[4] + cut[5]) / 2
	flipped := slices.Clone(good)
	flipped[middle] = map[bool]byte{true: 'B', false: 'A'}[flipped[middle] == 'A']
	browser := e2e.Start(t)
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"one letter changed", flipped, "damaged"},
		{"cut off", append(slices.Clone(good[:middle]), good[cut[5]:]...), "damaged"},
		{"no base64", append(append(slices.Clone(good[:middle]), "!!"...), good[middle:]...), "damaged"},
		{"another version", pack(bytes.Replace(header, []byte(`"version":1`), []byte(`"version":2`), 1), rest), "does not know"},
		{"another format", pack(bytes.Replace(header, []byte("covey-explorer"), []byte("other-explorer"), 1), rest), "does not know"},
		{"fewer records", pack(bytes.Replace(header, []byte(`"records":20000`), []byte(`"records":19999`), 1), rest), "damaged"},
		{"a number more", pack(header, append(slices.Clone(rest), 1)), "damaged"},
		{"numbers missing", pack(header, rest[:len(rest)/2]), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "explorer.html")
			if err := os.WriteFile(name, test.file, 0o644); err != nil {
				t.Fatal(err)
			}
			p := browser.Open(t, e2e.FileURL(t, name), e2e.Phone())
			got := e2e.Eval[string](p, `new Promise(done => { const look = n => document.querySelector("#refused") || n === 0 ? done(document.body.innerText) : setTimeout(look, 20, n - 1); look(200); })`)
			if !strings.Contains(got, test.want) || strings.Contains(got, "20,000") {
				t.Errorf("the page says %q", got)
			}
			for _, fault := range p.Faults() {
				t.Error(fault)
			}
		})
	}
	t.Run("foreign links", func(t *testing.T) {
		p := browser.Open(t, e2e.FileURL(t, page), e2e.Desktop())
		waitReady(t, p)
		for _, hash := range []string{"#r=000000000000&p=gender%3AFemale", "#p=gender%3AFemale", "#x"} {
			e2e.Eval[bool](p, `new Promise(done => { addEventListener("hashchange", () => setTimeout(() => done(true), 100), {once: true}); location.hash = `+strconv.Quote(hash)+`; })`)
			if got := e2e.Eval[string](p, `document.querySelector("#foreign")?.textContent ?? ""`); !strings.Contains(got, "another release") {
				t.Errorf("%s: the page says %q", hash, got)
			}
			if got := e2e.Eval[int](p, `document.querySelectorAll("button[aria-pressed=true]").length`); got != 0 {
				t.Errorf("%s: %d values are picked", hash, got)
			}
		}
		for _, state := range []string{"&p=gender%3ANobody", "&p=unknown%3A1", "&p=gender", "&view=nothing", "&a=unknown", "&lang=xx", "&p=gender%3A%25zz"} {
			goTo(t, p, state)
			if got := e2e.Eval[string](p, `document.querySelector("#foreign")?.textContent ?? ""`); !strings.Contains(got, "does not have") {
				t.Errorf("%s: the page says %q", state, got)
			}
		}
	})
	t.Run("nothing rare", func(t *testing.T) { checkNothingRare(t, bundle, header) })
}

func unzipContent(t *testing.T, page []byte) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(string(contentPattern.FindSubmatch(page)[2]))
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkNothingRare looks in the only part of the content that holds texts for values that the codebook does not list, and for cells of the sensitive records that are in no
// file of the release.
func checkNothingRare(t *testing.T, bundle string, header []byte) {
	listed := map[string]bool{}
	for _, row := range readRows(t, bundle, "codebook.csv") {
		listed[row[0]+"\n"+row[5]] = true
	}
	var head struct {
		Columns []struct {
			Name   string
			Values []struct{ V string }
		}
	}
	if err := json.Unmarshal(header, &head); err != nil {
		t.Fatal(err)
	}
	values := 0
	for _, c := range head.Columns {
		for _, v := range c.Values {
			values++
			if !listed[c.Name+"\n"+v.V] {
				t.Errorf("column %s has the value %q, which the codebook does not", c.Name, v.V)
			}
		}
	}
	if values < 100 {
		t.Errorf("only %d values were looked at", values)
	}
	public, err := os.ReadFile(filepath.Join(bundle, "codebook.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rare := 0
	for _, row := range readRows(t, filepath.Join(testenv.ModuleRoot(t), "examples"), "cases.csv") {
		for _, cell := range row {
			if quoted := strconv.Quote(cell); len(cell) > 1 && !bytes.Contains(public, []byte(cell)) {
				rare++
				if bytes.Contains(header, []byte(quoted)) {
					t.Fatalf("the page holds %s, which the codebook does not", quoted)
				}
			}
		}
	}
	if rare < 1000 {
		t.Errorf("only %d rare cells were looked for", rare)
	}
}
