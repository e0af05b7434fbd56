package release

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// Explorer returns what a page of the release shows: released values, published counts, synthetic records and the descriptions of the manifest, and no story. With
// package explorer, pages can be made of it.
func (b *Bundle) Explorer() explorer.Data {
	records := b.Synthetic
	if b.unsorted > 0 {
		records = records.Sorted()
	}
	return explorerData(b.Manifest, b.explorerTotals(), records, b.Aggregates)
}

// ReadExplorer reads the page in the bundle, which Open found to be the one of the manifest.
func (b *Bundle) ReadExplorer() ([]byte, error) {
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return nil, folderError(err)
	}
	defer root.Close()
	return readPage(root)
}

func readPage(root *os.Root) (page []byte, err error) {
	err = readFile(root, ExplorerFile, maxExplorer, func(r io.Reader) error {
		page, err = io.ReadAll(r)
		return err
	})
	return page, err
}

// explorerTotals are how many people have a value in each column and group, by name; 0 is not published.
type explorerTotals struct{ columns, groups map[string]int }

// explorerTotals takes them from the codebook that was read.
func (b *Bundle) explorerTotals() explorerTotals {
	t := explorerTotals{map[string]int{}, map[string]int{}}
	for _, row := range b.codebook {
		switch {
		case row.kind == codebookGroupKind:
			t.groups[row.group] = row.count
		case row.kind != codebookBlankKind && row.value == "":
			t.columns[row.column] = row.count
		}
	}
	return t
}

// explorerTotals takes them from the codebook that is written.
func (b *codebook) explorerTotals() explorerTotals {
	t := explorerTotals{map[string]int{}, map[string]int{}}
	for i := range b.columns {
		t.columns[b.columns[i].Name] = b.columns[i].people
	}
	for _, g := range b.groups {
		t.groups[g.name] = g.people
	}
	return t
}

// explorerData puts together what the page shows. Attributes are numbered through the values of all columns of the manifest. m.Files must have all files but the page.
func explorerData(m *Manifest, totals explorerTotals, records *table.Table, counts Counts) explorer.Data {
	d := explorer.Data{About: explorerAbout(m)}
	number := map[[2]string]int32{}
	for i := range m.Columns {
		c := &m.Columns[i]
		column := explorer.Column{
			Name: c.Name, Label: c.Label, Kind: c.Kind, Group: c.Group, Description: c.Description, People: totals.columns[c.Name], Values: []explorer.Value{},
		}
		for _, v := range c.Values {
			number[[2]string{c.Name, v.Value}] = int32(len(number))
			column.Values = append(column.Values, explorer.Value{Value: v.Value, Label: v.Label})
		}
		d.Columns = append(d.Columns, column)
	}
	for _, g := range codebookGroups(m) {
		d.Groups = append(d.Groups, explorer.Group{Name: g.name, People: totals.groups[g.name]})
	}
	d.Records = explorerRecords(records, number)
	d.Counts = explorerCounts(counts, number)
	return d
}

// explorerAbout repeats the manifest. The name of the release is that of its tables: unlike the hash of the manifest it is known before the page is written.
func explorerAbout(m *Manifest) explorer.About {
	a := explorer.About{
		Title: m.Title, Description: m.Description, Publisher: m.Publisher, Contact: m.Contact, Licence: m.Licence, Citation: m.Citation,
		Source: m.Source, Software: m.Software, Release: m.contentName(), Records: m.Records, Withheld: m.Withheld,
		People: explorer.Count{Estimate: m.People},
		Protection: explorer.Protection{
			Method: m.Protection.Method, K: m.Protection.K, Length: m.Protection.Length, Epsilon: m.Protection.Epsilon, Delta: m.Protection.Delta,
			Statement: m.Protection.Statement, Meaning: m.Protection.Meaning,
		},
	}
	if m.PeopleMargin != nil {
		a.People.Low, a.People.High = m.PeopleMargin.Low, m.PeopleMargin.High
	}
	for _, f := range m.Files {
		if f.Name != ExplorerFile {
			a.Files = append(a.Files, explorer.File{Name: f.Name, Bytes: f.Bytes})
		}
	}
	slices.SortFunc(a.Files, func(x, y explorer.File) int {
		return slices.Index(BundleFiles(), x.Name) - slices.Index(BundleFiles(), y.Name)
	})
	a.Files = append(a.Files, explorer.File{Name: ManifestFile})
	return a
}

