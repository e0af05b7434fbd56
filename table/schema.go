package table

import "time"

// Kind says what a column of a file holds and so how its cells become codes.
type Kind uint8

// The kinds of column.
const (
	Category Kind = iota // one label per person
	Flag                 // yes, no or not stated
	Many                 // several labels in one cell, separated by a delimiter
	Number               // a number, put into declared bins
	Date                 // a date, put into declared bins
	Country              // a country in any ISO 3166 form, stored as its alpha-3 code
)

// String returns the name of the kind as policies write it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown kind"
}

// ParseKind is the inverse of String. It reports false for an unknown name.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

var kindNames = [...]string{"category", "flag", "many", "number", "date", "country"}

// Conflict says what happens when two rows of one person give different values for a column that can
// hold only one.
type Conflict uint8

// The rules for conflicting values.
const (
	Refuse   Conflict = iota // an error that names the person, the rows and the columns
	First                    // the value of the earliest row stands
	Last                     // the value of the latest row stands
	SetBlank                 // the cell becomes blank, with the reason "conflict"
	AnyYes                   // flags only: yes stands over no; for other kinds as Refuse
)

// String returns the name of the rule as policies write it.
func (c Conflict) String() string {
	if int(c) < len(conflictNames) {
		return conflictNames[c]
	}
	return "unknown rule"
}

// ParseConflict is the inverse of String. It reports false for an unknown name.
func ParseConflict(name string) (Conflict, bool) {
	for c, n := range conflictNames {
		if n == name {
			return Conflict(c), true
		}
	}
	return 0, false
}

var conflictNames = [...]string{"refuse", "first", "last", "blank", "any"}

// Blank is a text that stands for a missing value, and why the value is missing.
type Blank struct {
	Text   string // the whole cell, or one label of it; compared after trimming white space, without regard to case
	Reason string // for example "not collected"; the same reason may have several texts. "": "blank", as for an empty cell
	Keep   bool   // count the reason as a value of the column, labelled Reason, instead of a blank
}

// Period is a calendar unit that dates are binned by.
type Period uint8

// The calendar units.
const (
	NoPeriod Period = iota // bins are given by Bins.Dates
	Decade                 // "2010s"
	Year                   // "2014"
	Quarter                // "2014-Q3"
	Month                  // "2014-07"
)

// Bins are the declared classes of a number or date column.
//
// With n lower edges e1 < e2 < … < en there are n bins: from each edge to just below the next, and the last
// one open. A value below e1 falls in a further bin in front, "<e1", unless Floor is set. Whole-number edges are labelled
// "e1--e2-1" and "en+".
type Bins struct {
	Numbers []float64   // lower edges of a Number column, ascending
	Dates   []time.Time // lower edges of a Date column, ascending
	Every   Period      // calendar bins of a Date column; used when Dates is empty
	Labels  []string    // one per edge, in place of the made ones; may be nil
	Floor   bool        // there is no bin in front: a value below e1 is an error
	// From and To are days in the first and the last of the bins of Every, which take what is earlier and what is later, and
	// say so: "2002 or earlier" to "2021 or later". Both zero: bins are as many as the file needs.
	From, To time.Time
}

// Field says how one column of a file is read. The zero value of everything but Name works.
type Field struct {
	Name      string            // of the column in the table, and its header in the file, compared after trimming
	Header    string            // of the column in the file, if Name is to be another; "": Name
	Kind      Kind              // default Category
	Delimiter string            // Many: what separates labels; default ";". White space around labels is dropped
	Labels    Kind              // Many: what each label is, Category (the default) or Country
	Map       map[string]string // raw label to clean label; keys compared trimmed and without regard to case
	Values    []string          // code list, in its order. Nil: the labels found, sorted
	Other     string            // label for what Values does not list. "": such a label is an error
	Yes, No   []string          // Flag: spellings, the first of which names the value. Nil: DefaultYes, DefaultNo, named "yes" and "no"
	KeepNo    bool              // Flag: "no" is an attribute too, not only told apart from blank in Column.Blanks
	Bins      Bins              // Number, Date: required
	Layouts   []string          // Date: layouts of package time. Nil: DefaultLayouts
	Blanks    []Blank           // the column's own blanks, looked up before those of the schema
	Conflict  Conflict          // rule when rows of one person disagree; Refuse means the schema's rule
	Required  bool              // nobody is blank: a person without a value is an error; not for Many
}

// Schema says how a file is read: which columns, what they hold, what counts as blank, who is one person.
type Schema struct {
	Fields   []Field
	Blanks   []Blank  // blanks of every column; an empty cell is always blank, with the reason "blank"
	Subject  string   // header of the column that names the person; "": every row is a person
	Conflict Conflict // rule when rows of one person disagree
	Ignore   []string // headers that are read over on purpose
	Closed   bool     // a header that is neither in Fields nor in Ignore is an error; else it is read over
	Released bool     // cells may hold the labels of bins, as a release writes them; a label goes before a number or a date
}

// Default spellings and layouts.
var (
	DefaultYes     = []string{"1", "yes", "y", "true", "t", "x"}
	DefaultNo      = []string{"0", "no", "n", "false", "f"}
	DefaultLayouts = []string{"2006-01-02", "2006-01", "2006", time.RFC3339, "2006-01-02 15:04:05"}
)
