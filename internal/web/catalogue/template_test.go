package catalogue

import (
	"testing"

	"github.com/jba/templatecheck"

	"github.com/opencovey/covey/internal/web"
)

// TestTemplates compares the pages with the types of their data: a field that does not
// exist would otherwise show only when the page is asked for.
func TestTemplates(t *testing.T) {
	s, err := web.New(web.Options{Rooms: []web.Room{New(Options{})}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]any{"list": listPage{}, "release": &releasePage{}, "ask": &askPage{}} {
		for _, block := range []string{"title", "main", "head"} {
			page := s.Template("catalogue/" + name)
			if page.Lookup(block) == nil {
				continue
			}
			if err := templatecheck.CheckHTML(page.Lookup(block), data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
