package release

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/opencovey/covey/table"
)

// DraftOptions say how a first policy is written. The zero value works.
type DraftOptions struct {
	Title  string // default: the name of the file without folder and endings
	K      int    // default DefaultK
	Length int    // default DefaultLength

	// Known tells, by header, what is known of people, and not only of rows. A column that is not in it has nothing to name. Nil:
	// values in at least K rows are named, which is the same where every row is a person.
	Known map[string]DraftColumn
}

// DraftColumn is what is known of a column beyond what [table.ProfileRows] sees.
type DraftColumn struct {
	Common      []string // values that at least K people have, the most frequent first
	Misfits     []string // texts that at least K people have and the guessed kind cannot read
	RareMisfits bool     // there are other texts that the guessed kind cannot read
}

// Columns with more values than this are ignored by a draft: hardly any would be released.
const draftValues = 1000

// draftNamed is how many values the draft names of one column.
const draftNamed = 12

// Draft writes a first policy for a file that none describes yet, from what [table.ProfileRows] guessed, with comments
// that say what each guess rests on. [ParsePolicy] accepts it. It is to be corrected by a person.
//
// The draft can be shown to others: it names no value that fewer than K people have, and no number of rows. It does name the
// columns, usual words for missing values such as "Unknown", and misspellings that occur in K rows or more. Columns that
// identify people, and texts, are set to be ignored.
//
// The file's name is for the comments. Writing is the only cause of an error, but for columns that no policy can describe.
func Draft(w io.Writer, file string, columns []table.ColumnProfile, o DraftOptions) error {
	o.K, o.Length = cmp.Or(o.K, DefaultK), cmp.Or(o.Length, DefaultLength)
	file = strings.ToValidUTF8(file, "\ufffd")
	if o.Title == "" {
		o.Title = draftTitle(file)
	}
	d := &draft{policyWriter: &policyWriter{}, o: o, file: filepath.Base(file), columns: columns}
	d.write()
	if d.err != nil {
		return fmt.Errorf("draft policy: %w", d.err)
	}
	if _, err := ParsePolicy("draft", bytes.NewReader(d.out.Bytes())); err != nil {
		return fmt.Errorf("draft policy: %w", err)
	}
	if _, err := w.Write(d.out.Bytes()); err != nil {
		return fmt.Errorf("write draft: %w", err)
	}
	return nil
}

// draftTitle makes a title of the name of a file.
func draftTitle(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name))
	return cmp.Or(name, "Untitled")
}

// draft is a draft in the making.
type draft struct {
	*policyWriter
	o       DraftOptions
	file    string
	columns []table.ColumnProfile
	shared  []table.Blank
}

// comment writes lines of comment at the current indent.
func (d *draft) comment(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		line = strings.TrimRight(line, "\n")
		d.out.WriteString(strings.TrimRight(strings.Repeat("  ", d.indent)+"# "+line, " ") + "\n")
	}
}

const draftHead = `A first policy for %s, guessed from what is in it. Correct it, then run
  covey policy check POLICY
and look at the file again as the policy reads it:
  covey inspect -policy POLICY %s

The policy is published with the release: do not write into it what must not be known. The values
that this draft names are those that at least %d people have.`

func (d *draft) write() {
	name := d.quote(d.file)
	d.comment(draftHead, name, name, d.o.K)
	d.out.WriteByte('\n')
	d.line("version", "1")
	d.line("title", d.quote(d.o.Title)+" # of the release, for its readers")
	d.comment(`description: what the records are about
publisher: who answers for the release
contact: where readers may ask
licence: terms of use`)

	d.out.WriteByte('\n')
	d.subject()
	d.out.WriteByte('\n')
	d.blankTexts()
	d.out.WriteByte('\n')
	d.comment("No combination of values of fewer than k people is released; combinations are counted up to this length.")
	d.line("protection", fmt.Sprintf("{method: %s, k: %d, length: %d}", MethodKAnonymity, d.o.K, d.o.Length))
	d.out.WriteByte('\n')
	d.comment("A column that is not listed below stops the release, since nobody has looked at it. To read over it: ignore.")
	d.line("unlisted", unlistedNames[0])
	d.out.WriteByte('\n')
	d.columnList()
}

