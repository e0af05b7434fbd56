package arch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opencovey/covey/internal/arch"
)

// rules of the fixtures below.
var fixtureRules = []arch.Rule{
	{Package: "table", Public: true},
	{Package: "table/*", Public: true, May: []string{"table"}, Modules: []string{"example.org/sheet"}},
	{Package: "cmd", May: []string{"table", "table/*"}},
}

// files makes a module of files that are written as name → source.
func files(t *testing.T, sources map[string]string) []*arch.Package {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, src := range sources {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	packages, err := arch.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestLoad(t *testing.T) {
	packages := files(t, map[string]string{
		"go.mod":               "module m\n",
		"main.go":              "package main\n",
		"table/a.go":           "package table\n",
		"table/a_test.go":      "package table_test\n",
		"table/tagged.go":      "//go:build plan9\n\npackage table\n",
		"table/testdata/x.go":  "not Go at all",
		"_draft/x.go":          "not Go at all",
		".hidden/x.go":         "not Go at all",
		"other/go.mod":         "module other\n",
		"other/x.go":           "not Go at all",
		"internal/deep/x/x.go": "package x\n",
	})
	var got []string
	for _, p := range packages {
		got = append(got, fmt.Sprintf("%s %s %d/%d", p.Path, p.Name, len(p.Source()), len(p.Files)))
	}
	want := []string{". main 1/1", "internal/deep/x x 1/1", "table table 2/3"}
	if !slices.Equal(got, want) {
		t.Errorf("packages = %q, want %q", got, want)
	}
	if _, err := arch.Load(fstest.MapFS{"x.go": &fstest.MapFile{Data: []byte("pakcage x")}}); err == nil {
		t.Error("a file that does not parse was accepted")
	}
}

// TestChecks proves that every check can fail: each case is one small package and
// what is wrong with it.
func TestChecks(t *testing.T) {
	arrows := func(p []*arch.Package) []string { return arch.Arrows(p, fixtureRules) }
	bans := func(p []*arch.Package) []string { return arch.Bans(p, fixtureRules, arch.Forbidden) }
	state := func(p []*arch.Package) []string { return arch.State(p, fixtureRules) }
	docs := func(p []*arch.Package) []string { return arch.Docs(p, fixtureRules) }
	ours := `"` + arch.Module + `/`

	tests := []struct {
		name  string
		check func([]*arch.Package) []string
		file  string
		src   string
		want  []string // a part of each breach, in order
	}{
		{"no rule", arrows, "new/a.go", "package new", []string{"new: no rule"}},
		{"nothing imported", arrows, "table/a.go", "package table", nil},
		{"standard library", arrows, "table/a.go", "package table\nimport \"net/http\"", nil},
		{"up", arrows, "table/a.go", "package table\nimport " + ours + "cmd\"", []string{"table/a.go: imports " + arch.Module + "/cmd: table may import nothing of ours"}},
		{"down", arrows, "cmd/a.go", "package cmd\nimport " + ours + "table/x\"", nil},
		{"too deep for the pattern", arrows, "cmd/a.go", "package cmd\nimport " + ours + "table/x/y\"", []string{"only table, table/*"}},
		{"a test may", arrows, "table/a_test.go", "package table\nimport " + ours + "cmd\"", nil},
		{"foreign, allowed", arrows, "table/x/a.go", "package x\nimport \"example.org/sheet/cells\"", nil},
		{"foreign", arrows, "table/a.go", "package table\nimport \"example.org/sheet\"", []string{"not among the modules that this package"}},
		{"foreign by name only", arrows, "table/x/a.go", "package x\nimport \"example.org/sheetfoo\"", []string{"not among"}},
		{"foreign in a test, allowed", arrows, "table/a_test.go", "package table\nimport \"github.com/google/go-cmp/cmp\"", nil},
		{"foreign in a test", arrows, "table/a_test.go", "package table\nimport \"example.org/mock\"", []string{"modules that tests may use"}},

		{"public, network", bans, "table/a.go", "package table\nimport \"net/http\"", []string{"nothing leaves the machine"}},
		{"public, log below", bans, "table/a.go", "package table\nimport \"log/slog\"", []string{"does not log"}},
		{"public, address parsing", bans, "table/a.go", "package table\nimport \"net/netip\"", nil},
		{"public, in a test", bans, "table/a_test.go", "package table\nimport \"log\"", nil},
		{"not public", bans, "cmd/a.go", "package cmd\nimport \"log\"", nil},
		{"noise from a weak source", bans, "privacy/noise/a.go", "package noise\nimport \"math/rand\"", []string{"secure source"}},
		{"noise where none belongs", bans, "privacy/budget/a.go", "package budget\nimport \"math/rand/v2\"", []string{"draws nothing"}},
		{"weak source elsewhere", bans, "table/a.go", "package table\nimport \"math/rand/v2\"", nil},

		{"init", state, "table/a.go", "package table\nfunc init() {}", []string{"table/a.go:2: func init"}},
		{"method named init", state, "table/a.go", "package table\ntype t int\nfunc (t) init() {}", nil},
		{"init, not public", state, "cmd/a.go", "package cmd\nfunc init() {}", nil},
		{"assignment", state, "table/a.go", "package table\nvar n int\nfunc f() { n = 2 }", []string{"assigns the package variable n"}},
		{"increment", state, "table/a.go", "package table\nvar n int\nfunc f() { n++ }", []string{"table/a.go:3: assigns"}},
		{"element and field", state, "table/a.go", "package table\nvar n []struct{ x int }\nfunc f() { (n[0]).x = 2 }", []string{"variable n"}},
		{"local of the same name", state, "table/a.go", "package table\nvar n int\nfunc f() { n := 1; n = 2; _ = n }", nil},
		{"read only", state, "table/a.go", "package table\nimport \"strings\"\nvar n = strings.ToUpper(`a`)\nfunc f() string { return n }", nil},

		{"no package comment", docs, "cmd/a.go", "package cmd", []string{"cmd: no package comment"}},
		{"test files only", docs, "cmd/a_test.go", "package cmd", nil},
		{"public, bare", docs, "table/a.go", "// Package table.\npackage table\nfunc F() {}\ntype T int\nfunc (*T) M() {}\nconst C = 1", []string{"a.go:3: F", "a.go:4: T", "a.go:5: T.M", "a.go:6: C"}},
		{"public, generic", docs, "table/a.go", "// Package table.\npackage table\n// T.\ntype T[X, Y any] int\nfunc (*T[X, Y]) M() {}", []string{"T.M"}},
		{"public, documented", docs, "table/a.go", "// Package table.\npackage table\n// F.\nfunc F() {}\n// Some.\nconst (\n\tA = 1\n\tB = 2\n)\nvar (\n\tV = 1 // value\n)\ntype t int\nfunc (t) M() {}", nil},
		{"internal, a little bare", docs, "cmd/a.go", "// Package cmd.\npackage cmd\nvar X int\n// V.\nvar (\n" + strings.Repeat("\tV int\n", 9) + ")", nil},
		{"internal, too bare", docs, "cmd/a.go", "// Package cmd.\npackage cmd\nvar X int\n// V.\nvar (\n" + strings.Repeat("\tV int\n", 8) + ")", []string{"X has no doc"}},

		{"short", arch.Sizes, "table/a.go", source(10, 10), nil},
		{"long file", arch.Sizes, "table/a_test.go", source(arch.MaxFileLines, 1), []string{"at most 700"}},
		{"long function", arch.Sizes, "table/a.go", source(1, arch.MaxFuncLines+1), []string{"a.go:3 f: 101 lines", "functions: the 90th percentile"}},
		{"long function of a test", arch.Sizes, "table/a_test.go", source(1, 400), nil},
		{"many long files", arch.Sizes, "table/a.go", source(arch.P90FileLines, 1), []string{"files: the 90th percentile is 404"}},
		{"generated", arch.Sizes, "table/a.go", "// Code generated by hand. DO NOT EDIT.\n\n" + source(900, 900), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.check(files(t, map[string]string{test.file: test.src}))
			if len(got) != len(test.want) {
				t.Fatalf("breaches = %q, want %d", got, len(test.want))
			}
			for i, part := range test.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("breach %q does not say %q", got[i], part)
				}
			}
		})
	}
}

