package release

import (
	"math/big"
	"slices"

	"github.com/opencovey/covey/table"
)

// PolicyVersion is the newest version of the policy format that this package reads.
const PolicyVersion = 1

// Policy says how a file of case records becomes a release: what the columns hold, which of them are released, how
// the result is protected, and how it is described to its readers. A policy holds no records; it is published with the
// release, as a part of its manifest.
//
// Read one with [ParsePolicy]; docs/policy.schema.json describes the file for editors.
type Policy struct {
	Version int // 1

	Title       string // name of the release, in one line; required
	Description string // what the data are about; "": none
	Publisher   string // who answers for the release; "": not stated
	Contact     string // where readers may ask; "": not stated
	Licence     string // terms of use of the release; "": not stated
	Citation    string // how to cite the release; "": not stated
	Source      string // where the records come from; "": not stated

	Input          PolicyInput
	Subject        string         // header of the column that names the person; "": every row is a person
	Conflicts      table.Conflict // rule for rows of one person that disagree; default: refuse
	Blanks         []table.Blank  // texts that mean "missing" in every column; nil: the empty cell only
	IgnoreUnlisted bool           // read over columns that are not under Columns; default: refuse the file
	Protection     Protection
	Columns        []PolicyColumn // in the order of the release; at least one is not ignored
}

// PolicyInput says how the file is laid out. The zero value finds out by itself.
type PolicyInput struct {
	Format    InputFormat    // default: by the name and the first bytes of the file
	Delimiter rune           // between the cells of a CSV file; 0: found out
	Encoding  table.Encoding // default: found out
	Sheet     string         // sheet of a workbook; "": the first
	Limits    table.Limits   // what the file may hold at most; a zero field means the default stated there
}

// TableFormat returns what package table has to know to open a delimited file.
func (in PolicyInput) TableFormat() table.Format {
	return table.Format{Encoding: in.Encoding, Delimiter: in.Delimiter, Limits: in.Limits}
}

// InputFormat is a kind of file.
type InputFormat string

// The kinds of file. The empty text is AutoFormat too.
const (
	AutoFormat InputFormat = "auto" // by the name and the first bytes of the file
	CSVFormat  InputFormat = "csv"  // delimited text
	TSVFormat  InputFormat = "tsv"  // delimited by tabs
	XLSXFormat InputFormat = "xlsx" // Excel workbook
)

// Method is a way to protect the people in the records.
type Method string

// The methods.
const (
	MethodKAnonymity   Method = "k-anonymity"
	MethodDifferential Method = "differential"
)

// Defaults and bounds of the protection.
const (
	DefaultK      = 10 // people
	MinK          = 2
	DefaultLength = 3 // attributes in one combination
	MaxLength     = 6

	MaxDifferentialLength = 3  // attributes in one combination of a differential release
	MaxEpsilon            = 20 // beyond, the promise means nothing for anybody
)

// maxDelta bounds delta from above.
var maxDelta = big.NewRat(1, 1000)

// Protection says how the people in the records are protected. ParsePolicy fills in the defaults.
type Protection struct {
	Method Method // default: MethodKAnonymity
	K      int    // k-anonymity: no combination of attributes of fewer people is released; at least MinK, default DefaultK
	Length int    // combinations are counted up to this many attributes; 1 to MaxLength, default DefaultLength; at most MaxDifferentialLength if differential

	// Epsilon and Delta are the promise of a differential release, and nil in any other. Epsilon is above 0 and at most MaxEpsilon,
	// delta is above 0 and less than 1/1000.
	Epsilon, Delta *big.Rat
	Limit          int // differential: at most so many values of one person count in tables of pairs and triples, at least 2; 0: by the columns
	// Impossible lists combinations that nobody can have; they occur in no differential release.
	Impossible []Impossible
}

// Impossible says that nobody fulfils all conditions, which are about different columns; there are at least two.
type Impossible []Condition

// Condition holds for people who have one of Values in a column, or, if Blank, for those who are blank in it. A policy file says
// one or the other, not both.
type Condition struct {
	Column string   // header
	Values []string // as they are released: codes of a code list, names of bins, labels of a many-valued column
	Blank  bool     // the person has no value; in a many-valued column none at all, in a flag no yes unless KeepNo is set
}

// PolicyColumn is one column of the file: how it is read, and how it is described.
type PolicyColumn struct {
	table.Field // of an ignored column, only Name counts

	Ignore      bool              // the column is known and not released
	Label       string            // name of the column for people; "": its header
	Description string            // what the column means; "": none
	Group       string            // columns whose percentages share a denominator carry the same name; "": none
	Learn       bool              // the values are not listed but bought from the budget; for categories of differential releases
	ValueLabels map[string]string // code of Values to its name for people; codes that are not in it name themselves
}

// KindName returns the kind as policies write it: "ignore" or the name of Kind.
func (c *PolicyColumn) KindName() string {
	if c.Ignore {
		return kindIgnore
	}
	return c.Kind.String()
}

// DisplayName returns the label of the column, or its header when it has none.
func (c *PolicyColumn) DisplayName() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Name
}

// ValueLabel returns the name for people of a value, or the value itself when it has none.
func (c *PolicyColumn) ValueLabel(value string) string {
	if label := c.ValueLabels[value]; label != "" {
		return label
	}
	return value
}

// Column returns the column with the given name, or nil.
func (p *Policy) Column(name string) *PolicyColumn {
	i := slices.IndexFunc(p.Columns, func(c PolicyColumn) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Columns[i]
}

// heads reports whether a header of the file is that of a column with another name.
func (p *Policy) heads(header string) bool {
	return slices.ContainsFunc(p.Columns, func(c PolicyColumn) bool { return c.Header == header })
}

// Schema returns how package table has to read the file. It shares slices and maps with the policy.
func (p *Policy) Schema() table.Schema {
	s := table.Schema{Blanks: p.Blanks, Subject: p.Subject, Conflict: p.Conflicts, Closed: !p.IgnoreUnlisted}
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Ignore {
			s.Ignore = append(s.Ignore, c.Name)
		} else {
			s.Fields = append(s.Fields, c.Field)
		}
	}
	return s
}
