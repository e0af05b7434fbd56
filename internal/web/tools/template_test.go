package tools

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// TestTemplates checks every page against the type of its data: a field that is
// misspelt is found here and not by a visitor.
func TestTemplates(t *testing.T) {
	s, err := web.New(web.Options{Rooms: []web.Room{New(Options{})}})
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{
		"find": &findPage{}, "tool": &toolPage{}, "gone": directory.Tool{}, "country": &countryPage{}, "countries": countriesPage{},
		"plan": &planPage{}, "landscape": &landscapePage{}, "take": takePage{}, "embed": embedPage{}, "suggest": &suggestPage{},
		"correct": &suggestPage{}, "feedback": &feedbackPage{}, "queue": queuePage{}, "review": &reviewPage{}, "edit": &editPage{},
		"import": &importPage{}, "links": linksPage{},
	}
	files, err := filepath.Glob("templates/[a-z]*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name, func(t *testing.T) {
			page := s.Template("tools/" + name)
			if page == nil || data[name] == nil {
				t.Fatal("the page or the type of its data is not known")
			}
			for _, block := range []string{"title", "main"} {
				if err := templatecheck.CheckHTML(page.Lookup(block), data[name]); err != nil {
					t.Errorf("%s: %v", block, err)
				}
			}
		})
	}
}
