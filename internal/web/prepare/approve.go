package prepare

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
)

// waitingPage is the data of the list of releases: what waits, and what was.
type waitingPage struct {
	Waiting, Rest []releaseRow
	Titles        map[string]string // of data sets
}

func (r *room) waiting(x *web.Exchange) error {
	releases, err := r.service.Releases(x.Context(), x.By, "", "")
	if err != nil {
		return err
	}
	sets, err := r.service.Datasets(x.Context(), x.By)
	if err != nil {
		return err
	}
	page := &waitingPage{Titles: map[string]string{}}
	for _, d := range sets {
		page.Titles[d.ID] = d.Title
	}
	for i := range releases {
		row := r.releaseRow(x, &releases[i])
		if waitsFor(row.State) != "" {
			page.Waiting = append(page.Waiting, row)
		} else {
			page.Rest = append(page.Rest, row)
		}
	}
	return x.Page("prepare/waiting", page)
}

// releasePage is the data of the page of a release.
type releasePage struct {
	web.Form
	Release  publication.Release
	Set      publication.Dataset
	Facts    []fact
	Points   []point
	Comments []commentRow
	History  []eventRow
	Earlier  []releaseRow
	Ledger   *ledgerView
	Files    []fileRow
	Decides  bool // the actor may decide now
	Own      bool // the actor had a part in it, and may not
	Prepares bool // the actor is a steward
}

// point is one point of the checklist with where to look.
type point struct {
	ID       string
	Evidence []evidence
	Choices  []web.Option
	Found    *publication.Finding // after the decision
}

type evidence struct {
	Key, Path string
	Page      bool // opens in a page of its own
}

type commentRow struct{ By, At, Text string }

type eventRow struct{ Key, By, At string }

type fileRow struct {
	Name, Path, Size, Hash string
}

// bytesText writes a number of bytes for people.
func bytesText(x *web.Exchange, n int64) string {
	if n < 1<<20 {
		return x.Text("prepare.size.kb", "n", x.Printer().Number(int(math.Ceil(float64(n)/1024))))
	}
	return x.Text("prepare.size.mb", "n", x.Printer().Number(int(n>>20)))
}

func (r *room) release(x *web.Exchange) error {
	page, err := r.releasePage(x)
	if err != nil {
		return err
	}
	return x.Page("prepare/release", page)
}

func (r *room) releasePage(x *web.Exchange) (*releasePage, error) {
	e, err := r.service.Release(x.Context(), x.By, x.Path("release"))
	if err != nil {
		return nil, err
	}
	set, err := r.service.Dataset(x.Context(), x.By, e.Dataset)
	if err != nil {
		return nil, err
	}
	page := &releasePage{Release: e, Set: set, Facts: facts(x, &e.Figures)}
	of := account.Subject{Organisation: e.Organisation}
	page.Own = slices.Contains(e.Prepared, x.By.User) || e.HandedInBy == x.By.User
	page.Decides = e.State == publication.HandedIn && x.May(account.ApprovePublication, of) && !page.Own
	page.Prepares = x.May(account.PreparePublication, of)
	if page.Ledger, err = r.ledger(x, e.Dataset); err != nil {
		return nil, err
	}
	releases, err := r.service.Releases(x.Context(), x.By, e.Dataset, "")
	if err != nil {
		return nil, err
	}
	for i := range releases {
		if other := &releases[i]; other.ID != e.ID && other.Number > 0 && (e.Number == 0 || other.Number < e.Number) {
			page.Earlier = append(page.Earlier, r.releaseRow(x, other))
		}
	}
	for _, f := range e.Files {
		page.Files = append(page.Files, fileRow{f.Name, filePath(e.ID, f.Name), bytesText(x, f.Bytes), f.SHA256})
	}
	page.checklist(x)
	page.tell(x, r)
	return page, nil
}

func filePath(release, name string) string { return "/approve/" + release + "/files/" + name }

