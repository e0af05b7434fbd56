package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// A journey is somebody who uses the page as people do: by clicks and keys.
type journey struct {
	t    *testing.T
	page *e2e.Page
}

// testJourneys makes the same way on a laptop from left to right and on a phone from right to left, and in the long form the other way round too.
// After each step nothing may be wrong with the page.
func testJourneys(t *testing.T, page string) {
	for _, v := range []struct {
		name, lang, ask string
		view            e2e.View
	}{
		{"laptop", "en", "women 9–17 forced labour", e2e.Desktop()},
		{"laptop, Arabic", "ar", "Female 9–17", e2e.Desktop()},
		{"phone", "es", "mujeres 9–17", e2e.Phone()},
		{"phone, Arabic", "ar", "Female 9–17", e2e.Phone()},
	} {
		usual := (v.lang == "ar") == (v.view == e2e.Phone())
		if !usual && !testenv.Long() || testing.Short() && v.lang != "ar" {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			browser := e2e.Start(t)
			j := &journey{t, browser.Open(t, e2e.FileURL(t, page), v.view)}
			waitReady(t, j.page)
			// What the page saves is kept here.
			e2e.Eval[bool](j.page, `window.saved = []; URL.createObjectURL = blob => { window.saved.push(blob); return "data:,"; };
				HTMLAnchorElement.prototype.click = function () { window.saved.at(-1).saveAs = this.download; }; true`)
			j.choose(`.pick-language select`, v.lang)
			if got := j.text(`document.documentElement.lang + " " + document.documentElement.dir`); got != v.lang+" "+map[bool]string{true: "rtl", false: "ltr"}[v.lang == "ar"] {
				t.Errorf("language and direction are %q", got)
			}
			j.sound("open")
			j.filter(v.ask)
			link := j.text(`document.querySelector("#link").value`)
			j.click("#clear")
			j.views()
			j.compare()
			j.story()
			// The link shows what was seen.
			other := &journey{t, browser.Open(t, e2e.FileURL(t, page), v.view)}
			waitReady(t, other.page)
			goTo(t, other.page, "&"+strings.SplitN(strings.SplitN(link, "#", 2)[1], "&", 2)[1])
			if got := other.text(`[...document.querySelectorAll(".selection .chips b")].map(b => b.textContent).join(" ")`); !strings.Contains(got, "9–17") {
				t.Errorf("the link picks %q", got)
			}
			other.sound("link")
			other.keys(v.lang == "ar")
		})
	}
}

func (j *journey) wait() {
	e2e.Eval[bool](j.page, `new Promise(done => setTimeout(() => done(true), 80))`)
}

func (j *journey) click(selector string) {
	j.t.Helper()
	j.page.Click(selector)
	j.wait()
}

func (j *journey) text(script string) string {
	j.t.Helper()
	return e2e.Eval[string](j.page, script)
}

// choose takes an option of a list.
func (j *journey) choose(selector, value string) {
	e2e.Eval[bool](j.page, fmt.Sprintf(`(() => { const s = document.querySelector(%q); s.value = %q; s.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`, selector, value))
	j.wait()
}

// hash wants parts of the address.
func (j *journey) hash(what string, parts ...string) {
	j.t.Helper()
	got := j.text(`location.hash`)
	for _, part := range parts {
		if !strings.Contains(got, part) {
			j.t.Errorf("%s leads to %s, want %s", what, got, part)
		}
	}
}

// sound wants a page without faults, that asked for nothing.
func (j *journey) sound(state string) {
	j.t.Helper()
	for _, fault := range j.page.Faults() {
		j.t.Errorf("%s: %s", state, fault)
	}
	if requests := j.page.Requests(); len(requests) > 0 {
		j.t.Errorf("%s: the page asks for %q", state, requests)
	}
}

// filter picks by a click, and by typing.
func (j *journey) filter(ask string) {
	j.t.Helper()
	j.click(`.bars button[data-attribute]`)
	if got := e2e.Eval[int](j.page, `document.querySelectorAll(".selection .chips b").length`); got != 1 {
		j.t.Errorf("a click on a bar picks %d values", got)
	}
	j.sound("one picked")
	j.click("#clear")
	j.page.Type("#ask", ask)
	j.wait()
	j.sound("asking")
	j.click("#ask-found button[type=submit]")
	j.hash("asking by typing", "gender%3AFemale", "age%3A9--17")
	if !strings.Contains(ask, "forced") {
		return
	}
	j.hash("asking by typing", "isForcedLabour")
	if got := j.text(`document.querySelector("#row").value`); !regexp.MustCompile(`^\d+0,3,gender,Female,age,9--17,isForcedLabour,`).MatchString(got) {
		j.t.Errorf("the row of aggregates.csv is %q", got)
	}
	if got := j.text(`document.querySelector("#command").value`); !strings.HasPrefix(got, "covey explore -ask gender=Female -ask age=9--17 -ask isForcedLabour=") {
		j.t.Errorf("the command is %q", got)
	}
}

