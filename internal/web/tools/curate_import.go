package tools

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// importPage is the form for a file of entries, and what it would do.
type importPage struct {
	web.Form
	Tried     bool
	File      string // its name
	Data      string // its text, to be sent again with the confirmation
	Problems  []directory.Problem
	Errors    int
	Added     int
	Changed   int
	Unchanged int
	Conflicts []conflictView
	Changes   []changeView
	Further   int // changes that are not shown
}

type conflictView struct {
	Row       int
	Name, Why string
}

// changesMost is how many changes a summary shows.
const changesMost = 200

func (r *room) importForm(x *web.Exchange) error {
	return x.Page("tools/import", &importPage{})
}

// importTry reads a file and says what taking it in would do. Nothing is changed.
func (r *room) importTry(x *web.Exchange) error {
	file, header, err := x.Upload("file")
	if err != nil {
		return x.Invalid("tools/import", &importPage{}, err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	page := &importPage{Tried: true, File: header.Filename, Data: string(data)}
	page.Values = x.Form()
	summary, err := r.importFile(x, page, true)
	if err != nil {
		page.Tried = false
		return x.Invalid("tools/import", page, err)
	}
	r.summarise(x, page, summary)
	return x.Page("tools/import", page)
}

// importDo takes in the file that was shown.
func (r *room) importDo(x *web.Exchange) error {
	page := &importPage{File: x.Form().Get("name"), Data: x.Form().Get("data")}
	summary, err := r.importFile(x, page, false)
	if err != nil {
		return x.Invalid("tools/import", page, err)
	}
	if len(summary.Added)+len(summary.Changed) == 0 {
		return x.Redirect("/curate", "tools.import.nothing")
	}
	return x.Redirect("/tools?sort=updated", "tools.import.done")
}

// importFile reads the file of a page and tries or takes it.
func (r *room) importFile(x *web.Exchange, page *importPage, dry bool) (directory.ImportSummary, error) {
	tools, problems, err := directory.ReadCSV(bytes.NewReader([]byte(page.Data)), page.File, r.service.Vocabulary())
	page.Problems, page.Errors = problems, directory.Errors(problems)
	if err != nil {
		return directory.ImportSummary{}, fault.New(fault.Invalid, "fault.import.file", "why", errors.Unwrap(err)).At("file").Because(err)
	}
	return r.service.Import(x.Context(), x.By, tools, directory.ImportOptions{
		DryRun: dry, Source: x.Form().Get("source"), Force: x.Form().Get("force") == "yes",
	})
}

// summarise fills a page with what an import would do.
func (r *room) summarise(x *web.Exchange, page *importPage, summary directory.ImportSummary) {
	s := r.speech(x)
	page.Added, page.Changed, page.Unchanged = len(summary.Added), len(summary.Changed), len(summary.Unchanged)
	for _, c := range summary.Conflicts {
		page.Conflicts = append(page.Conflicts, conflictView{c.Row, c.Name, x.Explain(c.Why)})
	}
	page.Further = max(0, len(summary.Changes)-changesMost)
	for _, c := range summary.Changes[:min(len(summary.Changes), changesMost)] {
		page.Changes = append(page.Changes, s.change(c))
	}
}

// number reads a number of a form; 0 if it is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
