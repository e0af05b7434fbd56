package table

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// ProfileOptions say how a file is looked over. The zero value works.
type ProfileOptions struct {
	Rare     int            // a value in fewer rows than this is rare; default 10
	Top      int            // most frequent values listed for a column; default 20
	Texts    int            // distinct texts remembered for a column; default 20,000
	Progress func(rows int) // called every few thousand rows; may be nil
}

// ColumnProfile is what one column of a file holds, before any policy, and a guess at how it should be read. All of it is
// sensitive: it quotes cells.
//
// White space around texts and labels is left out. Values are texts that are not taken for missing; in a many-valued
// column they are the single labels.
type ColumnProfile struct {
	Name    string
	Rows    int         // rows of the file
	Filled  int         // rows with a value
	Blanks  []BlankText // texts taken for missing, the empty one included; most frequent first
	Longest int         // bytes of the longest cell

	Distinct  int          // different values
	More      bool         // there are more than Distinct: with them, memory was full
	Top       []ValueCount // most frequent values; equally frequent ones by text
	Rare      int          // values in fewer than ProfileOptions.Rare rows
	RareRows  int          // how often they occur, taken together
	Tidy      []Correction // spellings that the policy should map; most frequent first
	Kind      Kind         // the guess
	Delimiter string       // Many: what separates labels
	Labels    Kind         // Many: what the labels are, Category or Country
	Layouts   []string     // Date: layouts of package time that fit
	Ambiguous bool         // Date: day and month could be the other way round
	Every     Period       // Date: a calendar unit that leaves enough rows together
	Edges     []float64    // Number: round edges for bins
	// Identifier is set when (nearly) every row has its own value, as numbers of cases and names of persons do: such
	// a column is the subject, or is to be ignored.
	Identifier bool
	// FreeText is set for long texts that hardly repeat: such a column is to be ignored.
	FreeText bool
}

// ValueCount is a value and the number of rows that have it.
type ValueCount struct {
	Text string
	Rows int
}

// BlankText is a text that seems to stand for a missing value, as the file has it, and a guess at the reason.
type BlankText struct {
	Text, Reason string
	Rows         int
}

// Correction is a spelling that seems to be another one's variant.
type Correction struct {
	From, To string
	Rows     int  // rows that have From
	CutOff   bool // From is the beginning of To; else they differ in case or white space alone
}

// ProfileRows looks over a file that no policy describes yet: what its columns seem to hold, and what in them needs care.
// Errors about the file are of type *InputError; a cancelled context gives its cause.
//
// The guesses are rules of thumb, to be checked by a person. After taking out texts that usually mean "missing", a column is
//   - a flag, if it holds nothing but default spellings of yes and no (DefaultYes, DefaultNo);
//   - country, if at least 95 % of rows and of values are countries, not all of them written as bare numbers;
//   - a date, if three layouts at most read 98 % of values, in years from 1900 to 2100; a bare year is a category;
//   - an identifier, if there are as many values as 95 % of rows, or 30 % under a header such as "case id";
//   - a number, if 98 % of values are numbers, and more than 15 different ones;
//   - many-valued, if cells hold a delimiter (; | line break or comma) and half of the parts recur in other cells (for the
//     comma, 80 %, of which at least half are words);
//   - free text, if values hardly repeat and are long, or any is longer than 200 bytes;
//   - else a category.
//
// Memory is bounded: once a column has ProfileOptions.Texts different texts, or all columns together hold 512 MiB of them,
// texts that are new are not told apart any more, and More is set.
func ProfileRows(ctx context.Context, rows Rows, o ProfileOptions) ([]ColumnProfile, error) {
	o.Rare, o.Top, o.Texts = cmp.Or(o.Rare, 10), cmp.Or(o.Top, 20), cmp.Or(o.Texts, 20000)
	header := rows.Header()
	room := 512 << 20
	columns := make([]*texts, len(header))
	for i, name := range header {
		columns[i] = &texts{name: name, limit: o.Texts, room: &room, index: map[string]int32{}, lastIndex: -1}
	}
	err := eachRow(ctx, rows, o.Progress, func(_ int, cells []string) error {
		for i, c := range columns {
			c.add(cells[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	profiles := make([]ColumnProfile, len(columns))
	for i, c := range columns {
		profiles[i] = c.profile(o)
		columns[i] = nil // its memory is free for what follows
	}
	return profiles, nil
}

// texts counts the different texts of one column.
type texts struct {
	name    string
	limit   int
	room    *int // bytes that all columns together may still remember
	index   map[string]int32
	list    []ValueCount
	rows    int
	longest int
	others  int // rows whose text was new when memory was full
	soFar   int // filled rows when that happened first

	last      string
	lastIndex int32
}

// textCost is what a remembered text takes besides its bytes: entries of the map and the list.
const textCost = 64

func (t *texts) add(text string) {
	t.rows++
	t.longest = max(t.longest, len(text))
	text = strings.TrimSpace(text)
	if text == t.last && t.lastIndex >= 0 {
		t.list[t.lastIndex].Rows++
		return
	}
	i, ok := t.index[text]
	if !ok {
		if len(t.list) >= t.limit || *t.room < len(text)+textCost {
			if t.others == 0 {
				t.soFar = t.rows
			}
			t.others++
			return
		}
		*t.room -= len(text) + textCost
		text = strings.Clone(text)
		i = int32(len(t.list))
		t.index[text] = i
		t.list = append(t.list, ValueCount{Text: text})
	}
	t.list[i].Rows++
	t.last, t.lastIndex = text, i
}

// profile draws the conclusions.
func (t *texts) profile(o ProfileOptions) ColumnProfile {
	p := ColumnProfile{Name: t.name, Rows: t.rows, Longest: t.longest}
	values := t.list
	p.Blanks, values = splitBlanks(values)
	for _, b := range p.Blanks {
		p.Filled -= b.Rows
	}
	p.Filled += t.rows
	t.guess(&p, values)
	if p.Kind == Many {
		values = countLabels(values, p.Delimiter)
		if isCountry(values) {
			p.Labels = Country
		}
	}
	slices.SortFunc(values, func(a, b ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Text, b.Text))
	})
	p.Distinct, p.More = len(values), t.others > 0
	p.Top = slices.Clone(values[:min(o.Top, len(values))])
	for _, v := range values {
		if v.Rows < o.Rare {
			p.Rare++
			p.RareRows += v.Rows
		}
	}
	if (p.Kind == Category || p.Kind == Many) && !p.Identifier && !p.FreeText {
		p.Tidy = corrections(values)
	}
	return p
}

// countLabels counts the labels of many-valued cells, each once for a cell.
func countLabels(values []ValueCount, delimiter string) []ValueCount {
	index := map[string]int{}
	var labels []ValueCount
	for _, v := range values {
		for _, label := range labelsOf(v.Text, delimiter) {
			i, ok := index[label]
			if !ok {
				i = len(labels)
				index[label] = i
				labels = append(labels, ValueCount{Text: label})
			}
			labels[i].Rows += v.Rows
		}
	}
	return labels
}

// labelsOf returns the different labels of a cell.
func labelsOf(text, delimiter string) []string {
	var labels []string
	for part := range strings.SplitSeq(text, delimiter) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(labels, part) {
			labels = append(labels, part)
		}
	}
	return labels
}
