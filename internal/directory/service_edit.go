package directory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// Edit adds an entry (Version 0: the ID follows from the name) or changes one of
// the given version. The source is required. An old version is a Conflict.
// Withdrawn, MergedInto, Checked and dates stay as they are.
func (s *Service) Edit(ctx context.Context, by account.Actor, t Tool, source string) (Tool, error) {
	return s.save(ctx, by, t, source, nil)
}

// save adds or changes an entry, and settles the suggestion it came from.
func (s *Service) save(ctx context.Context, by account.Actor, t Tool, source string, settled *Suggestion) (Tool, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return Tool{}, err
	}
	source, err := required("source", "fault.source.empty", source)
	if err != nil {
		return Tool{}, err
	}
	t = tidy(t)
	if err := s.valid(t); err != nil {
		return Tool{}, err
	}
	was := Tool{}
	if t.ID != "" {
		if was, err = s.current(t.ID); err != nil {
			return Tool{}, err
		}
		// A suggestion was written for a version; the curator saw the present one.
		if t.Version != was.Version {
			return Tool{}, fault.New(fault.Conflict, "fault.changed")
		}
	}
	t.Withdrawn, t.MergedInto, t.Checked, t.CheckedBy, t.Created = false, "", was.Checked, was.CheckedBy, was.Created
	t.Sources = maps.Clone(was.Sources)
	action := "tool.edit"
	switch {
	case settled != nil:
		action = "tool.publish"
	case was.ID == "":
		action = "tool.add"
	}
	return s.write(ctx, by, was, t, source, action, settled)
}

// current returns an entry that is shown.
func (s *Service) current(id string) (Tool, error) {
	d := s.Index().entries[id]
	switch {
	case d == nil:
		return Tool{}, fault.New(fault.NotFound, "fault.notfound")
	case !d.shown():
		return Tool{}, fault.New(fault.Gone, "fault.tool.withdrawn")
	}
	return copyOf(d.tool), nil
}

// copyOf returns an entry that shares nothing with another one.
func copyOf(t Tool) Tool {
	t.OtherNames, t.Organisations = slices.Clone(t.OtherNames), slices.Clone(t.Organisations)
	terms := make(map[Facet][]string, len(t.Terms))
	for f, codes := range t.Terms {
		terms[f] = slices.Clone(codes)
	}
	t.Terms, t.Notes, t.Sources = terms, maps.Clone(t.Notes), maps.Clone(t.Sources)
	return t
}

// write keeps one entry, if it differs from what it was.
func (s *Service) write(ctx context.Context, by account.Actor, was, t Tool, source, action string, settled *Suggestion) (Tool, error) {
	now := s.now().UTC()
	s.prepare(&was, &t, now)
	changes := changesOf(was, &t, source, author(by), now)
	tools := []Tool{t}
	if len(changes) == 0 {
		if settled == nil {
			return was, nil
		}
		tools, t = nil, was
	}
	e := entry(by, action, "tool:"+t.ID, map[string]string{"fields": fieldNames(changes)})
	if settled != nil {
		e.Detail["suggestion"] = settled.ID
	}
	if err := s.store.SaveTools(ctx, tools, changes, settled, e); err != nil {
		return Tool{}, fmt.Errorf("save tool: %w", err)
	}
	s.changed(ctx)
	t.Version += len(tools)
	return t, nil
}

// prepare gives an entry what the house gives: the ID of a new one, and dates. The
// version stays the one that was read; the store lets it rise.
func (s *Service) prepare(was, t *Tool, now time.Time) {
	if was.ID == "" {
		if t.ID == "" {
			t.ID = NewID(t.Name, s.Index().Taken)
		}
		t.Version = 0
		if t.Created.IsZero() {
			t.Created = now
		}
	}
	t.Updated = now
}

// changesOf returns what changed in an entry, and notes the source of every field.
func changesOf(was Tool, t *Tool, source, by string, now time.Time) []Change {
	next := *t
	next.Version = t.Version + 1
	changes := Diff(was, next, source, by, now)
	if t.Sources == nil {
		t.Sources = map[string]string{}
	}
	if was.ID == "" {
		t.Sources[""] = source
		return changes
	}
	for _, c := range changes {
		if c.Field != "source" && c.Field != "sources" {
			t.Sources[c.Field] = source
		}
	}
	return changes
}

// contentChanges returns what a stranger's correction would change.
func contentChanges(was, is Tool) []Change {
	is.Sources, is.Checked, is.Withdrawn, is.MergedInto = was.Sources, was.Checked, was.Withdrawn, was.MergedInto
	return Diff(was, is, "", "", time.Time{})
}

func fieldNames(changes []Change) string {
	names := ""
	for _, c := range changes {
		if names != "" {
			names += " "
		}
		names += c.Field
	}
	return names
}