// views opens every view, looks at its table, takes files along, and clicks into its picture.
func (j *journey) views() {
	for view, click := range map[string][]string{"bars": nil, "trend": {"registrationDate"}, "groups": {"age", "gender"}, "heat": {"age", "recruiterRelation"}, "map": {"countryOfExploitation"}, "flows": {"citizenship", "countryOfExploitation"}} {
		j.click("#tab-" + view)
		if view != "bars" && e2e.Eval[int](j.page, `document.querySelectorAll("#panel .chart svg path").length`) < 3 {
			j.t.Errorf("%s: nothing is drawn", view)
		}
		j.sound(view)
		for _, kind := range []string{"PNG", "SVG", "CSV"} {
			j.saves(view, kind, fmt.Sprintf(`#panel button[aria-label^=%q]`, kind))
		}
		if click != nil {
			j.mark(view)
			j.hash("a click into "+view, click...)
			j.click("#clear")
		}
		j.click(`#panel .tools button[aria-pressed]`)
		if n := e2e.Eval[int](j.page, `document.querySelectorAll("#panel table tbody tr").length`); n < 2 {
			j.t.Errorf("%s: the table has %d rows", view, n)
		}
		j.sound(view + " as a table")
		j.click(`#panel .tools button[aria-pressed]`)
	}
}

// saves wants a click to save a file of a kind.
func (j *journey) saves(what, kind, selector string) {
	j.t.Helper()
	before := e2e.Eval[int](j.page, `window.saved.length`)
	j.click(selector)
	got := e2e.Eval[struct {
		N, Size int
		Name    string
	}](j.page, fmt.Sprintf(`new Promise(done => { const look = n => { const f = window.saved.at(-1); window.saved.length > %d && f.saveAs || n === 0 ? done({n: window.saved.length, size: f?.size ?? 0, name: f?.saveAs ?? ""}) : setTimeout(look, 50, n - 1); }; look(200); })`, before))
	if got.N != before+1 || got.Size < 50 || !strings.HasSuffix(got.Name, "."+strings.ToLower(kind)) {
		j.t.Errorf("%s of %s: %d files, the last is %q with %d bytes", kind, what, got.N-before, got.Name, got.Size)
	}
}

// mark clicks into the largest mark of the picture: a shape of the series' colours that is no axis and no frame.
func (j *journey) mark(view string) {
	j.t.Helper()
	e2e.Eval[bool](j.page, fmt.Sprintf(`(() => {
		document.querySelector("#panel .chart").scrollIntoView({block: "center"});
		const style = getComputedStyle(document.documentElement), probe = document.createElement("i");
		document.body.append(probe);
		const wanted = new Set([1, 2, 3, 4, 5, 6].map(i => "--series-" + i).concat([1, 2, 3, 4, 5].map(i => "--scale-" + i)).map(name => { probe.style.color = style.getPropertyValue(name); return getComputedStyle(probe).color; }));
		probe.remove();
		const svg = document.querySelector("#panel .chart svg"), frame = svg.getBoundingClientRect();
		const area = r => r.width * r.height;
		const fills = [...svg.querySelectorAll("path")].map(p => ({p, r: p.getBoundingClientRect(), c: getComputedStyle(p)}))
			.filter(x => x.r.width > 2 && x.r.height > 2 && x.r.top - frame.top > %d && area(x.r) < area(frame) / 3 && (%q === "heat" ? x.c.fill.startsWith("rgb") && x.c.fill !== "rgb(0, 0, 0)" : wanted.has(x.c.fill) || wanted.has(x.c.stroke) && x.p.getAttribute("fill") !== "none"));
		const inside = ({p, r}) => { // the middle of a shape can be in the sea
			const back = p.getScreenCTM().inverse();
			for (const dx of [5, 3, 7, 4, 6, 2, 8]) for (const dy of [5, 3, 7, 4, 6, 2, 8]) {
				const at = new DOMPoint(r.x + r.width * dx / 10, r.y + r.height * dy / 10);
				if (p.isPointInFill(at.matrixTransform(back))) return {clientX: at.x, clientY: at.y, bubbles: true};
			}
		};
		const at = fills.sort((x, y) => area(y.r) - area(x.r)).map(inside).find(at => at);
		for (const kind of ["mousemove", "mousedown", "mouseup", "click"]) svg.dispatchEvent(new MouseEvent(kind, at));
		return true;
	})()`, map[string]int{"groups": 60}[view], view))
	j.wait()
}

