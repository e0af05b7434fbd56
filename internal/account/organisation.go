package account

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"github.com/opencovey/covey/internal/fault"
)

// Organisations returns those whose people the actor administers, the operator's
// first, then by name.
func (s *Service) Organisations(ctx context.Context, by Actor) ([]Organisation, error) {
	if err := Permit(by, ManagePeople, Subject{}); err != nil {
		return nil, err
	}
	all, err := s.store.Organisations(ctx)
	if err != nil {
		return nil, wrap(err, "read organisations")
	}
	all = slices.DeleteFunc(slices.Clone(all), func(o Organisation) bool {
		return Permit(by, ManagePeople, Subject{Organisation: o.ID}) != nil
	})
	fold := cases.Fold()
	slices.SortFunc(all, func(a, b Organisation) int {
		if a.Operator != b.Operator {
			if a.Operator {
				return -1
			}
			return 1
		}
		return strings.Compare(fold.String(a.Name), fold.String(b.Name))
	})
	return all, nil
}

// CreateOrganisation adds a member of the hub, without people; invite its first
// administrator next.
func (s *Service) CreateOrganisation(ctx context.Context, by Actor, name string) (Organisation, error) {
	s.people.Lock()
	defer s.people.Unlock()
	if err := Permit(by, ManageServer, Subject{}); err != nil {
		return Organisation{}, err
	}
	o := Organisation{Created: s.now()}
	var err error
	if o.Name, err = s.checkOrganisation(ctx, "", name); err != nil {
		return o, err
	}
	if o.ID, err = s.newID(); err != nil {
		return o, err
	}
	e := entry(by, "organisation.create", "organisation:"+o.ID)
	return o, wrap(s.store.SaveOrganisation(ctx, o, e), "save organisation")
}

// RenameOrganisation changes a name. The version is that which the actor saw.
func (s *Service) RenameOrganisation(ctx context.Context, by Actor, id string, version int, name string) error {
	return s.changeOrganisation(ctx, by, id, version, "organisation.rename", func(o *Organisation) (err error) {
		o.Name, err = s.checkOrganisation(ctx, id, name)
		return err
	})
}

// DisableOrganisation shuts all people of a member out, or lets them in again.
// The operator's organisation cannot be disabled.
func (s *Service) DisableOrganisation(ctx context.Context, by Actor, id string, version int, disabled bool) error {
	action := "organisation.enable"
	if disabled {
		action = "organisation.disable"
	}
	return s.changeOrganisation(ctx, by, id, version, action, func(o *Organisation) error {
		if o.Operator && disabled {
			return fault.New(fault.Conflict, "fault.account.last")
		}
		o.Disabled = disabled
		return nil
	})
}

func (s *Service) changeOrganisation(ctx context.Context, by Actor, id string, version int, action string, change func(*Organisation) error) error {
	s.people.Lock()
	defer s.people.Unlock()
	if err := Permit(by, ManageServer, Subject{}); err != nil {
		return err
	}
	o, err := s.organisation(ctx, id)
	if err != nil {
		return err
	}
	if o.Version != version {
		return fault.New(fault.Conflict, "fault.account.conflict")
	}
	if err := change(&o); err != nil {
		return err
	}
	err = s.store.SaveOrganisation(ctx, o, entry(by, action, "organisation:"+o.ID))
	if fault.Of(err) == fault.Conflict {
		return fault.New(fault.Conflict, "fault.account.conflict").Because(err)
	}
	return wrap(err, "save organisation")
}

// checkOrganisation returns a name that no other organisation has.
func (s *Service) checkOrganisation(ctx context.Context, id, name string) (string, error) {
	name, err := checkName(name, "fault.account.organisation.name")
	if err != nil {
		return "", err
	}
	all, err := s.store.Organisations(ctx)
	if err != nil {
		return "", wrap(err, "read organisations")
	}
	fold := cases.Fold()
	for _, o := range all {
		if o.ID != id && fold.String(o.Name) == fold.String(name) {
			return "", fault.New(fault.Conflict, "fault.account.organisation.taken").At("name")
		}
	}
	return name, nil
}
