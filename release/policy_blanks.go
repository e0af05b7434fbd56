package release

import (
	"strings"

	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// blankSet is a list of blanks and where each text of it stands.
type blankSet struct {
	list []table.Blank
	line map[string]int // by folded text; kept blanks are values, and not in it
}

// hasBlank returns the line in which one of the sets says that a text is blank, or 0.
func hasBlank(text string, sets ...blankSet) int {
	for _, s := range sets {
		if line := s.line[foldText(text)]; line > 0 {
			return line
		}
	}
	return 0
}

// foldText is how package table compares blanks, yes, no and the keys of maps.
func foldText(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// blanks reads a list of texts that mean "missing"; an item is a text, which is its own reason, or text, reason and keep.
func (p *policyParser) blanks(n *yaml.Node, what string) blankSet {
	set := blankSet{line: map[string]int{}}
	if n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		return set
	}
	items, _ := p.items(n, what)
	seen, kept := map[string]bool{}, map[string]bool{}
	for _, item := range items {
		b, at, ok := p.blank(item, what)
		if !ok {
			continue
		}
		keep, known := kept[b.Reason]
		switch {
		case seen[foldText(b.Text)]:
			p.report(at, "remove one of the two", "%q is twice in %s", clip(b.Text), what)
			continue
		case known && keep != b.Keep:
			p.report(at, "give the two different reasons, or the same keep:", "the reason %q is kept for one text and not for another", clip(b.Reason))
			continue
		}
		seen[foldText(b.Text)], kept[b.Reason] = true, b.Keep
		set.list = append(set.list, b)
		if !b.Keep {
			set.line[foldText(b.Text)] = at.Line
		}
	}
	return set
}

func (p *policyParser) blank(item *yaml.Node, what string) (b table.Blank, at *yaml.Node, ok bool) {
	if item.Kind != yaml.MappingNode {
		b.Text, ok = p.blankText(item)
		b.Reason = b.Text
		return b, item, ok
	}
	g, _ := p.group(item, "an item of "+what)
	p.check(g, policyKeys["blank"])
	if n := g.get("keep"); n != nil {
		b.Keep = p.truth(n, "keep")
	}
	if at = g.get("text"); at == nil {
		if g.lacks("text") {
			p.report(item, "add text: and how the file writes it", "a blank has no text")
		}
		return b, item, false
	}
	b.Text, ok = p.blankText(at)
	b.Reason = b.Text
	if n := g.get("reason"); n != nil {
		reason, said := p.text(n, "reason")
		b.Reason, ok = reason, ok && said
	}
	return b, at, ok
}

func (p *policyParser) blankText(n *yaml.Node) (string, bool) {
	text, ok := p.raw(n, "the text of a blank")
	if text = strings.TrimSpace(text); ok && text == "" {
		p.report(n, "remove the item", `an empty cell is always blank, with the reason "blank"`)
		return "", false
	}
	return text, ok
}
