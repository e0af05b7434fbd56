package e2e_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/testenv"
	bundle "github.com/opencovey/covey/release"
)

// others are all who must see no canary.
var others = []string{"stranger", "reader", "curator", "administrator", "approver", "other steward", "other approver"}

var (
	checkPoint     = regexp.MustCompile(`name="([a-z]+)" value="yes"`)
	roomOfStewards = regexp.MustCompile(`^/(prepare|approve)/`)
)

// TestServerCanaries takes a file with planted canaries from the upload to the public page, and then looks for them in everything that
// anybody but the steward can reach, before the release is approved and after it is published, and in all that the server keeps.
//
// What it cannot see: a number that was changed (a share, a sum, a rounded count that is too narrow), a picture's lengths, how long an
// answer takes and how large it is, what a program does with the synthetic records, the memory of the processes, files of the
// machine outside of the server's folder and the folder for temporary files, and what is sealed with a key that another may have.
func TestServerCanaries(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	databases := map[string]string{"SQLite": "", "PostgreSQL": testenv.Postgres(t)}
	room, scratch := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", scratch)
	t.Run("all", func(t *testing.T) {
		for name, database := range databases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				testCanaries(t, room, database)
			})
		}
	})
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v %v", left, err)
	}
}

func testCanaries(t *testing.T, room, database string) {
	h := openTown(t, room, database)
	h.settle()
	steward, approver := h.people["steward"], h.people["approver"]
	set, draft := h.plant(steward)
	h.fail(steward, set)
	run := h.run(steward, draft)
	release := steward.post(run + "/hand-in")

	cache := searched{}
	own := h.crawl(steward, nil, cache)
	h.control(own)
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(own.paths)), func(path string) bool { return !roomOfStewards.MatchString(path) || strings.Contains(path, "lang=") })
	if len(known) < 40 {
		t.Errorf("the steward reached only %v", known)
	}
	found, reached := h.everything(known, cache)
	h.nowhere("handed in", found)
	h.open(reached["approver"], release, release+"/files/quality.html", release+"/files/explorer.html", release+"/files/synthetic.csv", "/metrics", "/healthz")
	t.Run("weakened", func(t *testing.T) { h.weakened(t, run, draft, known) })

	h.decide(approver, release)
	steward.post(release + "/publish")
	found, reached = h.everything(known, cache)
	h.nowhere("published", found)
	for _, name := range bundle.BundleFiles() {
		h.open(reached["stranger"], "/data/register/1/files/"+name)
	}
	h.open(reached["stranger"], "/data/register/1/files/explorer", "/data/register/1/dataset.jsonld", "/data/register/1/datapackage.json", "/data?lang=ar", "/data/feed.atom",
		"/api/v1/openapi.json", "/api/v1/datasets", "/api/v1/datasets/register/releases/1/aggregates.csv", "/metrics", "/healthz")
	t.Logf("%d different texts searched", len(cache))
}

// plant sends the file and begins a draft with the policy.
func (h *town) plant(steward *guest) (set, draft string) {
	h.t.Helper()
	set = steward.post("/prepare/new/dataset", "title", "Register", "licence", "CC-BY-4.0")
	page := string(steward.get(set).body)
	steward.send(set+"/upload", "file", fileName, canaryFile(), "token", h.find(page, `name="token" value="([^"]*)"`), "days", "7")
	return set, h.draft(steward, set, canaryPolicy)
}

func (h *town) draft(steward *guest, set, policy string) string {
	h.t.Helper()
	upload := h.find(string(steward.get(set).body), `name="upload" value="([a-z2-7]+)"`)
	return steward.send(set+"/draft", "policy", "policy.yaml", policy, "upload", upload, "title", "First")
}

// fail has a run fail, with a detail that is about a row.
func (h *town) fail(steward *guest, set string) {
	h.t.Helper()
	page := string(steward.get(h.run(steward, h.draft(steward, set, brokenPolicy))).body)
	if !strings.Contains(page, "gender") || !strings.Contains(page, "notice bad") {
		h.t.Errorf("the run did not fail as it should:\n%s", page)
	}
}

// run makes a run of a draft and waits for its end.
func (h *town) run(steward *guest, draft string) string {
	h.t.Helper()
	run := steward.post(draft+"/release", "label", "k = 10")
	for deadline := time.Now().Add(5 * time.Minute); strings.Contains(string(steward.get(run).body), "data-poll"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatal("the run does not end")
		}
	}
	return run
}

// decide approves a release, point by point.
func (h *town) decide(approver *guest, release string) {
	h.t.Helper()
	form := []string{"decision", "approve"}
	for _, m := range checkPoint.FindAllStringSubmatch(string(approver.get(release).body), -1) {
		form = append(form, m[1], "yes")
	}
	if to := approver.post(release+"/decide", form...); to != release {
		h.t.Fatalf("the release is not approved: %s", to)
	}
}

// control fails the test unless the steward's own view holds each canary: so each is there to be seen, and the search sees it.
func (h *town) control(own crawl) {
	h.t.Helper()
	for _, c := range canaries() {
		if len(c.both) > 0 {
			continue // no page of the steward's has it either: see the variant that publishes the records
		}
		i := slices.IndexFunc(own.found, func(s sighting) bool { return s.what == c.name })
		if i < 0 {
			h.t.Errorf("the steward does not see %s", c.name)
		} else {
			h.t.Logf("%s: %s", c.name, own.found[i].where)
		}
	}
}

