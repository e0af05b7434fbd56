package prepare

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// runRow is a run in a list.
type runRow struct {
	publication.Run
	At, Person string
}

func (r *room) runRows(x *web.Exchange, dataset string) ([]runRow, error) {
	runs, err := r.service.Runs(x.Context(), x.By, dataset)
	if err != nil {
		return nil, err
	}
	var rows []runRow
	for _, run := range runs {
		rows = append(rows, runRow{run, x.Printer().Time(run.Created), r.person(x, run.By, run.Organisation)})
	}
	return rows, nil
}

// runPage is the data of the page of a run.
type runPage struct {
	web.Form
	publication.Progress
	At, Person string
	Set        publication.Dataset
	Percent    int // of the stage; -1: not known
	Detail     []string
	Others     []web.Option // done runs of the same data, to compare with
	Compared   *comparison
	Facts      []fact
	Release    *releaseRow // if it was handed in
	CanHandIn  bool
	Policy     string
	HasDraft   bool // its draft is still there
	CanDelete  bool
	Follows    string   // name of the common list of columns; "" for none
	Private    []string // names of private files; none when the upload was erased
	Files      []publication.File
}

// fact is one line of what came of a run.
type fact struct{ Name, Value string }

// privateFiles are those of the private part that the page leads to.
var privateFiles = [...]string{release.PrivateQualityPage}

func (r *room) run(x *web.Exchange) error {
	page, err := r.runPage(x)
	if err != nil {
		return err
	}
	if x.WantsPart() == "progress" {
		return x.Part("prepare/run", "progress", page)
	}
	return x.Page("prepare/run", page)
}

func (r *room) runPage(x *web.Exchange) (*runPage, error) {
	p, err := r.service.Run(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return nil, err
	}
	set, err := r.service.Dataset(x.Context(), x.By, p.Run.Dataset)
	if err != nil {
		return nil, err
	}
	page := &runPage{Progress: p, Set: set, Percent: -1, At: x.Printer().Time(p.Run.Created), Person: r.person(x, p.Run.By, p.Run.Organisation)}
	if p.Total > 0 {
		page.Percent = int(min(100, 100*p.Done/p.Total))
	}
	page.Detail = sayLines(x, r.service.Detail(x.By, p.Run))
	if err := r.whatElse(x, page); err != nil {
		return nil, err
	}
	if p.Run.State != publication.Done {
		return page, nil
	}
	return page, r.judged(x, page)
}

// whatElse looks what became of the draft and of the run.
func (r *room) whatElse(x *web.Exchange, page *runPage) error {
	run := page.Run
	if run.Draft != "" {
		_, err := r.service.Draft(x.Context(), x.By, run.Draft)
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		page.HasDraft = err == nil
	}
	releases, err := r.service.Releases(x.Context(), x.By, run.Dataset, "")
	if err != nil {
		return err
	}
	page.CanHandIn = run.State == publication.Done
	for i := range releases {
		if e := &releases[i]; e.Run == run.ID && page.Release == nil {
			row := r.releaseRow(x, e)
			page.Release, page.CanHandIn = &row, e.State == publication.SentBack
		}
	}
	page.CanDelete = run.State.Ended() && page.Release == nil
	return nil
}

// judged fills in what there is to judge of a run that is done.
func (r *room) judged(x *web.Exchange, page *runPage) error {
	run := page.Run
	text, err := r.service.RunPolicy(x.Context(), x.By, run.ID)
	if err != nil {
		return err
	}
	page.Policy = string(text)
	if policy, err := release.ParsePolicy("policy", bytes.NewReader(text)); err == nil { // there is none of a bundle made elsewhere
		page.Follows = follows(x, policy)
	}
	for _, name := range release.BundleFiles() {
		page.Files = append(page.Files, publication.File{Name: name})
	}
	page.Files = append(page.Files, publication.File{Name: release.ManifestFile})
	if run.HasPrivate {
		page.Private = privateFiles[:]
	}
	page.Facts = facts(x, run.Figures)
	return r.compare(x, page)
}

