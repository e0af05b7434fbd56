package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/table"
)

// files checks the form of every file, and that those which describe others do so rightly.
func (v *verifier) files(ctx context.Context) error {
	v.check(checkManifest, "the manifest is complete and of a known format", finding{}, "")
	if err := v.approvals(); err != nil {
		return err
	}
	whole := v.form(checkFiles, "every file is there, and is the one the manifest was written for")
	var f finding
	for _, name := range v.Extra {
		f.add("%s", name)
	}
	v.check(checkExtra, "nothing else lies in the folder", f, "this does not belong to a release and would be published with it")
	v.form(checkCountsForm, "the counts have known values, and each combination once, in order")
	v.form(checkRecordsForm, "the records have the manifest's columns, and only listed values")
	if v.Manifest.Differential() {
		return v.noisedFiles(ctx, whole)
	}
	const (
		codebook = "the codebook has the columns, values and counts of the release"
		packaged = "the data package describes the files as they are"
		figures  = "the quality report is the public one, of this release"
		pages    = "other pages run no program, and the readme states the protection"
	)
	if v.codebook == nil || v.Aggregates == nil {
		if v.form(checkCodebook, codebook) { // no fault of its own
			last := &v.result.Checks[len(v.result.Checks)-1]
			last.Status, last.Detail = NotPossible, "the counts cannot be read"
		}
	} else {
		v.check(checkCodebook, codebook, v.checkCodebook(), "what the codebook says is not what the manifest and the counts say")
	}
	if err := v.describing(whole, []fileCheck{{checkPackage, packaged, v.dataPackage}, {checkQuality, figures, v.quality}, {checkPages, pages, v.pages}}); err != nil {
		return err
	}
	return v.explorer(whole)
}

// fileCheck is a check of one file.
type fileCheck struct {
	name, shows string
	run         func(*os.Root) (finding, error)
}

// describing checks the files that describe others.
func (v *verifier) describing(whole bool, checks []fileCheck) error {
	root, err := os.OpenRoot(v.Dir)
	if err != nil {
		return folderError(err)
	}
	defer root.Close()
	for _, c := range checks {
		f, err := c.run(root)
		if err != nil && !whole {
			v.skip(c.name, c.shows, "the file cannot be read")
			continue
		} else if err != nil {
			f.add("%v", err)
		}
		v.check(c.name, c.shows, f, "the file is not as it has to be")
	}
	return nil
}

// readAll reads a file of the bundle as a whole.
func readAll(root *os.Root, name string) (data []byte, err error) {
	err = readFile(root, name, maxManifest, func(r io.Reader) error {
		data, err = io.ReadAll(r)
		return err
	})
	return data, err
}

