package account

import "github.com/opencovey/covey/internal/fault"

// Role is what somebody does in an organisation. One person may have several.
type Role string

// The roles. Those of rooms that are not built yet (contributor, steward,
// approver, case worker, supervisor) are added here and in [Permit], nowhere else.
const (
	Reader        Role = "reader"        // signs in and reads what members may read
	Curator       Role = "curator"       // reviews and publishes the map of tools
	Administrator Role = "administrator" // people and settings; of the operator's organisation: of the whole server
	Steward       Role = "steward"       // prepares releases of the organisation's data sets
	Approver      Role = "approver"      // judges what a steward hands in, approves or sends it back
)

// Action is something that is asked of the server. Every route and every change
// names one.
type Action string

// The actions.
const (
	ReadPublic   Action = "public.read"   // what anybody may see
	SuggestTool  Action = "tool.suggest"  // suggest a tool, a correction, feedback: anybody
	ManageSelf   Action = "self.manage"   // own password, second factor, sessions, language
	CurateTools  Action = "tool.curate"   // review, publish, merge, import
	ManagePeople Action = "people.manage" // members and invitations of an organisation
	ManageServer Action = "server.manage" // organisations, settings, roles that reach beyond one organisation
	ReadAudit    Action = "audit.read"    // read, export and check the audit log
	SignIn       Action = "session.begin" // the pages that lead to a session: anybody

	PreparePublication  Action = "publication.prepare"  // data sets, uploads, policies, runs; hand in, publish what is approved
	ReviewPublication   Action = "publication.review"   // see what was handed in, and the runs and figures behind it
	ApprovePublication  Action = "publication.approve"  // approve or send back, never one's own work
	WithdrawPublication Action = "publication.withdraw" // withdraw what is published
)

// Actor is whoever makes a request. The zero value is a stranger.
type Actor struct {
	User         string // ID, "" for a stranger
	Organisation string // ID
	Operator     bool   // the organisation runs this server
	Roles        []Role
	Session      string // ID of the session, "" for commands of the operator
	Strong       bool   // signed in with a second factor or a passkey
	System       bool   // the server itself, or a command of its operator
}

// Subject is what something is done to: whose it is. The zero value belongs to
// nobody in particular.
type Subject struct {
	Organisation string // ID of the owning organisation
	User         string // ID of the owning person
}

// Permit is the one place that decides. It returns nil, or a fault:
// Unauthenticated for a stranger, Forbidden else.
func Permit(by Actor, do Action, on Subject) error {
	if by.System || permitted(by, do, on) {
		return nil
	}
	if by.User == "" {
		return fault.New(fault.Unauthenticated, "fault.signin")
	}
	return fault.New(fault.Forbidden, "fault.forbidden")
}

func permitted(by Actor, do Action, on Subject) bool {
	switch do {
	case ReadPublic, SuggestTool, SignIn:
		return true
	}
	if by.User == "" {
		return false
	}
	switch do {
	case ManageSelf:
		return on.User == "" || on.User == by.User
	case CurateTools:
		return by.Has(Curator) && by.Strong
	case ManagePeople:
		return by.Has(Administrator) && by.Strong && (by.Operator || on.Organisation == "" || on.Organisation == by.Organisation)
	case PreparePublication:
		return by.Has(Steward) && by.Strong && by.owns(on)
	case ApprovePublication:
		return by.Has(Approver) && by.Strong && by.owns(on)
	case ReviewPublication, WithdrawPublication:
		return (by.Has(Steward) || by.Has(Approver)) && by.Strong && by.owns(on)
	case ManageServer, ReadAudit:
		return by.Has(Administrator) && by.Strong && by.Operator
	}
	return false
}

// owns tells whether a subject belongs to the actor's organisation, or to nobody in
// particular. The operator's organisation has no power over another's data.
func (a Actor) owns(on Subject) bool {
	return on.Organisation == "" || on.Organisation == a.Organisation
}

// Has tells whether the actor has a role.
func (a Actor) Has(r Role) bool {
	for _, have := range a.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// Grantable lists the roles that an actor may give to members of an organisation,
// and take from them. Curators act for the whole hub, and administrators of the
// operator for the whole server: only administrators of the operator make them.
func Grantable(by Actor, in Organisation) []Role {
	if in.ID == "" || Permit(by, ManagePeople, Subject{Organisation: in.ID}) != nil {
		return nil
	}
	if Permit(by, ManageServer, Subject{}) == nil {
		return Roles()
	}
	return []Role{Reader, Administrator, Steward, Approver}
}

// Roles lists all roles, in the order in which they are shown.
func Roles() []Role { return []Role{Reader, Curator, Administrator, Steward, Approver} }
