package publication

import (
	"context"
	"errors"
	"slices"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// NewDraft begins a policy for an upload. Without a policy, the file is looked over and a first one guessed,
// which takes seconds for a large file; with one (YAML, as the terminal has it) that is taken as it is. The answer to a file that cannot
// be read is a *[FileError].
func (s *Service) NewDraft(ctx context.Context, by account.Actor, uploadID, title string, policy []byte) (Draft, error) {
	u, err := s.upload(ctx, by, uploadID)
	if err != nil {
		return Draft{}, err
	}
	if u.Bundle() {
		return Draft{}, fault.New(fault.Invalid, "fault.upload.archive").At("upload")
	}
	if err := checkText("title", title, MaxTitle, false); err != nil {
		return Draft{}, err
	}
	list, err := s.store.Drafts(ctx, Query{Dataset: u.Dataset})
	if err != nil {
		return Draft{}, err
	}
	if len(list) >= MaxDrafts {
		return Draft{}, fault.New(fault.TooMany, "fault.publication.drafts", "limit", MaxDrafts)
	}
	if policy == nil {
		r, err := s.ask(ctx, u, work.Request{Ask: work.Guess})
		if err != nil {
			return Draft{}, err
		}
		policy = r.Draft
	} else if policy, err = release.EditPolicy(policy, nil); err != nil {
		return Draft{}, policyFault(err)
	}
	id, err := s.newID()
	if err != nil {
		return Draft{}, err
	}
	now := s.o.Now().UTC()
	d := Draft{
		ID: id, Dataset: u.Dataset, Organisation: u.Organisation, Upload: u.ID, Title: title, Policy: s.o.Keys.Seal(sealPolicy, id, policy),
		By: by.User, Editors: []string{by.User}, Created: now, Updated: now,
	}
	return d, s.store.Save(ctx, Change{Draft: &d}, entry(by, "draft.create", "draft", d.ID, "upload", u.ID))
}

// Drafts returns the drafts of a data set, newest first.
func (s *Service) Drafts(ctx context.Context, by account.Actor, dataset string) ([]Draft, error) {
	if _, err := s.dataset(ctx, by, account.PreparePublication, dataset); err != nil {
		return nil, err
	}
	return s.store.Drafts(ctx, Query{Dataset: dataset})
}

// Draft returns one draft.
func (s *Service) Draft(ctx context.Context, by account.Actor, id string) (Draft, error) {
	d, err := s.store.Draft(ctx, id)
	if err == nil {
		err = permit(by, account.PreparePublication, d.Organisation)
	}
	if err != nil {
		return Draft{}, err
	}
	return d, nil
}

// Policy returns the YAML of a draft, to take to the terminal. It may name what is rare in the records: it is for
// the data set's stewards.
func (s *Service) Policy(ctx context.Context, by account.Actor, id string) ([]byte, error) {
	d, err := s.Draft(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return s.o.Keys.Open(sealPolicy, d.ID, d.Policy)
}

// EditDraft changes the policy of a draft of the given version by the fields of a form; see release.PolicyEdit for what they can be. All of them are
// made, or none: then the error is a *[PolicyFault] that says what is wrong with each.
func (s *Service) EditDraft(ctx context.Context, by account.Actor, id string, version int, edits []release.PolicyEdit) (Draft, error) {
	return s.changeDraft(ctx, by, id, version, func(policy []byte) ([]byte, error) { return release.EditPolicy(policy, edits) })
}

// SetPolicy replaces the policy of a draft by a file from the terminal.
func (s *Service) SetPolicy(ctx context.Context, by account.Actor, id string, version int, policy []byte) (Draft, error) {
	return s.changeDraft(ctx, by, id, version, func([]byte) ([]byte, error) {
		if len(policy) == 0 {
			return nil, fault.New(fault.Invalid, "fault.publication.empty").At("policy")
		}
		_, err := release.EditPolicy(policy, nil)
		return policy, err
	})
}

func (s *Service) changeDraft(ctx context.Context, by account.Actor, id string, version int, change func([]byte) ([]byte, error)) (Draft, error) {
	d, err := s.Draft(ctx, by, id)
	if err != nil {
		return Draft{}, err
	}
	if d.Version != version {
		return Draft{}, fault.New(fault.Conflict, "fault.changed")
	}
	policy, err := s.o.Keys.Open(sealPolicy, d.ID, d.Policy)
	if err != nil {
		return Draft{}, err
	}
	if policy, err = change(policy); err != nil {
		return Draft{}, policyFault(err)
	}
	d.Policy, d.Updated = s.o.Keys.Seal(sealPolicy, d.ID, policy), s.o.Now().UTC()
	if !slices.Contains(d.Editors, by.User) {
		d.Editors = append(d.Editors, by.User)
	}
	return d, s.store.Save(ctx, Change{Draft: &d}, entry(by, "draft.edit", "draft", d.ID))
}

// DeleteDraft removes a draft and its policy. Runs and releases that were made from it stay, with the policy that each was made by.
func (s *Service) DeleteDraft(ctx context.Context, by account.Actor, id string) error {
	d, err := s.Draft(ctx, by, id)
	if err != nil {
		return err
	}
	return s.store.Save(ctx, Change{RemovedDraft: &d}, entry(by, "draft.delete", "draft", d.ID, "dataset", d.Dataset))
}

// PolicyFault says what is wrong with a policy, place by place, or with a data story. Its texts quote it, and are for its stewards.
type PolicyFault struct {
	Problems []release.Problem
	cause    error
}

// Error names no detail: errors end up in logs.
func (e *PolicyFault) Error() string { return "the policy is not valid" }

// Unwrap returns a fault of kind Invalid.
func (e *PolicyFault) Unwrap() error { return e.cause }

// policyFault turns an error about a policy into what a form can show.
func policyFault(err error) error {
	var p *release.PolicyError
	switch {
	case errors.As(err, &p):
		return &PolicyFault{p.Problems, fault.New(fault.Invalid, "publication.problem.policy").At("policy")}
	case fault.Of(err) != fault.Internal:
		return err
	}
	return &PolicyFault{[]release.Problem{{Line: 1, Column: 1, Text: err.Error()}}, fault.New(fault.Invalid, "publication.problem.policy").At("policy")}
}

// FileError says why a file of records cannot be read, or not by this policy. Detail names row and column, and is for the stewards of the
// data set alone; Error does not repeat it.
type FileError struct {
	Key    string // of the catalogues: "publication.problem.file"
	Detail string
	Lines  []work.Line // of a policy that is not valid
}

// Error names the kind of problem only: errors end up in logs.
func (e *FileError) Error() string { return e.Key }

// Unwrap returns a fault of kind Invalid.
func (e *FileError) Unwrap() error { return fault.New(fault.Invalid, e.Key) }

// ask asks the worker that holds an upload.
func (s *Service) ask(ctx context.Context, u Upload, q work.Request) (*work.Response, error) {
	r, err := s.sessions.ask(ctx, u, q)
	if err != nil {
		return nil, err
	}
	if p := r.Problem; p != nil {
		return nil, &FileError{p.Key, p.Detail, p.Lines}
	}
	return r, nil
}

// asked asks about a draft, as it is or as it would be with edits.
func (s *Service) asked(ctx context.Context, by account.Actor, id string, edits []release.PolicyEdit, q work.Request) (*work.Response, error) {
	d, err := s.Draft(ctx, by, id)
	if err != nil {
		return nil, err
	}
	u, err := s.upload(ctx, by, d.Upload)
	if err != nil {
		return nil, err
	}
	if q.Policy, err = s.o.Keys.Open(sealPolicy, d.ID, d.Policy); err != nil {
		return nil, err
	}
	if len(edits) > 0 {
		if q.Policy, err = release.EditPolicy(q.Policy, edits); err != nil {
			return nil, policyFault(err)
		}
	}
	return s.ask(ctx, u, q)
}

// Inspect returns the exact report on the upload by a draft's policy: columns, blanks, rare values, who stands out, what would help. It
// is as sensitive as the records: for the stewards alone, in no log, no cache, no file.
func (s *Service) Inspect(ctx context.Context, by account.Actor, draft string) (*release.Inspection, []work.Advice, error) {
	r, err := s.asked(ctx, by, draft, nil, work.Request{Ask: work.Report})
	if err != nil {
		return nil, nil, err
	}
	return r.Inspection, r.Advice, nil
}

// Effect returns how many people stand out by a draft with some edits, which are not kept: the live figure of a form. It is exact, and
// sensitive as Inspect's.
func (s *Service) Effect(ctx context.Context, by account.Actor, draft string, edits []release.PolicyEdit) (*work.EffectOf, error) {
	r, err := s.asked(ctx, by, draft, edits, work.Request{Ask: work.Effect})
	if err != nil {
		return nil, err
	}
	return r.Effect, nil
}

// Columns returns what the columns of a draft's upload hold as texts, and how they might be read: kinds, edges of bins, layouts
// of dates, spellings that belong together. Sensitive as Inspect's.
func (s *Service) Columns(ctx context.Context, by account.Actor, draft string) ([]table.ColumnProfile, error) {
	r, err := s.asked(ctx, by, draft, nil, work.Request{Ask: work.Columns})
	if err != nil {
		return nil, err
	}
	return r.Columns, nil
}

// Plan says what accuracy several values of epsilon buy for so many people, a guess, on fictional records. It looks at the policy alone, and its answer is not
// sensitive. It takes seconds to minutes.
func (s *Service) Plan(ctx context.Context, by account.Actor, draft string, people int, epsilons []string) ([]work.Outlook, error) {
	r, err := s.asked(ctx, by, draft, nil, work.Request{Ask: work.Plan, People: people, Epsilons: epsilons})
	if err != nil {
		return nil, err
	}
	return r.Plan, nil
}
