package explorer_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencovey/covey/explorer"
)

func writePage(t testing.TB, d explorer.Data) []byte {
	t.Helper()
	var page bytes.Buffer
	if err := explorer.Write(&page, d); err != nil {
		t.Fatal(err)
	}
	return page.Bytes()
}

// withMap returns a small release that needs shapes.
func withMap() explorer.Data {
	d := small()
	d.Columns[0].Kind = "country"
	return d
}

func TestComparePages(t *testing.T) {
	story := &explorer.Story{Title: "A", Steps: []explorer.Step{{Text: "x", State: "r=1"}}}
	told := withMap()
	told.Story = story
	other := withMap()
	other.Shapes = json.RawMessage(`{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "FRA", "geometry": null}]}`)
	edit := func(d explorer.Data, old, with string) []byte {
		page := string(writePage(t, d))
		if !strings.Contains(page, old) {
			t.Fatalf("the page does not hold %q", old)
		}
		return []byte(strings.Replace(page, old, with, 1))
	}
	titled := withMap()
	titled.About.Title = "Other"
	for _, test := range []struct {
		name string
		page []byte
		with explorer.Data
		want explorer.Likeness
	}{
		{"the same", writePage(t, withMap()), withMap(), explorer.Same},
		{"the same without a map", writePage(t, small()), small(), explorer.Same},
		{"the same with a story", writePage(t, told), told, explorer.Same},
		{"another title", writePage(t, titled), withMap(), explorer.Other},
		{"without its story", writePage(t, told), withMap(), explorer.Other},
		{"other shapes", writePage(t, other), withMap(), explorer.SameContent},
		{"no shapes", edit(withMap(), `id="shapes"`, `id="none"`), withMap(), explorer.SameContent},
		{"another program", edit(small(), "</script>\n</body>", ";fetch(1)</script>\n</body>"), small(), explorer.SameContent},
		{"a second block", edit(small(), "</body>", `<script type="text/plain" id="content">H4sIAAAA</script></body>`), small(), explorer.SameContent},
		{"another policy", edit(small(), "default-src", "x-src"), small(), explorer.SameContent},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := explorer.ReadPage(test.page)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Compare(test.with); err != nil || got != test.want {
				t.Errorf("got %d, %v; want %d", got, err, test.want)
			}
		})
	}
	p, err := explorer.ReadPage(writePage(t, told))
	if err != nil || p.Story == nil || p.Story.Title != "A" || len(p.Story.Steps) != 1 {
		t.Errorf("the story is %+v, %v", p, err)
	}
	bad := small()
	bad.About.Records++
	if _, err := p.Compare(bad); err == nil {
		t.Error("data that contradict themselves are compared")
	}
}

func TestReadPageRefuses(t *testing.T) {
	page := string(writePage(t, small()))
	for name, text := range map[string]string{
		"nothing":         "",
		"another page":    "<!DOCTYPE html><p>Hello",
		"cut off":         page[:strings.Index(page, `id="content"`)+40],
		"no base64":       strings.Replace(page, `covey-explorer 1">`, `covey-explorer 1">!`, 1),
		"not compressed":  strings.Replace(page, `covey-explorer 1">H4sI`, `covey-explorer 1">AAAA`, 1),
		"nothing in it":   strings.Replace(page, `id="content"`, `id="content"></script><i id="x"`, 1),
		"a mark and less": `<script type="text/plain" id="content"`,
	} {
		if p, err := explorer.ReadPage([]byte(text)); err == nil {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

// FuzzReadPage: whatever the bytes, there is an error, or a page that can be compared.
func FuzzReadPage(f *testing.F) {
	page := string(writePage(f, small()))
	start := strings.Index(page, `<script type="text/plain" id="content"`)
	f.Add([]byte(page[start : strings.Index(page[start:], "</script>")+start+9]))
	f.Add([]byte(`<script type="text/plain" id="content">H4sIAAAAAAAAAwMAAAAAAAAAAAA=</script>`))
	f.Add([]byte(`<script type="text/plain" id="shapes">AAAA</script><script type="text/plain" id="content"><`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := explorer.ReadPage(text)
		if err != nil {
			return
		}
		if _, err := p.Compare(small()); err != nil {
			t.Errorf("compare: %v", err)
		}
	})
}
