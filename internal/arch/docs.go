package arch

import (
	"fmt"
	"go/ast"
	"go/token"
)

// An Export is one exported name that a reader of the documentation meets.
type Export struct {
	Place      string // file:line
	Name       string // Name, or Type.Method
	Documented bool
}

// Exports lists the exported functions, methods of exported types, types,
// constants and variables of a package. A comment on a group of constants or
// variables, or at the end of a line of it, documents its members.
func Exports(p *Package) []Export {
	var list []Export
	for _, f := range p.Source() {
		if f.Generated {
			continue
		}
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if name, ok := funcName(d); ok {
					list = append(list, Export{f.at(d.Pos()), name, d.Doc != nil})
				}
			case *ast.GenDecl:
				list = append(list, declared(f, d)...)
			}
		}
	}
	return list
}

// funcName gives the name under which a function is documented, if it is.
func funcName(d *ast.FuncDecl) (string, bool) {
	if !d.Name.IsExported() {
		return "", false
	}
	if d.Recv == nil {
		return d.Name.Name, true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name, x.IsExported()
		default:
			return "", false
		}
	}
}

func declared(f *File, d *ast.GenDecl) []Export {
	if d.Tok == token.IMPORT {
		return nil
	}
	var list []Export
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				list = append(list, Export{f.at(spec.Pos()), spec.Name.Name, spec.Doc != nil || d.Doc != nil})
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() {
					documented := spec.Doc != nil || spec.Comment != nil || d.Doc != nil
					list = append(list, Export{f.at(name.Pos()), name.Name, documented})
				}
			}
		}
	}
	return list
}

// HasComment reports whether the package has a package comment, as every package
// with a file that is no test must.
func HasComment(p *Package) bool {
	for _, f := range p.Source() {
		if f.AST.Doc != nil {
			return true
		}
	}
	return len(p.Source()) == 0
}

// Docs finds packages without a package comment, exports of public packages
// without a doc comment, and whether the others document too few of theirs.
func Docs(packages []*Package, rules []Rule) []string {
	var breaches, bare []string
	exports := 0
	for _, p := range packages {
		if !HasComment(p) {
			breaches = append(breaches, p.Path+": no package comment")
		}
		rule, _ := ruleFor(rules, p.Path)
		for _, e := range Exports(p) {
			if !rule.Public {
				exports++
			}
			switch {
			case e.Documented:
			case rule.Public:
				breaches = append(breaches, fmt.Sprintf("%s: %s has no doc comment", e.Place, e.Name))
			default:
				bare = append(bare, fmt.Sprintf("%s: %s has no doc comment", e.Place, e.Name))
			}
		}
	}
	if float64(len(bare)) > (1-MinInternalDoc)*float64(exports) {
		breaches = append(breaches, bare...)
	}
	return breaches
}
