package release

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// policyParser turns the nodes of one file into a policy and collects what is wrong on the way. Its methods report a
// problem and return false, or a zero value, when a node is not what it has to be; they are silent about what has been
// reported before, such as aliases.
type policyParser struct {
	problems   []Problem
	impossible *yaml.Node // of the protection: it is about columns, and read after them

	rule, condition int // what of it is being read, counted from 1
}

func (p *policyParser) report(n *yaml.Node, hint, format string, args ...any) {
	problem := plainProblem(max(n.Line, 1), max(n.Column, 1), hint, format, args...)
	problem.Rule, problem.Condition = p.rule, p.condition
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, problem)
	}
}

// refuseReferences reports every anchor, alias, merge key and tag below n. A policy says each thing where it stands, and as the
// text that is written.
func (p *policyParser) refuseReferences(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		p.report(n, anchorHint, "aliases (*%s) are not allowed", clip(n.Value))
	case n.Anchor != "":
		p.report(n, anchorHint, "anchors (&%s) are not allowed", clip(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		p.report(n, "remove it; to mean a text, put it in quotes", "tags (%s) are not allowed", clip(n.Tag))
	}
	for _, child := range n.Content {
		p.refuseReferences(child)
	}
}

// clip shortens a text of the file for a message, to one line.
func clip(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return text
}

// describe names the kind of a node for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a group of keys"
	default:
		return fmt.Sprintf("%q", clip(n.Value))
	}
}

// textAt is a text of the file with the place where it stands.
type textAt struct {
	text string
	node *yaml.Node
}

// pair is a key with its value.
type pair struct {
	key   textAt
	value *yaml.Node
}

// pairs returns the keys of a group, trimmed, and their values in the order of the file. A key that repeats an earlier one is
// reported and left out. With sameCase unset, keys that differ by case only are the same.
func (p *policyParser) pairs(n *yaml.Node, what string, sameCase bool) ([]pair, bool) {
	if n.Kind != yaml.MappingNode {
		if n.Kind != yaml.AliasNode {
			p.report(n, "write its keys below it, indented, each with a colon", "%s must be a group of keys, not %s", what, describe(n))
		}
		return nil, false
	}
	var pairs []pair
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			if key.Kind != yaml.AliasNode {
				p.report(key, "write a text before the colon", "a key of %s must be a text, not %s", what, describe(key))
			}
			continue
		}
		if key.Tag == "!!merge" {
			p.report(key, anchorHint, "merge keys (<<) are not allowed")
			continue
		}
		text := strings.TrimSpace(key.Value)
		if text == "" {
			p.report(key, "write a text before the colon", "a key of %s is empty", what)
			continue
		}
		id := text
		if !sameCase {
			id = strings.ToLower(text)
		}
		if line, twice := first[id]; twice {
			p.report(key, "remove one of the two", "%q is there already, in line %d", clip(text), line)
			continue
		}
		first[id] = key.Line
		pairs = append(pairs, pair{textAt{text, key}, value})
	}
	return pairs, true
}

// group is a group of keys that the policy format knows.
type group struct {
	node  *yaml.Node
	what  string
	pairs []pair
	meant []string // known keys that unknown ones probably stand for
}

// group returns the keys of a group; check tells which of them are known.
func (p *policyParser) group(n *yaml.Node, what string) (*group, bool) {
	pairs, ok := p.pairs(n, what, true)
	return &group{node: n, what: what, pairs: pairs}, ok
}

// check reports keys that are not known, and keys without a value. Neither can be got afterwards.
func (p *policyParser) check(g *group, known []string) {
	g.pairs = slices.DeleteFunc(g.pairs, func(kv pair) bool {
		if !slices.Contains(known, kv.key.text) {
			if len(p.problems) >= maxProblems { // spare the search for what was meant
				return true
			}
			meant, hint := nearest(kv.key.text, known), suggest(kv.key.text, known, "the keys are")
			if meant == "" && g.node.Style&yaml.FlowStyle != 0 && isNull(kv.value) {
				hint = "between braces a comma ends a text, so put a text with a comma in quotes"
			}
			p.report(kv.key.node, hint, "unknown key %q in %s", clip(kv.key.text), g.what)
			g.meant = append(g.meant, meant)
			return true
		}
		if isNull(kv.value) && kv.key.text != "text" { // the text of a blank may well be null
			p.report(kv.key.node, "write a value after the colon, or remove the key", "%q has no value", kv.key.text)
			g.meant = append(g.meant, kv.key.text)
			return true
		}
		return false
	})
}

