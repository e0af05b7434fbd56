package tools_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

func TestTake(t *testing.T) {
	p := open(t, few(), tools.Options{})
	p.Run(t, []webtest.Case{
		{Name: "csv", Get: "/tools.csv", Appears: []string{"id,name,", "Safe Line", "Pattern Finder", "River Watch"}, Never: []string{"CheckedBy", "import:"}},
		{Name: "csv of a query", Get: "/tools.csv?used=KE", Appears: []string{"Safe Line"}, Never: []string{"Pattern Finder", "River Watch"}},
		{Name: "json of a query", Get: "/tools.json?type=awareness", Appears: []string{`"tools"`, "River Watch"}, Never: []string{"Safe Line"}},
		{Name: "feed", Get: "/tools/feed.atom?q=hotline", Appears: []string{"<feed", "https://covey.example/tools/safe-line", "urn:covey:tool:safe-line"}, Never: []string{"River Watch"}},
		{Name: "feed in Arabic", Get: "/tools/feed.atom", Language: "ar", Appears: []string{`xml:lang="ar"`}},
		{Name: "data package", Get: "/tools/datapackage.json?used=KE", Appears: []string{`"https://covey.example/tools.csv?used=KE"`, `"Apache-2.0"`, `"terms.cost"`}},
		{Name: "map", Get: "/tools/map.svg?used=KE", Appears: []string{"<svg", "Kenya: 1"}},
		{Name: "how to", Get: "/tools/take", Appears: []string{"&lt;iframe src=&#34;https://covey.example/tools/embed", "/api/v1/openapi.json"}},
		{Name: "embed", Get: "/tools/embed?used=KE", Appears: []string{"Safe Line", "https://covey.example/tools/safe-line", "https://covey.example/tools?used=KE"}, Never: []string{"River Watch", "<nav", "Set-Cookie", "frame-ancestors 'none'"}},
		{Name: "shapes", Get: "/tools/world.svg", Appears: []string{`id="KE"`}},
	})
	for _, path := range []string{"/tools.csv", "/tools.json", "/tools/feed.atom", "/tools/datapackage.json", "/api/v1/tools"} {
		if got := p.Do(webtest.Case{Get: path}).Header().Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s may be read by %q alone", path, got)
		}
	}
	if policy := p.Do(webtest.Case{Get: "/tools/embed"}).Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors *") {
		t.Errorf("the list cannot be embedded: %s", policy)
	}
	if got := p.Do(webtest.Case{Get: "/tools/world.svg?v=1"}).Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("the shapes are loaded again and again: %q", got)
	}
}

// TestTakeAll makes sure that files have all of a result and not its first page.
func TestTakeAll(t *testing.T) {
	p := open(t, directorytest.Generate(2000, 4), tools.Options{})
	want := p.service.Search(directory.Query{}.Only(directory.UsedIn, "world")).Total
	var got struct{ Tools []directory.Entry }
	if err := json.Unmarshal(p.Do(webtest.Case{Get: "/tools.json?used=world"}).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Tools) != want || want <= 100 {
		t.Errorf("%d tools, want %d", len(got.Tools), want)
	}
}

func TestAPI(t *testing.T) {
	p := open(t, few(), tools.Options{})
	if err := p.service.Withdraw(t.Context(), curator(), "river-watch", "asked"); err != nil {
		t.Fatal(err)
	}
	p.Run(t, []webtest.Case{
		{Name: "tools", Get: "/api/v1/tools", Appears: []string{`"total":2`, `"id":"safe-line"`, `"pages":1`}, Never: []string{"river-watch", "$schema", "CheckedBy", "checked_by"}},
		{Name: "a query", Get: "/api/v1/tools?used=KE&q=hotline", Appears: []string{`"total":1`}},
		{Name: "several of one facet", Get: "/api/v1/tools?used=KE&used=world", Appears: []string{`"total":2`}},
		{Name: "pages", Get: "/api/v1/tools?per=1", Appears: []string{`"pages":2`, `"next":"/api/v1/tools?page=2&per=1"`}},
		{Name: "a code that is none", Get: "/api/v1/tools?form=nonsense", Status: 422, Appears: []string{"nonsense"}},
		{Name: "too many at once", Get: "/api/v1/tools?per=1000", Status: 422},
		{Name: "one", Get: "/api/v1/tools/safe-line", Appears: []string{`"name":"Safe Line"`, `"notes"`, `"sources"`}},
		{Name: "none", Get: "/api/v1/tools/nothing", Status: 404},
		{Name: "gone", Get: "/api/v1/tools/river-watch", Status: 410},
		{Name: "vocabulary", Get: "/api/v1/vocabulary", Appears: []string{`"awareness"`, `"ar":`, `"caution"`}},
		{Name: "description", Get: "/api/v1/openapi.json", Appears: []string{`"openapi":"3.1`, "/tools/{id}", "find-tools"}},
	})
	for _, path := range []string{"/api/v1/tools", "/api/v1/tools/safe-line", "/api/v1/vocabulary"} {
		tag := p.Do(webtest.Case{Get: path}).Header().Get("ETag")
		if tag == "" {
			t.Fatalf("%s has no ETag", path)
		}
		again := p.Do(webtest.Case{Get: path, Header: map[string]string{"If-None-Match": tag}})
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: status %d and %d bytes for the same again", path, again.Code, again.Body.Len())
		}
	}
	tag := p.Do(webtest.Case{Get: "/api/v1/tools"}).Header().Get("ETag")
	p.later(time.Second)
	if _, err := p.service.MarkChecked(t.Context(), curator(), "safe-line", "yes", "called them"); err != nil {
		t.Fatal(err)
	}
	if w := p.Do(webtest.Case{Get: "/api/v1/tools", Header: map[string]string{"If-None-Match": tag}}); w.Code != http.StatusOK {
		t.Errorf("a change is not seen: status %d", w.Code)
	}
}
