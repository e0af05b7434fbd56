package people_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/web/people"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestTemplates checks every page against the type of its data.
func TestTemplates(t *testing.T) {
	h := newHouse(t)
	checked := map[string]bool{}
	for name, data := range people.PageData() {
		checked[name] = true
		page := h.site.Server.Template("people/" + name)
		if page == nil {
			t.Errorf("there is no template %s", name)
			continue
		}
		for _, block := range []string{"title", "main"} {
			if err := templatecheck.CheckHTML(page.Lookup(block), data); err != nil {
				t.Errorf("%s, %s: %v", name, block, err)
			}
		}
	}
	files, err := filepath.Glob("templates/[a-z]*.html")
	h.ok(err)
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".html"); !checked[name] {
			t.Errorf("%s is not checked", name)
		}
	}
}

// TestRoutes asks for every route with everybody. What is not permitted is refused
// before anything of the page is written; what is permitted is no error.
func TestRoutes(t *testing.T) {
	h := newHouse(t)
	founder, _ := h.found()
	home := h.user("first@example.org").Organisation
	one := h.organisation("One")
	who := map[string]*browser{
		"stranger": h.browser(),
		"founder":  founder,
		"boss":     h.join(one, "boss@example.org", true, account.Administrator),
		"weak":     h.join(home, "weak@example.org", false, account.Curator, account.Administrator),
		"curator":  h.join(home, "curator@example.org", true, account.Curator),
		"reader":   h.join(one, "reader@example.org", false, account.Reader),
	}
	half := h.browser()
	half.post("/sign-in", "email", "boss@example.org", "password", goodPassword).is(303, "/sign-in/code")
	who["half"] = half
	may := map[account.Action][]string{
		account.ManageSelf:   {"boss", "curator", "founder", "reader", "weak"},
		account.ManagePeople: {"boss", "founder"},
		account.ManageServer: {"founder"},
		account.ReadAudit:    {"founder"},
	}
	for _, route := range h.site.Server.Routes() {
		permitted, ours := may[route.Action]
		method, path, _ := strings.Cut(route.Pattern, " ")
		if !ours || strings.Contains(path, "/sessions/") {
			continue
		}
		path = strings.NewReplacer("{id}", "nobody").Replace(path)
		for name, b := range who {
			t.Run(name+" "+route.Pattern, func(t *testing.T) {
				w := h.site.Do(webtest.Case{As: b.session(), Get: only(method == "GET", path), Post: only(method == "POST", path)})
				refused := w.Code == 401 || w.Code == 403 && !strings.Contains(w.Body.String(), "signed in some time ago") ||
					w.Code == 303 && strings.HasPrefix(w.Header().Get("Location"), "/sign-in")
				if slices.Contains(permitted, name) == refused || w.Code == 500 {
					t.Errorf("status %d, leads to %q", w.Code, w.Header().Get("Location"))
				}
			})
		}
	}
}

func only(when bool, text string) string {
	if when {
		return text
	}
	return ""
}

// TestLanguages looks at every page in every language.
func TestLanguages(t *testing.T) {
	h := newHouse(t)
	b, _ := h.found()
	token, err := h.accounts.Invite(t.Context(), account.Actor{System: true}, h.user("first@example.org").Organisation, account.Roles())
	h.ok(err)
	id := h.user("first@example.org").ID
	one := h.organisation("One")
	for _, code := range locale.Languages() {
		dir := map[bool]string{true: `dir="rtl"`, false: `dir="ltr"`}[code == "ar"]
		for _, path := range []string{
			"/account", "/account/factor", "/account/password", "/account/again", "/people", "/people/" + id,
			"/people?organisation=" + one, "/organisations", "/organisations/" + one, "/audit",
		} {
			b.get(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + code)
			b.is(200, "").shows(`<html lang="` + code + `" ` + dir)
		}
		stranger := h.browser()
		for _, path := range []string{"/sign-in", "/invite/" + token} {
			stranger.get(path+"?lang="+code).is(200, "").shows(`<html lang="` + code + `" ` + dir)
		}
		stranger.post("/sign-in", "email", "x", "password", "x").is(422, "")
	}
}

// TestTexts: every text of this room's catalogues is used, and every one that the
// code of the room or of accounts names is there.
func TestTexts(t *testing.T) {
	source := ""
	for _, pattern := range []string{"*.go", "templates/*.html", "../../account/*.go", "../../fault/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source += string(text)
		}
	}
	file, err := os.ReadFile("../../locale/catalogue/people.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatal(err)
	}
	built := regexp.MustCompile(`^people\.(role|audit\.kind|audit\.problem|menu)\.`) // put together in the code
	for key := range texts {
		if !built.MatchString(key) && !strings.Contains(source, `"`+key+`"`) {
			t.Errorf("nothing uses %s", key)
		}
	}
	for _, m := range regexp.MustCompile(`"((people|fault\.account)\.[a-z.-]*[a-z])"`).FindAllStringSubmatch(source, -1) {
		if texts[m[1]] == nil && m[1] != string(account.ManagePeople) {
			t.Errorf("there is no text %s", m[1])
		}
	}
	for _, role := range account.Roles() {
		for _, end := range []string{"", ".about"} {
			if texts["people.role."+string(role)+end] == nil {
				t.Errorf("there is no text for the role %s%s", role, end)
			}
		}
	}
	for _, p := range []audit.Problem{
		audit.Altered, audit.Missing, audit.Misplaced, audit.Unchained, audit.Truncated, audit.Extended,
		audit.Unsigned, audit.Contradicted, audit.Backward,
	} {
		if texts["people.audit.problem."+string(p)] == nil {
			t.Errorf("there is no text for the problem %s", p)
		}
	}
}
