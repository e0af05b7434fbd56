package tools_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// waiting returns what waits for a curator.
func (p *place) waiting(t testing.TB) []directory.Suggestion {
	t.Helper()
	list, err := p.service.OpenSuggestions(t.Context(), curator(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSuggest(t *testing.T) {
	p := open(t, few(), tools.Options{})
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return p.form(t, "/tools/suggest", v)
	}
	p.Run(t, []webtest.Case{
		{Name: "form", Get: "/tools/suggest?name=Mekong+Light", Appears: []string{`value="Mekong Light"`, `name="begun"`, `name="homepage_confirm"`, `name="terms.type"`, "/tools/similar"}, Never: []string{"notes."}},
		{Name: "without a name", Post: "/tools/suggest", Form: form("url", "https://x.example"), Status: 422, Appears: []string{"Please give the name", `value="https://x.example"`}},
		{Name: "a place that is none", Post: "/tools/suggest", Form: form("name", "Mekong Light", "terms.used", "Atlantis; Kenia"), Status: 422, Appears: []string{"“Atlantis” is not known", `value="Atlantis; Kenia"`}},
		{Name: "an address that is none", Post: "/tools/suggest", Form: form("name", "Mekong Light", "url", "ftp://mekong.example"), Status: 422, Appears: []string{"no address of the web"}},
		{Name: "one that is there", Post: "/tools/suggest", Form: form("name", "Safe-Line", "description", "mine"), Appears: []string{"Is it one of these?", "/tools/safe-line", `name="confirmed" value="yes"`, "mine"}},
		{Name: "one that is there, for sure", Post: "/tools/suggest", Form: form("name", "Safe-Line", "confirmed", "yes"), Status: 303, Location: "/tools"},
		{Name: "sent", Post: "/tools/suggest", Form: form(
			"name", "Mekong Light", "organisations", "One; Two", "url", "https://mekong.example", "description", "Helps.", "terms.type", "awareness", "terms.type", "worker-voice",
			"terms.used", "Tailandia, Viet Nam; 035", "terms.language", "khmer", "terms.stage", "", "source", "a leaflet", "message", "good",
		), Status: 303, Location: "/tools"},
		{Name: "the same again", Post: "/tools/suggest", Form: form("name", "Safe-Line", "confirmed", "yes"), Status: 409, Appears: []string{"was sent already"}},
	})
	list := p.waiting(t)
	if len(list) != 2 {
		t.Fatalf("%d suggestions wait, want 2", len(list))
	}
	g := list[1]
	if got := strings.Join(g.Proposed.Terms[directory.UsedIn], " "); got != "035 TH VN" {
		t.Errorf("places %q", got)
	}
	if got := strings.Join(g.Proposed.Organisations, "|"); got != "One|Two" || g.Source != "a leaflet" || g.Message != "good" || len(g.Proposed.Terms[directory.Type]) != 2 {
		t.Errorf("kept %+v", g)
	}
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, personal := range []string{"192.0.2.1", "Mozilla", "session"} { // the address of httptest's client
		if strings.Contains(string(data), personal) {
			t.Errorf("the suggestion holds %s of whoever sent it", personal)
		}
	}
}

func TestSimilarWhileTyping(t *testing.T) {
	p := open(t, few(), tools.Options{})
	get := func(path string) string { return p.Do(webtest.Case{Get: path}).Body.String() }
	if body := get("/tools/similar?q=safe+lin"); !strings.Contains(body, "/tools/safe-line") || strings.Contains(body, "<html") {
		t.Errorf("typing finds nothing: %s", body)
	}
	if body := get("/tools/similar?q=sa"); strings.Contains(body, "/tools/") {
		t.Errorf("two letters find: %s", body)
	}
}

func TestCorrect(t *testing.T) {
	p := open(t, few(), tools.Options{})
	filled := url.Values{
		"name": {"Safe Line"}, "organisations": {"Harbour Trust"}, "url": {"https://safe-line.example/"}, "description": {"A hotline for migrant workers in Kenya."},
		"terms.type": {"victim-support"}, "terms.users": {"workers"}, "terms.used": {"Kenya"}, "terms.made": {"United Kingdom"}, "terms.cost": {"free"}, "terms.stage": {"live"}, "terms.language": {"English; Swahili"},
	}
	with := func(name, value string) url.Values {
		v := url.Values{}
		for n, values := range filled {
			v[n] = values
		}
		v.Set(name, value)
		return p.form(t, "/tools/safe-line/correct", v)
	}
	p.Run(t, []webtest.Case{
		{Name: "form", Get: "/tools/safe-line/correct", Appears: []string{`value="Safe Line"`, `value="Kenya"`, `value="English; Swahili"`, `value="victim-support" checked`, `<option value="live" selected>`}},
		{Name: "nothing changed", Post: "/tools/safe-line/correct", Form: with("x", "y"), Status: 422, Appears: []string{"Nothing was changed"}},
		{Name: "changed", Post: "/tools/safe-line/correct", Form: with("terms.cost", "paid"), Status: 303, Location: "/tools/safe-line"},
		{Name: "only a remark", Post: "/tools/safe-line/correct", Form: with("message", "It is closed."), Status: 303},
		{Name: "of nothing", Get: "/tools/nothing/correct", Status: 404},
	})
	list := p.waiting(t)
	if len(list) != 2 || list[0].Tool != "safe-line" || list[0].Kind != directory.Correction {
		t.Fatalf("waiting: %+v", list)
	}
	base, _ := p.service.Index().Tool("safe-line")
	for _, field := range directory.Fields()[:len(directory.Fields())-8] { // those that a form has
		if was, is := directory.Field(base, field), directory.Field(list[0].Proposed, field); was != is && field != "terms.cost" && !strings.HasPrefix(field, "notes.") {
			t.Errorf("the correction changes %s from %q to %q", field, was, is)
		}
	}
	if got := directory.Field(list[0].Proposed, "terms.cost"); got != "paid" {
		t.Errorf("the cost is %q", got)
	}
}

func TestFeedback(t *testing.T) {
	p := open(t, few(), tools.Options{})
	form := func(works, message string) url.Values {
		return p.form(t, "/tools/safe-line/feedback", url.Values{"works": {works}, "message": {message}})
	}
	p.Run(t, []webtest.Case{
		{Name: "form", Get: "/tools/safe-line/feedback", Appears: []string{"Does it work?", `type="radio"`, "Do not write names of victims"}},
		{Name: "nothing", Post: "/tools/safe-line/feedback", Form: form("", " "), Status: 422, Appears: []string{"Please say whether it works"}},
		{Name: "an answer that is none", Post: "/tools/safe-line/feedback", Form: form("maybe", ""), Status: 422, Appears: []string{"yes, partly or no"}},
		{Name: "too long", Post: "/tools/safe-line/feedback", Form: form("no", strings.Repeat("x", 2001)), Status: 422, Appears: []string{"2,000"}},
		{Name: "sent", Post: "/tools/safe-line/feedback", Form: form("no", "Nobody answers."), Status: 303, Location: "/tools/safe-line"},
	})
	if list := p.waiting(t); len(list) != 1 || list[0].Works != "no" || list[0].Message != "Nobody answers." {
		t.Errorf("waiting: %+v", list)
	}
}

func TestSpam(t *testing.T) {
	post := func(p *place, name string, change func(url.Values)) int {
		form := p.form(t, "/tools/suggest", url.Values{"name": {name}, "confirmed": {"yes"}})
		if change != nil {
			change(form)
		}
		return p.Do(webtest.Case{Post: "/tools/suggest", Form: form}).Code
	}
	refused := map[string]func(p *place, form url.Values){
		"without a token": func(_ *place, form url.Values) { form.Del("begun") },
		"with a token of its own": func(_ *place, form url.Values) {
			token := []byte(form.Get("begun"))
			token[len(token)-2] ^= 1
			form.Set("begun", string(token))
		},
		"in the field that nobody sees": func(_ *place, form url.Values) { form.Set("homepage_confirm", "https://spam.example") },
		"at once": func(p *place, form url.Values) {
			form.Set("begun", between(p.Do(webtest.Case{Get: "/tools/suggest"}).Body.String(), `name="begun" value="`, `"`))
		},
		"a day later": func(p *place, _ url.Values) { p.later(25 * time.Hour) },
	}
	for name, change := range refused {
		t.Run(name, func(t *testing.T) {
			p := open(t, nil, tools.Options{})
			if code := post(p, "Cheap pills", func(form url.Values) { change(p, form) }); code != 422 {
				t.Errorf("status %d", code)
			}
			if n := len(p.waiting(t)); n != 0 {
				t.Errorf("%d suggestions were kept", n)
			}
		})
	}
	t.Run("a person who was quick sends it again", func(t *testing.T) {
		p := open(t, nil, tools.Options{})
		page := p.Do(webtest.Case{Get: "/tools/suggest"}).Body.String()
		form := url.Values{"name": {"Quick"}, "begun": {between(page, `name="begun" value="`, `"`)}}
		again := p.Do(webtest.Case{Post: "/tools/suggest", Form: form})
		if again.Code != 422 || !strings.Contains(again.Body.String(), `value="Quick"`) {
			t.Fatalf("status %d", again.Code)
		}
		p.later(3 * time.Second)
		form.Set("begun", between(again.Body.String(), `name="begun" value="`, `"`))
		if w := p.Do(webtest.Case{Post: "/tools/suggest", Form: form}); w.Code != 303 {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("many from one client", func(t *testing.T) {
		p := open(t, nil, tools.Options{Hourly: 5, Least: time.Nanosecond})
		begun := p.form(t, "/tools/suggest", url.Values{}).Get("begun")
		send := func(name string) int {
			form := url.Values{"name": {name}, "confirmed": {"yes"}, "begun": {begun}}
			if name == "mistake" {
				form.Set("url", "ftp://elsewhere.example")
			}
			return p.Do(webtest.Case{Post: "/tools/suggest", Form: form}).Code
		}
		for i := range 20 {
			want := 303
			if i >= 5 {
				want = 429
			}
			if code := send("mistake"); i < 5 && code != 422 { // and is not counted
				t.Fatalf("status %d of a mistake", code)
			}
			if code := send("Spam " + strings.Repeat("x", i)); code != want {
				t.Fatalf("suggestion %d: status %d, want %d", i+1, code, want)
			}
		}
		p.later(13 * time.Minute)
		if code := send("later"); code != 303 {
			t.Errorf("status %d a while later", code)
		}
		if n := len(p.waiting(t)); n != 6 {
			t.Errorf("%d suggestions were kept", n)
		}
	})
}