// facts are the figures of a run in words.
func facts(x *web.Exchange, f *publication.Figures) []fact {
	if f == nil {
		return nil
	}
	p := x.Printer()
	list := []fact{{x.Text("prepare.fact.method"), x.Text("prepare.method." + f.Method)}}
	if f.Method == string(release.MethodDifferential) {
		list = append(list, fact{x.Text("prepare.fact.epsilon"), f.Epsilon}, fact{x.Text("prepare.fact.delta"), f.Delta})
	} else {
		list = append(list, fact{x.Text("prepare.fact.k"), p.Number(f.K)})
	}
	list = append(list, fact{x.Text("prepare.fact.people"), p.Number(f.People)}, fact{x.Text("prepare.fact.records"), p.Number(f.Records)},
		fact{x.Text("prepare.fact.columns"), p.Number(len(f.Columns))}, fact{x.Text("prepare.fact.values"), p.Number(f.Values)})
	for i, n := range f.Counts {
		list = append(list, fact{x.Text("prepare.fact.counts", "length", x.Text("prepare.values", "count", i+1)), p.Number(n)})
	}
	for _, e := range f.Errors {
		text := x.Text("prepare.fact.error.value", "mean", tenth(e.Mean), "share", p.Percent(e.Relative))
		if e.Kept >= 0 {
			text += " " + x.Text("prepare.fact.kept.value", "share", p.Percent(e.Kept))
		}
		list = append(list, fact{x.Text("prepare.fact.error", "length", x.Text("prepare.values", "count", e.Length)), text})
	}
	if f.Withheld {
		list = append(list, fact{x.Text("prepare.fact.withheld"), x.Text("prepare.yes")})
	}
	return append(list, fact{x.Text("prepare.fact.checks"), p.Number(f.Checks)})
}

// comparison sets runs side by side, the first of which is the page's.
type comparison struct {
	Runs     []compared
	Rows     []compareRow
	Pictures []picture
}

type compared struct{ ID, Label string }

type compareRow struct {
	Name   string
	Cells  []string
	Differ bool
}

// most runs that are compared with one.
const mostCompared = 5

func (r *room) compare(x *web.Exchange, page *runPage) error {
	all, err := r.service.Runs(x.Context(), x.By, page.Run.Dataset)
	if err != nil {
		return err
	}
	with := x.Query()["with"]
	runs := []publication.Run{page.Run}
	for _, other := range all {
		if other.ID == page.Run.ID || other.State != publication.Done || other.Figures == nil {
			continue
		}
		page.Others = append(page.Others, web.Option{Value: other.ID, Text: other.Label, Hint: x.Printer().Time(other.Created)})
		if slices.Contains(with, other.ID) && len(runs) <= mostCompared {
			runs = append(runs, other)
		}
	}
	page.Values = url.Values{"with": with}
	if len(runs) > 1 {
		page.Compared = newComparison(x, runs)
	}
	return nil
}

func newComparison(x *web.Exchange, runs []publication.Run) *comparison {
	c := &comparison{}
	var names []string
	columns := map[string]bool{}
	values := map[string][]string{}
	for i, run := range runs {
		c.Runs = append(c.Runs, compared{run.ID, run.Label})
		for _, f := range facts(x, run.Figures) {
			if values[f.Name] == nil {
				names = append(names, f.Name)
				values[f.Name] = make([]string, len(runs))
			}
			values[f.Name][i] = f.Value
		}
		for _, name := range run.Figures.Columns {
			columns[name] = true
		}
	}
	for _, name := range names {
		c.Rows = append(c.Rows, newCompareRow(name, values[name]))
	}
	for _, name := range runs[0].Figures.Columns {
		delete(columns, name)
		c.addColumn(x, name, runs)
	}
	for _, run := range runs[1:] {
		for _, name := range run.Figures.Columns {
			if columns[name] {
				delete(columns, name)
				c.addColumn(x, name, runs)
			}
		}
	}
	c.draw(x, runs)
	return c
}

func newCompareRow(name string, cells []string) compareRow {
	return compareRow{name, cells, slices.ContainsFunc(cells, func(s string) bool { return s != cells[0] })}
}

// addColumn adds a row for a column that not all runs have.
func (c *comparison) addColumn(x *web.Exchange, name string, runs []publication.Run) {
	var cells []string
	for _, run := range runs {
		text := x.Text("prepare.no")
		if slices.Contains(run.Figures.Columns, name) {
			text = x.Text("prepare.yes")
		}
		cells = append(cells, text)
	}
	if row := newCompareRow(x.Text("prepare.compare.column", "column", name), cells); row.Differ {
		c.Rows = append(c.Rows, row)
	}
}

