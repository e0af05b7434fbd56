package e2e_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/e2e"
)

func page(t *testing.T, name string) string {
	t.Helper()
	return e2e.FileURL(t, filepath.Join("testdata", "pages", name))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	browser := e2e.Start(t)
	tests := []struct {
		name, page string
		view       e2e.View
		want       []string // how each fault begins, in order
	}{
		{"good", "good.html", e2e.View{}, nil},
		{"good, phone, dark", "good.html", e2e.View{Width: 360, Height: 640, Dark: true}, nil},
		{"good, no scripts", "good.html", e2e.View{NoScripts: true}, nil},
		{"violations", "violations.html", e2e.Desktop(), []string{
			"accessibility: color-contrast (serious)", "accessibility: html-has-lang (serious)",
			"accessibility: image-alt (critical)", "viewport: ",
		}},
		{"console", "console.html", e2e.Desktop(), []string{
			"console: Loading the image", "console: console.error: \"said\" 7",
			"console: Uncaught ReferenceError: noSuchFunction", "console: Uncaught (in promise) Error: nobody caught this",
		}},
		{"third party", "thirdparty.html", e2e.Desktop(), []string{
			"console: Failed to load resource", "third party: https://cdn.example/lib.js",
		}},
		{"wide window", "overflow.html", e2e.Desktop(), nil},
		{"narrow window", "overflow.html", e2e.Phone(), []string{"overflow: 248 pixels"}},
	}
	t.Run("a rule left out", func(t *testing.T) {
		p := browser.Open(t, page(t, "violations.html"), e2e.Desktop())
		if all, but := len(p.Violations()), len(p.Violations("color-contrast")); but != all-1 {
			t.Errorf("%d violations, without those of contrast %d", all, but)
		}
	})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			faults := browser.Open(t, page(t, test.page), test.view).Faults()
			if len(faults) != len(test.want) {
				t.Fatalf("%d faults, want %d:\n%s", len(faults), len(test.want), strings.Join(faults, "\n"))
			}
			for i, begin := range test.want {
				if !strings.HasPrefix(faults[i], begin) {
					t.Errorf("fault %q, want %q", faults[i], begin)
				}
			}
		})
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	browser := e2e.Start(t)
	const look = `[innerWidth, innerHeight, document.getElementById("scripts").textContent,
		getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("nav")).display].join(" ")`
	tests := []struct {
		name string
		view e2e.View
		want string
	}{
		{"zero", e2e.View{}, "1280 800 Scripts are on. rgb(255, 255, 255) block"},
		{"phone", e2e.Phone(), "360 640 Scripts are on. rgb(255, 255, 255) block"},
		{"dark", e2e.View{Dark: true}, "1280 800 Scripts are on. rgb(17, 17, 17) block"},
		{"paper", e2e.View{Print: true}, "1280 800 Scripts are on. rgb(255, 255, 255) none"},
		{"no scripts", e2e.View{NoScripts: true}, "1280 800 Scripts are off. rgb(255, 255, 255) block"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := browser.Open(t, page(t, "good.html"), test.view)
			if got := e2e.Eval[string](p, look); got != test.want {
				t.Errorf("page looks like %q, want %q", got, test.want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	p := e2e.Start(t).Open(t, page(t, "good.html"), e2e.Desktop())
	p.Type("#name", "world")
	p.Click("#greet")
	if got := e2e.Eval[string](p, `document.getElementById("greeting").textContent`); got != "Hello world" {
		t.Errorf("greeting = %q", got)
	}
}

func TestScreenshot(t *testing.T) {
	t.Parallel()
	picture := e2e.Start(t).Open(t, page(t, "overflow.html"), e2e.Phone()).Screenshot()
	config, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width < 600 || config.Height < 900 {
		t.Errorf("picture is %d by %d, but the page is at least 600 by 900", config.Width, config.Height)
	}
}

// TestServer opens a page of a server: what comes from the same server is no third
// party, what comes from another is.
func TestServer(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<link rel=stylesheet href=/own.css><img src="` + other.URL + `/x.png">`))
		}
	}))
	defer server.Close()

	p := e2e.Start(t).Open(t, server.URL+"/page", e2e.Desktop())
	requests := p.Requests()
	slices.Sort(requests)
	want := []string{server.URL + "/own.css", other.URL + "/x.png"}
	slices.Sort(want)
	if !slices.Equal(requests, want) {
		t.Errorf("requests = %q, want %q", requests, want)
	}
	if got := p.ThirdParty(); !slices.Equal(got, []string{other.URL + "/x.png"}) {
		t.Errorf("third party = %q", got)
	}
}