// explorerRecords yields the records as attributes.
func explorerRecords(t *table.Table, number map[[2]string]int32) iter.Seq2[[]int32, int] {
	of := make([][]int32, len(t.Columns)) // by column and code
	for i, c := range t.Columns {
		for _, value := range c.Values {
			of[i] = append(of[i], number[[2]string{c.Field, value}])
		}
	}
	return func(yield func([]int32, int) bool) {
		var attrs []int32
		for row, people := range t.Rows() {
			attrs = attrs[:0]
			for column, code := range row {
				if code > 0 {
					attrs = append(attrs, of[column][code-1])
				}
			}
			if !yield(attrs, people) {
				return
			}
		}
	}
}

// explorerCounts yields the published combinations as attributes, with margins if they have any.
func explorerCounts(counts Counts, number map[[2]string]int32) iter.Seq2[[]int32, explorer.Count] {
	layout := newAggregatesLayout(counts)
	known := map[marginal.Attribute]int32{} // names are made of texts, which takes longer
	return func(yield func([]int32, explorer.Count) bool) {
		var attrs []int32
		for length := 1; length <= counts.Length(); length++ {
			for combination, n := range layout.all(length) {
				attrs = attrs[:0]
				for _, attr := range combination {
					at, ok := known[attr]
					if !ok {
						column, value := counts.Name(attr)
						at = number[[2]string{column, value}]
						known[attr] = at
					}
					attrs = append(attrs, at)
				}
				if !yield(attrs, explorer.Count{Estimate: n.Estimate, Low: n.Low, High: n.High}) {
					return
				}
			}
		}
	}
}

// writeExplorer returns what writes the page, after all other files but the manifest. A story has to name what the release has.
func (r *Release) writeExplorer(m *Manifest, book *codebook, story *explorer.Story) func(io.Writer) error {
	return func(w io.Writer) error {
		d := explorerData(m, book.explorerTotals(), r.Synthetic, r.Counts)
		if story != nil {
			var err error
			if d.Story, _, err = story.Fit(d.About, d.Columns); err != nil {
				return fmt.Errorf("story: %w", err)
			}
		}
		return explorer.Write(w, d)
	}
}

const showsExplorer = "the explorer holds the counts and records of the release, and the program of this version of Covey"

// explorer makes the page again and compares it. Its story is taken as it is, if it fits.
func (v *verifier) explorer(whole bool) error {
	if v.codebook == nil || v.Aggregates == nil || v.Synthetic == nil {
		v.skip(checkExplorer, showsExplorer, "the tables cannot be read")
		return nil
	}
	root, err := os.OpenRoot(v.Dir)
	if err != nil {
		return folderError(err)
	}
	defer root.Close()
	text, err := readPage(root)
	if err != nil && !whole {
		v.skip(checkExplorer, showsExplorer, "the file cannot be read")
		return nil
	}
	var f finding
	var why *notCompared
	if err == nil {
		f, err = v.compareExplorer(text)
	}
	if errors.As(err, &why) {
		v.skip(checkExplorer, showsExplorer, why.text)
		return nil
	} else if err != nil {
		f.add("%s: %v", ExplorerFile, err)
	}
	v.check(checkExplorer, showsExplorer, f, "the page is not what Covey makes of the release; do not open it")
	return nil
}

// notCompared says why a page could not be compared.
type notCompared struct{ text string }

func (e *notCompared) Error() string { return e.text }

func (v *verifier) compareExplorer(text []byte) (f finding, err error) {
	page, err := explorer.ReadPage(text)
	if err != nil {
		return f, err
	}
	d := v.Explorer()
	if page.Story != nil {
		if _, _, err := page.Story.Fit(d.About, d.Columns); err != nil {
			return f, err
		}
		d.Story = page.Story
	}
	likeness, err := page.Compare(d)
	switch {
	case err != nil:
		return f, &notCompared{"the counts or records are not such that a page could show them"}
	case likeness == explorer.Other:
		f.add("%s holds something else than the tables and the manifest", ExplorerFile)
	case likeness == explorer.SameContent && v.o.Software != "" && v.o.Software == v.Manifest.Software:
		f.add("%s has another program than this version of Covey, which made the release, writes", ExplorerFile)
	case likeness == explorer.SameContent:
		return f, &notCompared{"the program of the page is that of another version of Covey, or was changed: this version cannot tell; covey explore shows the release by its own"}
	}
	return f, nil
}