// subject names the column that names the person, if rows have to be merged by it.
func (d *draft) subject() {
	if c := d.findSubject(); c != nil {
		d.comment("Rows with the same value here are one person: what is protected is people, not rows.")
		d.text("subject", c.Name)
		d.comment(`Where rows of one person disagree, the cell is left blank. Others: refuse (an error that names the rows),
first, last. For flags there is any: a yes stands over a no.`)
		d.line("conflicts", table.SetBlank.String())
		return
	}
	d.comment("Every row is taken for a person. If a person may have several rows, name the column that identifies them:")
	example := "case_id"
	if i := slices.IndexFunc(d.columns, func(c table.ColumnProfile) bool { return c.Identifier && !c.FreeText }); i >= 0 {
		example = d.columns[i].Name
	}
	d.comment("subject: %s", d.quote(example))
}

// subjectPattern matches headers that name an identifier of people or cases.
var subjectPattern = regexp.MustCompile(`(^|[^A-Za-z])(id|ID|Id|uuid|UUID|guid|GUID)($|[^A-Za-z])|[a-z](Id|ID)$|` +
	`(?i:(case|person|client|victim|survivor|subject|beneficiary|respondent|file|record)[ _.-]*(id|ref|reference|code|no|nr|number)($|[^a-z]))`)

// findSubject returns the column that seems to name the person: an identifier by its header, never blank, that repeats,
// so that it names something else than the row. Whether it repeats is not known of a very large file; then it is taken, since
// merging rows that are all different changes nothing.
func (d *draft) findSubject() *table.ColumnProfile {
	var best *table.ColumnProfile
	for i := range d.columns {
		c := &d.columns[i]
		if !c.Identifier || c.FreeText || c.Filled < c.Rows || !c.More && c.Distinct == c.Filled || !subjectPattern.MatchString(c.Name) {
			continue
		}
		if best == nil || best.More && !c.More || best.More == c.More && c.Distinct > best.Distinct {
			best = c
		}
	}
	return best
}

// blankTexts lists the texts that stand for a missing value in every column.
func (d *draft) blankTexts() {
	d.comment("An empty cell is blank. So are these texts, in every column; the reasons are counted apart. With keep: true")
	d.comment("a reason counts as a value.")
	var names []string
	for i := range d.columns {
		for _, b := range d.columns[i].Blanks {
			if text := foldText(b.Text); text != "" && !slices.Contains(names, text) && !d.isValue(text) {
				names = append(names, text)
				d.shared = append(d.shared, table.Blank{Text: b.Text, Reason: b.Reason})
			}
		}
	}
	if d.shared == nil {
		d.comment(`blanks: [{text: "-99", reason: not recorded}]`)
		return
	}
	d.blanks(d.shared)
}

// isValue reports whether a column may hold, as a value, a text that others hold for a missing one: NA is Namibia among
// countries, and -9 a number among negative ones.
func (d *draft) isValue(folded string) bool {
	for i := range d.columns {
		c := &d.columns[i]
		if slices.ContainsFunc(c.Blanks, func(b table.BlankText) bool { return foldText(b.Text) == folded }) {
			continue
		}
		isText := func(v table.ValueCount) bool { return foldText(v.Text) == folded }
		isPart := func(v table.Correction) bool { return foldText(v.From) == folded || foldText(v.To) == folded }
		negative := c.Kind == table.Number && len(c.Edges) > 0 && c.Edges[0] < 0 && folded[0] == '-'
		namibia := c.Kind == table.Country && folded == "na"
		if negative || namibia || slices.ContainsFunc(c.Top, isText) || slices.ContainsFunc(c.Tidy, isPart) {
			return true
		}
	}
	return false
}

// ownBlanks returns the blanks of a column that are not shared by all.
func (d *draft) ownBlanks(c *table.ColumnProfile) []table.Blank {
	var own []table.Blank
	for _, b := range c.Blanks {
		is := func(o table.Blank) bool { return foldText(o.Text) == foldText(b.Text) }
		if foldText(b.Text) != "" && !slices.ContainsFunc(d.shared, is) && !slices.ContainsFunc(own, is) {
			own = append(own, table.Blank{Text: b.Text, Reason: b.Reason})
		}
	}
	for _, text := range d.o.Known[c.Name].Misfits {
		own = append(own, table.Blank{Text: text, Reason: "not a " + d.kind(c).String()})
	}
	return own
}
