package release

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencovey/covey/table"
)

// The names of the files of a bundle. Every bundle has all of them.
const (
	ManifestFile    = "manifest.json"
	SyntheticFile   = "synthetic.csv"
	AggregatesFile  = "aggregates.csv"
	CodebookFile    = "codebook.csv"
	CodebookPage    = "codebook.html"
	QualityFile     = "quality.json"
	QualityPage     = "quality.html"
	DataPackageFile = "datapackage.json"
	ReadmeFile      = "README.txt"
	ExplorerFile    = "explorer.html"
)

// BundleFiles are the files that a manifest lists: all of a bundle but the manifest itself.
func BundleFiles() []string {
	return []string{
		SyntheticFile, AggregatesFile, CodebookFile, CodebookPage, QualityFile, QualityPage, DataPackageFile, ReadmeFile, ExplorerFile,
	}
}

// ManifestFormat and ManifestVersion name the format of a manifest. Version 2 adds differential releases; k-anonymous ones are written as version 1.
const (
	ManifestFormat  = "covey-release"
	ManifestVersion = 2

	kAnonymousVersion   = 1
	differentialVersion = 2
)

// Manifest describes a bundle. It holds nothing exact: counts are protected, and values that are not released are not named.
type Manifest struct {
	Format   string `json:"format"`  // ManifestFormat
	Version  int    `json:"version"` // 1, or 2 if differential
	Software string `json:"software"`

	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Publisher   string `json:"publisher,omitempty"`
	Contact     string `json:"contact,omitempty"`
	Licence     string `json:"licence,omitempty"`
	Citation    string `json:"citation,omitempty"`
	Source      string `json:"source,omitempty"`

	Protection   ManifestProtection `json:"protection"`
	People       int                `json:"people"`                  // rounded down to a multiple of k; if differential, noised
	PeopleMargin *ManifestMargin    `json:"people_margin,omitempty"` // if differential
	Records      int                `json:"records"`                 // synthetic records
	Columns      []ManifestColumn   `json:"columns"`                 // in the order of synthetic.csv
	Unit         string             `json:"unit"`                    // what one record stands for

	// Previous is the SHA-256 of the manifest of the release that this one was compared with; "" for none.
	Previous string `json:"previous,omitempty"`
	// Withheld says that combinations are left out, or their counts kept at what they were, because the previous release would have told
	// on somebody. Counts, and People, then are the least that there can be, not rounded down from the exact number.
	Withheld bool `json:"withheld,omitempty"`

	Files []ManifestFileEntry `json:"files"` // sorted by name

	// Approvals are signed statements of those who answer for the release, see [Approval].
	Approvals []string `json:"approvals,omitempty"`
}

// ManifestProtection is how the people in the records are protected.
type ManifestProtection struct {
	Method    string `json:"method"`
	K         int    `json:"k,omitempty"`        // k-anonymity only
	Length    int    `json:"length"`             // longest combination in aggregates.csv
	Rounding  string `json:"rounding,omitempty"` // how counts are rounded; k-anonymity only
	Statement string `json:"statement"`

	// What follows is there in differential releases only. Numbers are exact, as text.
	Meaning    string                `json:"meaning,omitempty"` // the statement, explained by an example
	Epsilon    string                `json:"epsilon,omitempty"`
	Delta      string                `json:"delta,omitempty"`
	Accounting string                `json:"accounting,omitempty"` // how losses are added up: a [budget.Accounting]
	Relation   string                `json:"relation,omitempty"`   // which records are neighbours: [budget.Relation]
	Impossible [][]ManifestCondition `json:"impossible,omitempty"` // nobody fulfils all conditions of one list; no record does
	Ledger     json.RawMessage       `json:"ledger,omitempty"`     // every spending, as [budget.Ledger] writes them
	Seal       string                `json:"seal,omitempty"`       // of the entry in the ledger file of the data set; "": none was kept
	Repeatable bool                  `json:"repeatable,omitempty"` // the noise was made repeatable, for a test: it protects nobody
}

// ManifestCondition holds for people who have one of Values in a column, or who are blank in it if Blank.
type ManifestCondition struct {
	Column string   `json:"column"`
	Values []string `json:"values,omitempty"`
	Blank  bool     `json:"blank,omitempty"`
}

// ManifestMargin holds the true number for at least 95 of 100 counts of a release.
type ManifestMargin struct {
	Low  int `json:"low"`
	High int `json:"high"`
}

