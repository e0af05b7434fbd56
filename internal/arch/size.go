package arch

import (
	"fmt"
	"go/ast"
	"slices"
)

// A Length is the number of lines of one file or function.
type Length struct {
	Place string // file, or file:line and name
	Lines int
}

// FileLengths lists the lengths of the product's files, longest last.
func FileLengths(packages []*Package) []Length {
	var list []Length
	each(packages, func(f *File) {
		list = append(list, Length{f.Path, f.Lines})
	})
	sortLengths(list)
	return list
}

// FuncLengths lists the lengths of the product's functions, from the func line to
// the closing brace, longest last.
func FuncLengths(packages []*Package) []Length {
	var list []Length
	each(packages, func(f *File) {
		for _, d := range f.AST.Decls {
			d, ok := d.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			first, last := f.Fset.Position(d.Type.Func).Line, f.Fset.Position(d.Body.Rbrace).Line
			list = append(list, Length{f.at(d.Type.Func) + " " + d.Name.Name, last - first + 1})
		}
	})
	sortLengths(list)
	return list
}

// each calls do for every file of the product that a person wrote.
func each(packages []*Package, do func(f *File)) {
	for _, p := range packages {
		for _, f := range p.Source() {
			if !f.Generated {
				do(f)
			}
		}
	}
}

func sortLengths(list []Length) {
	slices.SortStableFunc(list, func(a, b Length) int { return a.Lines - b.Lines })
}

// Percentile returns the smallest length that at least p percent of a sorted list
// do not exceed (nearest rank), and 0 for an empty list.
func Percentile(list []Length, p int) int {
	if len(list) == 0 {
		return 0
	}
	rank := (len(list)*p + 99) / 100
	return list[max(rank, 1)-1].Lines
}

// Sizes finds files and functions that are too long, one by one and as a whole.
func Sizes(packages []*Package) []string {
	var breaches []string
	for _, p := range packages {
		for _, f := range p.Files {
			if f.Lines > MaxFileLines && !f.Generated {
				breaches = append(breaches, fmt.Sprintf("%s: %d lines, at most %d", f.Path, f.Lines, MaxFileLines))
			}
		}
	}
	funcs := FuncLengths(packages)
	for _, l := range funcs {
		if l.Lines > MaxFuncLines {
			breaches = append(breaches, fmt.Sprintf("%s: %d lines, at most %d", l.Place, l.Lines, MaxFuncLines))
		}
	}
	breaches = append(breaches, share("files", FileLengths(packages), P90FileLines)...)
	return append(breaches, share("functions", funcs, P90FuncLines)...)
}

// share finds whether more than a tenth of the list is longer than the bound, and
// names the longest.
func share(what string, list []Length, bound int) []string {
	p90 := Percentile(list, 90)
	if p90 <= bound {
		return nil
	}
	text := fmt.Sprintf("%s: the 90th percentile is %d lines, at most %d; the longest:", what, p90, bound)
	for _, l := range list[max(0, len(list)-5):] {
		text += fmt.Sprintf("\n    %4d %s", l.Lines, l.Place)
	}
	return []string{text}
}
