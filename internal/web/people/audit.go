package people

import (
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/web"
)

// auditRows is how many entries a page of the log shows.
const auditRows = 50

// auditPage is the data of the page of the audit log.
type auditPage struct {
	web.Form
	Actions []web.Option
	Rows    []auditRow
	Older   string // path of the next page; "" for none
	Checked *verification
}

type auditRow struct {
	Number               int64
	Time, Actor, Person  string // Person is the path of the actor's page; "" for none
	Action, Subject, Who string // Who is the path of the subject's page; "" for none
	Detail               string
}

// verification is what a check of the log found.
type verification struct {
	Good     bool
	Entries  int
	Signed   int // entries up to here are signed for
	Findings []string
	Warnings []string
}

// kinds are the beginnings of actions that the log can be narrowed to.
func kinds() []string {
	return []string{"factor.", "invitation.", "organisation.", "publication.", "session.", "tool.", "suggestion.", "user.", "audit."}
}

func (r *room) auditPage(x *web.Exchange) (*auditPage, error) {
	q := x.Query()
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	query := audit.Query{
		Before: before, Limit: auditRows, Actor: strings.TrimSpace(q.Get("actor")),
		Action: strings.TrimSpace(q.Get("action")), Subject: strings.TrimSpace(q.Get("subject")),
	}
	entries, err := r.log.Entries(x.Context(), query)
	if err != nil {
		return nil, err
	}
	page := &auditPage{Actions: []web.Option{{Value: "", Text: x.Text("people.audit.all")}}}
	for _, kind := range kinds() {
		page.Actions = append(page.Actions, web.Option{Value: kind, Text: x.Text("people.audit.kind." + strings.TrimSuffix(kind, "."))})
	}
	page.Values = url.Values{"actor": {query.Actor}, "action": {query.Action}, "subject": {query.Subject}}
	for _, e := range entries {
		page.Rows = append(page.Rows, auditRow{
			Number: e.Number, Time: x.Printer().Time(e.Time), Actor: e.Actor, Person: personPath(e.Actor),
			Action: e.Action, Subject: e.Subject, Who: personPath(strings.TrimPrefix(e.Subject, "user:")), Detail: detail(e.Detail),
		})
	}
	if len(entries) == auditRows {
		older := maps.Clone(page.Values)
		older["before"] = []string{strconv.FormatInt(entries[len(entries)-1].Number, 10)}
		page.Older = "/audit?" + older.Encode()
	}
	return page, nil
}

// personPath is the page of a user, or "" if the word is no ID of one.
func personPath(id string) string {
	if len(id) != 26 || strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '2' || r > '7') }) {
		return ""
	}
	return "/people/" + id
}

// detail writes the details of an entry in one line, by name.
func detail(d map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if d[name] != "" {
			words = append(words, name+": "+d[name])
		}
	}
	return strings.Join(words, "; ")
}

func (r *room) audit(x *web.Exchange) error {
	page, err := r.auditPage(x)
	if err != nil {
		return err
	}
	return x.Page("people/audit", page)
}

// verify checks the whole log. It changes nothing; that it is asked for with POST
// keeps it from being asked for by accident.
func (r *room) verify(x *web.Exchange) error {
	found, err := audit.Verify(x.Context(), r.log, r.key)
	if err != nil {
		return err
	}
	page, err := r.auditPage(x)
	if err != nil {
		return err
	}
	page.Checked = &verification{
		Good: found.Good(), Entries: int(found.Entries), Signed: int(found.Covered),
		Findings: findings(x, found.Findings), Warnings: findings(x, found.Warnings),
	}
	return x.Page("people/audit", page)
}

func findings(x *web.Exchange, list []audit.Finding) []string {
	var texts []string
	for _, f := range list {
		texts = append(texts, x.Text("people.audit.problem."+string(f.Problem), "number", int(f.Number)))
	}
	return texts
}

// export sends the whole log, and puts into it who took it.
func (r *room) export(x *web.Exchange) error {
	e := audit.Entry{Actor: x.By.User, Organisation: x.By.Organisation, Action: "audit.export"}
	if err := r.log.AppendEntry(x.Context(), e); err != nil {
		return err
	}
	name := "audit-" + x.Now().UTC().Format("2006-01-02") + ".jsonl"
	return x.File(name, "application/jsonl", func(w io.Writer) error { return audit.Export(x.Context(), r.log, w) })
}