// ManifestColumn is one column of the synthetic records.
type ManifestColumn struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Label       string `json:"label,omitempty"`
	Description string `json:"description,omitempty"`
	Group       string `json:"group,omitempty"`
	Delimiter   string `json:"delimiter,omitempty"` // of many-valued cells
	Required    bool   `json:"required,omitempty"`  // nobody is blank; differential only
	Learnt      bool   `json:"learnt,omitempty"`    // the values were bought from the budget; differential only
	// Values, in order, are those that at least k people have; if differential, those that people can have. It may be empty.
	Values []ManifestValue `json:"values"`
}

// ManifestValue is a value of a column.
type ManifestValue struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
}

// ManifestFileEntry is a file of the bundle.
type ManifestFileEntry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// newManifest describes a release, without its files. Of the policy it takes what describes what is released: not spellings, code
// lists, blanks or identifiers, since they may name what only few people have.
func newManifest(r *Release) (*Manifest, error) {
	p := r.Policy
	m := &Manifest{
		Format: ManifestFormat, Version: kAnonymousVersion, Software: r.software,
		Title: p.Title, Description: p.Description, Publisher: p.Publisher, Contact: p.Contact,
		Licence: p.Licence, Citation: p.Citation, Source: p.Source,
		People: r.Counts.People(), Records: r.Synthetic.People(), Columns: manifestColumns(p, r.Synthetic), Unit: "person",
		Previous: r.previous, Withheld: r.changes.Suppressed(),
	}
	if r.differential == nil {
		m.Protection = ManifestProtection{
			Method: string(p.Protection.Method), K: p.Protection.K, Length: p.Protection.Length,
			Rounding:  rounding(p.Protection.K, r.changes.Suppressed()),
			Statement: statement(p.Protection.K, r.changes.Suppressed()),
		}
		return m, nil
	}
	m.Version = differentialVersion
	people := r.differential.estimates.PeopleMargin()
	m.PeopleMargin = &ManifestMargin{people.Low, people.High}
	var err error
	m.Protection, err = r.differential.manifestProtection(p)
	return m, err
}

// Differential reports whether the release is differentially private.
func (m *Manifest) Differential() bool { return m.Protection.Method == string(MethodDifferential) }

// statement is the promise of the release in one sentence.
func statement(k int, kept bool) string {
	return fmt.Sprintf("Every combination of values in a synthetic record, of any length, and every published count belongs to at least %d people "+
		"in the source records; counts are rounded %s.", k, rounding(k, kept))
}

// rounding says how counts are rounded. Beside an earlier release some may be kept at what they were; see [Changes].
func rounding(k int, kept bool) string {
	text := fmt.Sprintf("down to a multiple of %d", k)
	if kept {
		text += ", some of them further, to the count of an earlier release"
	}
	return text
}

// manifestColumns lists the columns of a policy with the values that are released.
func manifestColumns(p *Policy, synthetic *table.Table) []ManifestColumn {
	var columns []ManifestColumn
	for i := range p.Columns {
		c := &p.Columns[i]
		if c.Ignore {
			continue
		}
		mc := ManifestColumn{
			Name: c.Name, Kind: c.KindName(), Label: c.Label, Description: c.Description, Group: c.Group, Values: []ManifestValue{},
		}
		if c.Kind == table.Many {
			mc.Delimiter = delimiterOf(c)
		}
		if p.Protection.Method == MethodDifferential {
			mc.Required, mc.Learnt = c.Required, c.Learn
		}
		for _, tc := range synthetic.Columns {
			if tc.Field != c.Name {
				continue
			}
			for _, v := range tc.Values {
				label := ""
				if c.ValueLabels[v] != v {
					label = c.ValueLabels[v]
				}
				mc.Values = append(mc.Values, ManifestValue{v, label})
			}
		}
		columns = append(columns, mc)
	}
	return columns
}

func delimiterOf(c *PolicyColumn) string {
	if c.Delimiter == "" {
		return ";"
	}
	return c.Delimiter
}

// Column returns the column of the given name, or nil.
func (m *Manifest) Column(name string) *ManifestColumn {
	i := slices.IndexFunc(m.Columns, func(c ManifestColumn) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &m.Columns[i]
}

// encode returns the manifest as indented JSON.
func (m *Manifest) encode() ([]byte, error) {
	out, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return append(out, '\n'), nil
}
