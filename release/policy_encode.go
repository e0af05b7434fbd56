package release

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opencovey/covey/table"
)

// Encode returns the policy as a file without comments, in a fixed order and layout that depend on the policy alone. Defaults are left
// out, but for the protection. [ParsePolicy] makes an equal policy of it.
//
// A policy that ParsePolicy would not accept is an error.
func (p *Policy) Encode() ([]byte, error) {
	w := &policyWriter{}
	w.policy(p)
	if w.err != nil {
		return nil, fmt.Errorf("encode policy: %w", w.err)
	}
	if _, err := ParsePolicy("policy", bytes.NewReader(w.out.Bytes())); err != nil {
		return nil, fmt.Errorf("encode policy: %w", err)
	}
	return w.out.Bytes(), nil
}

// policyWriter writes YAML. It does so itself, since the bytes go into the hashes of a release and must not change with a library.
type policyWriter struct {
	out    bytes.Buffer
	indent int
	err    error
}

// maxKey is the longest key that YAML reads without a mark in front.
const maxKey = 1000

// open begins a key, up to and with the colon.
func (w *policyWriter) open(key string) {
	margin := strings.Repeat("  ", w.indent)
	key = w.quote(key)
	w.out.WriteString(margin)
	if len(key) > maxKey {
		w.out.WriteString("? " + key + "\n" + margin)
		key = ""
	}
	w.out.WriteString(key + ":")
}

func (w *policyWriter) line(key, value string) {
	w.open(key)
	w.out.WriteString(" " + value + "\n")
}

// text writes a key unless its text is empty.
func (w *policyWriter) text(key, value string) {
	if value != "" {
		w.line(key, w.quote(value))
	}
}

// texts writes a list of texts unless it is nil.
func (w *policyWriter) texts(key string, list []string) {
	if list == nil {
		return
	}
	w.line(key, w.list(list))
}

// list writes texts between brackets.
func (w *policyWriter) list(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = w.quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (w *policyWriter) number(key string, x int64) {
	if x != 0 {
		w.line(key, strconv.FormatInt(x, 10))
	}
}

// group writes a key and what is below it, unless there is nothing.
func (w *policyWriter) group(key string, below func()) {
	before := w.out.Len()
	w.open(key)
	w.out.WriteByte('\n')
	start := w.out.Len()
	w.indent++
	below()
	w.indent--
	if w.out.Len() == start {
		w.out.Truncate(before)
	}
}

// plainText matches texts that mean themselves without quotes, but for the words that notText matches.
var (
	plainText = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9 _./()+-]*[A-Za-z0-9)])?$`)
	notText   = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null)$`)
)

// quote writes a text so that every YAML reader takes it for one.
func (w *policyWriter) quote(text string) string {
	if !utf8.ValidString(text) {
		w.err = errors.New("a text is not UTF-8")
	}
	if plainText.MatchString(text) && !notText.MatchString(text) {
		return text
	}
	return strconv.Quote(text) // the escapes of Go are escapes of YAML
}

func (w *policyWriter) policy(p *Policy) {
	w.number("version", PolicyVersion)
	w.text("title", p.Title)
	w.text("description", p.Description)
	w.text("publisher", p.Publisher)
	w.text("contact", p.Contact)
	w.text("licence", p.Licence)
	w.text("citation", p.Citation)
	w.text("source", p.Source)
	w.group("input", func() { w.input(p.Input) })
	w.text("subject", p.Subject)
	w.conflicts(p.Conflicts)
	w.blanks(p.Blanks)
	if p.IgnoreUnlisted {
		w.line("unlisted", unlistedNames[1])
	}
	w.group("protection", func() {
		w.protection(&p.Protection)
	})
	w.group("columns", func() {
		for i := range p.Columns {
			w.column(&p.Columns[i])
		}
	})
}

