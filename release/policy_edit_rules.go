package release

import "go.yaml.in/yaml/v4"

// RuleEdit is an item of the key impossible: what a person cannot be in all of its columns at once.
type RuleEdit []ConditionEdit

// ConditionEdit is what a person is in one column: one of Values; if Not, any value but these; if Blank, without a value; if Filled, with any.
type ConditionEdit struct {
	Column             string
	Values             []string
	Not, Blank, Filled bool
}

// rulesNode writes combinations; nil removes the key.
func rulesNode(rules []RuleEdit) (*yaml.Node, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, rule := range rules {
		item := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for i := range rule {
			item.Content = append(item.Content, textNode(rule[i].Column), rule[i].node())
		}
		list.Content = append(list.Content, item)
	}
	return list, nil
}

func (c *ConditionEdit) node() *yaml.Node {
	switch {
	case c.Blank:
		return textNode(blankWord)
	case c.Filled:
		return textNode(filledWord)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, v := range c.Values {
		list.Content = append(list.Content, textNode(v))
	}
	if !c.Not {
		return list
	}
	not := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
	not.Content = []*yaml.Node{textNode("not"), list}
	return not
}
