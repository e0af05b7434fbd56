package directory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/testenv"
)

var (
	curator  = account.Actor{User: "u-curator", Organisation: "o", Roles: []account.Role{account.Curator}, Strong: true}
	weak     = account.Actor{User: "u-weak", Organisation: "o", Roles: []account.Role{account.Curator}}
	reader   = account.Actor{User: "u-reader", Organisation: "o", Roles: []account.Role{account.Reader}, Strong: true}
	stranger = account.Actor{}
	operator = account.Actor{System: true}
)

// house is a service over a store in memory, and its clock.
type house struct {
	*directory.Service
	store *directorytest.Store
	mutex sync.Mutex
	time  time.Time
}

func (h *house) now() time.Time {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.time
}

func (h *house) pass(d time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.time = h.time.Add(d)
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{store: &directorytest.Store{}, time: today}
	h.Service = directory.NewService(h.store, vocabulary(t), h.now, rand.NewChaCha8([32]byte{1}))
	if err := h.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// add publishes an entry and returns it.
func (h *house) add(t *testing.T, tool directory.Tool) directory.Tool {
	t.Helper()
	got, err := h.Edit(t.Context(), curator, tool, "their site")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantFault(t *testing.T, err error, kind fault.Kind, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Field != field {
		t.Errorf("got %v, want a fault of kind %d at %q", err, kind, field)
	}
}

// TestPermission tries every method with everybody.
func TestPermission(t *testing.T) {
	h := newHouse(t)
	tool := h.add(t, directory.Tool{Name: "A"})
	other := h.add(t, directory.Tool{Name: "B"})
	ctx := t.Context()
	calls := map[string]func(by account.Actor) error{
		"OpenSuggestions": func(by account.Actor) error { _, err := h.OpenSuggestions(ctx, by, 1); return err },
		"Suggestion":      func(by account.Actor) error { _, err := h.Suggestion(ctx, by, "x"); return err },
		"Publish":         func(by account.Actor) error { _, err := h.Publish(ctx, by, "x", tool, "s"); return err },
		"Decline":         func(by account.Actor) error { return h.Decline(ctx, by, "x", "why") },
		"Settle":          func(by account.Actor) error { return h.Settle(ctx, by, "x") },
		"Edit":            func(by account.Actor) error { _, err := h.Edit(ctx, by, tool, "s"); return err },
		"Merge":           func(by account.Actor) error { _, err := h.Merge(ctx, by, tool.ID, other.ID, "s"); return err },
		"MarkChecked":     func(by account.Actor) error { _, err := h.MarkChecked(ctx, by, tool.ID, "yes", ""); return err },
		"Withdraw":        func(by account.Actor) error { return h.Withdraw(ctx, by, tool.ID, "why") },
		"Restore":         func(by account.Actor) error { return h.Restore(ctx, by, tool.ID, "why") },
		"Import": func(by account.Actor) error {
			_, err := h.Import(ctx, by, []directory.Tool{{Name: "C"}}, directory.ImportOptions{Source: "s"})
			return err
		},
		"CheckLinks": func(by account.Actor) error { return h.CheckLinks(ctx, by, &directory.LinkChecker{}, nil) },
	}
	before := len(h.store.Entries())
	for name, call := range calls {
		if err := call(stranger); fault.Of(err) != fault.Unauthenticated {
			t.Errorf("%s: a stranger gets %v", name, err)
		}
		for _, by := range []account.Actor{weak, reader} {
			if err := call(by); fault.Of(err) != fault.Forbidden {
				t.Errorf("%s: %s gets %v", name, by.User, err)
			}
		}
		err := call(curator)
		if kind := fault.Of(err); (kind == fault.Forbidden) != (name == "CheckLinks") {
			t.Errorf("%s: a curator gets %v", name, err)
		}
	}
	// Every method that takes an actor and changes something is in the table.
	open := []string{"Suggest", "History"}
	methods := reflect.TypeFor[*directory.Service]()
	for i := range methods.NumMethod() {
		m := methods.Method(i)
		takes := m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[account.Actor]()
		if _, tried := calls[m.Name]; takes && !tried && !slices.Contains(open, m.Name) {
			t.Errorf("%s is not tried", m.Name)
		}
	}
	if len(h.store.Entries()) == before {
		t.Error("the curator did nothing")
	}
}

func TestSuggestRefuses(t *testing.T) {
	h := newHouse(t)
	tool := h.add(t, directory.Tool{Name: "There", URL: "https://there.example", Terms: terms("form", "sex")})
	gone := h.add(t, directory.Tool{Name: "Gone"})
	if err := h.Withdraw(t.Context(), curator, gone.ID, "asked for"); err != nil {
		t.Fatal(err)
	}
	long := func(n int) string { return strings.Repeat("é", n) }
	proposed := func(change func(*directory.Tool)) directory.Suggestion {
		p := directory.Tool{Name: "New", URL: "https://new.example", Terms: terms("form", "sex")}
		change(&p)
		return directory.Suggestion{Kind: directory.NewTool, Proposed: p}
	}
	for _, c := range []struct {
		name  string
		sent  directory.Suggestion
		kind  fault.Kind
		field string
	}{
		{"no kind", directory.Suggestion{}, fault.Invalid, "kind"},
		{"no name", proposed(func(p *directory.Tool) { p.Name = " \u202e\n" }), fault.Invalid, "name"},
		{"long name", proposed(func(p *directory.Tool) { p.Name = long(201) }), fault.Invalid, "name"},
		{"long description", proposed(func(p *directory.Tool) { p.Description = long(1001) }), fault.Invalid, "description"},
		{"long url", proposed(func(p *directory.Tool) { p.URL = "https://a.example/" + long(500) }), fault.Invalid, "url"},
		{"javascript", proposed(func(p *directory.Tool) { p.URL = "javascript:alert(1)" }), fault.Invalid, "url"},
		{"data", proposed(func(p *directory.Tool) { p.URL = "data:text/html,x" }), fault.Invalid, "url"},
		{"no scheme", proposed(func(p *directory.Tool) { p.URL = "www.example" }), fault.Invalid, "url"},
		{"scheme relative", proposed(func(p *directory.Tool) { p.URL = "//a.example" }), fault.Invalid, "url"},
		{"password", proposed(func(p *directory.Tool) { p.URL = "https://u:p@a.example" }), fault.Invalid, "url"},
		{"own machine", proposed(func(p *directory.Tool) { p.URL = "http://localhost/" }), fault.Invalid, "url"},
		{"own machine by number", proposed(func(p *directory.Tool) { p.URL = "http://127.1/" }), fault.Invalid, "url"},
		{"own machine in hex", proposed(func(p *directory.Tool) { p.URL = "http://0x7f.0x1/" }), fault.Invalid, "url"},
		{"a cloud's own services", proposed(func(p *directory.Tool) { p.URL = "http://169.254.169.254/latest" }), fault.Invalid, "url"},
		{"inside an office", proposed(func(p *directory.Tool) { p.URL = "https://printer.lan" }), fault.Invalid, "url"},
		{"no dot", proposed(func(p *directory.Tool) { p.URL = "http://intranet/" }), fault.Invalid, "url"},
		{"private, IPv6", proposed(func(p *directory.Tool) { p.URL = "http://[fd00::1]/" }), fault.Invalid, "url"},
		{"own machine as IPv6", proposed(func(p *directory.Tool) { p.URL = "http://[::ffff:127.0.0.1]/" }), fault.Invalid, "url"},
		{"break in url", proposed(func(p *directory.Tool) { p.URL = "https://a.example/\r\nX: y" }), fault.Invalid, "url"},
		{"term", proposed(func(p *directory.Tool) { p.Terms = terms("form", "elves") }), fault.Invalid, "terms.form"},
		{"facet", proposed(func(p *directory.Tool) { p.Terms = terms("elves", "sex") }), fault.Invalid, "terms.elves"},
		{"two stages", proposed(func(p *directory.Tool) { p.Terms = terms("stage", "live", "stage", "closed") }), fault.Invalid, "terms.stage"},
		{"many names", proposed(func(p *directory.Tool) {
			for i := range 21 {
				p.OtherNames = append(p.OtherNames, fmt.Sprint("n", i))
			}
		}), fault.Invalid, "other_names"},
		{"note", proposed(func(p *directory.Tool) { p.Notes = map[directory.Facet]string{directory.Cost: long(301)} }), fault.Invalid, "notes.cost"},
		{"long message", directory.Suggestion{Kind: directory.Feedback, Tool: tool.ID, Message: long(2001)}, fault.Invalid, "message"},
		{"long source", directory.Suggestion{Kind: directory.Feedback, Tool: tool.ID, Message: "a", Source: long(501)}, fault.Invalid, "source"},
		{"feedback on nothing", directory.Suggestion{Kind: directory.Feedback, Tool: "nothing", Message: "a"}, fault.NotFound, ""},
		{"feedback on what is gone", directory.Suggestion{Kind: directory.Feedback, Tool: gone.ID, Message: "a"}, fault.NotFound, ""},
		{"empty feedback", directory.Suggestion{Kind: directory.Feedback, Tool: tool.ID}, fault.Invalid, "message"},
		{"strange answer", directory.Suggestion{Kind: directory.Feedback, Tool: tool.ID, Works: "maybe"}, fault.Invalid, "works"},
		{"correction of nothing", directory.Suggestion{Kind: directory.Correction, Tool: tool.ID, Proposed: tool}, fault.Invalid, "message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.Suggest(t.Context(), stranger, c.sent)
			wantFault(t, err, c.kind, c.field)
		})
	}
	if open, _ := h.OpenSuggestions(t.Context(), curator, 0); len(open) != 0 {
		t.Errorf("%d were kept all the same", len(open))
	}
}

// TestSuggestTakesNothingElse sends what only the house may say.
func TestSuggestTakesNothingElse(t *testing.T) {
	h := newHouse(t)
	g, err := h.Suggest(t.Context(), stranger, directory.Suggestion{
		ID: "mine", Kind: directory.NewTool, State: directory.Accepted, By: "me", Reason: "r", Reviewed: today, Version: 7, Works: "yes", Tool: "x",
		Source: " a\tpage ", Message: "line\r\nline\x00",
		Proposed: directory.Tool{
			ID: "mine", Name: "N\u202eew", Checked: today, CheckedBy: "me", Withdrawn: true, MergedInto: "x", Created: today, Updated: today,
			Version: 3, Sources: map[string]string{"": "me"}, Terms: terms("form", "sex"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := directory.Suggestion{
		ID: g.ID, Kind: directory.NewTool, State: directory.Open, Sent: today, Version: 1, Source: "a page", Message: "line\nline",
		Proposed: directory.Tool{Name: "New", Terms: terms("form", "sex"), Notes: map[directory.Facet]string{}},
	}
	if diff := cmp.Diff(want, g); diff != "" || g.ID == "mine" || len(g.ID) != 24 {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	e := h.store.Entries()[0]
	if e.Actor != "stranger" || e.Action != "tool.suggest" || e.Subject != "suggestion:"+g.ID {
		t.Errorf("the audit log says %+v", e)
	}
}

func TestSuggestBounds(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t)
	tool := h.add(t, directory.Tool{Name: "There"})
	say := func(text string) error {
		_, err := h.Suggest(t.Context(), stranger, directory.Suggestion{Kind: directory.Feedback, Tool: tool.ID, Message: text})
		return err
	}
	if err := say("same"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, say(" same "), fault.Conflict, "")
	h.pass(time.Hour) // what is remembered is read again
	wantFault(t, say("same"), fault.Conflict, "")
	for i := 1; i < directory.MaxOpenSuggestions; i++ {
		if err := say(fmt.Sprint("message ", i)); err != nil {
			t.Fatal(i, err)
		}
	}
	wantFault(t, say("one more"), fault.TooMany, "")
	h.pass(time.Hour)
	wantFault(t, say("one more"), fault.TooMany, "")
	open, err := h.OpenSuggestions(t.Context(), curator, 1)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	if err := h.Decline(t.Context(), curator, open[0].ID, "seen"); err != nil {
		t.Fatal(err)
	}
	if err := say("one more"); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestPublish(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	g, err := h.Suggest(ctx, stranger, directory.Suggestion{Kind: directory.NewTool, Proposed: directory.Tool{Name: "Été App", Terms: terms("form", "sex")}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Publish(ctx, curator, g.ID, g.Proposed, "")
	wantFault(t, err, fault.Invalid, "source")
	h.pass(time.Minute)
	tool, err := h.Publish(ctx, curator, g.ID, g.Proposed, "their site")
	if err != nil || tool.ID != "ete-app" || tool.Version != 1 || tool.Sources[""] != "their site" || !tool.Created.Equal(h.now()) {
		t.Fatalf("published %+v, %v", tool, err)
	}
	if got := h.Search(directory.Query{Text: "été"}); got.Total != 1 {
		t.Error("the new entry is not found at once")
	}
	_, err = h.Publish(ctx, curator, g.ID, g.Proposed, "again")
	wantFault(t, err, fault.Conflict, "")
	wantFault(t, h.Decline(ctx, curator, g.ID, "too late"), fault.Conflict, "")
	settled, err := h.Suggestion(ctx, curator, g.ID)
	if err != nil || settled.State != directory.Accepted || settled.By != curator.User || !settled.Reviewed.Equal(h.now()) {
		t.Errorf("settled %+v, %v", settled, err)
	}

	// A correction of it.
	better := tool
	better.URL = "https://ete.example"
	g, err = h.Suggest(ctx, stranger, directory.Suggestion{Kind: directory.Correction, Tool: tool.ID, Proposed: better, Source: "I made it"})
	if err != nil {
		t.Fatal(err)
	}
	published, err := h.Publish(ctx, curator, g.ID, g.Proposed, "")
	if err != nil || published.ID != tool.ID || published.Version != 2 || published.URL != better.URL || published.Sources["url"] != "I made it" {
		t.Fatalf("published %+v, %v", published, err)
	}
	// An older one, after somebody else changed it.
	stale := tool
	stale.Name = "Other"
	g, err = h.Suggest(ctx, stranger, directory.Suggestion{Kind: directory.Correction, Tool: tool.ID, Proposed: stale})
	if err != nil {
		t.Fatal(err)
	}
	stale.Version = 1
	_, err = h.Publish(ctx, curator, g.ID, stale, "s")
	wantFault(t, err, fault.Conflict, "")
	if err := h.Settle(ctx, curator, g.ID); err != nil {
		t.Error(err)
	}

	// The history says what, on what ground, and to curators who.
	for _, c := range []struct {
		by   account.Actor
		want string
	}{{stranger, "curator"}, {curator, curator.User}} {
		changes, err := h.History(ctx, c.by, tool.ID)
		if err != nil || len(changes) == 0 || changes[0].Field != "url" || changes[0].New != better.URL || changes[0].Version != 2 || changes[0].By != c.want {
			t.Errorf("history for %q: %+v, %v", c.by.User, changes, err)
		}
	}
}

func TestEdit(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	tool := h.add(t, directory.Tool{Name: "A", Checked: today, CheckedBy: "me", Withdrawn: true, MergedInto: "x"})
	if !tool.Checked.IsZero() || tool.Withdrawn || tool.MergedInto != "" {
		t.Errorf("an edit says what only other methods may: %+v", tool)
	}
	again := h.add(t, directory.Tool{Name: "a"})
	if again.ID != "a-2" {
		t.Errorf("the second of a name is %q", again.ID)
	}
	entries := len(h.store.Entries())
	if same, err := h.Edit(ctx, curator, tool, "s"); err != nil || same.Version != 1 || len(h.store.Entries()) != entries {
		t.Errorf("nothing changed: %+v, %v", same, err)
	}
	_, err := h.Edit(ctx, curator, tool, "  ")
	wantFault(t, err, fault.Invalid, "source")
	_, err = h.Edit(ctx, curator, directory.Tool{ID: "none", Name: "N"}, "s")
	wantFault(t, err, fault.NotFound, "")
	tool.Version = 9
	_, err = h.Edit(ctx, curator, tool, "s")
	wantFault(t, err, fault.Conflict, "")

	if err := h.Withdraw(ctx, curator, "a-2", "it does harm"); err != nil {
		t.Fatal(err)
	}
	if got, ok := h.Index().Tool("a-2"); !ok || !got.Withdrawn || h.Index().Len() != 1 {
		t.Errorf("withdrawn: %+v", got)
	}
	if third := h.add(t, directory.Tool{Name: "A"}); third.ID != "a-3" {
		t.Errorf("an ID was given again: %q", third.ID)
	}
	_, err = h.Edit(ctx, curator, directory.Tool{ID: "a-2", Name: "N", Version: 2}, "s")
	wantFault(t, err, fault.Gone, "")
	wantFault(t, h.Withdraw(ctx, curator, "a", ""), fault.Invalid, "reason")
	if err := h.Restore(ctx, curator, "a-2", "it was another one"); err != nil || h.Index().Len() != 3 {
		t.Errorf("restored: %v, %d shown", err, h.Index().Len())
	}
}

func TestMerge(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	into := h.add(t, directory.Tool{Name: "A", URL: "https://a.example", Terms: terms("form", "sex", "cost", "unknown")})
	from := h.add(t, directory.Tool{Name: "B", URL: "https://b.example", Description: "D", OtherNames: []string{"Bee"}, Terms: terms("form", "labour", "cost", "free", "users", "ngos")})
	older := h.add(t, directory.Tool{Name: "C"})
	if _, err := h.Merge(ctx, curator, from.ID, older.ID, "s"); err != nil {
		t.Fatal(err)
	}
	got, err := h.Merge(ctx, curator, into.ID, from.ID, "the same site")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(terms("form", "sex", "cost", "free", "users", "ngos"), got.Terms); diff != "" || got.URL != into.URL || got.Description != "D" ||
		!slices.Equal(got.OtherNames, []string{"B", "Bee", "C"}) {
		t.Errorf("merged %+v\n%s", got, diff)
	}
	for _, id := range []string{from.ID, older.ID} {
		if to, ok := h.Index().Tool(id); !ok || to.ID != into.ID {
			t.Errorf("%s leads to %q", id, to.ID)
		}
	}
	if h.Index().Len() != 1 {
		t.Errorf("%d are shown", h.Index().Len())
	}
	_, err = h.Merge(ctx, curator, into.ID, into.ID, "s")
	wantFault(t, err, fault.Invalid, "into")
	_, err = h.Merge(ctx, curator, into.ID, from.ID, "s")
	wantFault(t, err, fault.Gone, "")
	// What is said about the old one is kept for the new one.
	g, err := h.Suggest(ctx, stranger, directory.Suggestion{Kind: directory.Feedback, Tool: from.ID, Works: "yes"})
	if err != nil || g.Tool != into.ID {
		t.Errorf("feedback goes to %q: %v", g.Tool, err)
	}
}

func TestMarkChecked(t *testing.T) {
	for _, c := range []struct{ stage, works, want string }{
		{"", "yes", "live"},
		{"unknown", "yes", "live"},
		{"dormant", "yes", "live"},
		{"pilot", "yes", "pilot"},
		{"closed", "yes", "closed"},
		{"live", "no", "dormant"},
		{"", "no", "dormant"},
		{"closed", "no", "closed"},
		{"absorbed", "no", "absorbed"},
		{"live", "partly", "live"},
		{"", "partly", ""},
	} {
		t.Run(c.stage+" "+c.works, func(t *testing.T) {
			h := newHouse(t)
			new := directory.Tool{Name: "A"}
			if c.stage != "" {
				new.Terms = terms("stage", c.stage)
			}
			tool := h.add(t, new)
			if !directory.Stale(tool, h.now()) {
				t.Error("what nobody checked is not stale")
			}
			got, err := h.MarkChecked(t.Context(), curator, tool.ID, c.works, "I opened it")
			if err != nil || !got.Checked.Equal(today) || got.CheckedBy != curator.User || got.Sources["checked"] != "I opened it" {
				t.Fatalf("%+v, %v", got, err)
			}
			if stage := strings.Join(got.Terms[directory.Stage], " "); stage != c.want {
				t.Errorf("the stage is %q", stage)
			}
			if directory.Stale(got, h.now()) {
				t.Error("just checked, and stale")
			}
			h.pass(366 * 24 * time.Hour)
			if !directory.Stale(got, h.now()) || h.Search(directory.Query{Checked: directory.CheckedOlder}).Total != 1 {
				t.Error("not checked in a year, and not stale")
			}
			if e := h.Export(); len(e) != 1 || e[0].CheckedBy != "" {
				t.Errorf("the export tells who checked: %+v", e)
			}
		})
	}
	h := newHouse(t)
	tool := h.add(t, directory.Tool{Name: "A"})
	_, err := h.MarkChecked(t.Context(), curator, tool.ID, "perhaps", "")
	wantFault(t, err, fault.Invalid, "works")
}

// TestRefresh counts how often the store is asked, and sees another instance's changes.
func TestRefresh(t *testing.T) {
	h := newHouse(t)
	other := directory.NewService(h.store, vocabulary(t), h.now, rand.NewChaCha8([32]byte{2}))
	if err := other.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.add(t, directory.Tool{Name: "A"})
	reads := h.store.Reads()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := other.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := h.store.Reads() - reads; n != 0 || other.Index().Len() != 0 {
		t.Errorf("asked %d times within a second of opening", n)
	}
	h.pass(time.Second)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel() // whoever asks may go away
	for range 50 {
		all.Go(func() {
			if err := other.Refresh(cancelled); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := h.store.Reads() - reads; n != 1 || other.Index().Len() != 1 {
		t.Errorf("asked %d times a second later; %d entries", n, other.Index().Len())
	}
	// A store that fails leaves the map as it was.
	h.pass(time.Second)
	h.store.Fail = errors.New("disk on fire")
	if err := other.Refresh(t.Context()); err == nil || other.Index().Len() != 1 {
		t.Errorf("the store fails: %v, %d entries", err, other.Index().Len())
	}
	h.store.Fail = nil
	// Of two who change the same entry, one is told.
	tool, _ := h.Index().Tool("a")
	tool.URL = "https://a.example"
	if _, err := h.Edit(t.Context(), curator, tool, "s"); err != nil {
		t.Fatal(err)
	}
	tool.URL = "https://b.example"
	_, err := other.Edit(t.Context(), curator, tool, "s")
	if fault.Of(err) != fault.Conflict {
		t.Errorf("the second change: %v", err)
	}
}

func TestLandscapeIsCurrent(t *testing.T) {
	h := newHouse(t)
	if h.Landscape().Entries != 0 {
		t.Error("something is there")
	}
	h.add(t, directory.Tool{Name: "Freedom Signal"})
	if h.Landscape().Entries != 1 {
		t.Error("the landscape is old")
	}
	if got := h.Similar(directory.Tool{Name: "Freedom Signals"}, 5); len(got) != 1 {
		t.Errorf("%d similar", len(got))
	}
}
