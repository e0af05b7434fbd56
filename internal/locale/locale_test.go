package locale_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/locale"
)

func open(t testing.TB) *locale.Catalogue {
	t.Helper()
	c, err := locale.Open()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOpen fails if a language lacks a text, a place or a plural form, since
// [locale.Open] does.
func TestOpen(t *testing.T) {
	if n := len(open(t).Keys()); n < 50 {
		t.Fatalf("only %d texts", n)
	}
}

// files makes the catalogues of four languages; those not given say the same as
// English.
func files(texts map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for _, code := range locale.Languages() {
		text, ok := texts[code]
		if !ok {
			text = texts["en"]
		}
		all["room."+code+".json"] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

const arabicForms = `{"n": {"zero": "0", "one": "1", "two": "2", "few": "{{.count}} few", "many": "{{.count}} many", "other": "{{.count}} other"}}`

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name string
		fs   fstest.MapFS
		want string
	}{
		{"missing text", files(map[string]string{"en": `{"a.b": "x"}`, "fr": `{}`}), "missing in fr"},
		{"text English lacks", files(map[string]string{"en": `{"a.b": "x"}`, "ar": `{"a.b": "x", "a.c": "y"}`}), "not in English"},
		{"missing place", files(map[string]string{"en": `{"a.b": "x {{.name}}"}`, "es": `{"a.b": "x"}`}), "has the places"},
		{"missing plural form", files(map[string]string{"en": `{"n": {"one": "{{.count}}", "other": "{{.count}}s"}}`}), "lacks the plural form few"},
		{"plural in one language alone", files(map[string]string{"en": `{"n": "x"}`, "ar": arabicForms}), "plural forms in one"},
		{"empty text", files(map[string]string{"en": `{"a.b": ""}`}), "empty"},
		{"code in a place", files(map[string]string{"en": `{"a.b": "{{printf .x}}"}`}), "not written {{.name}}"},
		{"script", files(map[string]string{"en": `{"a.b": "<script>x</script>"}`}), "not allowed"},
		{"handler", files(map[string]string{"en": `{"a.b": "<a href=\"/\" onclick=\"x\">x</a>"}`}), "not allowed"},
		{"unclosed tag", files(map[string]string{"en": `{"a.b": "<b"}`}), "not allowed"},
		{"no JSON", files(map[string]string{"en": `{`}), "read catalogue"},
		{"unknown language", fstest.MapFS{"room.xx.json": {Data: []byte(`{}`)}}, "which language"},
		{"twice", fstest.MapFS{"a.en.json": {Data: []byte(`{"k.k": "x"}`)}, "b.en.json": {Data: []byte(`{"k.k": "y"}`)}}, "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := locale.Load(tt.fs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestPlural(t *testing.T) {
	c, err := locale.Load(files(map[string]string{
		"en": `{"n": {"one": "{{.count}} tool", "other": "{{.count}} tools"}}`,
		"fr": `{"n": {"one": "{{.count}} outil", "other": "{{.count}} outils"}}`,
		"es": `{"n": {"one": "{{.count}} útil", "other": "{{.count}} útiles"}}`,
		"ar": strings.ReplaceAll(strings.ReplaceAll(arabicForms, `"0"`, `"{{.count}} zero"`), `"1"`, `"one"`),
	}))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		code  string
		count int
		want  string
	}{
		{"en", 0, "0 tools"},
		{"en", 1, "1 tool"},
		{"en", 12345, "12,345 tools"},
		{"fr", 0, "0 outil"},
		{"fr", 2, "2 outils"},
		{"fr", 1_000_000, "1\u202f000\u202f000 outils"},
		{"es", 1, "1 útil"},
		{"es", 1234, "1234 útiles"},
		{"ar", 0, "0 zero"},
		{"ar", 1, "one"},
		{"ar", 2, "2"},
		{"ar", 3, "3 few"},
		{"ar", 11, "11 many"},
		{"ar", 100, "100 other"},
		{"ar", 5003, "5,003 few"},
	}
	for _, tt := range tests {
		if got := c.Printer(tt.code).Text("n", "count", tt.count); got != tt.want {
			t.Errorf("%s %d: got %q, want %q", tt.code, tt.count, got, tt.want)
		}
	}
}

func TestHTML(t *testing.T) {
	c, err := locale.Load(files(map[string]string{"en": `{"a.b": "<b>By</b> {{.name}}, <a href=\"{{.url}}\">see</a>"}`}))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer("en")
	tests := []struct{ name, url, want string }{
		{"Ann", "/tools/x?a=1&b=2", `<b>By</b> <bdi>Ann</bdi>, <a href="/tools/x?a=1&amp;b=2">see</a>`},
		{`<script>"`, `javascript:alert(1)`, `<b>By</b> <bdi>&lt;script&gt;&#34;</bdi>, <a href="#">see</a>`},
		{"", `/"onclick="x`, `<b>By</b> <bdi></bdi>, <a href="/&#34;onclick=&#34;x">see</a>`},
	}
	for _, tt := range tests {
		if got := string(p.HTML("a.b", "name", tt.name, "url", tt.url)); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestFormat(t *testing.T) {
	c := open(t)
	day := time.Date(2026, 8, 1, 14, 3, 0, 0, time.UTC)
	tests := []struct{ code, got, want string }{
		{"en", c.Printer("en").Date(day), "1 August 2026"},
		{"fr", c.Printer("fr").Date(day), "1er août 2026"},
		{"es", c.Printer("es").Date(day), "1 de agosto de 2026"},
		{"ar", c.Printer("ar").Date(day), "1 أغسطس 2026"},
		{"en", c.Printer("en").Date(time.Time{}), "–"},
		{"en", c.Printer("en").Time(day), "1 August 2026, 14:03 UTC"},
		{"en", c.Printer("en").Percent(0.123), "12%"},
		{"fr", c.Printer("fr").Percent(0.123), "12\u202f%"},
		{"es", c.Printer("es").Percent(0.004), "0,4\u00a0%"},
		{"en", c.Printer("en").Percent(1), "100%"},
		{"en", c.Printer("en").Number(-1234), "−1,234"},
		{"fr", c.Printer("fr").Country("DE"), "Allemagne"},
		{"ar", c.Printer("ar").Country("KE"), "كينيا"},
		{"en", c.Printer("en").Country("world"), "World"},
		{"en", c.Printer("en").Country("002"), "Africa"},
		{"en", c.Printer("en").Country("MK"), "North Macedonia"},
		{"en", c.Printer("en").Country("<b>"), "<b>"},
		{"es", c.Printer("es").LanguageName("ar"), "árabe"},
		{"en", c.Printer("en").LanguageName("zz-nonsense-code-too-long"), "zz-nonsense-code-too-long"},
		{"es", c.Printer("es").List([]string{"Perú", "Chile", "India"}), "Perú, Chile e India"},
		{"ar", c.Printer("ar").List([]string{"كينيا", "بيرو"}), "كينيا وبيرو"},
		{"fr", locale.OwnName("fr"), "français"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.code, tt.got, tt.want)
		}
	}
}

// TestNumber compares with what x/text writes, in the digits that pages use.
func TestNumber(t *testing.T) {
	c := open(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1<<40).Draw(t, "n")
		for code, tag := range map[string]string{"en": "en", "ar": "ar-u-nu-latn"} {
			want := message.NewPrinter(language.MustParse(tag)).Sprintf("%d", n)
			if got := c.Printer(code).Number(n); got != want {
				t.Errorf("%s: got %q, want %q", code, got, want)
			}
		}
	})
}

func TestAccept(t *testing.T) {
	c := open(t)
	tests := []struct{ header, want string }{
		{"", "en"},
		{"ar-EG,ar;q=0.9", "ar"},
		{"de,fr;q=0.5", "fr"},
		{"es-MX", "es"},
		{"xx", "en"},
		{strings.Repeat("fr,", 10_000), "fr"},
		{"\x00\xff;q=nonsense", "en"},
	}
	for _, tt := range tests {
		if got := c.Accept(tt.header).Code(); got != tt.want {
			t.Errorf("%.20q: got %s, want %s", tt.header, got, tt.want)
		}
	}
}

func FuzzAccept(f *testing.F) {
	c := open(f)
	f.Add("ar-EG,ar;q=0.9")
	f.Fuzz(func(t *testing.T, header string) {
		if c.Accept(header) == nil {
			t.Fatal("no printer")
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"a.b": "x {{.name}}"}`)
	f.Add(arabicForms)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := locale.Load(files(map[string]string{"en": text}))
		if err != nil {
			return
		}
		for _, key := range c.Keys() {
			c.Printer("ar").HTML(key, "name", "<b>", "count", 3)
		}
	})
}

// A text without places must cost next to nothing: less than 100 ns.
func BenchmarkText(b *testing.B) {
	p := open(b).Printer("fr")
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			p.Text("web.signin")
		}
	})
	b.Run("place", func(b *testing.B) {
		for b.Loop() {
			p.Text("fault.toolarge", "limit", "64 kB")
		}
	})
}
