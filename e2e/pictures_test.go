package e2e_test

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

var takePictures = flag.Bool("pictures", false, "take the pictures in docs/pictures again, as make pictures does")

// pictureBytes is the most that all pictures together may have.
const pictureBytes = 1_500_000

// A shot is a picture of the documentation: one part of a page, or several side by side.
type shot struct {
	name  string
	parts []part
}

type part struct {
	page     string // name of a page of the studio, or a path of the server
	view     e2e.View
	fragment string // of the explorer
	selector string // what is taken; "": the page from its top
	height   int    // at most, in CSS pixels
}

var shots = []shot{
	{"explorer", []part{{"explorer", e2e.Desktop(), "&lang=en&p=gender%3AFemale%3Bage%3A9--17", "", 1010}}},
	{"map", []part{{"explorer", e2e.Desktop(), "&lang=en&view=map", "#panel .figure", 700}}},
	{"flows", []part{{"explorer", e2e.Desktop(), "&lang=en&view=flows", "#panel .figure", 800}}},
	{"groups", []part{{"explorer", e2e.View{Width: 960, Height: 800}, "&lang=en&view=groups", "#panel .figure", 760}}},
	{"compare", []part{{"explorer", e2e.Desktop(), "&lang=en&view=compare&p=gender%3AFemale&q=gender%3AMale", "#panel", 700}}},
	{"story", []part{{"story", e2e.View{Width: 960, Height: 800}, "&lang=en", ".story", 1000}}},
	{"arabic", []part{
		{"explorer", e2e.Phone(), "&lang=ar", "", 800},
		{"explorer", e2e.Phone(), "&lang=ar&view=groups", "#panel .figure", 800},
		{"explorer", e2e.Phone(), "&lang=ar&view=map", "#panel .figure", 800},
	}},
	{"quality", []part{{"quality", e2e.View{Width: 1000, Height: 800}, "", "", 840}}},
	{"tools", []part{{"/tools?q=hotline&users=workers", e2e.Desktop(), "", "", 1000}}},
	{"tool", []part{{"/tools/bdeshjaatra", e2e.View{Width: 1100, Height: 800}, "", "", 900}}},
	{"landscape", []part{{"/tools/landscape", e2e.Desktop(), "", "", 1000}}},
	{"world", []part{{"/tools", e2e.Desktop(), "", "#mapped", 700}}},
	{"plan", []part{{"/tools/plan?text=A+chatbot+for+domestic+workers+in+Lebanon", e2e.View{Width: 1100, Height: 800}, "", "", 1100}}},
	{"tools-arabic", []part{
		{"/tools?lang=ar", e2e.Phone(), "", "", 800},
		{"/tools/bdeshjaatra?lang=ar", e2e.Phone(), "", "", 800},
		{"/tools/landscape?lang=ar", e2e.Phone(), "", "", 800},
	}},
	{"prepare", []part{{"draft", e2e.Desktop(), "", "", 1000}}},
	{"approve", []part{{"check", e2e.View{Width: 1000, Height: 800}, "", "", 1100}}},
	{"ask", []part{{"ask", e2e.View{Width: 1000, Height: 800}, "", "", 1000}}},
}

// guides are the documents that show pictures.
var guides = []string{"README.md", "docs/guide-analyst.md", "docs/guide-approver.md", "docs/guide-curator.md", "docs/guide-steward.md"}

// pictureStory is the story of the picture.
var pictureStory = &explorer.Story{Title: "Who is exploited, and where", Steps: []explorer.Step{
	{Text: "More than a third of the people whose age is known were younger than 21 when they were registered. The people are invented, and so is this story.", State: "r=x&a=age"},
	{Text: "Men and women were registered in different years.", State: "r=x&view=trend&b=gender"},
}}

