package release

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// PolicyEdit is one change of a policy file, as a form makes it. Key is a key of docs/policy.schema.json: of the column if Column is given, else of the
// protection or of the input if it is one of their keys, else of the policy.
//
// The key "name" of a column gives it, as a string, another name in the release; the file keeps its header.
//
// Value is what the key is to have: nil to remove it, a string, bool or int, a []string, a [][2]string (names and values in this order, for map and for
// code lists with labels), []BlankEdit, or []RuleEdit for the key impossible. Texts are written so that they stay texts.
type PolicyEdit struct {
	Column string
	Key    string
	Value  any
}

// BlankEdit is an item of the key blanks.
type BlankEdit struct {
	Text, Reason string
	Keep         bool
}

// EditPolicy changes a policy file and keeps the order of its keys and its comments. All edits are made before anything is checked, so that a kind can be changed
// together with what it needs; keys that have no effect on a new kind are removed, unless an edit gives them. The edits are in the order of the result.
//
// The error is a *[PolicyError] if the result is no policy; its lines are those of the result.
func EditPolicy(text []byte, edits []PolicyEdit) ([]byte, error) {
	root, problem := loadYAML(text)
	if problem != nil {
		return nil, &PolicyError{"policy", []Problem{*problem}}
	}
	if root.Kind != yaml.MappingNode {
		return nil, &PolicyError{"policy", []Problem{plainProblem(1, 1, "", "the policy is not a group of keys")}}
	}
	for _, e := range edits {
		if err := e.apply(root, edits); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("edit policy: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("edit policy: %w", err)
	}
	if _, err := ParsePolicy("policy", bytes.NewReader(out.Bytes())); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (e *PolicyEdit) apply(root *yaml.Node, all []PolicyEdit) error {
	value, err := e.node()
	if err != nil {
		return err
	}
	switch {
	case e.Column != "" && e.Key == "name":
		return renameColumn(keyedGroup(root, "columns"), e.Column, e.Value)
	case e.Column != "":
		column := keyedGroup(keyedGroup(root, "columns"), e.Column)
		if e.Key == "kind" && value != nil {
			e.changeKind(column, value.Value, all)
		}
		setKey(column, e.Key, value)
	case slices.Contains(policyKeys["input"], e.Key):
		setKey(keyedGroup(root, "input"), e.Key, value)
		if group := findKey(root, "input"); len(group.Content) == 0 {
			setKey(root, "input", nil)
		}
	case slices.Contains(policyKeys["protection"], e.Key):
		group := keyedGroup(root, "protection")
		if e.Key == "method" && value != nil {
			changeMethod(group, Method(value.Value))
		}
		setKey(group, e.Key, value)
	case e.Key == "columns" || !slices.Contains(policyKeys["policy"], e.Key):
		return fmt.Errorf("edit policy: %q is no key that can be set", e.Key)
	default:
		setKey(root, e.Key, value)
	}
	return nil
}

// renameColumn gives a column another name, and notes its header.
func renameColumn(columns *yaml.Node, from string, value any) error {
	to, ok := value.(string)
	if ok && to == from {
		return nil
	}
	if !ok || to == "" {
		return fmt.Errorf("edit policy: the name of a column cannot be %v", value)
	}
	at, taken := -1, false
	for i := 0; i+1 < len(columns.Content); i += 2 {
		switch columns.Content[i].Value {
		case from:
			at = i
		case to:
			taken = true
		}
	}
	switch {
	case at < 0: // renamed before
		return nil
	case taken:
		return &PolicyError{"policy", []Problem{plainProblem(1, 1, "", "there is a column %q already", clip(to))}}
	}
	group := keyedGroup(columns, from)
	key := textNode(to)
	key.HeadComment, key.FootComment = columns.Content[at].HeadComment, columns.Content[at].FootComment
	columns.Content[at] = key
	if kind := findKey(group, "kind"); findKey(group, "header") == nil && (kind == nil || kind.Value != kindIgnore) {
		setKey(group, "header", textNode(from))
	}
	return nil
}

// findKey returns the value of a key, or nil.
func findKey(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// changeKind removes what a new kind has no use for, but for what the edits give it.
func (e *PolicyEdit) changeKind(column *yaml.Node, kind string, all []PolicyEdit) {
	for i := len(column.Content) - 2; i >= 0; i -= 2 {
		key := column.Content[i].Value
		given := slices.ContainsFunc(all, func(o PolicyEdit) bool { return o.Column == e.Column && o.Key == key })
		fits := slices.Contains(keyKinds[key], kind) || slices.Contains([]string{"kind", "label", "description", "group"}, key)
		if !given && !fits {
			column.Content = slices.Delete(column.Content, i, i+2)
		}
	}
}

// changeMethod removes what the other method has no use for.
func changeMethod(group *yaml.Node, method Method) {
	drop := []string{"epsilon", "delta", "limit", "impossible"}
	if method == MethodDifferential {
		drop = []string{"k"}
	}
	for _, key := range drop {
		setKey(group, key, nil)
	}
}

// keyedGroup returns the group of keys below a key, which is made if it is not there. A single value, as in "gender: category", becomes the kind.
func keyedGroup(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		v := n.Content[i+1]
		if v.Kind != yaml.MappingNode {
			group := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			if v.Kind == yaml.ScalarNode && !isNull(v) {
				v.LineComment, group.LineComment = "", v.LineComment
				setKey(group, "kind", v)
			}
			n.Content[i+1] = group
		}
		return n.Content[i+1]
	}
	group := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	setKey(n, key, group)
	return group
}

// setKey sets or, with nil, removes a key of a group.
func setKey(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		if value == nil {
			n.Content = slices.Delete(n.Content, i, i+2)
		} else {
			n.Content[i+1] = value
		}
		return
	}
	if value != nil {
		n.Content = append(n.Content, textNode(key), value)
	}
}

// textNode is a text that every reader takes for one.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if !plainText.MatchString(text) || notText.MatchString(text) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// plainNode is a number or truth value.
func plainNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// numericKeys are keys whose texts are numbers or dates, which are not quoted.
var numericKeys = []string{"bins", "epsilon", "delta", "from", "to"}

// node returns the value as a node, nil to remove the key.
func (e *PolicyEdit) node() (*yaml.Node, error) {
	text := textNode
	if slices.Contains(numericKeys, e.Key) {
		text = numberNode
	}
	switch v := e.Value.(type) {
	case nil:
		return nil, nil
	case string:
		return text(v), nil
	case bool:
		return plainNode("!!bool", strconv.FormatBool(v)), nil
	case int:
		return plainNode("!!int", strconv.Itoa(v)), nil
	case []string:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, s := range v {
			list.Content = append(list.Content, text(s))
		}
		return list, nil
	case [][2]string:
		group := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, p := range v {
			group.Content = append(group.Content, textNode(p[0]), textNode(p[1]))
		}
		return group, nil
	case []RuleEdit:
		return rulesNode(v)
	case []BlankEdit:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, b := range v {
			item := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
			item.Content = append(item.Content, textNode("text"), textNode(b.Text), textNode("reason"), textNode(b.Reason))
			if b.Keep {
				item.Content = append(item.Content, textNode("keep"), plainNode("!!bool", "true"))
			}
			list.Content = append(list.Content, item)
		}
		return list, nil
	}
	return nil, fmt.Errorf("edit policy: %s cannot be a %T", e.Key, e.Value)
}

// numberNode writes numbers without quotes, and everything else as a text.
func numberNode(text string) *yaml.Node {
	if decimal.MatchString(text) {
		return plainNode("!!float", text)
	}
	return textNode(text)
}
