package webtest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// Faults returns what is wrong with a page that can be seen from its HTML alone:
// no language or direction, no title, not one h1, headings that skip a level, a
// field without label, a button or link without text, the same id twice, a
// reference to an id that is not there, an image without text, and any script,
// style or handler inside the page, or file from another server.
func Faults(page string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	c := &checker{ids: map[string]bool{}, labelled: map[string]bool{}}
	c.walk(root, c.collect)
	c.walk(root, c.check)
	if !strings.Contains(page, "<html") { // a part of a page, for a script that puts it into one
		return c.inside()
	}
	if c.h1 != 1 {
		c.add("has %d h1", c.h1)
	}
	if strings.TrimSpace(c.title) == "" {
		c.add("has no title")
	}
	if strings.Contains(page, "ZgotmplZ") {
		c.add("has a value that was taken for unsafe (ZgotmplZ)")
	}
	return c.faults
}

// inside returns the faults that a part of a page can have.
func (c *checker) inside() []string {
	var faults []string
	for _, f := range c.faults {
		if !strings.HasPrefix(f, "has no lang") && !strings.HasPrefix(f, "has the heading") && !strings.HasPrefix(f, "refers by") {
			faults = append(faults, f)
		}
	}
	return faults
}

type checker struct {
	ids, labelled map[string]bool
	title         string
	h1, level     int
	faults        []string
}

func (c *checker) add(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *checker) walk(n *html.Node, see func(*html.Node)) {
	if n.Type == html.ElementNode {
		see(n)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.walk(child, see)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		b.WriteString(text(child))
	}
	return b.String()
}

func (c *checker) collect(n *html.Node) {
	if id := attribute(n, "id"); id != "" {
		if c.ids[id] {
			c.add("has the id %q twice", id)
		}
		c.ids[id] = true
	}
	if n.Data == "label" {
		c.labelled[attribute(n, "for")] = true
	}
	if n.Data == "title" && n.Parent.Data == "head" {
		c.title = text(n)
	}
}

func (c *checker) check(n *html.Node) {
	switch n.Data {
	case "html":
		if attribute(n, "lang") == "" || attribute(n, "dir") == "" {
			c.add("has no lang or no dir")
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		c.heading(n)
	case "input", "select", "textarea":
		c.field(n)
	case "button", "a", "summary":
		if strings.TrimSpace(text(n)) == "" && attribute(n, "aria-label") == "" && attribute(n, "aria-labelledby") == "" {
			c.add("has a %s without text (%s)", n.Data, attribute(n, "href"))
		}
	case "img":
		c.image(n)
	case "style":
		c.add("has a style element")
	case "script":
		// A block of data for search engines is no script, whatever its element is called: it does not run.
		if attribute(n, "type") != "application/ld+json" && (attribute(n, "src") == "" || n.FirstChild != nil) {
			c.add("has a script inside")
		}
	case "base", "iframe", "object", "embed":
		c.add("has a %s", n.Data)
	}
	c.attributes(n)
}

func (c *checker) heading(n *html.Node) {
	level := int(n.Data[1] - '0')
	if level == 1 {
		c.h1++
	}
	if level > c.level+1 {
		c.add("has the heading %s %q after one of level %d", n.Data, strings.TrimSpace(text(n)), c.level)
	}
	c.level = level
}

func (c *checker) field(n *html.Node) {
	switch attribute(n, "type") {
	case "hidden", "submit", "button":
		return
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return
		}
	}
	if attribute(n, "aria-label") == "" && attribute(n, "aria-labelledby") == "" && !c.labelled[attribute(n, "id")] {
		c.add("has the field %q without label", attribute(n, "name"))
	}
}

func (c *checker) image(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key == "alt" {
			return
		}
	}
	c.add("has an image without alt")
}

func (c *checker) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			c.add("has a style on a %s", n.Data)
		case strings.HasPrefix(a.Key, "on"):
			c.add("has a handler %s on a %s", a.Key, n.Data)
		case strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			c.add("has a script as address on a %s", n.Data)
		case a.Key == "aria-describedby" || a.Key == "aria-labelledby" || a.Key == "aria-controls" || a.Key == "for" || a.Key == "list":
			for _, id := range strings.Fields(a.Val) {
				if !c.ids[id] {
					c.add("refers by %s to the id %q, which is not there", a.Key, id)
				}
			}
		case a.Key == "src" && strings.Contains(a.Val, "//"):
			c.add("loads %s", a.Val)
		case a.Key == "href" && n.Data == "link" && strings.Contains(a.Val, "//") && attribute(n, "rel") != "alternate" && attribute(n, "rel") != "canonical":
			c.add("loads %s", a.Val)
		}
	}
}
