package markup_test

import (
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/markup"
)

func TestText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z<>"'&;#é\x{202e}]{0,30}`).Draw(t, "text")
		var w markup.Writer
		w.Text(text)
		got := string(w.HTML())
		if strings.ContainsAny(got, `<>"'`) {
			t.Fatalf("%q has markup", got)
		}
		if back := html.UnescapeString(got); back != text {
			t.Fatalf("%q is read as %q", text, back)
		}
	})
}

func TestLink(t *testing.T) {
	tests := []struct{ address, want string }{
		{"/tools?a=1&b=2", `<a href="/tools?a=1&amp;b=2">a&lt;b</a>`},
		{"", "a&lt;b"},
		{"javascript:alert(1)", "a&lt;b"},
		{"//elsewhere.example", "a&lt;b"},
		{`/\elsewhere.example`, "a&lt;b"},
		{"/\t/elsewhere.example", "a&lt;b"},
		{"https://elsewhere.example", "a&lt;b"},
	}
	for _, test := range tests {
		t.Run(test.address, func(t *testing.T) {
			var w markup.Writer
			w.Link(test.address, "a<b")
			if got := string(w.HTML()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
