package webtest_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/web/webtest"
)

const goodPage = `<!doctype html><html lang="en" dir="ltr"><head><title>Page</title><link rel="stylesheet" href="/a.css"><script src="/a.js" defer></script></head>
<body><h1>Page</h1><h2>Part</h2><form><label for="a">A</label><input id="a" name="a"><button>Go</button></form><a href="/x">x</a><img src="/i.svg" alt=""></body></html>`

// TestFaults spoils a good page in one way after the other.
func TestFaults(t *testing.T) {
	if faults := webtest.Faults(goodPage); len(faults) > 0 {
		t.Fatalf("a good page: %v", faults)
	}
	tests := []struct{ name, old, spoiled, want string }{
		{"language", ` lang="en"`, "", "no lang"},
		{"direction", ` dir="ltr"`, "", "no dir"},
		{"title", "<title>Page</title>", "", "no title"},
		{"no h1", "<h1>Page</h1>", "", "0 h1"},
		{"two h1", "<h2>Part</h2>", "<h1>Part</h1>", "2 h1"},
		{"skipped heading", "<h2>Part</h2>", "<h3>Part</h3>", "after one of level 1"},
		{"label", `<label for="a">A</label>`, "", "without label"},
		{"label of another", `for="a"`, `for="b"`, "not there"},
		{"description", `name="a"`, `name="a" aria-describedby="hint"`, "not there"},
		{"id twice", `<a href="/x">`, `<a id="a" href="/x">`, "twice"},
		{"empty button", "<button>Go</button>", "<button></button>", "button without text"},
		{"empty link", `<a href="/x">x</a>`, `<a href="/x"> </a>`, "a without text"},
		{"image", ` alt=""`, "", "without alt"},
		{"inline script", "</body>", "<script>alert(1)</script></body>", "script inside"},
		{"inline style", "<h2>", `<h2 style="color:red">`, "style on"},
		{"style element", "</head>", "<style>a{}</style></head>", "style element"},
		{"handler", "<h2>", `<h2 onclick="x()">`, "handler onclick"},
		{"script address", `href="/x"`, `href=" javascript:alert(1)"`, "script as address"},
		{"third party", `src="/i.svg"`, `src="https://elsewhere.example/i.svg"`, "loads https"},
		{"third party style", `href="/a.css"`, `href="//elsewhere.example/a.css"`, "loads //"},
		{"frame", "</body>", `<iframe src="/x"></iframe></body>`, "iframe"},
		{"escaped by the template", `href="/x"`, `href="#ZgotmplZ"`, "unsafe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := strings.Replace(goodPage, tt.old, tt.spoiled, 1)
			if got := strings.Join(webtest.Faults(page), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if faults := webtest.Faults(`<ul><li><a href="/x">x</a></li></ul>`); len(faults) > 0 {
		t.Errorf("a part of a page: %v", faults)
	}
	if faults := webtest.Faults(`<ul onclick="x"><li><img src="/x"></li></ul>`); len(faults) != 2 {
		t.Errorf("a bad part of a page: %v", faults)
	}
}