// checklist puts the points together with where their evidence is.
func (p *releasePage) checklist(x *web.Exchange) {
	choices := []web.Option{{Value: "yes", Text: x.Text("prepare.check.ok")}, {Value: "no", Text: x.Text("prepare.check.not")}}
	id := p.Release.ID
	for _, c := range publication.Checklist(p.Release.Method) {
		pt := point{ID: c.ID, Choices: choices}
		switch c.Evidence {
		case "previous":
			pt.Evidence = []evidence{{"prepare.evidence.previous", "#earlier", false}, {"prepare.evidence.codebook", filePath(id, release.CodebookPage), true}}
		case "quality":
			pt.Evidence = []evidence{{"prepare.evidence.quality", filePath(id, release.QualityPage), true}, {"prepare.evidence.explorer", filePath(id, release.ExplorerFile), true}}
		case "policy":
			pt.Evidence = []evidence{{"prepare.evidence.codebook", filePath(id, release.CodebookPage), true}}
		case "ledger":
			pt.Evidence = []evidence{{"prepare.evidence.ledger", "#ledger", false}}
		case "files":
			pt.Evidence = []evidence{
				{"prepare.evidence.codebook", filePath(id, release.CodebookPage), true},
				{"prepare.evidence.files", "#files", false},
				{"prepare.evidence.explorer", filePath(id, release.ExplorerFile), true}, // a data story is words, too
			}
		}
		if i := slices.IndexFunc(p.Release.Findings, func(f publication.Finding) bool { return f.Point == c.ID }); i >= 0 {
			pt.Found = &p.Release.Findings[i]
		}
		p.Points = append(p.Points, pt)
	}
}

// tell writes down who did what.
func (p *releasePage) tell(x *web.Exchange, r *room) {
	e := &p.Release
	add := func(key, by string, at string) { p.History = append(p.History, eventRow{key, by, at}) }
	when := x.Printer().Time
	add("prepare.history.handed-in", r.person(x, e.HandedInBy, e.Organisation), when(e.HandedInAt))
	if !e.DecidedAt.IsZero() {
		key := "prepare.history.approved"
		if e.State == publication.SentBack {
			key = "prepare.history.sent-back"
		}
		add(key, r.person(x, e.DecidedBy, e.Organisation), when(e.DecidedAt))
	}
	if !e.PublishedAt.IsZero() {
		add("prepare.history.published", "", when(e.PublishedAt))
	}
	if !e.WithdrawnAt.IsZero() {
		add("prepare.history.withdrawn", "", when(e.WithdrawnAt))
	}
	for _, c := range e.Comments {
		p.Comments = append(p.Comments, commentRow{r.person(x, c.By, e.Organisation), when(c.At), c.Text})
	}
}

func (r *room) releaseFile(x *web.Exchange) error {
	e, err := r.service.Release(x.Context(), x.By, x.Path("release"))
	if err != nil {
		return err
	}
	f, err := r.service.OpenFile(x.Context(), x.By, e.Run, x.Path("name"))
	if err != nil {
		return err
	}
	defer f.Close()
	return sendFile(x, x.Path("name"), f)
}

// again shows the page of the release with what is wrong in a form.
func (r *room) again(x *web.Exchange, err error) error {
	page, e := r.releasePage(x)
	if e != nil {
		return e
	}
	return x.Invalid("prepare/release", page, err)
}

func (r *room) comment(x *web.Exchange) error {
	if _, err := r.service.Comment(x.Context(), x.By, x.Path("release"), text(x, "comment")); err != nil {
		return r.again(x, err)
	}
	return x.Redirect("/approve/"+x.Path("release")+"#comments", "prepare.saved")
}

// text reads a field of a form with one way to end lines.
func text(x *web.Exchange, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(x.Form().Get(name), "\r\n", "\n"))
}

// decide approves, or sends back.
func (r *room) decide(x *web.Exchange) error {
	e, err := r.service.Release(x.Context(), x.By, x.Path("release"))
	if err != nil {
		return err
	}
	var findings []publication.Finding
	for _, p := range publication.Checklist(e.Method) {
		if answer := x.Form().Get(p.ID); answer != "" || text(x, p.ID+"-note") != "" {
			findings = append(findings, publication.Finding{Point: p.ID, OK: answer == "yes", Note: text(x, p.ID+"-note")})
		}
	}
	notice := "prepare.approved"
	switch x.Form().Get("decision") {
	case "approve":
		_, err = r.service.Approve(x.Context(), x.By, e.ID, findings, text(x, "comment"))
	case "back":
		notice = "prepare.sent-back"
		_, err = r.service.SendBack(x.Context(), x.By, e.ID, findings, text(x, "comment"))
	default:
		err = fault.New(fault.Invalid, "prepare.fault.decision").At("decision")
	}
	if err != nil {
		return r.again(x, err)
	}
	return x.Redirect("/approve/"+e.ID, notice)
}

func (r *room) publish(x *web.Exchange) error {
	if _, err := r.service.Publish(x.Context(), x.By, x.Path("release")); err != nil {
		return r.again(x, err)
	}
	return x.Redirect("/approve/"+x.Path("release"), "prepare.published")
}

func (r *room) withdraw(x *web.Exchange) error {
	if _, err := r.service.Withdraw(x.Context(), x.By, x.Path("release"), text(x, "notice")); err != nil {
		return r.again(x, err)
	}
	return x.Redirect("/approve/"+x.Path("release"), "prepare.withdrawn")
}

// tenth writes a number with one place.
func tenth(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