// readJSON reads a file of the bundle whose unknown keys do not matter.
func readJSON(root *os.Root, name string, to any) error {
	data, err := readAll(root, name)
	if err == nil {
		err = checkJSON(data)
	}
	if err == nil {
		if err = json.Unmarshal(data, to); err != nil {
			err = errors.New(jsonProblem(err))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// dataPackage compares the descriptor with the files. It is held to what programs rely on, not to every word.
func (v *verifier) dataPackage(root *os.Root) (f finding, err error) {
	var d dataPackage
	if err := readJSON(root, DataPackageFile, &d); err != nil {
		return f, err
	}
	headers := map[string][]string{
		AggregatesFile: aggregatesHeader(v.Manifest.Protection.Length, v.Manifest.Differential()),
		CodebookFile:   codebookHeader(v.Manifest.Differential()),
		SyntheticFile:  v.Manifest.columnNames(),
	}
	for _, r := range d.Resources {
		header, known := headers[r.Path]
		if !known {
			f.add("%s describes %q", DataPackageFile, r.Path)
			continue
		}
		delete(headers, r.Path)
		at := slices.IndexFunc(v.Manifest.Files, func(e ManifestFileEntry) bool { return e.Name == r.Path })
		if entry := v.Manifest.Files[at]; r.Bytes != entry.Bytes || r.Hash != "sha256:"+entry.SHA256 {
			f.add("size or hash of %s", r.Path)
		}
		names := make([]string, len(r.Schema.Fields))
		for i, field := range r.Schema.Fields {
			names[i] = field.Name
		}
		if !slices.Equal(names, header) {
			f.add("fields of %s", r.Path)
		}
	}
	for _, name := range BundleFiles() {
		if _, missing := headers[name]; missing {
			f.add("%s is not described", name)
		}
	}
	return f, nil
}

// quality checks that the report is the public part, and of this release.
func (v *verifier) quality(root *os.Root) (f finding, err error) {
	var q quality.Public
	if err := readJSON(root, QualityFile, &q); err != nil {
		return f, err
	}
	if q.Part != "public" {
		f.add("part is not \"public\": the report may hold exact figures")
	}
	if q.K != v.k || q.Length != v.Manifest.Protection.Length {
		f.add("k and length are not those of the release")
	}
	if q.Records.Synthetic != v.Manifest.Records {
		f.add("the number of synthetic records is not that of the release")
	}
	known := map[string]bool{}
	for _, c := range tableColumns(v.Manifest) {
		known[c.Name] = true
	}
	for _, names := range [][]string{q.Columns, q.Association.Columns, q.Known, q.Secrets} {
		for _, name := range names {
			if !known[name] {
				f.add("a column is named that the release does not have")
			}
		}
	}
	return f, nil
}

// pages looks for what no page of a release has, and at the readme.
func (v *verifier) pages(root *os.Root) (f finding, err error) {
	for _, name := range []string{CodebookPage, QualityPage} {
		page, err := readAll(root, name)
		if err != nil {
			return f, err
		}
		text := strings.ToLower(string(page))
		if strings.Contains(text, "<script") {
			f.add("%s holds a program", name)
		}
		if !strings.Contains(text, "content-security-policy") || !strings.Contains(text, "default-src &#39;none&#39;") && !strings.Contains(text, "default-src 'none'") {
			f.add("%s has no policy that keeps it from loading anything", name)
		}
	}
	readme, err := readAll(root, ReadmeFile)
	if err != nil {
		return f, err
	}
	if !strings.Contains(oneLine(string(readme)), oneLine(v.Manifest.Protection.Statement)) {
		f.add("%s does not hold the statement of %s", ReadmeFile, ManifestFile)
	}
	return f, nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// checkCodebook compares the codebook with the manifest and the counts, row by row.
func (v *verifier) checkCodebook() (f finding) {
	c := &codebookCheck{verifier: v, rest: v.codebook, groups: map[string]int{}}
	for i := range v.Manifest.Columns {
		if !c.column(&v.Manifest.Columns[i]) {
			break
		}
	}
	if len(c.found.examples) == 0 && len(c.rest) > 0 {
		c.wrong("there are more rows than columns and values")
	}
	return c.found
}

// codebookCheck steps through the rows of a codebook.
type codebookCheck struct {
	*verifier
	rest   []codebookRow
	row    int
	groups map[string]int // people in the groups that were introduced
	found  finding
}

func (c *codebookCheck) wrong(what string) { c.found.add("%s, row %d: %s", CodebookFile, c.row, what) }

// next takes the next row if it is of the kind.
func (c *codebookCheck) next(column, kind string) (codebookRow, bool) {
	if len(c.rest) == 0 || c.rest[0].column != column || c.rest[0].kind != kind {
		return codebookRow{}, false
	}
	row := c.rest[0]
	c.row, c.rest = row.row, c.rest[1:]
	if row.count%c.k != 0 || row.count > c.Aggregates.people {
		c.wrong("the count is no multiple of k, or above the number of people")
	}
	return row, true
}

// column checks the rows of one column. It reports false when the rows are not those of the column, so that the rest makes no sense.
func (c *codebookCheck) column(m *ManifestColumn) bool {
	if _, introduced := c.groups[m.Group]; m.Group != "" && !introduced {
		row, ok := c.next("", codebookGroupKind)
		if !ok || row.group != m.Group {
			c.wrong("after this row, the row of a group is missing")
			return false
		}
		c.groups[m.Group] = row.count
	}
	own, ok := c.next(m.Name, m.Kind)
	if !ok || own.value != "" {
		c.wrong("after this row, the row of a column is missing")
		return false
	}
	if own.label != m.title() || own.group != m.Group || own.description != m.Description {
		c.wrong("label, group or description differs")
	}
	if m.Group != "" && own.count > c.groups[m.Group] {
		c.wrong("more people have a value in the column than in its group")
	}
	sum, most := 0, 0
	for _, value := range m.Values {
		row, ok := c.next(m.Name, m.Kind)
		if !ok || row.value != value.Value {
			c.wrong("after this row, the row of a value is missing")
			return false
		}
		if row.valueLabel != m.valueTitle(value) {
			c.wrong("the label differs")
		}
		if at, ok := c.Aggregates.number[[2]string{m.Name, value.Value}]; !ok || row.count != c.Aggregates.get([]int32{at}) {
			c.wrong("the count is not that of " + AggregatesFile)
		}
		sum, most = sum+row.count, max(most, row.count)
	}
	blanks := 0
	for {
		row, ok := c.next(m.Name, codebookBlankKind)
		if !ok {
			break
		}
		blanks += row.count
	}
	c.totals(m, own.count, sum, most, blanks)
	return true
}

// totals checks how many people have a value in a column. Beside an earlier release, only what holds whatever is kept low.
func (c *codebookCheck) totals(m *ManifestColumn, people, sum, most, blanks int) {
	if people < most {
		c.wrong("a value has more people than the column")
	}
	if c.Manifest.Previous != "" {
		return
	}
	if m.Kind != table.Many.String() && people < sum {
		c.wrong("the values have more people than the column")
	}
	if people+blanks > c.Aggregates.people+c.k-1 {
		c.wrong("more people have a value or none than there are")
	}
}