// compare keeps a selection and chooses another.
func (j *journey) compare() {
	j.t.Helper()
	j.click("#tab-bars")
	j.click(`.bars button[data-attribute]`)
	j.click("#tab-compare")
	j.sound("compare with everyone")
	j.click("#keep")
	if got := e2e.Eval[int](j.page, `document.querySelectorAll("#panel .two bdi").length`); got != 2 {
		j.t.Errorf("%d selections are compared", got)
	}
	j.hash("keeping a selection", "q=")
	j.sound("compare two")
	for _, kind := range []string{"PNG", "SVG", "CSV"} {
		j.saves("a comparison", kind, fmt.Sprintf(`#panel .card button[aria-label^=%q]`, kind))
		if kind != "SVG" {
			continue
		}
		if got := j.text(`window.saved.at(-1).text()`); !strings.HasPrefix(got, "<svg") || strings.Count(got, "<rect") < 5 {
			j.t.Errorf("the drawing of a comparison is %.200q", got)
		}
	}
}

// story composes one of three views, saves it, closes it, and opens it again.
func (j *journey) story() {
	j.t.Helper()
	j.click(".compose summary")
	j.page.Type("#story-title", "What we see")
	for _, view := range []string{"bars", "trend", "compare"} {
		j.click("#tab-" + view)
		j.page.Type("#story-text", "Words before "+view)
		j.click("#story-add")
	}
	j.click("#story-show")
	parts := `document.querySelectorAll(".step").length + " " + document.querySelectorAll(".step .bars, .step .chart svg, .step .pair").length`
	if got := j.text(parts); !strings.HasPrefix(got, "3 ") || got < "3 3" {
		j.t.Errorf("the story has %s parts and pictures", got)
	}
	j.sound("story")
	j.saves("story", "json", "#story-save")
	text := j.text(`window.saved.at(-1).text()`)
	s, err := explorer.ParseStory(strings.NewReader(text))
	if err != nil || s.Title != "What we see" || len(s.Steps) != 3 || s.Steps[2].Text != "Words before compare" {
		j.t.Fatalf("the story is saved as %s: %v", text, err)
	}
	j.click(".story > .tools button")
	e2e.Eval[bool](j.page, fmt.Sprintf(`(() => {
		const files = new DataTransfer(), input = document.querySelector("#story-load");
		files.items.add(new File([%s], "story.json"));
		input.files = files.files;
		input.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`, mustJSON(text)))
	j.wait()
	if got := j.text(parts); !strings.HasPrefix(got, "3 ") {
		j.t.Errorf("opened again, the story has %s parts and pictures", got)
	}
	// From a part of it, one goes on.
	j.click(".step:nth-of-type(2) > .tools button")
	j.hash("exploring from a part", "view=trend")
}

func mustJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text
	}
	return string(out)
}

// keys moves between the tabs by the keyboard.
func (j *journey) keys(rtl bool) {
	j.t.Helper()
	j.click("#tab-bars")
	key := map[bool]string{true: "ArrowLeft", false: "ArrowRight"}[rtl]
	e2e.Eval[bool](j.page, fmt.Sprintf(`document.querySelector("#tab-bars").focus(); document.querySelector("#tab-bars").dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true})); true`, key))
	j.wait()
	if got := j.text(`document.activeElement.id`); got != "tab-trend" {
		j.t.Errorf("%s leads to %q", key, got)
	}
}

// testShapes draws the map with shapes of one's own: a square for the Netherlands, a triangle far away, a dot for Oman, and nothing for others.
func testShapes(t *testing.T, bundle string) {
	b, err := release.Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	d := b.Explorer()
	d.Shapes = json.RawMessage(`{"type": "FeatureCollection", "features": [
		{"type": "Feature", "id": "NLD", "geometry": {"type": "Polygon", "coordinates": [[[0, 40], [30, 40], [30, 60], [0, 60], [0, 40]]]}},
		{"type": "Feature", "id": "NZL", "geometry": {"type": "Polygon", "coordinates": [[[160, -50], [165, -50], [165, -45], [160, -50]]]}},
		{"type": "Feature", "properties": {"ISO_A3": "OMN"}, "geometry": {"type": "Point", "coordinates": [57, 21]}}]}`)
	name := filepath.Join(t.TempDir(), "shapes.html")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := explorer.Write(file, d); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, e2e.Start(t).Open(t, e2e.FileURL(t, name), e2e.Desktop())}
	waitReady(t, j.page)
	goTo(t, j.page, "&lang=en&view=map")
	j.wait()
	j.mark("map")
	j.hash("a click on the square", "countryOfExploitation%3ANLD")
	if got := j.text(`document.querySelector("#panel figcaption").textContent`); !strings.Contains(got, "Not on the map:") || !strings.Contains(got, "Malaysia") || strings.Contains(strings.SplitN(got, "Not on the map:", 2)[1], "Oman") {
		t.Errorf("the page says %q", got)
	}
	j.sound("shapes of one's own")
}
