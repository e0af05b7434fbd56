package release

import (
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// readValues reads the code list and the label for what it lacks. It returns all that the column may hold when the list is known
// and nothing else may occur, else nil.
func (c *columnParser) readValues() (closed map[string]bool) {
	n, other := c.keys.get("values"), c.keys.get("other")
	if other != nil {
		c.column.Other, _ = c.text(other, c.of("other"))
	}
	if n == nil {
		if other != nil && c.keys.lacks("values") {
			c.report(other, "list the codes under values:, or remove other:", "%s has no effect without values", c.of("other"))
		}
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Value == learnWord {
		c.readLearn(n)
		return nil
	}
	codes, ok := c.readCodes(n)
	closed = make(map[string]bool, len(codes))
	for _, code := range codes {
		c.column.Values = append(c.column.Values, code.text)
		closed[code.text] = true
		c.checkCode(code)
	}
	if !ok || other != nil {
		return nil
	}
	for _, b := range slices.Concat(c.policy.Blanks, c.column.Blanks) {
		if b.Keep { // counts as a value, by its text or its reason
			closed[b.Text], closed[b.Reason] = true, true
		}
	}
	return closed
}

// readCodes reads the codes from a list, or from a group that gives their labels.
func (c *columnParser) readCodes(n *yaml.Node) ([]textAt, bool) {
	if n.Kind != yaml.MappingNode {
		return c.texts(n, c.of("values"), strings.TrimSpace)
	}
	pairs, ok := c.pairs(n, c.of("values"), true)
	if ok && len(n.Content) == 0 {
		c.report(n, "list the codes, or remove the key", "%s is empty", c.of("values"))
		return nil, false
	}
	codes := make([]textAt, 0, len(pairs))
	for _, kv := range pairs {
		label, ok := c.raw(kv.value, "the label of a value")
		if !ok {
			continue
		}
		codes = append(codes, kv.key)
		if label = strings.TrimSpace(label); label != "" {
			if c.column.ValueLabels == nil {
				c.column.ValueLabels = map[string]string{}
			}
			c.column.ValueLabels[kv.key.text] = label
		}
	}
	return codes, ok
}

// checkCode reports a code that no cell can have.
func (c *columnParser) checkCode(code textAt) {
	if line := hasBlank(code.text, c.missing...); line > 0 {
		c.report(code.node, "remove one of the two, or add keep: true there", "%q is a blank already, by line %d", clip(code.text), line)
		return
	}
	if d := c.delimiter(); d != "" && strings.Contains(code.text, d) {
		c.report(code.node, "list the labels one by one, or change the delimiter", "%q contains the delimiter %q", clip(code.text), clip(d))
	}
	if iso, ok := table.ParseCountry(code.text); ok && c.column.Kind == table.Country && iso != code.text {
		c.report(code.node, "write "+iso, "countries are kept as ISO 3166-1 alpha-3 codes, and %q is not one", clip(code.text))
	}
}

// delimiter returns what separates the labels of a many-valued column, else "".
func (c *columnParser) delimiter() string {
	switch {
	case c.column.Kind != table.Many:
		return ""
	case c.column.Delimiter == "":
		return ";"
	}
	return c.column.Delimiter
}

// readMap reads the clean labels of raw ones. With a closed code list, the clean ones must be in it.
func (c *columnParser) readMap(closed map[string]bool) {
	n := c.keys.get("map")
	if n == nil {
		return
	}
	pairs, ok := c.pairs(n, c.of("map"), false)
	if ok && len(n.Content) == 0 {
		c.report(n, "list something, or remove the key", "%s is empty", c.of("map"))
	}
	for _, kv := range pairs {
		to, ok := c.raw(kv.value, "a label of map")
		if !ok {
			continue
		}
		if to = strings.TrimSpace(to); to == "" {
			c.report(kv.key.node, "write the label after the colon; to make it a missing value, list it under blanks:",
				"map gives no label for %q", clip(kv.key.text))
			continue
		}
		c.checkMapped(kv, to, closed)
		if c.column.Map == nil {
			c.column.Map = map[string]string{}
		}
		c.column.Map[kv.key.text] = to
	}
}

func (c *columnParser) checkMapped(kv pair, to string, closed map[string]bool) {
	if line := hasBlank(kv.key.text, c.missing...); line > 0 {
		c.report(kv.key.node, "remove one of the two", "%q is a blank already, by line %d", clip(kv.key.text), line)
	}
	if d := c.delimiter(); d != "" && strings.Contains(kv.key.text, d) {
		c.report(kv.key.node, "map the labels one by one, or change the delimiter", "%q contains the delimiter %q", clip(kv.key.text), clip(d))
	}
	if c.column.Kind == table.Country {
		if iso, ok := table.ParseCountry(to); ok {
			to = iso
		}
	}
	if closed != nil && !closed[to] && hasBlank(to, c.missing...) == 0 {
		c.report(kv.value, "add it to values:, or correct it", "map gives the label %q, which is not under values", clip(to))
	}
}
