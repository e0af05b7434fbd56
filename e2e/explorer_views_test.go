package e2e_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
)

// testPages looks at every view in the dark and on paper, and at links as they are followed. Journeys see the rest.
func testPages(t *testing.T, page string) {
	browser := e2e.Start(t)
	for _, view := range []struct {
		name string
		view e2e.View
		lang string
	}{
		{"laptop, dark", e2e.View{Dark: true}, "fr"},
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
			if view.lang != "ar" {
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
