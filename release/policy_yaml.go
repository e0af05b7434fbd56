package release

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxPolicyBytes bounds a policy file. A policy of a thousand columns takes about 100 KiB.
const maxPolicyBytes = 1 << 20

// loadYAML returns the one document of a policy file as a tree of nodes, or what is wrong with its YAML. Nothing in
// the tree is expanded: an alias stays an alias, so a small file cannot grow.
func loadYAML(text []byte) (*yaml.Node, *Problem) {
	if problem := checkCharacters(text); problem != nil {
		return nil, problem
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithUniqueKeys(false)) // twice-named keys are reported by mapping
	if err != nil {
		return nil, syntaxProblem(text, err)
	}
	var document, second yaml.Node
	if err := loader.Load(&document); errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return nil, newProblem(1, 1, "start from the draft that covey inspect writes", "the policy is empty")
	} else if err != nil {
		return nil, syntaxProblem(text, err)
	}
	if err := loader.Load(&second); err == nil {
		return nil, newProblem(max(second.Line, 1), max(second.Column, 1),
			"keep one policy in one file, and remove the line ---", "a second document begins here")
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxProblem(text, err)
	}
	return document.Content[0], nil
}

// checkCharacters finds what cannot be in a text file in UTF-8.
func checkCharacters(text []byte) *Problem {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return newProblem(1, 1, "save it as UTF-8", "the policy is in UTF-16")
	}
	line, column := 1, 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return newProblem(line, column, "save the policy as UTF-8", "a character is not UTF-8")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			return newProblem(line, column, "remove it", "an invisible control character (%U)", r)
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
	return nil
}

// syntaxProblem says in plain words what the YAML parser found.
func syntaxProblem(text []byte, err error) *Problem {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return newProblem(1, 1, "", "this is not YAML: %s", err)
	}
	at, start := load.Mark, load.ContextMark
	if tab := findTab(text, start.Line, at.Line); tab != nil {
		return tab
	}
	problem := &Problem{Line: max(at.Line, 1), Column: max(at.Column, 1)}
	open := func(what, end string) {
		problem.Line, problem.Column = max(start.Line, 1), max(start.Column, 1)
		problem.Text, problem.Hint = "the "+what+" that begins here is not closed", "end it with "+end
	}
	switch message := load.Message; {
	case strings.Contains(message, "',' or ']'"):
		open("list", "], and put commas between its items")
	case strings.Contains(message, "',' or '}'"):
		open("group", "}, and put commas between its keys")
	case strings.Contains(message, "unexpected end of stream"):
		open("quoted text", "the quote that began it")
	case strings.Contains(message, "mapping values are not allowed"):
		problem.Text = "a colon that does not belong here"
		problem.Hint = "put a text that contains a colon in quotes, and start keys of one group in the same column"
	case strings.Contains(message, "could not find expected ':'"), strings.Contains(message, "did not find expected key"):
		problem.Text = "this is neither a key with a colon nor indented like the lines around it"
		problem.Hint = "write key: value, and start keys of one group in the same column"
	case strings.Contains(message, "expected node content"):
		problem.Text, problem.Hint = "a value is missing here", "write it, and close every bracket and brace"
	case strings.Contains(message, "cannot start any token"):
		problem.Text = "a text cannot begin with this character"
		problem.Hint = "put the text in quotes"
	case strings.Contains(message, "max depth"):
		problem.Text, problem.Hint = "groups and lists are nested too deeply", "a policy needs four levels"
	case strings.Contains(message, "escape"):
		problem.Text = "an unknown escape in a text in double quotes"
		problem.Hint = `write \\ for a backslash, or put the text in single quotes`
	case strings.Contains(message, "anchor"), strings.Contains(message, "alias"):
		problem.Text, problem.Hint = "anchors (&) and aliases (*) are not allowed", anchorHint
	default:
		problem.Text = "this is not YAML: " + message
	}
	return problem
}

const anchorHint = "write the value out, or put the text in quotes"

// findTab finds a tab that indents one of the lines from first to last.
func findTab(text []byte, first, last int) *Problem {
	if first < 1 || first > last {
		first = last
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if number < first || number > last {
			continue
		}
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 {
			return newProblem(number, tab+1, "indent with spaces", "a tab indents this line")
		}
	}
	return nil
}
