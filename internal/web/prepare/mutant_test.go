package prepare_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/prepare"
	"github.com/opencovey/covey/internal/web/webtest"
)

// mutant is the room over the same service, with its routes changed.
func (p *place) mutant(t *testing.T, change func(*web.Route)) (*webtest.Site, *lockedBuffer) {
	t.Helper()
	room := prepare.New(prepare.Options{Service: p.service})
	for i := range room.Routes {
		change(&room.Routes[i])
	}
	log := &lockedBuffer{}
	return webtest.New(t, web.Options{
		Rooms: []web.Room{room}, Sessions: sessions, Log: slog.New(slog.NewTextHandler(log, nil)), Public: "https://covey.example",
	}), log
}

// asOwner makes a handler forget who asks: it acts as the steward whose the things are.
func asOwner(handle func(*web.Exchange) error) func(*web.Exchange) error {
	return func(x *web.Exchange) error {
		x.By = webtest.Actor(webtest.Steward)
		return handle(x)
	}
}

// TestGuardNoticesOthers opens every route to everybody, whoever's the thing is. Each of the requests that were refused is then answered, and the
// test above says so: to approvers who see the exact report, to other organisations, to strangers.
func TestGuardNoticesOthers(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	h := p.things(t)
	site, _ := p.mutant(t, func(r *web.Route) {
		r.Action, r.Handle = account.ReadPublic, asOwner(r.Handle)
		if strings.HasPrefix(r.Pattern, http.MethodPost) {
			r.Action = account.SuggestTool // is open to strangers, too
		}
	})
	for _, c := range refused(h.guarded(p.Site)) {
		if strings.Contains(c.Post, "/delete") && len(p.Try(webtest.Case{As: webtest.Steward, Get: strings.TrimSuffix(c.Post, "/delete")})) > 0 {
			continue // somebody before has deleted it, which was noticed
		}
		if len(site.Try(c)) == 0 {
			t.Errorf("%s: nobody notices that it is answered", c.Name)
		}
	}
}

// TestGuardNoticesWhose lets handlers forget whose the thing is, and nothing else: other stewards then see it.
func TestGuardNoticesWhose(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	h := p.things(t)
	site, _ := p.mutant(t, func(r *web.Route) { r.Handle = asOwner(r.Handle) })
	seen := 0
	for _, c := range refused(h.guarded(p.Site)) {
		if c.As == foreign && c.Get != "" {
			if seen++; len(site.Try(c)) == 0 {
				t.Errorf("%s: nobody notices that it is answered", c.Name)
			}
		}
	}
	if seen < 15 {
		t.Errorf("%d routes were tried", seen)
	}
}

// TestGuardNoticesNumbers puts the exact number of people, or a rare value, into pages and headers that approvers get.
func TestGuardNoticesNumbers(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	h := p.things(t)
	number, value := fmt.Sprint(exactN), rareValue
	for name, leak := range map[string]func(*web.Exchange){
		"in the page":   func(x *web.Exchange) { fmt.Fprintf(x.W, "<!-- %s -->", number) },
		"rare":          func(x *web.Exchange) { fmt.Fprintf(x.W, "<!-- %s -->", value) },
		"in words":      func(x *web.Exchange) { fmt.Fprintf(x.W, "<!-- %s -->", x.Printer().Number(exactN)) },
		"in the header": func(x *web.Exchange) { x.W.Header().Set("X-People", number) },
	} {
		site, _ := p.mutant(t, func(r *web.Route) {
			if handle := r.Handle; r.Action == account.ReviewPublication && strings.HasPrefix(r.Pattern, http.MethodGet) {
				r.Handle = func(x *web.Exchange) error {
					err := handle(x)
					leak(x)
					return err
				}
			}
		})
		for _, c := range judged(h.guarded(p.Site)) {
			if wrong := site.Try(c); len(wrong) == 0 || !strings.Contains(wrong[0], "appears in") {
				t.Errorf("%s, %s: nobody notices: %.100q", c.Name, name, wrong)
			}
		}
	}
}

// TestGuardNoticesLog writes what is for stewards alone to the log: the report on a file, the name of a file, what is wrong with a run.
func TestGuardNoticesLog(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	h := p.things(t)
	report := func(x *web.Exchange) {
		r, _, err := p.service.Inspect(x.Context(), x.By, x.Path("id"))
		x.Log().Info("looked", "report", fmt.Sprintf("%+v", r), "error", err)
	}
	detail := func(x *web.Exchange) {
		_, err := p.service.NewDraft(x.Context(), x.By, x.Form().Get("upload"), "x", []byte("version: 1\ncolumns: {a: "+rareValue+"}\n"))
		f, _ := err.(*publication.PolicyFault) //nolint:errorlint // is what the service returns
		x.Log().Info("refused", "detail", fmt.Sprintf("%+v", f.Problems))
	}
	for name, c := range map[string]struct {
		pattern string
		leak    func(*web.Exchange)
		ask     webtest.Case
	}{
		"the report": {"GET /prepare/drafts/{id}", report, webtest.Case{As: webtest.Steward, Get: h.draft}},
		"a detail":   {"POST /prepare/{dataset}/draft", detail, webtest.Case{As: webtest.Steward, Post: h.set + "/draft", Form: map[string][]string{"upload": {h.upload}}}},
	} {
		site, log := p.mutant(t, func(r *web.Route) {
			if handle := r.Handle; r.Pattern == c.pattern {
				r.Handle = func(x *web.Exchange) error {
					c.leak(x)
					return handle(x)
				}
			}
		})
		site.Do(c.ask)
		if len(held(log.String())) == 0 {
			t.Errorf("%s: nobody notices that the log holds it:\n%s", name, log)
		}
	}
	if found := held(p.log.String()); len(found) > 0 {
		t.Errorf("the log of the room itself holds %q", found)
	}
}
