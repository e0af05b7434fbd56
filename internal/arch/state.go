package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// State finds what makes a public package more than its functions: init
// functions, and assignments to package variables after they were declared. The
// latter finds plain assignments (x = …, x.f = …, x[i] = …, x++), not changes
// through a pointer or a method.
func State(packages []*Package, rules []Rule) []string {
	var breaches []string
	for _, p := range packages {
		if rule, _ := ruleFor(rules, p.Path); !rule.Public {
			continue
		}
		uses := resolve(p)
		for _, f := range p.Source() {
			ast.Inspect(f.AST, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Recv == nil && n.Name.Name == "init" {
						breaches = append(breaches, f.at(n.Pos())+": func init: importing a package must do nothing")
					}
				case *ast.AssignStmt:
					for _, left := range n.Lhs {
						breaches = append(breaches, assigned(f, uses, left)...)
					}
				case *ast.IncDecStmt:
					breaches = append(breaches, assigned(f, uses, n.X)...)
				}
				return true
			})
		}
	}
	return breaches
}

// resolve finds the object that each name of the package stands for. Imports stay
// unresolved and type errors are ignored: only the package's own names matter.
func resolve(p *Package) map[*ast.Ident]types.Object {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: noImports{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	var files []*ast.File
	fset := token.NewFileSet()
	for _, f := range p.Source() {
		files, fset = append(files, f.AST), f.Fset
	}
	// The error is expected: there are no imports.
	_, _ = conf.Check(p.Path, fset, files, info)
	return info.Uses
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("imports are not resolved here")
}

// assigned names the package variable at the root of an expression that is
// assigned to, if there is one.
func assigned(f *File, uses map[*ast.Ident]types.Object, left ast.Expr) []string {
	for {
		switch x := left.(type) {
		case *ast.ParenExpr:
			left = x.X
		case *ast.SelectorExpr:
			left = x.X
		case *ast.IndexExpr:
			left = x.X
		case *ast.StarExpr:
			left = x.X
		case *ast.Ident:
			v, ok := uses[x].(*types.Var)
			if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
				return nil
			}
			return []string{fmt.Sprintf("%s: assigns the package variable %s: state is a parameter", f.at(x.Pos()), x.Name)}
		default:
			return nil
		}
	}
}
