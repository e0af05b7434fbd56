package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

func TestSessionsEnd(t *testing.T) {
	type world struct {
		h               *hub
		founder, reader *person
	}
	for _, c := range []struct {
		name string
		do   func(w world)
		over bool
	}{
		{"control", func(world) {}, false},
		{"used within 12 hours, again and again", func(w world) {
			for range 10 {
				w.h.wait(11 * time.Hour)
				w.reader.by()
			}
		}, false},
		{"idle for 12 hours", func(w world) { w.h.wait(12 * time.Hour) }, true},
		{"7 days", func(w world) {
			for range 15 {
				w.h.wait(11*time.Hour + 12*time.Minute)
				_, _ = w.h.Identify(w.h.ctx(), w.reader.token)
			}
		}, true},
		{"signed out", func(w world) { w.h.ok(w.h.EndSession(w.h.ctx(), w.reader.by(), w.reader.by().Session)) }, true},
		{"ended from elsewhere", func(w world) {
			old := w.reader.token
			w.reader.signIn()
			w.h.ok(w.h.EndOthers(w.h.ctx(), w.reader.by()))
			w.reader.by()
			w.reader.token = old
		}, true},
		{"password changed", func(w world) {
			_, err := w.h.ChangePassword(w.h.ctx(), w.h.home, w.reader.by(), nextPassword)
			w.h.ok(err)
		}, true},
		{"disabled", func(w world) {
			u := w.reader.user()
			w.h.ok(w.h.Disable(w.h.ctx(), w.founder.by(), u.ID, u.Version, true))
		}, true},
		{"organisation disabled", func(w world) {
			w.h.ok(w.h.DisableOrganisation(w.h.ctx(), w.founder.by(), w.reader.user().Organisation, 1, true))
		}, true},
		{"roles changed", func(w world) {
			u := w.reader.user()
			w.h.ok(w.h.ChangeRoles(w.h.ctx(), w.founder.by(), u.ID, u.Version, []account.Role{account.Curator}))
		}, true},
		{"second factor set up elsewhere", func(w world) {
			old := w.reader.token
			w.reader.signIn()
			w.reader.strengthen()
			w.reader.token = old
		}, true},
		{"reset of everything", func(w world) {
			_, err := w.h.Reset(w.h.ctx(), w.founder.by(), w.reader.user().ID, true)
			w.h.ok(err)
		}, true},
		{"link for a new password, not used", func(w world) {
			_, err := w.h.Reset(w.h.ctx(), w.founder.by(), w.reader.user().ID, false)
			w.h.ok(err)
		}, false},
		{"of another person, by one who guesses its ID", func(w world) {
			mine := w.h.member(w.reader.user().Organisation, "other@example.org", false, account.Reader)
			err := w.h.EndSession(w.h.ctx(), mine.by(), w.reader.by().Session)
			if fault.Of(err) != fault.NotFound {
				w.h.t.Errorf("got %v", err)
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, account.Options{})
			w := world{h: h, founder: h.founder()}
			w.reader = h.member(h.organisation("Member"), "reader@example.org", false, account.Reader)
			c.do(w)
			_, err := h.Identify(t.Context(), w.reader.token)
			if over := fault.Of(err) == fault.Unauthenticated; over != c.over {
				t.Errorf("over is %v, want %v (%v)", over, c.over, err)
			}
		})
	}
}

func TestStrongRolesIdleSooner(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.wait(7 * time.Hour)
	founder.by()
	h.wait(8 * time.Hour)
	_, err := h.Identify(t.Context(), founder.token)
	h.refused(err, "fault.signin")
}

// TestFixation: a token from before signing in, or one that somebody planted, is
// never the token of the session.
func TestFixation(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	seen := map[string]bool{founder.token: true}
	for range 3 {
		half, err := h.SignIn(t.Context(), h.home, founder.email, goodPassword)
		h.ok(err)
		whole, err := h.Confirm(t.Context(), h.home, half.Token, founder.code())
		h.ok(err)
		for _, token := range []string{half.Token, whole.Token} {
			if seen[token] || len(token) != 43 {
				t.Fatalf("token %q", token)
			}
			seen[token] = true
		}
	}
	for _, planted := range []string{"", "planted", strings.Repeat("A", 43), strings.Repeat("A", 1<<20)} {
		_, err := h.Identify(t.Context(), planted)
		h.refused(err, "fault.signin")
	}
}

// TestSeenSparingly: reading pages writes the session once in five minutes.
func TestSeenSparingly(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	id, user := founder.by().Session, founder.user().ID
	seen := func() time.Time {
		founder.by()
		all, err := h.store.Sessions(t.Context(), user)
		h.ok(err)
		for _, x := range all {
			if x.ID == id {
				return x.Seen
			}
		}
		t.Fatal("no session")
		return time.Time{}
	}
	first := seen()
	h.wait(account.SeenEvery - time.Second)
	if !seen().Equal(first) {
		t.Error("written too early")
	}
	h.wait(time.Second)
	if seen().Equal(first) {
		t.Error("not written")
	}
}

func TestSessionsList(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.home.Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	h.wait(time.Minute)
	founder.signIn()
	_, err := h.SignIn(t.Context(), h.home, founder.email, goodPassword) // half, not to be shown
	h.ok(err)
	all, err := h.Sessions(t.Context(), founder.by())
	h.ok(err)
	if len(all) != 2 || all[0].Browser != "Firefox on Linux" {
		t.Errorf("got %+v", all)
	}
	if _, err := h.Sessions(t.Context(), account.Actor{}); fault.Of(err) == fault.Internal {
		t.Errorf("a stranger: %v", err)
	}
}

func TestBrowser(t *testing.T) {
	for agent, want := range map[string]string{
		"": "Browser on another system",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0":                   "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36":  "Samsung Internet on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36":                       "Chrome on macOS",
	} {
		if got := account.Browser(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}

func TestSweep(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	h.wait(30 * 24 * time.Hour)
	h.ok(h.Sweep(t.Context()))
	all, err := h.store.Sessions(t.Context(), founder.user().ID)
	h.ok(err)
	if len(all) != 0 {
		t.Errorf("%d sessions are left", len(all))
	}
}