// Merge lets one entry take the place of another: the names of "from", and what
// "into" lacks, are taken over; "from" redirects to "into" for good, and so does
// what was merged into "from" before.
func (s *Service) Merge(ctx context.Context, by account.Actor, into, from, source string) (Tool, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return Tool{}, err
	}
	source, err := required("source", "fault.source.empty", source)
	if err != nil {
		return Tool{}, err
	}
	if into == from {
		return Tool{}, fault.New(fault.Invalid, "fault.tool.merge.self").At("into")
	}
	was, err := s.current(into)
	if err != nil {
		return Tool{}, err
	}
	other, err := s.current(from)
	if err != nil {
		return Tool{}, err
	}
	now := s.now().UTC()
	t := takeOver(copyOf(was), other)
	if err := s.valid(t); err != nil {
		return Tool{}, err
	}
	t.Updated = now
	tools := []Tool{t}
	changes := changesOf(was, &tools[0], source, author(by), now)
	moved := []Tool{other}
	for _, d := range s.Index().entries {
		if d.tool.MergedInto == from {
			moved = append(moved, copyOf(d.tool))
		}
	}
	for _, m := range moved {
		before := copyOf(m)
		m.MergedInto, m.Updated = into, now
		changes = append(changes, changesOf(before, &m, source, author(by), now)...)
		tools = append(tools, m)
	}
	e := entry(by, "tool.merge", "tool:"+into, map[string]string{"from": from})
	if err := s.store.SaveTools(ctx, tools, changes, nil, e); err != nil {
		return Tool{}, fmt.Errorf("merge tools: %w", err)
	}
	s.changed(ctx)
	tools[0].Version++
	return tools[0], nil
}

// takeOver adds to an entry what another one has and it lacks.
func takeOver(t, other Tool) Tool {
	names := append([]string{other.Name}, other.OtherNames...)
	for _, name := range names {
		if name != t.Name && !slices.Contains(t.OtherNames, name) && len(t.OtherNames) < MaxNames {
			t.OtherNames = append(t.OtherNames, name)
		}
	}
	for _, name := range other.Organisations {
		if !slices.Contains(t.Organisations, name) && len(t.Organisations) < MaxNames {
			t.Organisations = append(t.Organisations, name)
		}
	}
	if t.URL == "" {
		t.URL = other.URL
	}
	if t.Description == "" {
		t.Description = other.Description
	}
	for f, codes := range other.Terms {
		have := t.Terms[f]
		if len(have) == 0 || len(have) == 1 && have[0] == codeUnknown {
			t.Terms[f] = slices.Clone(codes)
		}
	}
	for f, note := range other.Notes {
		if t.Notes[f] == "" {
			if t.Notes == nil {
				t.Notes = map[Facet]string{}
			}
			t.Notes[f] = note
		}
	}
	if other.Checked.After(t.Checked) {
		t.Checked, t.CheckedBy = other.Checked, other.CheckedBy
	}
	return t
}

// MarkChecked says that somebody looked today whether a tool works: "yes",
// "partly" or "no". "no" sets the stage to dormant unless it says closed or
// absorbed; "yes" sets it to live if it was dormant or not known. The note becomes
// the source of the check.
func (s *Service) MarkChecked(ctx context.Context, by account.Actor, id, works, note string) (Tool, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return Tool{}, err
	}
	note = tidyLine(note)
	if err := short("note", note, MaxSource); err != nil {
		return Tool{}, err
	}
	was, err := s.current(id)
	if err != nil {
		return Tool{}, err
	}
	t := copyOf(was)
	t.Checked, t.CheckedBy = s.now().UTC().Truncate(time.Second), author(by)
	stage := ""
	if codes := t.Terms[Stage]; len(codes) > 0 {
		stage = codes[0]
	}
	switch works {
	case worksNo:
		if stage != stageClosed && stage != stageAbsorbed {
			stage = stageDormant
		}
	case worksYes:
		if stage == "" || stage == stageDormant || stage == codeUnknown {
			stage = stageLive
		}
	case worksPartly:
	default:
		return Tool{}, fault.New(fault.Invalid, "fault.suggestion.works").At("works")
	}
	if stage != "" {
		t.Terms[Stage] = []string{stage}
	}
	return s.write(ctx, by, was, t, note, "tool.check", nil)
}

// Withdraw takes an entry off the map. Its address says so. The reason is required.
func (s *Service) Withdraw(ctx context.Context, by account.Actor, id, reason string) error {
	return s.show(ctx, by, id, reason, false)
}

// Restore shows a withdrawn entry again. The reason is required.
func (s *Service) Restore(ctx context.Context, by account.Actor, id, reason string) error {
	return s.show(ctx, by, id, reason, true)
}

func (s *Service) show(ctx context.Context, by account.Actor, id, reason string, shown bool) error {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return err
	}
	reason, err := required("reason", "fault.reason.empty", reason)
	if err != nil {
		return err
	}
	d := s.Index().entries[id]
	if d == nil || d.tool.MergedInto != "" {
		return fault.New(fault.NotFound, "fault.notfound")
	}
	t := copyOf(d.tool)
	t.Withdrawn = !shown
	action := "tool.withdraw"
	if shown {
		action = "tool.restore"
	}
	_, err = s.write(ctx, by, d.tool, t, reason, action, nil)
	return err
}
