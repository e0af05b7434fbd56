package noise_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// allowed are the packages that may be imported, with all that may be used of them;
// nil means everything.
var allowed = map[string][]string{
	"crypto/rand":     {"Read"},
	"encoding/binary": {"LittleEndian", "BigEndian"},
	"errors":          nil,
	"fmt":             nil,
	"math":            {"MaxInt64", "MinInt64"},
	"math/big":        {"Int", "Rat", "NewInt", "NewRat"},
	"math/bits":       nil,
	"sync":            {"Mutex"},
	// The stream cipher, and nothing that is built on it.
	"math/rand/v2": {"NewChaCha8"},
}

// forbidden are names that stand for floating point wherever they occur.
var forbidden = []string{
	"float32", "float64", "complex64", "complex128",
	"Float32", "Float64", "SetFloat64", "Float", "NewFloat", "FloatString", "FloatPrec", "NormFloat64", "ExpFloat64",
}

// inexact finds what this package must not use: floating point, and random numbers
// that do not come from a Source.
func inexact(name, source string) []string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	report := func(n ast.Node, what string) {
		found = append(found, fmt.Sprintf("%v: %s", fset.Position(n.Pos()), what))
	}
	uses := map[string][]string{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		names, ok := allowed[path]
		if !ok {
			report(spec, "imports "+path)
		}
		local := strings.TrimSuffix(path, "/v2")
		local = local[strings.LastIndex(local, "/")+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
		uses[local] = names
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				report(n, "literal "+n.Value)
			}
		case *ast.Ident:
			if slices.Contains(forbidden, n.Name) {
				report(n, n.Name)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && uses[x.Name] != nil && !slices.Contains(uses[x.Name], n.Sel.Name) {
				report(n, x.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestNoFloatingPoint(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files++
		for _, what := range inexact(name, string(source)) {
			t.Error(what)
		}
	}
	if files < 8 {
		t.Errorf("only %d files read", files)
	}
}

func TestMutantFloatingPoint(t *testing.T) {
	for name, source := range map[string]string{
		"conversion":        "package p; func f(x int) int { return int(float64(x)) }",
		"literal":           "package p; const half = 0.5",
		"exp":               `package p; import "math"; var x = math.Exp(-1)`,
		"big float":         `package p; import "math/big"; var x big.Float`,
		"from a rational":   `package p; import "math/big"; func f(r *big.Rat) { r.Float64() }`,
		"renamed":           `package p; import m "math"; var x = m.Sqrt(2)`,
		"general generator": `package p; import "math/rand/v2"; var x = rand.IntN(6)`,
		"other package":     `package p; import "math/cmplx"; var x = cmplx.Inf()`,
	} {
		if len(inexact(name, source)) == 0 {
			t.Errorf("%s: not seen", name)
		}
	}
}