// draw draws the errors and what is kept of pairs, for each run.
func (c *comparison) draw(x *web.Exchange, runs []publication.Run) {
	var off, kept, counts []chart.Bar
	for _, run := range runs {
		for _, e := range run.Figures.Errors {
			if e.Length != 2 {
				continue
			}
			off = append(off, chart.Bar{Label: run.Label, Count: int(100*e.Relative + 0.5), Share: e.Relative})
			if e.Kept >= 0 {
				kept = append(kept, chart.Bar{Label: run.Label, Count: int(100*e.Kept + 0.5), Share: e.Kept})
			}
		}
		n := 0
		for _, k := range run.Figures.Counts {
			n += k
		}
		counts = append(counts, chart.Bar{Label: run.Label, Count: n})
	}
	percent := func(n int) string { return x.Printer().Percent(float64(n) / 100) }
	add := func(bars []chart.Bar, caption, head string, number func(int) string) {
		if len(bars) > 0 {
			w := words(x, x.Text(caption), "prepare.run.name", head)
			if number != nil {
				w.Number = number
			}
			c.Pictures = append(c.Pictures, chart.Bars(bars, w))
		}
	}
	add(off, "prepare.compare.error", "prepare.plan.error", percent)
	add(kept, "prepare.compare.kept", "prepare.compare.kept.head", percent)
	add(counts, "prepare.compare.counts", "prepare.compare.counts.head", nil)
}

func (r *room) stop(x *web.Exchange) error {
	if err := r.service.Stop(x.Context(), x.By, x.Path("id")); err != nil {
		return err
	}
	return x.Redirect("/prepare/runs/"+x.Path("id"), "prepare.run.stopping")
}

func (r *room) runPolicy(x *web.Exchange) error {
	text, err := r.service.RunPolicy(x.Context(), x.By, x.Path("id"))
	if err == nil && text == nil {
		err = fault.New(fault.NotFound, "fault.notfound")
	}
	if err != nil {
		return err
	}
	return x.File("policy.yaml", "application/yaml", writes(text))
}

// deleteRun deletes a run, if the person has said that it is meant.
func (r *room) deleteRun(x *web.Exchange) error {
	p, err := r.service.Run(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return err
	}
	if err = meant(x); err == nil {
		err = r.service.DeleteRun(x.Context(), x.By, p.Run.ID)
	}
	if err == nil {
		return x.Redirect("/prepare/"+p.Run.Dataset+"#runs", "prepare.run.deleted")
	}
	page, e := r.runPage(x)
	if e != nil {
		return e
	}
	page.Values = nil
	return x.Invalid("prepare/run", page, err)
}

// runStory sends the data story that a run was started with, to take to the explorer again.
func (r *room) runStory(x *web.Exchange) error {
	text, err := r.service.RunStory(x.Context(), x.By, x.Path("id"))
	if err == nil && text == nil {
		err = fault.New(fault.NotFound, "fault.notfound")
	}
	if err != nil {
		return err
	}
	return x.File("story.json", "application/json", writes(text))
}

func (r *room) runFile(x *web.Exchange) error {
	f, err := r.service.OpenFile(x.Context(), x.By, x.Path("id"), x.Path("name"))
	if err != nil {
		return err
	}
	defer f.Close()
	return sendFile(x, x.Path("name"), f)
}

func (r *room) privateFile(x *web.Exchange) error {
	if !slices.Contains(privateFiles[:], x.Path("name")) {
		return fault.New(fault.NotFound, "fault.notfound")
	}
	text, err := r.service.Private(x.Context(), x.By, x.Path("id"), x.Path("name"))
	if err != nil {
		return err
	}
	return sendFile(x, x.Path("name"), strings.NewReader(string(text)))
}

// Pages of a bundle carry their own content security policy. What the server adds puts them into an origin of their own, so that they
// cannot reach this server's pages, whoever made them.
const (
	pagePolicy     = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
	explorerPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'none'; sandbox allow-scripts allow-downloads allow-popups allow-modals"
)

// sendFile sends a file of a bundle: pages are shown, everything else is saved.
func sendFile(x *web.Exchange, name string, content io.Reader) error {
	types := map[string]string{".html": "text/html; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".md": "text/plain; charset=utf-8"}
	mediaType, known := types[path.Ext(name)]
	if !known {
		mediaType = "application/octet-stream"
	}
	saveAs := name
	if path.Ext(name) == ".html" {
		saveAs = ""
	}
	return x.File(saveAs, mediaType, func(w io.Writer) error {
		switch {
		case name == release.ExplorerFile:
			x.W.Header().Set("Content-Security-Policy", explorerPolicy)
		case saveAs == "":
			x.W.Header().Set("Content-Security-Policy", pagePolicy)
		}
		_, err := io.Copy(w, content)
		if errors.Is(err, http.ErrAbortHandler) {
			return nil
		}
		return err
	})
}

func (r *room) handIn(x *web.Exchange) error {
	e, err := r.service.HandIn(x.Context(), x.By, x.Path("id"), strings.TrimSpace(x.Form().Get("note")))
	if err == nil {
		return x.Redirect("/approve/"+e.ID, "prepare.handed-in")
	}
	page, e2 := r.runPage(x)
	if e2 != nil {
		return e2
	}
	page.Values = nil
	return x.Invalid("prepare/run", page, err)
}
