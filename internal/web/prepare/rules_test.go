package prepare_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/web/webtest"
)

// noisy makes a draft that is protected by noise.
func (p *place) noisy(t *testing.T) string {
	t.Helper()
	set, draft := p.ready(t)
	p.post(t, webtest.Steward, set+"/ledger", url.Values{"epsilon": {"3"}, "delta": {"1e-5"}})
	p.save(t, draft+"/columns", url.Values{"kind4": {"ignore"}, "kind5": {"ignore"}})
	p.save(t, draft+"/columns/0", url.Values{"kind": {"category"}, "values": {"Female\nMale"}})
	p.save(t, draft+"/columns/1", url.Values{"kind": {"category"}, "values": {"0--8\n9--17\n18+"}})
	p.save(t, draft+"/protect", url.Values{"method": {"differential"}, "epsilon": {"1"}, "delta": {"1e-6"}, "length": {"2"}, "learn": {"yes"}})
	return draft
}

// TestRules writes what nobody can be, shows it again, says what is wrong at the field, and removes it.
func TestRules(t *testing.T) {
	p := open(t)
	draft := p.noisy(t)
	rule := url.Values{
		"rule0-0-column": {"ageBroad"}, "rule0-0-how": {"in"}, "rule0-0-values": {"0--8\r\n"},
		"rule0-1-column": {"gender"}, "rule0-1-how": {"not"}, "rule0-1-values": {"Male"},
		"rule2-0-column": {"ageBroad"}, "rule2-0-how": {"filled"}, "rule2-2-column": {"gender"}, "rule2-2-how": {"blank"},
	}
	p.save(t, draft+"/protect/rules", rule)
	text := p.yaml(t, draft)
	for _, want := range []string{`ageBroad: ["0--8"]`, "gender: {not: [Male]}", "ageBroad: filled", "gender: blank"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy lacks %q\n%s", want, text)
		}
	}
	if page := p.page(t, webtest.Steward, draft+"/protect/rules"); !strings.Contains(page, ">0--8</textarea>") || strings.Count(page, "<fieldset") < 3 {
		t.Error("the form does not show the rules")
	}
	version := between(p.page(t, webtest.Steward, draft+"/protect/rules"), `name="version" value="`, `"`)
	wrong := url.Values{"version": {version}, "rule0-0-column": {"ageBroad"}, "rule0-0-values": {"0--8"}, "rule0-1-column": {"gender"}, "rule0-1-values": {"Woman <b>"}}
	w := p.Do(webtest.Case{As: webtest.Steward, Post: draft + "/protect/rules", Form: wrong})
	field := between(w.Body.String(), `<label for="f-rule0-1-values"`, "</div>")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(field, "Rule 1: write values that this column can hold") || strings.Contains(w.Body.String(), "Woman <b>") {
		t.Errorf("status %d, the field says\n%s", w.Code, field)
	}
	alone := url.Values{"version": {version}, "rule3-0-column": {"ageBroad"}, "rule3-0-values": {"0--8"}}
	p.Run(t, []webtest.Case{
		{Name: "one condition", As: webtest.Steward, Post: draft + "/protect/rules", Form: alone, Status: 422, Appears: []string{"two different columns or more"}},
		{Name: "another organisation", As: foreign, Post: draft + "/protect/rules", Form: alone, Status: 404},
		{Name: "an approver", As: webtest.Approver, Get: draft + "/protect/rules", Status: 403},
	})
	p.save(t, draft+"/protect/rules", url.Values{})
	if text := p.yaml(t, draft); strings.Contains(text, "impossible") {
		t.Errorf("the rules are still there\n%s", text)
	}
	p.hidesLog(t)
}

// TestDateFormats takes uncommon ways to write dates, and keeps them when something else is saved.
func TestDateFormats(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	date := url.Values{"kind": {"date"}, "every": {"year"}, "formats": {"YYYY"}, "formats-other": {"D MMMM YYYY\r\nYYYYMMDD"}}
	p.save(t, draft+"/columns/4", date)
	p.save(t, draft+"/columns/4", url.Values{"kind": {"date"}, "every": {"year"}, "formats": {"YYYY"}, "formats-other": {"D MMMM YYYY\nYYYYMMDD"}, "label": {"Day"}})
	if text := p.yaml(t, draft); !strings.Contains(text, "formats: [YYYY, D MMMM YYYY, YYYYMMDD]") {
		t.Errorf("the formats are not there\n%s", text)
	}
	version := between(p.page(t, webtest.Steward, draft+"/columns"), `name="version" value="`, `"`)
	date.Set("version", version)
	date.Set("formats-other", "DD.MM <b>")
	w := p.Do(webtest.Case{As: webtest.Steward, Post: draft + "/columns/4", Form: date})
	if field := between(w.Body.String(), `<label for="f-formats-other"`, "</div>"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(field, "is no way to write a date") {
		t.Errorf("status %d, the field says\n%s", w.Code, field)
	}
}

// TestPolicyText edits the policy in a box, and keeps a wrong text with what is wrong with it.
func TestPolicyText(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	p.save(t, draft+"/columns", url.Values{"unlisted-asked": {"1"}, "sheet": {""}, "separator": {","}, "encoding": {"utf-8"}})
	p.save(t, draft+"/columns/2", url.Values{"kind": {"country"}, "name": {"place"}})
	text := p.yaml(t, draft)
	if !strings.Contains(text, "encoding: utf-8") || !strings.Contains(text, `delimiter: ","`) || !strings.Contains(text, "header: country") {
		t.Errorf("the layout of the file is not in the policy, or the new name of a column\n%s", text)
	}
	p.save(t, draft+"/policy/edit", url.Values{"text": {text + "# mine\n"}})
	if !strings.Contains(p.yaml(t, draft), "# mine") {
		t.Error("the text was not taken")
	}
	version := between(p.page(t, webtest.Steward, draft+"/columns"), `name="version" value="`, `"`)
	p.Run(t, []webtest.Case{
		{
			Name: "wrong", As: webtest.Steward, Post: draft + "/policy/edit", Form: url.Values{"version": {version}, "text": {"version: 1\nkolumns: {}"}}, Status: 422,
			Appears: []string{"kolumns: {}</textarea>", "The policy is not right yet."},
		},
		{Name: "another organisation", As: foreign, Get: draft + "/policy/edit", Status: 404, Never: secrets},
		{Name: "an approver", As: webtest.Approver, Get: draft + "/policy/edit", Status: 403, Never: secrets},
	})
}
