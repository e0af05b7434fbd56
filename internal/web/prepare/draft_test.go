package prepare_test

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web/webtest"
)

// yaml is the policy of a draft as it is.
func (p *place) yaml(t *testing.T, draft string) string {
	t.Helper()
	return p.page(t, webtest.Steward, draft+"/policy.yaml")
}

// TestColumns changes columns by their forms and reads the policy that comes of it.
func TestColumns(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	p.save(t, draft+"/columns/0", url.Values{
		"kind": {"category"}, "label": {"Gender"}, "values": {"F = Female\r\nM = Male\r\n"}, "map": {"Female = F\r\nMale = M"}, "other": {"Other"},
	})
	p.save(t, draft+"/columns", url.Values{"kind4": {"ignore"}, "blanks": {"-99 = not recorded\r\nNULL"}, "unlisted-asked": {"1"}, "unlisted": {"yes"}})
	text := p.yaml(t, draft)
	for _, want := range []string{"label: Gender", "F: Female", "Female: F", "other: Other", "not recorded", "unlisted: ignore"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy lacks %q\n%s", want, text)
		}
	}
	version := between(p.page(t, webtest.Steward, draft+"/columns"), `name="version" value="`, `"`)
	p.Run(t, []webtest.Case{
		{Name: "what the form shows", As: webtest.Steward, Get: draft + "/columns/0", Appears: []string{"F = Female", "Female = F", `value="Gender"`}},
		{
			Name: "live", As: webtest.Steward, Post: draft + "/columns/try", Form: url.Values{"kind0": {"ignore"}, "kind1": {"ignore"}},
			Header: map[string]string{"Covey-Part": "effect"}, Appears: []string{`id="effect"`, "1,237"},
		},
		{Name: "without scripts", As: webtest.Steward, Post: draft + "/columns/try", Form: url.Values{"kind0": {"ignore"}}, Appears: []string{"They are not kept"}},
		{Name: "trying keeps nothing", As: webtest.Steward, Get: draft + "/columns/0", Appears: []string{`value="category" checked`}},
		{
			Name: "wrong bins", As: webtest.Steward, Post: draft + "/columns/0", Status: 422, Appears: []string{"The policy is not right yet."},
			Form: url.Values{"version": {version}, "kind": {"number"}, "bins": {"18, 9, x"}},
		},
		{Name: "old version", As: webtest.Steward, Post: draft + "/columns/0", Form: url.Values{"version": {"1"}, "kind": {"ignore"}}, Status: 409},
		{Name: "no such column", As: webtest.Steward, Get: draft + "/columns/99", Status: 404},
	})
	p.hidesLog(t)
}

// TestProtection writes both kinds of protection, and refuses what is no number.
func TestProtection(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	set, draft := p.ready(t)
	p.post(t, webtest.Steward, set+"/ledger", url.Values{"epsilon": {"3"}, "delta": {"1e-5"}})
	p.save(t, draft+"/columns", url.Values{"kind4": {"ignore"}, "kind5": {"ignore"}})
	p.save(t, draft+"/protect", url.Values{"method": {"differential"}, "epsilon": {"other"}, "epsilon-other": {"0.8"}, "delta": {"1e-6"}, "length": {"2"}, "learn": {"yes"}})
	if text := p.yaml(t, draft); !strings.Contains(text, "0.8") || !strings.Contains(text, "learn") {
		t.Errorf("the policy is not differential\n%s", text)
	}
	p.Run(t, []webtest.Case{
		{Name: "in plain words", As: webtest.Steward, Get: draft + "/protect", Appears: []string{"factor of 2.3", "with ε up to 3", "What does the budget buy?"}},
		{Name: "plan", As: webtest.Steward, Post: draft + "/plan", Form: url.Values{"people": {"300"}}, Appears: []string{"ε = 0.8", "chosen"}},
		{Name: "no guess", As: webtest.Steward, Post: draft + "/plan", Form: url.Values{"people": {"many"}}, Status: 422},
		{Name: "no number", As: webtest.Steward, Post: draft + "/protect", Form: url.Values{"method": {"k-anonymity"}, "k": {"other"}, "k-other": {"1"}, "length": {"3"}}, Status: 422, Appears: []string{"2 or more"}},
		{Name: "no ledger twice", As: webtest.Steward, Post: set + "/ledger", Form: url.Values{"epsilon": {"9"}, "delta": {"1e-5"}}, Status: 409},
	})
}

