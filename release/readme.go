package release

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/opencovey/covey/table"
)

// readmeTemplate has one block per line: "= " and "== " begin headings, "- " an item, "> " a paragraph that somebody else wrote, four spaces a
// line to be kept, "name | text" an entry of a list; anything else is a paragraph.
//
//go:embed readme.txt
var readmeTemplate string

// readmeNoised has the parts that are about protection, of a differential release.
//
//go:embed readme_differential.txt
var readmeNoised string

// readmeWidth is the greatest length of a line, in characters. A longer word stands on a line of its own.
const readmeWidth = 80

// readmeView is what the template of README.txt is given.
type readmeView struct {
	*Manifest
	People, Least, Records, Columns string // how many there are, or can be
	K, Most, Below                  int    // of a k-anonymous release
	Learnt                          bool   // of a differential release: the values of some column
	Entered                         bool   // it has a place in a ledger file
	Several                         bool   // some column has several values per person
	Delimiters                      string // between them
	Formula                         bool   // a value looks like a formula to a spreadsheet
}

// writeReadme writes what the bundle is and what not to conclude from it, in plain words. A differential release may be entered in a ledger file;
// the manifest does not tell yet, since that is done last.
func writeReadme(w io.Writer, m *Manifest, entered bool) error {
	page, err := template.New("readme").Funcs(template.FuncMap{"paragraphs": paragraphs}).Parse(readmeTemplate)
	if err == nil {
		_, err = page.New("differential").Parse(readmeNoised)
	}
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	var text strings.Builder
	if err := page.Execute(&text, newReadmeView(m, entered)); err != nil {
		return fmt.Errorf("fill in template: %w", err)
	}
	_, err = io.WriteString(w, layout(text.String()))
	return err
}

func newReadmeView(m *Manifest, entered bool) *readmeView {
	plain := *m // every text in one line, so that it cannot look like another block
	for _, text := range []*string{&plain.Title, &plain.Publisher, &plain.Source, &plain.Citation, &plain.Licence, &plain.Contact} {
		*text = strings.Join(strings.Fields(*text), " ")
	}
	k := m.Protection.K
	v := &readmeView{
		Manifest: &plain, Entered: entered, K: k, Most: 2*k - 1, Below: k - 1, Columns: grouped(len(m.Columns)),
		People: m.peopleText(), Least: grouped(m.People), Records: grouped(m.Records),
	}
	var delimiters []string
	for _, c := range m.Columns {
		if quoted := fmt.Sprintf("%q", c.Delimiter); c.Kind == table.Many.String() && !slices.Contains(delimiters, quoted) {
			delimiters = append(delimiters, quoted)
		}
		v.Formula = v.Formula || looksLikeFormula(c.Name)
		v.Learnt = v.Learnt || c.Learnt
		for _, value := range c.Values {
			v.Formula = v.Formula || looksLikeFormula(value.Value) || looksLikeFormula(c.valueTitle(value))
		}
	}
	v.Several, v.Delimiters = len(delimiters) > 0, strings.Join(delimiters, " or ")
	return v
}

// looksLikeFormula reports whether spreadsheet programs may compute a cell instead of showing it.
func looksLikeFormula(cell string) bool {
	return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0]))
}

// layout turns blocks into lines of at most readmeWidth characters.
func layout(text string) string {
	var out strings.Builder
	last := ""
	for block := range strings.Lines(text) {
		kind, body := readmeBlock(strings.TrimRight(block, " \r\n"))
		if kind == "" {
			continue
		}
		if last != "" && !(kind == last && (kind == "- " || kind == "|")) && !(last == "paragraph" && kind == "    ") {
			out.WriteByte('\n')
		}
		last = kind
		switch kind {
		case "= ", "== ":
			line := map[string]string{"= ": "=", "== ": "-"}[kind]
			title := wrap(body, "", "")
			out.WriteString(title)
			out.WriteString(strings.Repeat(line, longestLine(title)) + "\n")
		case "- ":
			out.WriteString(wrap(body, "- ", "  "))
		case "    ":
			out.WriteString("    " + body + "\n")
		case "|":
			name, description, _ := strings.Cut(body, " | ")
			out.WriteString(wrap(description, fmt.Sprintf("%-18s", name), strings.Repeat(" ", 18)))
		default:
			out.WriteString(wrap(body, "", ""))
		}
	}
	return out.String()
}

// readmeBlock returns the kind of a block, "" for an empty line, and its text.
func readmeBlock(line string) (kind, text string) {
	for _, kind := range []string{"= ", "== ", "- ", "    "} {
		if text, ok := strings.CutPrefix(line, kind); ok {
			return kind, text
		}
	}
	if text, ok := strings.CutPrefix(line, "> "); ok {
		return "paragraph", text
	}
	switch {
	case strings.TrimSpace(line) == "" || line == ">":
		return "", ""
	case strings.Contains(line, " | "):
		return "|", line
	}
	return "paragraph", line
}

// wrap breaks a text into lines; first goes before the first one and rest before the others.
func wrap(text, first, rest string) string {
	var out strings.Builder
	line, width, empty := first, utf8.RuneCountInString(first), true
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if !empty && width+1+n > readmeWidth {
			out.WriteString(line + "\n")
			line, width, empty = rest, utf8.RuneCountInString(rest), true
		}
		if !empty {
			line, width = line+" ", width+1
		}
		line, width, empty = line+word, width+n, false
	}
	return out.String() + strings.TrimRight(line, " ") + "\n"
}

// longestLine returns how many characters the longest line has.
func longestLine(text string) int {
	longest := 0
	for line := range strings.Lines(text) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
	}
	return longest
}
