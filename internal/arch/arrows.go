package arch

import (
	"fmt"
	"path"
	"strings"
)

// Arrows finds every import that the rules do not allow, and every package that
// has no rule.
func Arrows(packages []*Package, rules []Rule) []string {
	var breaches []string
	for _, p := range packages {
		rule, ok := ruleFor(rules, p.Path)
		if !ok {
			breaches = append(breaches, fmt.Sprintf("%s: no rule for this package; add one to internal/arch/rules.go", p.Path))
			continue
		}
		for _, f := range p.Files {
			for _, name := range f.Imports() {
				if why := arrow(rule, f.Test, name); why != "" {
					breaches = append(breaches, fmt.Sprintf("%s: imports %s: %s", f.Path, name, why))
				}
			}
		}
	}
	return breaches
}

// ruleFor finds the first rule whose pattern fits the package.
func ruleFor(rules []Rule, name string) (Rule, bool) {
	for _, r := range rules {
		if matches(r.Package, name) {
			return r, true
		}
	}
	return Rule{}, false
}

// arrow says why a file under the rule must not import the package, or nothing.
func arrow(rule Rule, test bool, name string) string {
	ours, inModule := strings.CutPrefix(name, Module+"/")
	switch {
	case inModule && (test || matchesAny(rule.May, ours)):
		return ""
	case inModule:
		return fmt.Sprintf("%s may import %s", rule.Package, listed(rule.May))
	case isStandard(name):
		return ""
	case below(rule.Modules, name), test && below(TestModules, name):
		return ""
	case test:
		return "not among the modules that tests may use"
	default:
		return "not among the modules that this package may use"
	}
}

func listed(patterns []string) string {
	if len(patterns) == 0 {
		return "nothing of ours"
	}
	return "only " + strings.Join(patterns, ", ")
}

// isStandard reports whether the import path is one of the standard library: only
// those have no dot in their first element.
func isStandard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".")
}

// Bans finds the imports of the standard library that a public package must not
// have, in its files that are no tests.
func Bans(packages []*Package, rules []Rule, bans []Ban) []string {
	var breaches []string
	for _, p := range packages {
		rule, _ := ruleFor(rules, p.Path)
		for _, f := range p.Source() {
			for _, name := range f.Imports() {
				if ban, ok := banned(bans, rule, p.Path, name); ok {
					breaches = append(breaches, fmt.Sprintf("%s: imports %s: %s", f.Path, name, ban.Why))
				}
			}
		}
	}
	return breaches
}

func banned(bans []Ban, rule Rule, where, name string) (Ban, bool) {
	for _, b := range bans {
		holds := rule.Public && b.Where == "" || b.Where != "" && matches(b.Where, where)
		folder, all := strings.CutSuffix(b.Import, "/*")
		if holds && (name == b.Import || all && path.Dir(name) == folder) {
			return b, true
		}
	}
	return Ban{}, false
}