// isNull reports whether nothing stands after a colon, or a null or ~ without quotes.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style == 0
}

// get returns the value of a key, or nil.
func (g *group) get(key string) *yaml.Node {
	for _, kv := range g.pairs {
		if kv.key.text == key {
			return kv.value
		}
	}
	return nil
}

// lacks reports whether a key is missing and nothing that was reported stands for it.
func (g *group) lacks(key string) bool { return g.get(key) == nil && !slices.Contains(g.meant, key) }

// raw returns a single value as it is written.
func (p *policyParser) raw(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		if n.Kind != yaml.AliasNode {
			p.report(n, "write one text or number", "%s must be a single value, not %s", what, describe(n))
		}
		return "", false
	}
	return n.Value, true
}

// text returns a single value as it is written, without white space around it. It must not be empty.
func (p *policyParser) text(n *yaml.Node, what string) (string, bool) {
	text, ok := p.raw(n, what)
	if text = strings.TrimSpace(text); ok && text == "" {
		p.report(n, "write a text, or remove the key", "%s is empty", what)
		return "", false
	}
	return text, ok
}

// texts returns the texts of a list as they are written, without white space around them: no, 09, null and 2002-01-01 stay what they
// are. Empty texts and texts that repeat an earlier one, by the folding given, are reported and left out.
func (p *policyParser) texts(n *yaml.Node, what string, fold func(string) string) ([]textAt, bool) {
	items, ok := p.items(n, what)
	var texts []textAt
	seen := map[string]bool{}
	for _, item := range items {
		text, ok := p.text(item, "an item of "+what)
		if !ok {
			continue
		}
		if seen[fold(text)] {
			p.report(item, "remove one of the two", "%q is twice in %s", clip(text), what)
			continue
		}
		seen[fold(text)] = true
		texts = append(texts, textAt{text, item})
	}
	return texts, ok
}

// items returns the nodes of a list, which must not be empty.
func (p *policyParser) items(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	switch {
	case n.Kind == yaml.AliasNode:
		return nil, false
	case n.Kind != yaml.SequenceNode:
		p.report(n, "write it in brackets, such as [a, b]", "%s must be a list, not %s", what, describe(n))
		return nil, false
	case len(n.Content) == 0:
		p.report(n, "list something, or remove the key", "%s is an empty list", what)
		return nil, false
	}
	return n.Content, true
}

// plain returns a single value that is not in quotes, since quotes make a text of a number or a truth value.
func (p *policyParser) plain(n *yaml.Node, what, want string) (string, bool) {
	text, ok := p.raw(n, what)
	if ok && n.Style != 0 && n.Style&yaml.TaggedStyle == 0 {
		p.report(n, "remove the quotes", "%s must be %s, and quotes make it a text", what, want)
		return "", false
	}
	return text, ok
}

// truth returns true or false.
func (p *policyParser) truth(n *yaml.Node, what string) bool {
	text, ok := p.plain(n, what, "true or false")
	if ok && text != "true" && text != "false" {
		p.report(n, "", "%s must be true or false, not %q", what, clip(text))
	}
	return text == "true"
}

// whole returns a whole number.
func (p *policyParser) whole(n *yaml.Node, what string) (int64, bool) {
	text, ok := p.plain(n, what, "a whole number")
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !decimal.MatchString(text) {
		p.report(n, "write it in digits, without separators", "%s must be a whole number, not %q", what, clip(text))
		return 0, false
	}
	return x, true
}

// decimal matches numbers as JSON writes them.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// number returns a finite number.
func (p *policyParser) number(n *yaml.Node, what string) (float64, bool) {
	text, ok := p.plain(n, what, "a number")
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !decimal.MatchString(text) {
		p.report(n, "write it as 1234 or 12.5", "%s must be a number, not %q", what, clip(text))
		return 0, false
	}
	return x, true
}

// day returns a date, a month or a year as its first day.
func (p *policyParser) day(n *yaml.Node, what string) (time.Time, bool) {
	text, ok := p.raw(n, what)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	p.report(n, "write it as 2010-01-31, 2010-01 or 2010", "%s must be a date, not %q", what, clip(text))
	return time.Time{}, false
}

// choice returns the position of a word in the list of known ones, or -1.
func (p *policyParser) choice(n *yaml.Node, what string, known []string) int {
	text, ok := p.raw(n, what)
	if !ok {
		return -1
	}
	i := slices.Index(known, text)
	if i < 0 {
		p.report(n, suggest(text, known, "the choices are"), "unknown %s %q", what, clip(text))
	}
	return i
}
