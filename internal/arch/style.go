package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// A Measure is one number about the code, and the band that it should stay in. A
// number outside its band is a question to answer, not a failure; what must hold
// is checked by [Sizes], [Docs] and [State].
type Measure struct {
	Name, Value, Band string
}

// Measures takes the numbers of the style table over the whole module. Generated
// files and testdata are left out, and tests except where they are named.
func Measures(packages []*Package) []Measure {
	c := count(packages)
	files, funcs := FileLengths(packages), FuncLengths(packages)
	return []Measure{
		{"source lines", fmt.Sprint(c.lines), ""},
		{"test lines per source line", ratio(c.testLines, c.lines), "0.8 to 1.2; table, privacy ≥ 1.5"},
		{"packages; lines each", fmt.Sprintf("%d; %d", c.packages, c.lines/max(1, c.packages)), "300 to 900 each"},
		{"file lines p50 / p90 / max", spread(files), fmt.Sprintf("p90 ≤ %d, max %d", P90FileLines, MaxFileLines)},
		{"function lines p50 / p90 / max", spread(funcs), fmt.Sprintf("p90 ≤ %d, max %d", P90FuncLines, MaxFuncLines)},
		{"exports documented", percent(c.documented, c.exports), "100 % public, ≥ 90 % internal"},
		{"packages with a package comment", percent(c.commented, c.packages), "100 %"},
		{"comment lines", percent(c.commentLines, c.lines), "12 to 20 %; privacy 25 to 35 %"},
		{"errors wrapped", percent(c.wrapped, c.errors), "≥ 95 %"},
		{"interfaces; methods each", fmt.Sprintf("%d; %s", c.interfaces, ratio(c.methods, c.interfaces)), "≤ 1 per package; mean ≤ 5"},
		{"init functions", fmt.Sprint(c.inits), "0"},
		{"table loops; t.Run", fmt.Sprintf("%d; %d", c.tableLoops, c.runs), "grows with the code"},
		{"fuzz / benchmark / example", fmt.Sprintf("%d / %d / %d", c.fuzz, c.benchmarks, c.examples), "every parser / kernel / public type"},
		{"black-box test files", percent(c.blackBox, c.testFiles), "≥ 60 %"},
	}
}

// counts are the raw numbers behind the measures.
type counts struct {
	packages, commented               int
	lines, commentLines               int
	testLines, testFiles, blackBox    int
	exports, documented               int
	errors, wrapped                   int
	interfaces, methods               int
	inits, fuzz, benchmarks, examples int
	tableLoops, runs                  int
}

func count(packages []*Package) counts {
	var c counts
	for _, p := range packages {
		if len(p.Source()) > 0 {
			c.packages++
			if HasComment(p) {
				c.commented++
			}
		}
		for _, e := range Exports(p) {
			c.exports++
			if e.Documented {
				c.documented++
			}
		}
		for _, f := range p.Files {
			switch {
			case f.Generated:
			case f.Test:
				c.test(p, f)
			default:
				c.source(f)
			}
		}
	}
	return c
}

func (c *counts) source(f *File) {
	c.lines += f.Lines
	c.commentLines += commentLines(f)
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				c.inits++
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok {
				c.interfaces++
				c.methods += i.Methods.NumFields()
			}
		case *ast.CallExpr:
			c.errorf(n)
		}
		return true
	})
}

// errorf counts a call of fmt.Errorf that carries an error, and whether it wraps.
// A value is taken for an error when its name is err or ends in Err.
func (c *counts) errorf(call *ast.CallExpr) {
	if !isCall(call, "fmt", "Errorf") || len(call.Args) == 0 {
		return
	}
	format, _ := call.Args[0].(*ast.BasicLit)
	wraps := format != nil && strings.Contains(format.Value, "%w")
	carries := wraps
	for _, arg := range call.Args[1:] {
		if id, ok := arg.(*ast.Ident); ok && (id.Name == "err" || strings.HasSuffix(id.Name, "Err")) {
			carries = true
		}
	}
	if carries {
		c.errors++
	}
	if wraps {
		c.wrapped++
	}
}

func (c *counts) test(p *Package, f *File) {
	c.testFiles++
	c.testLines += f.Lines
	if f.AST.Name.Name != p.Name {
		c.blackBox++
	}
	for _, d := range f.AST.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Recv != nil {
			continue
		}
		switch name := d.Name.Name; {
		case strings.HasPrefix(name, "Fuzz"):
			c.fuzz++
		case strings.HasPrefix(name, "Benchmark"):
			c.benchmarks++
		case strings.HasPrefix(name, "Example"):
			c.examples++
		}
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if runsIn(n.Body) > 0 {
				c.tableLoops++
			}
		case *ast.CallExpr:
			if isCall(n, "t", "Run") {
				c.runs++
			}
		}
		return true
	})
}

func runsIn(body ast.Node) int {
	n := 0
	ast.Inspect(body, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && isCall(call, "t", "Run") {
			n++
		}
		return true
	})
	return n
}

// isCall reports whether the call is of x.name.
func isCall(call *ast.CallExpr, x, name string) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == x
}

// commentLines counts the lines that hold a comment or a part of one.
func commentLines(f *File) int {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			for line := lineOf(f, c.Pos()); line <= lineOf(f, c.End()); line++ {
				lines[line] = true
			}
		}
	}
	return len(lines)
}

func lineOf(f *File, pos token.Pos) int { return f.Fset.Position(pos).Line }

func spread(list []Length) string {
	return fmt.Sprintf("%d / %d / %d", Percentile(list, 50), Percentile(list, 90), Percentile(list, 100))
}

func ratio(a, b int) string {
	if b == 0 {
		return "none"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

func percent(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}
