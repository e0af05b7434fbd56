// Package arch holds the rules that every package of this module obeys, as data,
// and the checks that find what breaks them: which package may import which, what
// public packages must not do, that exports are documented, and how long files and
// functions may be. Its test reads the whole module, so that "go test ./..." fails
// on the first breach.
package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Package is one folder of Go files, its test files included.
type Package struct {
	Path  string // below the module, "." for the module itself
	Name  string // as the first file that is no test declares it
	Files []*File
}

// A File is one parsed Go file.
type File struct {
	Path      string // below the module, with slashes
	Lines     int
	Test      bool // its name ends in _test.go
	Generated bool // it says so; see [ast.IsGenerated]
	AST       *ast.File
	Fset      *token.FileSet
}

// Load parses every Go file below the root of fsys, whatever its build tags.
// Folders are left out as the go command leaves them out: testdata, names that
// begin with "." or "_", and modules of their own.
func Load(fsys fs.FS) ([]*Package, error) {
	fset := token.NewFileSet()
	packages := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if leftOut(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := load(fsys, fset, name)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		if packages[folder] == nil {
			packages[folder] = &Package{Path: folder}
		}
		packages[folder].Files = append(packages[folder].Files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load packages: %w", err)
	}
	return sorted(packages), nil
}

// leftOut reports whether the go command, too, ignores the folder.
func leftOut(fsys fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(folder, "go.mod"))
	return !errors.Is(err, fs.ErrNotExist)
}

func load(fsys fs.FS, fset *token.FileSet, name string) (*File, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &File{
		Path:      name,
		Lines:     strings.Count(string(src), "\n"),
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(tree),
		AST:       tree,
		Fset:      fset,
	}, nil
}

func sorted(packages map[string]*Package) []*Package {
	var list []*Package
	for _, p := range packages {
		for _, f := range p.Files {
			if !f.Test {
				p.Name = f.AST.Name.Name
				break
			}
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *Package) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// Source returns the files that are part of the product: no tests.
func (p *Package) Source() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
}

// Imports returns the import paths of the file.
func (f *File) Imports() []string {
	var list []string
	for _, spec := range f.AST.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// at gives the place of a node as file:line.
func (f *File) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", f.Path, f.Fset.Position(pos).Line)
}

// matches reports whether a path fits a pattern whose last element may be "*".
func matches(pattern, name string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path.Dir(name) == folder
	}
	return pattern == name
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

// below reports whether an import path is one of the paths or lies below one.
func below(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		return name == p || strings.HasPrefix(name, p+"/")
	})
}
