package prepare_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web/webtest"
)

var verbs = regexp.MustCompile(`%[a-z]`)

// TestEngineSentences fails if an English sentence of the catalogue is not the engine's any more, so that nobody would be told it in their language.
func TestEngineSentences(t *testing.T) {
	said := map[string]bool{}
	for _, folder := range []string{"table", "table/xlsx", "release"} {
		files, err := filepath.Glob(filepath.Join(testenv.ModuleRoot(t), folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && !strings.HasSuffix(path, "_test.go") {
						said[strings.TrimSpace(verbs.ReplaceAllString(text, "·"))] = true
					}
				}
				return true
			})
		}
	}
	catalogue, err := locale.Open()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, key := range catalogue.Keys() {
		if !strings.HasPrefix(key, "prepare.engine.") {
			continue
		}
		n++
		marks := []any{}
		for _, name := range []string{"q", "qq", "n", "nn", "t", "tt", "ttt"} {
			marks = append(marks, name, "·")
		}
		text := catalogue.Printer("en").Text(key, marks...)
		if head, put, together := strings.Cut(text, "·"); !said[text] && !(together && put == "" && said[strings.TrimSpace(head)]) {
			t.Errorf("the engine does not say %q", text)
		}
	}
	if n < 80 {
		t.Errorf("%d sentences", n)
	}
}

// TestEngineSpeaksFrench shows problems of a file and of a policy in the language of the page, and keeps what they quote to the steward.
func TestEngineSpeaksFrench(t *testing.T) {
	testenv.NotRaces(t)
	p := open(t)
	_, draft := p.ready(t)
	p.save(t, draft+"/columns/4", url.Values{"kind": {"flag"}})
	french := func(path string) string {
		return p.Do(webtest.Case{As: webtest.Steward, Get: path + "?lang=fr"}).Body.String()
	}
	if page := french(draft + "/columns"); !strings.Contains(page, "ligne 2, colonne note: ni un oui ni un non") {
		t.Errorf("the problem of the file is not in French\n%s", between(page, `class="notice bad"`, "</div>"))
	}
	p.save(t, draft+"/columns", url.Values{"kind4": {"ignore"}})
	version := between(p.page(t, webtest.Steward, draft+"/columns"), `name="version" value="`, `"`)
	w := p.Do(webtest.Case{
		As: webtest.Steward, Post: draft + "/columns/0?lang=fr", Header: map[string]string{"Accept-Language": "fr"},
		Form: url.Values{"version": {version}, "kind": {"number"}, "bins": {"18, 9"}},
	})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "les limites des classes ne vont pas en croissant : 9 suit 18") {
		t.Errorf("status %d: the fault of the policy is not in French\n%s", w.Code, between(w.Body.String(), `class="notice bad"`, "</div>"))
	}
	p.hidesLog(t)
}
