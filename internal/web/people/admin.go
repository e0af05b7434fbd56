package people

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/web"
)

// peoplePage is the data of the page of an organisation's people.
type peoplePage struct {
	web.Form
	Organisation account.Organisation
	Others       []account.Organisation // that the actor administers, too
	Members      []memberRow
	Open         []invitationRow
	Choices      []web.Option // roles
}

type memberRow struct {
	ID, Name, Email  string
	Roles            []string
	SignedIn         string
	Factor, Disabled bool
	Missing          bool // a role lacks its second factor
}

type invitationRow struct {
	ID, Ends string
	Roles    []string
	Reset    bool
}

// roleOptions are the roles that an actor may give in an organisation.
func roleOptions(x *web.Exchange, o account.Organisation) []web.Option {
	var options []web.Option
	for _, role := range account.Grantable(x.By, o) {
		key := "people.role." + string(role)
		options = append(options, web.Option{Value: string(role), Text: x.Text(key), Hint: x.Text(key + ".about")})
	}
	return options
}

// chosen reads the roles of a form.
func chosen(f url.Values) []account.Role {
	var roles []account.Role
	for _, role := range f["roles"] {
		roles = append(roles, account.Role(role))
	}
	return roles
}

// peoplePage finds the people of an organisation; of the actor's own if it is "".
func (r *room) peoplePage(x *web.Exchange, organisation string) (*peoplePage, error) {
	if organisation == "" {
		organisation = x.By.Organisation
	}
	members, err := r.accounts.Members(x.Context(), x.By, organisation)
	if err != nil {
		return nil, err
	}
	open, err := r.accounts.Invitations(x.Context(), x.By, organisation)
	if err != nil {
		return nil, err
	}
	all, err := r.accounts.Organisations(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	page := &peoplePage{}
	for _, o := range all {
		if o.ID == organisation {
			page.Organisation = o
		} else {
			page.Others = append(page.Others, o)
		}
	}
	page.Choices = roleOptions(x, page.Organisation)
	for _, m := range members {
		page.Members = append(page.Members, memberRow{
			m.User.ID, m.User.Name, m.User.Email, roleNames(x, m.User.Roles), day(x, m.User.SignedIn),
			m.Factor, m.User.Disabled, !m.Factor && account.NeedsFactor(m.User.Roles),
		})
	}
	for _, i := range open {
		page.Open = append(page.Open, invitationRow{i.ID, x.Printer().Time(i.Ends), roleNames(x, i.Roles), i.User != ""})
	}
	return page, nil
}

func (r *room) people(x *web.Exchange) error {
	page, err := r.peoplePage(x, x.Query().Get("organisation"))
	if err != nil {
		return err
	}
	page.Values = url.Values{"roles": {string(account.Reader)}}
	return x.Page("people/people", page)
}

// linkPage is the data of the page that shows a link, once.
type linkPage struct {
	Link  string
	Back  string
	Reset bool
}

func (r *room) invite(x *web.Exchange) error {
	organisation := x.Form().Get("organisation")
	token, err := r.accounts.Invite(x.Context(), x.By, organisation, chosen(x.Form()))
	if err == nil {
		return x.Page("people/link", linkPage{Link: r.accounts.Link(token), Back: peoplePath(organisation)})
	}
	page, e := r.peoplePage(x, organisation)
	if e != nil {
		return e
	}
	return x.Invalid("people/people", page, err)
}

// peoplePath is the page of the people of an organisation.
func peoplePath(organisation string) string {
	return "/people?" + url.Values{"organisation": {organisation}}.Encode()
}

func (r *room) revoke(x *web.Exchange) error {
	organisation := x.Form().Get("organisation")
	if err := r.accounts.Revoke(x.Context(), x.By, organisation, x.Form().Get("invitation")); err != nil {
		return err
	}
	return x.Redirect(peoplePath(organisation), "people.invitation.revoked")
}

// personPage is the data of the page of one person.
type personPage struct {
	web.Form
	Member       account.Member
	Organisation account.Organisation
	Roles        []string
	Choices      []web.Option
	Self         bool
	Created      string
	SignedIn     string
}

func (r *room) personPage(x *web.Exchange) (*personPage, error) {
	m, o, err := r.accounts.Member(x.Context(), x.By, x.Path("id"))
	if err != nil {
		return nil, err
	}
	return &personPage{
		Member: m, Organisation: o, Roles: roleNames(x, m.User.Roles), Choices: roleOptions(x, o),
		Self: m.User.ID == x.By.User, Created: day(x, m.User.Created), SignedIn: day(x, m.User.SignedIn),
	}, nil
}

func (r *room) person(x *web.Exchange) error {
	page, err := r.personPage(x)
	if err != nil {
		return err
	}
	page.Values = url.Values{}
	for _, role := range page.Member.User.Roles {
		page.Values.Add("roles", string(role))
	}
	return x.Page("people/person", page)
}

// changed leads back to a person, or shows what is wrong.
func (r *room) changed(x *web.Exchange, err error, notice string) error {
	if err == nil {
		if x.Path("id") == x.By.User { // the own session has ended with it
			return x.Redirect(web.SignInPath, notice)
		}
		return x.Redirect("/people/"+url.PathEscape(x.Path("id")), notice)
	}
	page, e := r.personPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/person", page, err)
}

// version reads the version that the actor saw. What is no number is none.
func version(f url.Values) int {
	n, err := strconv.Atoi(f.Get("version"))
	if err != nil {
		return -1
	}
	return n
}

func (r *room) roles(x *web.Exchange) error {
	err := r.accounts.ChangeRoles(x.Context(), x.By, x.Path("id"), version(x.Form()), chosen(x.Form()))
	return r.changed(x, err, "people.roles.saved")
}

// disable shuts out or lets in again, by the path.
func (r *room) disable(x *web.Exchange) error {
	out := isDisabling(x)
	err := r.accounts.Disable(x.Context(), x.By, x.Path("id"), version(x.Form()), out)
	if out {
		return r.changed(x, err, "people.disabled")
	}
	return r.changed(x, err, "people.enabled")
}

func isDisabling(x *web.Exchange) bool {
	return strings.HasSuffix(x.R.URL.Path, "/disable")
}

func (r *room) reset(x *web.Exchange) error {
	id := x.Path("id")
	token, err := r.accounts.Reset(x.Context(), x.By, id, x.Form().Get("all") == "yes")
	if err != nil {
		return r.changed(x, err, "")
	}
	return x.Page("people/link", linkPage{Link: r.accounts.Link(token), Back: "/people/" + url.PathEscape(id), Reset: true})
}

// organisationsPage is the data of the page of all organisations.
type organisationsPage struct {
	web.Form
	List []organisationRow
}

type organisationRow struct {
	ID, Name, Created  string
	Operator, Disabled bool
}

func (r *room) organisationsPage(x *web.Exchange) (*organisationsPage, error) {
	all, err := r.accounts.Organisations(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	page := &organisationsPage{}
	for _, o := range all {
		page.List = append(page.List, organisationRow{o.ID, o.Name, day(x, o.Created), o.Operator, o.Disabled})
	}
	return page, nil
}

func (r *room) organisations(x *web.Exchange) error {
	page, err := r.organisationsPage(x)
	if err != nil {
		return err
	}
	return x.Page("people/organisations", page)
}

func (r *room) createOrganisation(x *web.Exchange) error {
	o, err := r.accounts.CreateOrganisation(x.Context(), x.By, x.Form().Get("name"))
	if err == nil {
		return x.Redirect(peoplePath(o.ID), "people.organisation.created")
	}
	page, e := r.organisationsPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/organisations", page, err)
}

// organisationPage is the data of the page of one organisation.
type organisationPage struct {
	web.Form
	Organisation account.Organisation
}

func (r *room) organisationPage(x *web.Exchange) (*organisationPage, error) {
	all, err := r.accounts.Organisations(x.Context(), x.By)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(o account.Organisation) bool { return o.ID == x.Path("id") })
	if at < 0 {
		return nil, fault.New(fault.NotFound, "fault.account.organisation.none")
	}
	return &organisationPage{Organisation: all[at]}, nil
}

func (r *room) organisation(x *web.Exchange) error {
	page, err := r.organisationPage(x)
	if err != nil {
		return err
	}
	page.Values = url.Values{"name": {page.Organisation.Name}}
	return x.Page("people/organisation", page)
}

func (r *room) renameOrganisation(x *web.Exchange) error {
	f := x.Form()
	err := r.accounts.RenameOrganisation(x.Context(), x.By, x.Path("id"), version(f), f.Get("name"))
	return r.organised(x, err)
}

func (r *room) disableOrganisation(x *web.Exchange) error {
	err := r.accounts.DisableOrganisation(x.Context(), x.By, x.Path("id"), version(x.Form()), isDisabling(x))
	return r.organised(x, err)
}

func (r *room) organised(x *web.Exchange, err error) error {
	if err == nil {
		return x.Redirect("/organisations", "people.saved")
	}
	page, e := r.organisationPage(x)
	if e != nil {
		return e
	}
	return x.Invalid("people/organisation", page, err)
}
