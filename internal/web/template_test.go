package web

import (
	"testing"

	"github.com/jba/templatecheck"
)

// TestTemplates compares the pages of the shell with the types of their data. A
// field that does not exist would otherwise show only when the page is asked for.
func TestTemplates(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]any{
		"web/start": startPage{}, "web/style": &stylePieces{}, "web/fault": faultPage{}, "web/hop": hopPage{},
	} {
		for _, block := range []string{"title", "main"} {
			if err := templatecheck.CheckHTML(s.Template(name).Lookup(block), data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := templatecheck.CheckHTML(s.Template("web/start").Lookup("layout"), view{}); err != nil {
		t.Errorf("layout: %v", err)
	}
	if err := templatecheck.CheckHTML(s.Template("web/start").Lookup("main"), faultPage{}); err == nil {
		t.Error("a page with the data of another is not noticed")
	}
}