func (w *policyWriter) input(in PolicyInput) {
	if in.Format != AutoFormat {
		w.text("format", string(in.Format))
	}
	if in.Delimiter != 0 {
		w.line("delimiter", strconv.Quote(string(in.Delimiter)))
	}
	w.text("encoding", string(in.Encoding))
	w.text("sheet", in.Sheet)
	w.group("limits", func() {
		w.number("columns", int64(in.Limits.Columns))
		w.number("values", int64(in.Limits.Values))
		w.number("cell", int64(in.Limits.Cell))
		if in.Limits.Bytes != 0 {
			w.line("bytes", bytesText(in.Limits.Bytes))
		}
		w.number("rows", int64(in.Limits.Rows))
	})
}

// bytesText writes a size in the largest unit that leaves a whole number.
func bytesText(x int64) string {
	for _, unit := range byteUnits {
		if x >= unit.factor && x%unit.factor == 0 && unit.factor > 1 {
			return strconv.FormatInt(x/unit.factor, 10) + unit.name
		}
	}
	return strconv.FormatInt(x, 10)
}

func (w *policyWriter) conflicts(rule table.Conflict) {
	if rule != table.Refuse {
		w.text("conflicts", rule.String())
	}
}

func (w *policyWriter) blanks(list []table.Blank) {
	w.group("blanks", func() {
		for _, b := range list {
			fmt.Fprintf(&w.out, "%s- {text: %s, reason: %s", strings.Repeat("  ", w.indent), w.quote(b.Text), w.quote(b.Reason))
			if b.Keep {
				w.out.WriteString(", keep: true")
			}
			w.out.WriteString("}\n")
		}
	})
}

func (w *policyWriter) column(c *PolicyColumn) {
	w.group(c.Name, func() {
		w.text("kind", c.KindName())
		if !c.Ignore {
			w.text("header", c.Header)
		}
		w.text("label", c.Label)
		w.text("description", c.Description)
		w.text("group", c.Group)
		if c.Ignore {
			return
		}
		if c.Delimiter != "" {
			w.line("delimiter", strconv.Quote(c.Delimiter))
		}
		w.group("map", func() {
			for _, from := range slices.Sorted(maps.Keys(c.Map)) {
				w.line(from, w.quote(c.Map[from]))
			}
		})
		w.values(c)
		w.text("other", c.Other)
		w.texts("yes", c.Yes)
		w.texts("no", c.No)
		if c.KeepNo {
			w.line("keep_no", "true")
		}
		w.bins(&c.Bins)
		w.formats(c.Layouts)
		w.blanks(c.Blanks)
		if c.Required {
			w.line("required", "true")
		}
		w.conflicts(c.Conflict)
	})
}

// values writes the code list, with labels if there are any.
func (w *policyWriter) values(c *PolicyColumn) {
	if c.Learn {
		w.line("values", learnWord)
	}
	if len(c.ValueLabels) == 0 {
		w.texts("values", c.Values)
		return
	}
	w.group("values", func() {
		for _, code := range c.Values {
			w.line(code, w.quote(c.ValueLabels[code]))
		}
	})
}

func (w *policyWriter) bins(b *table.Bins) {
	var edges []string
	for _, x := range b.Numbers {
		edges = append(edges, numberText(x))
	}
	for _, t := range b.Dates {
		edges = append(edges, t.Format(time.DateOnly))
	}
	if edges != nil {
		w.line("bins", "["+strings.Join(edges, ", ")+"]")
	}
	if i := int(b.Every) - int(table.Decade); i >= 0 && i < len(periodNames) && edges == nil {
		w.line("every", periodNames[i])
		w.calendar(b)
	}
	if b.Floor {
		w.line("below", belowNames[1])
	}
	w.texts("labels", b.Labels)
}

// numberText writes a number in the shortest way that reads back the same.
func numberText(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func (w *policyWriter) formats(layouts []string) {
	var formats []string
	for _, layout := range layouts {
		format, err := DateFormat(layout)
		if err != nil {
			w.err = err
		}
		formats = append(formats, format)
	}
	w.texts("formats", formats)
}
