package web

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/opencovey/covey/internal/locale"
)

// functions are what templates may call, in one language:
//
//	{{text "tools.find.title"}}  {{text "tools.found" "count" .Count}}  {{marked "tools.about"}}
//	{{number .N}}  {{percent .Share}}  {{date .Day}}  {{time .When}}
//	{{country "KE"}}  {{language "sw"}}  {{list .Names}}
//	{{url "/tools" "q" .Query "page" 2}}   a path with a query; empty values are left out
//	{{static "app.css"}}                   the address of a static file
//	{{args "title" .Name "count" .N}}      a map, for a piece that takes several values
//	{{lang}} {{dir}}                       of the page
func functions(s *Server, p *locale.Printer) template.FuncMap {
	return template.FuncMap{
		"text":     p.Text,
		"marked":   p.HTML, // not "html": html/template takes that for its own escaper
		"number":   p.Number,
		"percent":  p.Percent,
		"date":     p.Date,
		"time":     p.Time,
		"country":  p.Country,
		"language": p.LanguageName,
		"list":     p.List,
		"lang":     p.Code,
		"dir":      p.Direction,
		"url":      address,
		"static":   s.static.path,
		"args":     namedArguments,
	}
}

// address joins a path and a query of names and values in turn.
func address(path string, pairs ...any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", errors.New("url: a name has no value")
	}
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if value := fmt.Sprint(pairs[i+1]); value != "" {
			query.Add(fmt.Sprint(pairs[i]), value)
		}
	}
	if len(query) == 0 {
		return path, nil
	}
	return path + "?" + query.Encode(), nil
}

// namedArguments makes a map of names and values in turn.
func namedArguments(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("args: a name has no value")
	}
	named := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("args: %v is no name", pairs[i])
		}
		named[name] = pairs[i+1]
	}
	return named, nil
}

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)

// checkKeys finds words in templates that look like keys of texts and are none.
func (p *pages) checkKeys() error {
	catalogue := p.server.options.Catalogue
	rooms := []string{"fault"}
	for _, room := range p.server.rooms {
		rooms = append(rooms, room.Name)
	}
	missing := map[string]string{} // key -> a page that names it
	for name, page := range p.byName["en"] {
		for _, t := range page.Templates() {
			if t.Tree == nil || t.Tree.Root == nil {
				continue
			}
			for _, word := range words(t.Tree.Root) {
				room, _, _ := strings.Cut(word, ".")
				if keyPattern.MatchString(word) && slices.Contains(rooms, room) && !catalogue.Has(word) {
					missing[word] = name
				}
			}
		}
	}
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		faults = append(faults, fmt.Errorf("template %s names the text %s, which is not there", missing[key], key))
	}
	return errors.Join(faults...)
}

// words returns all strings of a template's actions.
func words(node parse.Node) []string {
	var all []string
	add := func(nodes ...parse.Node) {
		for _, n := range nodes {
			all = append(all, words(n)...)
		}
	}
	branch := func(b *parse.BranchNode) {
		add(b.Pipe, b.List)
		if b.ElseList != nil {
			add(b.ElseList)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		add(n.Nodes...)
	case *parse.StringNode:
		return []string{n.Text}
	case *parse.ActionNode:
		add(n.Pipe)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			add(n.Pipe)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			add(c)
		}
	case *parse.CommandNode:
		add(n.Args...)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	}
	return all
}
