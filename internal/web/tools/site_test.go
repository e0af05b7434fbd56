package tools_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// today is when the tests play.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// place is a server with a map of tools.
type place struct {
	*webtest.Site
	service *directory.Service
	clock   *atomic.Int64 // seconds after today
}

func (p *place) now() time.Time { return today.Add(time.Duration(p.clock.Load()) * time.Second) }

// later lets time pass.
func (p *place) later(d time.Duration) { p.clock.Add(int64(d / time.Second)) }

// open makes a server with some tools.
func open(t testing.TB, list []directory.Tool, o tools.Options) *place {
	t.Helper()
	v, err := directory.OpenVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{clock: new(atomic.Int64)}
	p.service = directory.NewService(new(directorytest.Store), v, p.now, rand.Reader)
	ctx := context.Background()
	if err := p.service.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if len(list) > 0 {
		by := account.Actor{System: true}
		for len(list) > 0 {
			n := min(len(list), 5000)
			summary, err := p.service.Import(ctx, by, list[:n], directory.ImportOptions{Source: "test"})
			if err != nil || len(summary.Conflicts) > 0 {
				t.Fatalf("import: %v %v", err, summary.Conflicts)
			}
			list = list[n:]
		}
	}
	o.Service, o.Now = p.service, p.now
	p.Site = webtest.New(t, web.Options{Rooms: []web.Room{tools.New(o)}, Now: p.now, Public: "https://covey.example", Burst: 1 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	return p
}

// curator is who may change the map.
func curator() account.Actor { return webtest.Actor(webtest.Curator) }

// few are tools to look at.
func few() []directory.Tool {
	return []directory.Tool{
		{
			ID: "safe-line", Name: "Safe Line", Organisations: []string{"Harbour Trust"}, URL: "https://safe-line.example/", Checked: today.AddDate(0, -1, 0),
			Description: "A hotline for migrant workers in Kenya.",
			Terms: map[directory.Facet][]string{
				directory.Type: {"victim-support"}, directory.Users: {"workers"}, directory.UsedIn: {"KE"}, directory.MadeIn: {"GB"},
				directory.Cost: {"free"}, directory.Stage: {"live"}, directory.Language: {"en", "sw"},
			},
			Notes:   map[directory.Facet]string{directory.Cost: "Calls cost nothing."},
			Sources: map[string]string{"": "a report", "terms.cost": "its own page", "url": "not confirmed: from general knowledge"},
		},
		{
			ID: "pattern-finder", Name: "Pattern Finder", Organisations: []string{"Delta University"}, Checked: today.AddDate(-2, 0, 0),
			Description: "Finds patterns in advertisements.",
			Terms: map[directory.Facet][]string{
				directory.Type: {"victim-identification"}, directory.Users: {"law-enforcement"}, directory.UsedIn: {"world"}, directory.Technology: {"ad-analysis"},
			},
			Sources: map[string]string{"": "a report"},
		},
		{ID: "river-watch", Name: "River Watch", Description: "Awareness.", Terms: map[directory.Facet][]string{directory.Type: {"awareness"}, directory.UsedIn: {"035"}}, Sources: map[string]string{"": "a report"}},
	}
}

// form is what a person sends who took the time to fill it in.
func (p *place) form(t testing.TB, path string, values url.Values) url.Values {
	t.Helper()
	page := p.Do(webtest.Case{Get: path}).Body.String()
	values.Set("begun", between(page, `name="begun" value="`, `"`))
	p.later(time.Minute)
	return values
}