// source writes a file with so many empty lines before its end and one function of
// so many lines.
func source(lines, function int) string {
	return "package table\n\nfunc f() {" + strings.Repeat("\n", function-1) + "}\n" + strings.Repeat("\n", lines) + "\n"
}

func TestPercentile(t *testing.T) {
	list := make([]arch.Length, 20)
	for i := range list {
		list[i].Lines = i + 1
	}
	for p, want := range map[int]int{0: 1, 50: 10, 90: 18, 91: 19, 100: 20} {
		if got := arch.Percentile(list, p); got != want {
			t.Errorf("percentile %d = %d, want %d", p, got, want)
		}
	}
	if got := arch.Percentile(nil, 90); got != 0 {
		t.Errorf("percentile of nothing = %d, want 0", got)
	}
}

func TestMeasures(t *testing.T) {
	packages := files(t, map[string]string{
		"table/a.go": `// Package table has
// two lines.
package table

import "fmt"

// Reader reads.
type Reader interface {
	Read()
	Close()
}

func F(err error) error {
	if err == nil {
		return fmt.Errorf("no error here %d", 1)
	}
	_ = fmt.Errorf("lose it: %v", err)
	return fmt.Errorf("keep it: %w", err)
}
`,
		"table/a_test.go": `package table_test

import "testing"

func TestF(t *testing.T) {
	for range 3 {
		t.Run("x", nil)
	}
}

func FuzzF(f *testing.F)      {}
func BenchmarkF(b *testing.B) {}
func ExampleF()               {}
`,
		"table/b_test.go": "package table\n",
	})
	want := map[string]string{
		"source lines":                    "19",
		"test lines per source line":      "0.74",
		"packages; lines each":            "1; 19",
		"file lines p50 / p90 / max":      "19 / 19 / 19",
		"function lines p50 / p90 / max":  "7 / 7 / 7",
		"exports documented":              "50 %",
		"packages with a package comment": "100 %",
		"comment lines":                   "16 %",
		"errors wrapped":                  "50 %",
		"interfaces; methods each":        "1; 2.00",
		"init functions":                  "0",
		"table loops; t.Run":              "1; 1",
		"fuzz / benchmark / example":      "1 / 1 / 1",
		"black-box test files":            "50 %",
	}
	for _, m := range arch.Measures(packages) {
		if m.Value != want[m.Name] {
			t.Errorf("%s = %s, want %s", m.Name, m.Value, want[m.Name])
		}
	}
	if n := len(arch.Measures(nil)); n != len(want) {
		t.Errorf("%d measures of nothing, want %d", n, len(want))
	}
}
