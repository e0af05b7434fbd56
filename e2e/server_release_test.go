package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/testenv"
)

// TestMain lets the test binary be the worker that reads case records, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		os.Exit(work.Main(context.Background(), os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// walk is one way in which the journey of a release is made.
type walk struct {
	language string
	phone    bool // 360 by 640, otherwise 1280 by 800
	postgres bool // otherwise the embedded database
	keys     bool // the steward has no pointer
	reports  bool // the reports of a run are looked at too: they are the same in every language
}

// walks are few, and meet each language, and each size on each database. The long form makes all that there are.
func walks() []walk {
	list := []walk{
		{language: "ar", phone: true, postgres: true, reports: true},
		{language: "en", keys: true},
		{language: "fr", phone: true},
		{language: "es", postgres: true},
	}
	if !testenv.Long() {
		return list
	}
	list = nil
	for _, language := range locale.Languages() {
		for i := range 4 {
			list = append(list, walk{language, i&1 != 0, i&2 != 0, i%3 == 0, true})
		}
	}
	return list
}

func (w walk) String() string {
	return w.language + " " + map[bool]string{true: "phone", false: "desktop"}[w.phone] + " " + map[bool]string{true: "PostgreSQL", false: "SQLite"}[w.postgres]
}

func (w walk) view() e2e.View {
	if w.phone {
		return e2e.Phone()
	}
	return e2e.Desktop()
}

// walker makes one.
type walker struct {
	*house
	walk
	t    *testing.T
	text *locale.Printer
	hand hand // of the steward

	steward, approver *e2e.Page
	run               string // address
}

// TestServerRelease takes the fictional case records from a file to a public page, by two people: in every language, on a
// desktop and on a phone, on both databases, once with the keyboard alone. Every state on the way is looked at, and says in the
// language of the person what it has to say.
func TestServerRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	texts, err := locale.Open()
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	t.Run("all", func(t *testing.T) {
		for _, way := range walks() {
			for _, half := range []string{way.language, fmt.Sprint(way.phone, way.postgres), fmt.Sprint("keys ", way.keys)} {
				met[half] = true
			}
			t.Run(way.String(), func(t *testing.T) {
				t.Parallel()
				database := ""
				if way.postgres {
					database = testenv.Postgres(t)
				}
				w := &walker{house: openHouse(t, database), walk: way, t: t, text: texts.Printer(way.language)}
				w.whole()
			})
		}
	})
	if len(met) != len(locale.Languages())+4+2 {
		t.Errorf("the walks meet only %v", met)
	}
}

// whole makes the whole journey.
func (w *walker) whole() {
	begun := time.Now()
	draft, release := w.untilHandedIn()
	w.approveRelease(w.approver, release, w.run)
	w.publish(w.steward, release, draft)
	w.readAsStranger()
	w.t.Logf("%v: %v", w.walk, time.Since(begun).Round(time.Second))
}

// untilHandedIn makes the journey until the release waits for the approver, and returns the addresses of the draft and of the release.
func (w *walker) untilHandedIn() (draft, release string) {
	administrator := w.open("/", w.view())
	w.found(administrator)
	w.steward, w.approver = w.enter(), w.enter()
	w.join(w.steward, w.invite(administrator, "steward"), "Wanjiku Otieno", "wanjiku@harbour.example")
	w.join(w.approver, w.invite(administrator, "approver"), "Jonas Lind", "jonas@harbour.example")
	w.hand = pointer{w.steward}
	if w.keys {
		w.hand = keyboard{w.t, w.steward}
	}
	draft = w.beginDraft(w.steward)
	w.decideColumns(w.steward, draft)
	w.run = w.makeRun(w.steward)
	return draft, w.handIn(w.steward)
}

// enter opens the server as somebody who reads the language of the walk.
func (w *walker) enter() *e2e.Page { return w.open("/?lang="+w.language, w.view()) }

// see looks at a state: nothing may be wrong with it, and it says texts in the language of the walk.
func (w *walker) see(page *e2e.Page, says ...string) {
	w.t.Helper()
	w.seeAnswer(page, "", says...)
}

// seeAnswer is see for a page that is a refusal, of which the browser writes a line with the status.
func (w *walker) seeAnswer(page *e2e.Page, status string, says ...string) {
	w.t.Helper()
	type state struct {
		At, Lang, Dir, Text string
		Gaps                []string
	}
	got := e2e.Eval[state](page, `({At: location.pathname, Lang: document.documentElement.lang, Dir: getComputedStyle(document.body).direction,
		Text: document.body.innerText, Gaps: document.body.innerText.match(/\[[a-z]+(\.[a-z-]+)+\]/g) ?? []})`)
	for _, fault := range page.Faults() {
		if status == "" || !strings.HasPrefix(fault, "console: Failed to load resource: the server responded with a status of "+status) {
			w.t.Errorf("%s: %s", got.At, fault)
		}
	}
	if status != "" {
		page.Forget() // the line stays with the tab when a form leads on
	}
	if got.Lang != w.text.Code() || got.Dir != w.text.Direction() {
		w.t.Errorf("%s is in %s, %s", got.At, got.Lang, got.Dir)
	}
	if len(got.Gaps) > 0 {
		w.t.Errorf("%s lacks texts: %v", got.At, got.Gaps)
	}
	for _, text := range says {
		if !strings.Contains(oneLine(got.Text), oneLine(text)) {
			w.t.Errorf("%s does not say %q:\n%s", got.At, text, oneLine(got.Text))
		}
	}
}

// oneLine writes a text with single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// says returns texts of the catalogue in the language of the walk.
func (w *walker) says(keys ...string) (texts []string) {
	for _, key := range keys {
		texts = append(texts, w.text.Text(key))
	}
	return texts
}

// exampleFile is a file of the fictional example.
func exampleFile(t testing.TB, name string) string {
	return filepath.Join(testenv.ModuleRoot(t), "examples", name)
}
