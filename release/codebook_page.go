package release

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/opencovey/covey/table"
)

//go:embed codebook.css
var codebookStyle string

//go:embed codebook.html
var codebookTemplate string

// codebookView is what the template of codebook.html is given.
type codebookView struct {
	*Manifest
	Style     template.CSS
	StyleHash string // for the content security policy
	Columns   []codebookColumnView
	People    string // how many there can be
	Several   bool   // some column has several values per person

	// Of a k-anonymous release.
	K       int
	Most    int    // the greatest number of people that a count of k can stand for
	Example string // how rough a share of small numbers is

	Noised bool // the release is differential: counts have margins
}

// codebookColumnView is a column of the page.
type codebookColumnView struct {
	Number                         int
	Title, Name, Kind, Description string
	Base                           string // of whom shares are
	Group                          string
	OnlyYes, Empty, Long           bool
	Values                         []codebookValueView
	Blanks                         []codebookBlankView
}

// codebookValueView is a row of a column's table.
type codebookValueView struct {
	Title, Value  string // Value is empty where it is the title
	People, Share string
	Margin        string // of a differential release
	Bar           string // width, of 100
}

type codebookBlankView struct{ Reason, People string }

// longTable is the number of rows above which a table is set closer.
const longTable = 25

// writePage writes the codebook as a page that needs no other file. It holds no script, and its content security policy allows
// none, nor anything else but its own style.
func (b *codebook) writePage(w io.Writer) error {
	page, err := template.New("codebook").Funcs(template.FuncMap{"grouped": grouped, "paragraphs": paragraphs}).Parse(codebookTemplate)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, b.view()); err != nil {
		return fmt.Errorf("fill in template: %w", err)
	}
	_, err = out.WriteTo(w)
	return err
}

func (b *codebook) view() *codebookView {
	k := b.manifest.Protection.K
	hash := sha256.Sum256([]byte(codebookStyle))
	v := &codebookView{
		Manifest: b.manifest, Style: template.CSS(codebookStyle), StyleHash: "sha256-" + base64.StdEncoding.EncodeToString(hash[:]),
		People: b.manifest.peopleText(), K: k, Most: 2*k - 1, Noised: b.manifest.Differential(),
	}
	if !v.Noised {
		v.Example = fmt.Sprintf("%d of %d people can be anything from %s to %s", k, 10*k, share(k, 11*k-1), share(2*k-1, 10*k))
	}
	for i := range b.columns {
		v.Columns = append(v.Columns, b.columns[i].view(i+1, k, b.manifest.People))
		v.Several = v.Several || b.columns[i].Kind == table.Many.String()
	}
	return v
}

// peopleText says how many people the source records can be of.
func (m *Manifest) peopleText() string {
	switch {
	case m.Differential():
		return fmt.Sprintf("about %s (%s to %s)", grouped(m.People), grouped(m.PeopleMargin.Low), grouped(m.PeopleMargin.High))
	case m.Withheld: // the number may be kept at what it was
		return grouped(m.People) + " or more"
	}
	return grouped(m.People) + " to " + grouped(m.People+m.Protection.K-1)
}

func (c *codebookColumn) view(number, k, people int) codebookColumnView {
	v := codebookColumnView{
		Number: number, Title: c.title(), Name: c.Name, Kind: c.kindText(), Description: c.Description, Group: c.Group,
		OnlyYes: c.onlyYes, Empty: len(c.Values) == 0, Long: len(c.Values) > longTable, Base: c.baseText(k, people),
	}
	for i, value := range c.Values {
		row := codebookValueView{Title: c.valueTitle(value), Value: value.Value, People: "withheld", Share: "–", Bar: "0"}
		if row.Title == row.Value {
			row.Value = ""
		}
		if c.margins != nil {
			row.People, row.Margin = "–", "–"
			if m := c.margins[i]; m != nil {
				row.People, row.Margin = grouped(m.Estimate), grouped(m.Low)+" to "+grouped(m.High)
			}
		}
		if n := c.counts[i]; n > 0 {
			row.People, row.Share = grouped(n), share(n, c.base())
			row.Bar = fmt.Sprintf("%.2f", 100*float64(n)/float64(max(c.base(), n)))
		}
		v.Values = append(v.Values, row)
	}
	if c.Kind == table.Country.String() { // in the order of names: that of codes is of no use to a reader
		slices.SortStableFunc(v.Values, func(a, b codebookValueView) int { return table.CompareLabels(a.Title, b.Title) })
	}
	blanks := slices.Clone(c.blanks)
	slices.SortStableFunc(blanks, func(a, b table.BlankCount) int { return b.People - a.People })
	for _, blank := range blanks {
		v.Blanks = append(v.Blanks, codebookBlankView{c.reasonText(blank.Reason), grouped(blank.People)})
	}
	return v
}

// kindText says what a cell of the column holds.
func (c *codebookColumn) kindText() string {
	kind, _ := table.ParseKind(c.Kind)
	switch {
	case c.onlyYes:
		return "yes, or empty"
	case kind == table.Flag:
		return "yes, no, or empty"
	case kind == table.Many:
		return fmt.Sprintf("any number of values, with %q between them", c.Delimiter)
	case kind == table.Number:
		return "a range of numbers"
	case kind == table.Date:
		return "a span of time"
	case kind == table.Country:
		return "a country, as its ISO 3166-1 alpha-3 code"
	}
	return "one value"
}

// baseText says how many people have a value, and of whom the shares are.
func (c *codebookColumn) baseText(k, people int) string {
	if c.base() == 0 {
		return ""
	}
	have := fmt.Sprintf("Fewer than %d people have a value here.", k)
	if c.margins != nil {
		have = "Hardly anybody has a value here."
	}
	if c.people > 0 {
		have = fmt.Sprintf("%s people have a value here, %s of all.", grouped(c.people), share(c.people, people))
		if c.margins != nil {
			have = "About " + have
		}
	}
	if c.group == nil || c.group.columns == 1 {
		return have + " Shares are of these."
	}
	return have + fmt.Sprintf(" Shares are of the %s people who have a value in any of the %d columns of the group.",
		grouped(c.group.people), c.group.columns)
}

// reasonText names a reason of blankness for people.
func (c *codebookColumn) reasonText(reason string) string {
	switch {
	case reason == "blank":
		return "the cell is empty"
	case reason == "no" && c.onlyYes:
		return "the answer is no"
	case reason == "conflict":
		return "rows about one person disagree"
	}
	return reason
}

// paragraphs returns the paragraphs of a text, which empty lines separate, each in one line.
func paragraphs(text string) []string {
	var list []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			list = append(list, part)
		}
	}
	return list
}
