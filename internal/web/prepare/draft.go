package prepare

import (
	"bytes"
	"errors"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/chart"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/release/profile"
)

// The steps of a draft, in order: parts of its address.
var steps = [...]string{"look", "columns", "harmonise", "protect", "describe", "release"}

// frame is what all pages of a draft share.
type frame struct {
	web.Form
	Draft   publication.Draft
	Set     publication.Dataset
	Steps   []step
	Step    string
	Next    string // path of the next step; "" after the last
	Problem *problem
	Policy  *release.Policy // as it is
	Follows string          // name of the common list of columns that it follows; "" for none
}

type step struct {
	Key, Path     string
	Current, Done bool
}

// problem says what is wrong with a file or a policy, in the words of the program that reads it.
type problem struct {
	Text   string
	Detail []string
	Places []release.Problem
}

// problemOf tells a person's problem from a fault of the server; nil for the latter.
func problemOf(x *web.Exchange, err error) *problem {
	if file, ok := errors.AsType[*publication.FileError](err); ok {
		p := &problem{Text: x.Explain(err), Detail: sayLines(x, file.Detail)}
		for _, l := range file.Lines {
			p.Places = append(p.Places, release.Problem{Line: l.Line, Column: l.Column, Text: say(x, l.Text), Hint: say(x, l.Hint)})
		}
		if len(p.Places) > 0 {
			p.Detail = nil // says the same
		}
		return p
	}
	if policy, ok := errors.AsType[*publication.PolicyFault](err); ok {
		p := &problem{Text: x.Explain(err)}
		for _, at := range policy.Problems {
			p.Places = append(p.Places, release.Problem{Line: at.Line, Column: at.Column, Text: say(x, at.Text), Hint: say(x, at.Hint)})
		}
		return p
	}
	switch fault.Of(err) {
	case fault.Gone, fault.Unavailable, fault.TooMany, fault.TooLarge:
		return &problem{Text: x.Explain(err)}
	}
	return nil
}

// sayLines says what the engine says in lines, each in the language of the page.
func sayLines(x *web.Exchange, text string) []string {
	list := lines(text)
	for i := range list {
		list[i] = say(x, list[i])
	}
	return list
}

// lines are the lines of a text that hold something.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// frame opens a draft at a step.
func (r *room) frame(x *web.Exchange, at string) (frame, error) {
	d, err := r.service.Draft(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return frame{}, err
	}
	set, err := r.service.Dataset(x.Context(), x.By, d.Dataset)
	if err != nil {
		return frame{}, err
	}
	text, err := r.service.Policy(x.Context(), x.By, d.ID)
	if err != nil {
		return frame{}, err
	}
	policy, err := release.ParsePolicy("policy", bytes.NewReader(text))
	if err != nil {
		return frame{}, errors.New("open draft: the policy is not valid") // what is wrong would quote it in the log
	}
	f := frame{Draft: d, Set: set, Step: at, Policy: policy, Follows: follows(x, policy)}
	passed := true
	for i, name := range steps {
		path := stepPath(d.ID, name)
		if name == at {
			passed = false
			if i+1 < len(steps) {
				f.Next = stepPath(d.ID, steps[i+1])
			}
		}
		f.Steps = append(f.Steps, step{"prepare.step." + name, path, name == at, passed})
	}
	return f, nil
}

// follows names the common list of columns that a policy follows; "" for none.
func follows(x *web.Exchange, policy *release.Policy) string {
	p, ok := profile.Of(policy)
	if !ok {
		return ""
	}
	return x.Text("prepare.harmonise." + p.ID)
}

// stepPath is the address of a step.
func stepPath(draft, step string) string {
	if step == steps[0] {
		return "/prepare/drafts/" + draft
	}
	return "/prepare/drafts/" + draft + "/" + step
}

// version is that of the draft which a form was made for.
func version(x *web.Exchange) int { return whole(x.Form().Get("version")) }

// saved leads on after a form was kept: to the next step, or back to the page if the person asked to stay.
func saved(x *web.Exchange, here string) error {
	to := here
	if next := x.Form().Get("next"); next != "" {
		for _, name := range steps {
			if next == name {
				to = stepPath(x.Path("id"), name)
			}
		}
	}
	return x.Redirect(to, "prepare.saved")
}

