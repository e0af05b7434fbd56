package quality

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
)

// pageFiles holds the page: its template, its style, and all its words by language.
//
//go:embed page
var pageFiles embed.FS

// WriteHTML writes the report as one page that needs nothing else: no script, no other file, no network. It may be published as the report
// itself may be. title names the release.
func (q *Public) WriteHTML(w io.Writer, title string) error {
	return writePage(w, &page{Title: title, Figures: q})
}

// WriteHTML writes the exact report as one page that needs nothing else. It is as sensitive as the report.
func (p *Private) WriteHTML(w io.Writer, title string) error {
	return writePage(w, &page{Title: title, Figures: p.unrounded(), Private: p})
}

// WriteJSON writes the report as docs/quality.schema.json describes.
func (q *Public) WriteJSON(w io.Writer) error { return writeJSON(w, q) }

// WriteJSON writes the report as docs/quality.schema.json describes.
func (p *Private) WriteJSON(w io.Writer) error { return writeJSON(w, p) }

func writeJSON(w io.Writer, part any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(part); err != nil {
		return fmt.Errorf("write quality report: %w", err)
	}
	return nil
}

// page is what the template shows. Exported names are those that the template uses.
type page struct {
	Title   string
	Figures *Public
	Private *Private // nil on the public page
	Noised  *Noised  // of a differentially private release; Figures then holds only what the charts need
	Style   template.CSS
	Policy  string // content security policy

	Lengths  []lengthRow
	Bands    *bandChart
	Plot     *plotChart
	Samples  *samplesView
	Heat     *heatChart
	Attacks  []attackGroup
	Tried    int
	Leak     bool
	ByLength []figureRow
	Whole    []figureRow

	texts texts
}

func writePage(w io.Writer, p *page) error {
	style, err := pageFiles.ReadFile("page/page.css")
	if err != nil {
		return fmt.Errorf("write quality page: %w", err)
	}
	hash := sha256.Sum256(style)
	p.Style = template.CSS(style) // our own file
	p.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"
	if p.texts, err = readTexts(); err != nil {
		return fmt.Errorf("write quality page: %w", err)
	}
	name := "page.html"
	if p.Noised != nil {
		name = "noised.html"
		p.Plot = p.plotChart()
	} else {
		p.draw()
	}
	t, err := template.New(name).Funcs(template.FuncMap{
		"say": p.texts.say, "percent": p.percent, "number": p.number, "join": strings.Join,
		"int":    func(n int) string { return grouped(strconv.Itoa(n)) },
		"length": func(n int) string { return p.text(lengthKey(n)) },
		"part":   func(x float64) string { return p.percent(rounding{}.share(x)) },
		"span":   p.span,
		// Templates take one value; these make one of several.
		"cells":  func(cells []Cell, caption, first string) cellTable { return cellTable{cells, caption, first} },
		"square": func(h *heatChart, what string, cells []heatCell) heatSquare { return heatSquare{h, what, cells} },
	}).ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return fmt.Errorf("write quality page: %w", err)
	}
	if err := t.ExecuteTemplate(w, name, p); err != nil {
		return fmt.Errorf("write quality page: %w", err)
	}
	return nil
}

// draw computes what the template only has to place.
func (p *page) draw() {
	p.Lengths = p.lengthRows()
	p.Bands = p.bandChart()
	p.Plot = p.plotChart()
	p.Samples = p.samplesView()
	p.Heat = p.heatChart()
	p.Attacks = p.attackGroups()
	p.ByLength = p.figuresByLength()
	p.Whole = p.figuresWhole()
}

// texts are the words of the page, by key. Placeholders stand in braces.
type texts map[string]string

func readTexts() (texts, error) {
	b, err := pageFiles.ReadFile("page/texts.en.json")
	if err != nil {
		return nil, err
	}
	var t texts
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	return t, nil
}

// say returns a text with its placeholders filled in: name, value, name, value, … A key that is not there is an error.
func (t texts) say(key string, pairs ...any) (string, error) {
	text, ok := t[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprint("{", pairs[i], "}"), fmt.Sprint(pairs[i+1]))
	}
	return text, nil
}

// text is say for keys that are written in this package; the tests see that all of them are there.
func (p *page) text(key string, pairs ...any) string {
	text, err := p.texts.say(key, pairs...)
	if err != nil {
		return "[" + key + "]"
	}
	return text
}

// absent stands for a figure that is left out.
const absent = "–"

// percent writes a share. It takes a Percent or a pointer to one, which may be nil.
func (p *page) percent(x any) string {
	var share Percent
	switch x := x.(type) {
	case Percent:
		share = x
	case *Percent:
		if x == nil {
			return absent
		}
		share = *x
	}
	n := ""
	switch {
	case p.Private != nil:
		n = significant(float64(share), 4)
	case share == 0.5:
		n = "<1"
	case share == 99.5:
		n = ">99"
	default:
		n = grouped(strconv.FormatFloat(float64(share), 'f', -1, 64))
	}
	return p.text("percent", "n", n)
}

// span writes a range of counts, of which to is the first that is not in it; 0 if there is none.
func (p *page) span(from, to int) string {
	switch {
	case to == 0:
		return p.text("span-open", "from", grouped(strconv.Itoa(from)))
	case to == from+1:
		return grouped(strconv.Itoa(from))
	}
	return grouped(strconv.Itoa(from)) + "–" + grouped(strconv.Itoa(to-1))
}

// number writes a figure. It takes a float64 or a pointer to one, which may be nil.
func (p *page) number(x any) string {
	var f float64
	switch x := x.(type) {
	case float64:
		f = x
	case *float64:
		if x == nil {
			return absent
		}
		f = *x
	}
	return significant(f, 4)
}

// significant writes a number with at most so many significant digits, but all digits before the point.
func significant(x float64, digits int) string {
	if x == 0 {
		return "0"
	}
	places := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(x)))))
	s := strconv.FormatFloat(x, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return grouped(s)
}

// grouped puts commas between thousands.
func grouped(s string) string {
	whole, fraction, point := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}