// TestHarmonise maps columns and labels to a common list.
func TestHarmonise(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	page := p.page(t, webtest.Steward, draft+"/harmonise?profile=ctdc27")
	form := url.Values{"profile": {"ctdc27"}, "do": {"apply"}}
	for _, part := range strings.Split(page, `<select id="f-`)[1:] {
		if _, rest, chosen := strings.Cut(strings.Split(part, "</select>")[0], `" selected`); chosen {
			before := strings.TrimSuffix(part, rest)
			form.Set(between(part, `name="`, `"`), between(before[strings.LastIndex(before[:strings.Index(part, `" selected`)], `value="`):], `value="`, `"`))
		}
	}
	if !strings.Contains(page, "<bdi>18&#43;</bdi>") || strings.Contains(between(page, "<bdi>18&#43;</bdi>", "</tr>"), " selected>18--20") {
		t.Error("18+ is not there to be decided on, or put into 18--20")
	}
	form.Set("version", between(page, `name="version" value="`, `"`))
	p.post(t, webtest.Steward, draft+"/harmonise", form)
	if columns := p.page(t, webtest.Steward, draft+"/columns"); !strings.Contains(columns, "It follows this common list: CTDC, 27 columns") {
		t.Error("the draft does not say which list it follows")
	}
	if page := p.Do(webtest.Case{As: webtest.Steward, Get: draft + "/harmonise?profile=htcds&lang=ar"}).Body.String(); !strings.Contains(page, "الحالة الاجتماعية") {
		t.Error("the fields have no names in Arabic")
	}
	text := p.yaml(t, draft)
	for _, want := range []string{"gender:", "isForcedLabour", "ignore"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy lacks %q\n%s", want, text)
		}
	}
	p.Run(t, []webtest.Case{
		{Name: "no such list", As: webtest.Steward, Get: draft + "/harmonise?profile=nothing", Status: 404},
		{Name: "few labels are all shown", As: webtest.Steward, Get: draft + "/harmonise?profile=ctdc27", Never: []string{"Recognised:"}},
		{Name: "columns first", As: webtest.Steward, Post: draft + "/harmonise", Form: url.Values{"profile": {"htcds"}, "do": {"update"}}, Appears: []string{"Which of your columns is it?"}},
	})
}

// TestHarmoniseAges maps a column with every age: what is recognised is folded away and applied all the same, what is not stands before it.
func TestHarmoniseAges(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	var records strings.Builder
	records.WriteString("age,gender\n")
	for i := range 600 {
		fmt.Fprintf(&records, "%s,%s\n", []string{strconv.Itoa(i % 60), "40-50"}[i/590], []string{"F", "M"}[i%2])
	}
	_, draft := p.datasetOf(t, records.String())
	path := draft + "/harmonise?profile=ctdc27"
	page := p.page(t, webtest.Steward, path)
	open, known, ok := strings.Cut(page, "Recognised: 60")
	if !ok || !strings.Contains(open, "<bdi>40-50</bdi>") || strings.Contains(open, "<bdi>17</bdi>") || !strings.Contains(known, "<bdi>17</bdi>") {
		t.Errorf("what is recognised is not folded away:\n%s", page)
	}
	form := url.Values{"profile": {"ctdc27"}, "do": {"apply"}, "version": {between(page, `name="version" value="`, `"`)}}
	for _, part := range strings.Split(page, `<select id="f-`)[1:] {
		options, _, _ := strings.Cut(part, "</select>")
		if before, _, chosen := strings.Cut(options, `" selected`); chosen {
			form.Set(between(part, `name="`, `"`), html.UnescapeString(before[strings.LastIndex(before, `value="`)+len(`value="`):]))
		}
	}
	p.post(t, webtest.Steward, draft+"/harmonise", form)
	if text := p.yaml(t, draft); !strings.Contains(text, `"17": "9--17"`) || !strings.Contains(text, `"48+", "40-50"]`) {
		t.Errorf("the policy is\n%s", text)
	}
}

// TestCompare sets two runs side by side.
func TestCompare(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	_, draft := p.ready(t)
	first := p.run(t, draft, "k = 10")
	p.save(t, draft+"/protect", url.Values{"method": {"k-anonymity"}, "k": {"50"}, "length": {"2"}})
	second := p.run(t, draft, "k = 50 <b>")
	p.Run(t, []webtest.Case{
		{
			Name: "compare", As: webtest.Steward, Get: second + "?with=" + strings.TrimPrefix(first, "/prepare/runs/"),
			Appears: []string{"differs", "k = 50 &lt;b&gt;", "Error of pairs"}, Never: []string{"50 <b>"},
		},
		{Name: "with what is not there", As: webtest.Steward, Get: second + "?with=nothing", Never: []string{"differs"}},
	})
}