// newDraft begins a policy: guessed from the file, taken from a file of the terminal, or copied from another draft.
func (r *room) newDraft(x *web.Exchange) error {
	if _, err := r.mine(x); err != nil {
		return err
	}
	f := x.Form()
	policy, err := given(x, "policy")
	if from := f.Get("from"); err == nil && policy == nil && from != "" {
		policy, err = r.service.Policy(x.Context(), x.By, from)
	}
	var d publication.Draft
	if err == nil {
		d, err = r.service.NewDraft(x.Context(), x.By, f.Get("upload"), strings.TrimSpace(f.Get("title")), policy)
	}
	if err == nil {
		return x.Redirect("/prepare/drafts/"+d.ID, "")
	}
	page, e := r.setPage(x)
	if e != nil {
		return e
	}
	page.Problem = problemOf(x, err)
	return x.Invalid("prepare/dataset", page, err)
}

// given reads a small file that came with a form; nil if there is none.
func given(x *web.Exchange, field string) ([]byte, error) {
	file, _, err := x.Upload(field)
	if err != nil {
		return nil, nil // there is none
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, err
	}
	return text, err
}

// policy sends the YAML to take to the terminal.
func (r *room) policy(x *web.Exchange) error {
	text, err := r.service.Policy(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return err
	}
	return x.File("policy.yaml", "application/yaml", writes(text))
}

func writes(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}

// setPolicy takes the YAML back from the terminal.
func (r *room) setPolicy(x *web.Exchange) error {
	text, err := given(x, "policy")
	if err == nil && text == nil {
		err = fault.New(fault.Invalid, "fault.upload.none").At("policy")
	}
	if err == nil {
		_, err = r.service.SetPolicy(x.Context(), x.By, x.Path("id"), version(x), text)
	}
	if err == nil {
		return x.Redirect("/prepare/drafts/"+x.Path("id"), "prepare.saved")
	}
	return r.showLook(x, err)
}

// deleteDraft deletes a draft, if the person has said that it is meant.
func (r *room) deleteDraft(x *web.Exchange) error {
	d, err := r.service.Draft(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return err
	}
	if err := meant(x); err != nil {
		return r.showLook(x, err)
	}
	if err := r.service.DeleteDraft(x.Context(), x.By, d.ID); err != nil {
		return err
	}
	return x.Redirect("/prepare/"+d.Dataset, "prepare.draft.deleted")
}

// meant asks for the tick with which a person says that something is to be deleted for good.
func meant(x *web.Exchange) error {
	if x.Form().Get("meant") != "yes" {
		return fault.New(fault.Invalid, "prepare.fault.meant").At("meant")
	}
	return nil
}

// policyPage is the data of the page with the policy as a text.
type policyPage struct{ frame }

// policyText shows the YAML in a box: for all that has no form.
func (r *room) policyText(x *web.Exchange) error {
	f, err := r.frame(x, "look")
	if err != nil {
		return err
	}
	text, err := r.service.Policy(x.Context(), x.By, f.Draft.ID)
	if err != nil {
		return err
	}
	f.Values = url.Values{"text": {string(text)}, "version": {number(f.Draft.Version)}}
	return x.Page("prepare/policy", &policyPage{f})
}

// savePolicyText takes the YAML of the box.
func (r *room) savePolicyText(x *web.Exchange) error {
	text := strings.ReplaceAll(x.Form().Get("text"), "\r\n", "\n")
	_, err := r.service.SetPolicy(x.Context(), x.By, x.Path("id"), version(x), []byte(text))
	if err == nil {
		return x.Redirect(stepPath(x.Path("id"), steps[0]), "prepare.saved")
	}
	f, e := r.frame(x, "look")
	if e != nil {
		return e
	}
	f.Problem = problemOf(x, err)
	return x.Invalid("prepare/policy", &policyPage{f}, err)
}

// number and whole write and read whole numbers of forms; what is none is 0.
func number(n int) string { return strconv.Itoa(n) }

func whole(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}

// words are the texts of a picture.
func words(x *web.Exchange, caption, item, count string) chart.Words {
	p := x.Printer()
	w := chart.Words{
		Caption: caption, Item: x.Text(item), Count: x.Text(count), Details: x.Text("prepare.chart.table"),
		Number: func(n int) string { return p.Number(n) }, Percent: p.Percent, RTL: p.Direction() == "rtl",
	}
	return w
}

// ratio is a share, 0 of nothing.
func ratio(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

// picture is a chart, or nothing to show.
type picture = template.HTML