// everything searches all that the others can reach, and all that is kept.
func (h *town) everything(known []string, cache searched) (found []sighting, reached map[string]crawl) {
	h.t.Helper()
	reached = map[string]crawl{}
	for _, name := range others {
		c := h.crawl(h.people[name], known, cache)
		reached[name] = c
		found = append(found, c.found...)
		if name != "stranger" { // who is asked to sign in, whatever it is
			found = append(found, h.try(h.people[name], known, cache)...)
		}
		if in := h.people[name].get("/account").status; len(c.paths) < len(known) || name != "stranger" && in != http.StatusOK {
			h.t.Errorf("%s reached only %d addresses, or was signed out: %d", name, len(c.paths), in)
		}
	}
	return append(found, h.kept(cache)...), reached
}

// open fails the test unless a person got answers at addresses: so nothing was searched in vain.
func (h *town) open(c crawl, paths ...string) {
	h.t.Helper()
	for _, path := range paths {
		if c.paths[path] != http.StatusOK {
			h.t.Errorf("%s was asked for with status %d", path, c.paths[path])
		}
	}
}

// kept searches what the server keeps.
func (h *town) kept(cache searched) []sighting {
	h.t.Helper()
	log := h.log.bytes()
	if len(log) == 0 {
		h.t.Error("the log is empty")
	}
	found := append(cache.look("the log", log), h.dump(h.options.Dir, h.options.Database, cache)...)
	more, n := h.files(h.options.Dir, cache)
	if n < 10 {
		h.t.Errorf("only %d files", n)
	}
	return append(append(found, more...), h.beside(cache)...)
}

// nowhere fails the test for each canary that was seen.
func (h *town) nowhere(when string, found []sighting) {
	h.t.Helper()
	for i, s := range found {
		if i < 30 {
			h.t.Errorf("%s: %s is in: %s", when, s.what, s.where)
		}
	}
}

// weakened takes one protection away after the other, and expects the search to notice.
func (h *town) weakened(t *testing.T, run, draft string, known []string) {
	policy := string(h.people["steward"].get(draft + "/policy.yaml").body)
	h.unseal(t, draft, policy, func() {
		notices(t, "a policy is not sealed", h.dump(h.options.Dir, h.options.Database, searched{}), "publication_drafts")
		notices(t, "a policy is not sealed in a backup", h.beside(searched{}), "publication_drafts")
	})
	if h.options.Database != "" {
		return // the rest does not know the database
	}
	plain := filepath.Join(h.options.Dir, "publications", "cases.part")
	if err := os.WriteFile(plain, []byte(canaryFile()), 0o600); err != nil {
		t.Fatal(err)
	}
	found, _ := h.files(h.options.Dir, searched{})
	notices(t, "the file is kept as it came", found, "cases.part")
	if err := os.Remove(plain); err != nil {
		t.Fatal(err)
	}
	h.weakenedAnswers(t, run, known)
}

// notices fails the test unless a canary is seen at a place.
func notices(t *testing.T, what string, found []sighting, where string) {
	t.Helper()
	if !slices.ContainsFunc(found, func(s sighting) bool { return strings.Contains(s.where, where) }) {
		t.Errorf("%s, and nobody notices: %v", what, found)
	}
}

// weakenedAnswers weakens what the server answers and logs.
func (h *town) weakenedAnswers(t *testing.T, run string, known []string) {
	steward, approver := h.people["steward"], h.people["approver"]
	home, err := url.Parse(h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { h.weak = nil }()
	h.weak = func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool { // whoever asks for it is taken for the steward
		if strings.HasPrefix(r.URL.Path, run+"/private/") {
			r.Header.Del("Cookie")
			for _, c := range steward.Jar.Cookies(home) {
				r.AddCookie(c)
			}
		}
		return false
	}
	notices(t, "the approver may open the private report", h.crawl(approver, known, searched{}).found, "/private/")
	h.weak = func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.URL.Path == "/healthz" {
			w.Header().Set("X-People", "130.597")
		}
		if !strings.HasSuffix(r.URL.Path, "/files/synthetic.csv") {
			return false
		}
		_, err := io.WriteString(w, canaryFile())
		return err == nil
	}
	found := h.crawl(approver, known, searched{}).found
	notices(t, "a header tells the number of people", found, "(headers)")
	found = slices.DeleteFunc(found, func(s sighting) bool { return s.what != "the rare combination" })
	notices(t, "records are published as they are", found, "/files/synthetic.csv")
	h.weak = func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		err := r.ParseForm()
		h.options.Log.Info("request", "form", r.PostForm)
		return err == nil
	}
	clean := len(h.log.bytes())
	steward.post(run+"/hand-in", "note", "Those of Quillhaven")
	notices(t, "the log quotes what was sent", searched{}.look("the log", h.log.bytes()[clean:]), "the log")
	h.log.cut(clean)
}

// unseal keeps the policy of a draft as it is for a while.
func (h *town) unseal(t *testing.T, draft, policy string, during func()) {
	db := h.database(h.options.Dir, h.options.Database)
	defer db.Close()
	id := draft[strings.LastIndex(draft, "/")+1:]
	var sealed string
	if err := db.QueryRow(`SELECT document FROM publication_drafts WHERE id = $1`, id).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(sealed), &document); err != nil || document["Policy"] == nil {
		t.Fatalf("the draft is kept as %v: %v", document, err)
	}
	document["Policy"] = []byte(policy)
	open, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	set := func(to string) {
		if _, err := db.Exec(`UPDATE publication_drafts SET document = $1 WHERE id = $2`, to, id); err != nil {
			t.Fatal(err)
		}
	}
	set(string(open))
	during()
	set(sealed)
}
