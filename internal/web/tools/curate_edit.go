package tools

import (
	"strings"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/web"
)

// editPage is the form for an entry, and what else can be done with it.
type editPage struct {
	entryForm
	Tool  directory.Tool
	Works []web.Option
}

func (r *room) editPage(x *web.Exchange, t directory.Tool) *editPage {
	page := &editPage{entryForm: r.entryForm(x, t, nil), Tool: t, Works: r.speech(x).works()}
	page.Notes = true
	return page
}

// own finds the very entry of an address, also if it is withdrawn, and not the one
// that took its place.
func (r *room) own(x *web.Exchange) (directory.Tool, error) {
	if err := r.service.Refresh(x.Context()); err != nil {
		return directory.Tool{}, err
	}
	t, ok := r.service.Index().Tool(x.Path("id"))
	if !ok || t.ID != x.Path("id") {
		return directory.Tool{}, missing()
	}
	return t, nil
}

func (r *room) editForm(x *web.Exchange) error {
	t, err := r.own(x)
	if err != nil {
		return err
	}
	return x.Page("tools/edit", r.editPage(x, t))
}

// edit changes an entry.
func (r *room) edit(x *web.Exchange) error {
	base, err := r.own(x)
	if err != nil {
		return err
	}
	t, err := r.speech(x).read(x.Form(), base, true)
	if err == nil {
		t.Version = number(x.Form().Get("version"))
		_, err = r.service.Edit(x.Context(), x.By, t, x.Form().Get("source"))
	}
	return r.edited(x, base, err, "tools.curate.saved")
}

// edited ends a change of an entry: on to its page, or the form again with what is
// wrong.
func (r *room) edited(x *web.Exchange, t directory.Tool, err error, notice string) error {
	if err == nil {
		return x.Redirect("/tools/"+t.ID, notice)
	}
	page := r.editPage(x, t)
	if x.Form().Has("name") { // the whole form was sent
		page.Values = x.Form()
	} else {
		for name, values := range x.Form() {
			page.Values[name] = values
		}
	}
	return x.Invalid("tools/edit", page, err)
}

func (r *room) newForm(x *web.Exchange) error {
	return x.Page("tools/edit", r.editPage(x, directory.Tool{}))
}

// create adds an entry.
func (r *room) create(x *web.Exchange) error {
	t, err := r.speech(x).read(x.Form(), directory.Tool{}, true)
	if err == nil {
		t, err = r.service.Edit(x.Context(), x.By, t, x.Form().Get("source"))
	}
	if err != nil {
		page := r.editPage(x, directory.Tool{})
		page.Values = x.Form()
		return x.Invalid("tools/edit", page, err)
	}
	return x.Redirect("/tools/"+t.ID, "tools.curate.saved")
}

// change does something to the entry of an address.
func (r *room) change(x *web.Exchange, notice string, do func(t directory.Tool) error) error {
	t, err := r.own(x)
	if err != nil {
		return err
	}
	return r.edited(x, t, do(t), notice)
}

func (r *room) checked(x *web.Exchange) error {
	return r.change(x, "tools.curate.checked", func(t directory.Tool) error {
		_, err := r.service.MarkChecked(x.Context(), x.By, t.ID, x.Form().Get("works"), x.Form().Get("note"))
		return err
	})
}

func (r *room) withdraw(x *web.Exchange) error {
	return r.change(x, "tools.curate.withdrawn", func(t directory.Tool) error {
		return r.service.Withdraw(x.Context(), x.By, t.ID, x.Form().Get("reason"))
	})
}

func (r *room) restore(x *web.Exchange) error {
	return r.change(x, "tools.curate.restored", func(t directory.Tool) error {
		return r.service.Restore(x.Context(), x.By, t.ID, x.Form().Get("reason"))
	})
}

// merge lets another entry take the place of this one. The other is named by its
// ID or the address of its page.
func (r *room) merge(x *web.Exchange) error {
	t, err := r.own(x)
	if err != nil {
		return err
	}
	into := strings.TrimSpace(x.Form().Get("into"))
	into = into[strings.LastIndexByte(into, '/')+1:]
	kept, err := r.service.Merge(x.Context(), x.By, into, t.ID, x.Form().Get("merge_source"))
	if err != nil {
		return r.edited(x, t, err, "")
	}
	return x.Redirect("/tools/"+kept.ID, "tools.curate.merged")
}
