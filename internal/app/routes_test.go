package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// open opens a server in a folder of the test.
func open(t testing.TB, o app.Options) *app.App {
	t.Helper()
	o.Dir = t.TempDir()
	if o.Hashing == (account.Argon{}) {
		o.Hashing = account.Argon{Memory: 64, Time: 1, Lanes: 1}
	}
	a, err := app.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// permitted says who may do what: it is written by hand, beside account.Permit, so
// that a slip there shows. An action that is not here may be done by nobody.
func permitted() map[account.Action][]string {
	all := webtest.Everybody()
	return map[account.Action][]string{
		account.ReadPublic:          all,
		account.SuggestTool:         all,
		account.SignIn:              all,
		account.ManageSelf:          all[1:],
		account.CurateTools:         {webtest.Curator},
		account.ManagePeople:        {webtest.Administrator, webtest.Chief},
		account.ManageServer:        {webtest.Administrator},
		account.ReadAudit:           {webtest.Administrator},
		account.PreparePublication:  {webtest.Steward},
		account.ApprovePublication:  {webtest.Approver},
		account.ReviewPublication:   {webtest.Steward, webtest.Approver},
		account.WithdrawPublication: {webtest.Steward, webtest.Approver},
	}
}

var placePattern = regexp.MustCompile(`\{[^}]*\}`)

// TestRoutes tries every route with every role and as a stranger.
func TestRoutes(t *testing.T) {
	site := webtest.New(t, web.Options{Rooms: open(t, app.Options{}).Rooms()})
	table := permitted()
	tried := 0
	for _, route := range site.Server.Routes() {
		method, path, _ := strings.Cut(strings.ReplaceAll(route.Pattern, "{$}", ""), " ")
		path = placePattern.ReplaceAllString(path, "x")
		may, known := table[route.Action]
		if !known {
			t.Errorf("%s: the action %s is in no table", route.Pattern, route.Action)
			continue
		}
		for _, as := range webtest.Everybody() {
			c := webtest.Case{As: as, Get: path}
			if method == "POST" {
				c = webtest.Case{As: as, Post: path}
			}
			w := site.Do(c)
			tried++
			if fault := judge(method, as, contains(may, as), w.Code, w.Header().Get("Location")); fault != "" {
				t.Errorf("%s as %q: %d, %s", route.Pattern, as, w.Code, fault)
			}
			if w.Code < 300 && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				for _, f := range webtest.Faults(w.Body.String()) {
					t.Errorf("%s as %q: page: %s", route.Pattern, as, f)
				}
			}
		}
	}
	t.Logf("%d routes, %d requests", len(site.Server.Routes()), tried)
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

// judge says what is wrong with the status of an answer.
func judge(method, as string, may bool, status int, location string) string {
	toSignIn := status == 303 && strings.HasPrefix(location, web.SignInPath+"?to=")
	switch {
	case status >= 500 && status != 503:
		return "an internal error"
	case may && (status == 401 || toSignIn):
		return "and should get in"
	case may:
		return ""
	case as != webtest.Stranger && status != 403:
		return "and should be forbidden"
	case as == webtest.Stranger && method == "GET" && !toSignIn:
		return "and should be asked to sign in"
	case as == webtest.Stranger && method == "POST" && status != 401:
		return "and should be refused"
	}
	return ""
}

// TestRoutesNotices shows that the test above would notice a route that lets people
// in whom it should not.
func TestRoutesNotices(t *testing.T) {
	for _, as := range webtest.Everybody() {
		for _, method := range []string{"GET", "POST"} {
			if judge(method, as, false, 200, "") == "" {
				t.Errorf("%s as %q gets in, and nobody notices", method, as)
			}
		}
	}
}
