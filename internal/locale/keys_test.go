package locale_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
)

// words are all strings of the program that may be keys of texts, or parts of keys.
type words struct {
	all    map[string]string // string -> a file that has it
	called map[string]string // the same, of strings that are certainly meant as keys
}

// readWords reads the Go files and the templates of the server.
func readWords(t *testing.T) words {
	t.Helper()
	w := words{map[string]string{}, map[string]string{}}
	root := filepath.Join(testenv.ModuleRoot(t), "internal")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, ".html") && !strings.Contains(path, "testdata"):
			return w.template(path)
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			return w.source(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var (
	actionPattern = regexp.MustCompile(`\{\{.*?\}\}`)
	quotedPattern = regexp.MustCompile(`"([^"]*)"`)
	keyPattern    = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)
)

func (w words) template(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, action := range actionPattern.FindAllString(string(data), -1) {
		for _, quoted := range quotedPattern.FindAllStringSubmatch(action, -1) {
			w.all[quoted[1]] = path
		}
	}
	return nil
}

func (w words) source(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil // another test says that it cannot be compiled
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				w.all[text] = path
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Text", "HTML", "Redirect"}, f.Sel.Name) || isFault(n) {
				w.meant(n.Args, path)
			}
		}
		return true
	})
	return nil
}

// isFault tells whether a call is fault.New.
func isFault(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "New" {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && of.Name == "fault"
}

func (w words) meant(args []ast.Expr, path string) {
	for _, arg := range args {
		literal, ok := arg.(*ast.BasicLit)
		if !ok {
			continue
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && keyPattern.MatchString(text) {
			w.called[text] = path
		}
	}
}

// TestKeys fails if Go files name a text that no catalogue has, or if nothing uses
// one that is there. A key may be put together: "tools.facet." + facet uses all that
// begin so, text + ".about" all that end so.
func TestKeys(t *testing.T) {
	c := open(t)
	w := readWords(t)
	rooms := map[string]bool{}
	for _, key := range c.Keys() {
		room, _, _ := strings.Cut(key, ".")
		rooms[room] = true
	}
	for key, path := range w.called {
		room, _, _ := strings.Cut(key, ".")
		if rooms[room] && !c.Has(key) {
			t.Errorf("%s names the text %s, which no catalogue has", path, key)
		}
	}
	var begins, ends []string
	for text := range w.all {
		if strings.HasSuffix(text, ".") && strings.Contains(text, ".") && len(text) > 3 {
			begins = append(begins, text)
		}
		if strings.HasPrefix(text, ".") && len(text) > 2 {
			ends = append(ends, text)
		}
	}
	for _, key := range c.Keys() {
		if _, used := w.all[key]; used {
			continue
		}
		starts := slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(key, b) })
		stops := slices.ContainsFunc(ends, func(e string) bool { return strings.HasSuffix(key, e) })
		if !starts && !stops {
			t.Errorf("nothing uses the text %s", key)
		}
	}
}