// TestPictures holds the pictures of the documentation to their size, and each to a place where it is shown. With -pictures they are taken again: of the fictional cases,
// in Chromium.
func TestPictures(t *testing.T) {
	root := testenv.ModuleRoot(t)
	folder := filepath.Join(root, "docs", "pictures")
	if *takePictures {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		studio := openStudio(t)
		for _, s := range shots {
			if err := os.WriteFile(filepath.Join(folder, s.name+".png"), studio.takeShot(t, s), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var text strings.Builder
	for _, name := range guides {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	total := int64(0)
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		names = append(names, strings.TrimSuffix(file.Name(), ".png"))
		if !strings.Contains(text.String(), "pictures/"+file.Name()+")") {
			t.Errorf("%s is shown in none of %v", file.Name(), guides)
		}
	}
	var want []string
	for _, s := range shots {
		want = append(want, s.name)
	}
	slices.Sort(names) // of files they were in another order
	if slices.Sort(want); !slices.Equal(names, want) {
		t.Errorf("the pictures are %q, want %q: make pictures", names, want)
	}
	if total > pictureBytes {
		t.Errorf("the pictures have %d bytes, and %d is the limit", total, pictureBytes)
	}
}

// studio has what is photographed.
type studio struct {
	browser *e2e.Browser
	server  string               // address
	pages   map[string]string    // addresses by name
	tabs    map[string]*e2e.Page // of who alone may see the page of this name
}

// openStudio makes what is photographed.
func openStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{browser: e2e.Start(t), pages: picturePages(t), tabs: map[string]*e2e.Page{}}
	h := openHouse(t, "")
	s.server = h.address
	s.pages["ask"] = dataServer(t) + "/data/ask?q=how+many+girls+in+forced+labour"
	texts, err := locale.Open()
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{house: h, walk: walk{language: "en"}, t: t, text: texts.Printer("en")}
	draft, release := w.untilHandedIn()
	s.pages["draft"], s.tabs["draft"] = h.address+draft+"/columns", w.steward
	s.pages["check"], s.tabs["check"] = h.address+release, w.approver
	return s
}

// picturePages makes the pages that are files, and returns their addresses by name.
func picturePages(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join(exampleRelease(t, 2), "fictional")
	b, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := b.Explorer()
	if d.Story, _, err = pictureStory.Fit(d.About, d.Columns); err != nil {
		t.Fatal(err)
	}
	story := filepath.Join(t.TempDir(), "story.html")
	file, err := os.Create(story)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := explorer.Write(file, d); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"explorer": e2e.FileURL(t, filepath.Join(dir, release.ExplorerFile)), "story": e2e.FileURL(t, story), "quality": e2e.FileURL(t, filepath.Join(dir, release.QualityPage)),
	}
}

// takeShot takes all parts, puts them side by side, and writes them with few colours.
func (s *studio) takeShot(t *testing.T, what shot) []byte {
	t.Helper()
	const gap = 24
	var parts []image.Image
	size := image.Point{}
	for i, p := range what.parts {
		picture := s.takePart(t, p)
		parts = append(parts, picture)
		if i > 0 {
			size.X += gap
		}
		size.X += picture.Bounds().Dx()
		size.Y = max(size.Y, picture.Bounds().Dy())
	}
	whole := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(whole, whole.Bounds(), image.White, image.Point{}, draw.Src)
	x := 0
	for _, picture := range parts {
		draw.Draw(whole, image.Rect(x, 0, size.X, size.Y), picture, picture.Bounds().Min, draw.Src)
		x += picture.Bounds().Dx() + gap
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewColours(whole)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (s *studio) takePart(t *testing.T, p part) image.Image {
	t.Helper()
	address := s.pages[p.page]
	if address == "" {
		address = s.server + p.page
	}
	tab := s.tabs[p.page]
	if tab == nil {
		tab = s.browser.Open(t, address, p.view)
	} else {
		tab.Look(p.view)
		tab.Go(address)
	}
	if p.page == "explorer" || p.page == "story" {
		waitReady(t, tab)
		goTo(t, tab, p.fragment)
		e2e.Eval[bool](tab, `new Promise(done => setTimeout(() => done(true), 400))`)
	}
	area := e2e.Eval[struct{ X, Y, Width, Height float64 }](tab, `(selector => {
		if (!selector) return {x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight};
		const r = document.querySelector(selector).getBoundingClientRect();
		return {x: Math.max(0, r.x - 8), y: r.y + scrollY - 8, width: r.width + 16, height: r.height + 16};
	})(`+quoteJS(p.selector)+`)`)
	picture, err := png.Decode(bytes.NewReader(tab.Screenshot()))
	if err != nil {
		t.Fatal(err)
	}
	crop := image.Rect(int(area.X), int(area.Y), int(area.X+area.Width), int(area.Y)+min(int(area.Height), p.height)).Intersect(picture.Bounds())
	return picture.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(crop)
}

func quoteJS(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// fewColours keeps the 256 colours that occur most, and takes the nearest of them for others: pages are flat, and the files a third as large.
func fewColours(picture *image.RGBA) image.Image {
	n := map[color.RGBA]int{}
	bounds := picture.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			n[picture.RGBAAt(x, y)]++
		}
	}
	colours := make([]color.RGBA, 0, len(n))
	for c := range n {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(n[b]-n[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{}
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(bounds, palette)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			c := picture.RGBAAt(x, y)
			at, ok := nearest[c]
			if !ok {
				at = uint8(palette.Index(c))
				nearest[c] = at
			}
			out.SetColorIndex(x, y, at)
		}
	}
	return out
}
