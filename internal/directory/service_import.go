package directory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// ImportOptions say how to import. The zero value changes nothing that a person
// has entered since.
type ImportOptions struct {
	DryRun bool   // say what would happen, and do nothing
	Source string // of entries that name none; required
	Force  bool   // take the file's word also where a person changed the field
}

// ImportSummary says what an import did, or would do.
type ImportSummary struct {
	Added     []string // IDs
	Changed   []string
	Unchanged []string
	Conflicts []ImportConflict // rows that were not taken
	Changes   []Change         // every field
}

// ImportConflict is an entry of an import that was not taken.
type ImportConflict struct {
	Row  int    // from 1, in the order given
	Name string // of the tool
	ID   string // of the entry that it collides with; "" if none
	Why  error  // a fault
}

// MaxImport is how many entries an import may have.
const MaxImport = 100_000

// Import adds and changes many entries, all or none. An entry with an ID that is
// there changes it; one without an ID changes the one of the same name and
// address, if there is one. If it says a version, it is taken whole if that is the
// present one; if it says none, its empty fields change nothing, and fields that a
// person changed are left alone. Rows that are not valid, or that go against
// this, are conflicts, and the others are taken.
func (s *Service) Import(ctx context.Context, by account.Actor, tools []Tool, o ImportOptions) (ImportSummary, error) {
	if err := account.Permit(by, account.CurateTools, account.Subject{}); err != nil {
		return ImportSummary{}, err
	}
	source, err := required("source", "fault.source.empty", o.Source)
	if err != nil {
		return ImportSummary{}, err
	}
	if len(tools) > MaxImport {
		return ImportSummary{}, fault.New(fault.TooLarge, "fault.import.rows", "limit", MaxImport)
	}
	in := s.newImporter(tools, o, source)
	for i, t := range tools {
		if err := in.take(ctx, i+1, tidy(t)); err != nil {
			return ImportSummary{}, err
		}
	}
	if o.DryRun || len(in.tools) == 0 {
		return in.summary, nil
	}
	e := entry(by, "tool.import", "", map[string]string{
		"added": strconv.Itoa(len(in.summary.Added)), "changed": strconv.Itoa(len(in.summary.Changed)),
		"conflicts": strconv.Itoa(len(in.summary.Conflicts)), "source": source,
	})
	if err := s.store.SaveTools(ctx, in.order(), in.summary.Changes, nil, e); err != nil {
		return ImportSummary{}, fmt.Errorf("save import: %w", err)
	}
	s.changed(ctx)
	return in.summary, nil
}

// importer decides on the rows of an import one after another.
type importer struct {
	s       *Service
	index   *Index
	options ImportOptions
	source  string
	now     time.Time
	coming  map[string]bool   // IDs that the file has
	seen    map[string]bool   // IDs of rows that were decided on
	named   map[string]string // name and address to ID
	tools   []Tool
	summary ImportSummary
}

func (s *Service) newImporter(tools []Tool, o ImportOptions, source string) *importer {
	in := &importer{
		s: s, index: s.Index(), options: o, source: source, now: s.now().UTC(),
		coming: map[string]bool{}, seen: map[string]bool{}, named: map[string]string{},
	}
	for _, t := range tools {
		in.coming[t.ID] = true
	}
	for _, d := range in.index.shown {
		in.named[nameAndAddress(d.tool)] = d.tool.ID
	}
	return in
}

func nameAndAddress(t Tool) string { return nameKey(t.Name) + "\n" + t.URL }

// refuse notes a row that is not taken.
func (in *importer) refuse(row int, t Tool, id string, why error) {
	in.summary.Conflicts = append(in.summary.Conflicts, ImportConflict{row, t.Name, id, why})
}

// take decides on one row. An error is one of the store.
func (in *importer) take(ctx context.Context, row int, t Tool) error {
	if err := in.valid(t); err != nil {
		in.refuse(row, t, t.ID, err)
		return nil
	}
	if t.ID == "" {
		t.ID = in.named[nameAndAddress(t)]
	}
	if t.ID == "" {
		t.ID = NewID(t.Name, func(id string) bool { return in.index.Taken(id) || in.seen[id] })
	}
	if in.seen[t.ID] {
		in.refuse(row, t, t.ID, fault.New(fault.Conflict, "fault.import.twice"))
		return nil
	}
	in.seen[t.ID] = true
	in.named[nameAndAddress(t)] = t.ID
	d := in.index.entries[t.ID]
	if d == nil {
		in.add(t)
		return nil
	}
	return in.change(ctx, row, copyOf(d.tool), t)
}

// valid checks what only a file can say, and the rest.
func (in *importer) valid(t Tool) error {
	if t.ID != "" && (!idPattern.MatchString(t.ID) || len(t.ID) > 2*maxID || reserved(t.ID)) {
		return fault.New(fault.Invalid, "fault.tool.id").At("id")
	}
	if to := t.MergedInto; to != "" && (to == t.ID || !in.index.Taken(to) && !in.coming[to]) {
		return fault.New(fault.Invalid, "fault.tool.merge.into").At("merged_into")
	}
	return in.s.valid(t)
}

// add takes a new entry.
func (in *importer) add(t Tool) {
	t.Version, t.Updated = 0, in.now
	if t.Created.IsZero() || t.Created.After(in.now) {
		t.Created = in.now
	}
	if t.Sources[""] == "" {
		t.Sources[""] = in.source
	}
	if t.CheckedBy = ""; !t.Checked.IsZero() {
		t.CheckedBy = byImport
	}
	next := t
	next.Version = 1
	in.tools = append(in.tools, t)
	in.summary.Added = append(in.summary.Added, t.ID)
	in.summary.Changes = append(in.summary.Changes, Diff(Tool{}, next, t.Sources[""], byImport, in.now)...)
}

// change takes an entry that is there.
func (in *importer) change(ctx context.Context, row int, was, t Tool) error {
	whole := t.Version == was.Version
	if !whole && t.Version != 0 && !in.options.Force {
		in.refuse(row, t, t.ID, fault.New(fault.Conflict, "fault.changed"))
		return nil
	}
	if !whole {
		t = onlyFilled(was, t)
	}
	t.Version, t.Created, t.Updated, t.CheckedBy = was.Version, was.Created, in.now, was.CheckedBy
	if !t.Checked.Equal(was.Checked) {
		t.CheckedBy = byImport
	}
	source := t.Sources[""]
	if source == "" || source == was.Sources[""] {
		source = in.source
	}
	next := t
	next.Version++
	changes := Diff(was, next, source, byImport, in.now)
	if len(changes) == 0 {
		in.summary.Unchanged = append(in.summary.Unchanged, t.ID)
		return nil
	}
	undone := ""
	if !whole && !in.options.Force {
		var err error
		if undone, err = in.undoes(ctx, was, changes); err != nil {
			return err
		}
	}
	if undone != "" {
		in.refuse(row, t, t.ID, fault.New(fault.Conflict, "fault.import.undoes", "field", undone))
		return nil
	}
	in.tools = append(in.tools, t)
	in.summary.Changed = append(in.summary.Changed, t.ID)
	in.summary.Changes = append(in.summary.Changes, changes...)
	return nil
}

// undoes returns a field that a person changed and the import would change again,
// though it was made without knowing the present version.
func (in *importer) undoes(ctx context.Context, was Tool, changes []Change) (string, error) {
	history, err := in.s.store.History(ctx, was.ID)
	if err != nil {
		return "", fmt.Errorf("read history: %w", err)
	}
	for _, c := range changes {
		i := slices.IndexFunc(history, func(h Change) bool { return h.Field == c.Field }) // the newest
		if i >= 0 && history[i].By != byImport {
			return c.Field, nil
		}
	}
	return "", nil
}

// onlyFilled returns an entry in which what the file leaves empty is as it was.
func onlyFilled(was, t Tool) Tool {
	keep := func(to *string, old string) {
		if *to == "" {
			*to = old
		}
	}
	keep(&t.URL, was.URL)
	keep(&t.Description, was.Description)
	keep(&t.MergedInto, was.MergedInto)
	t.Withdrawn = t.Withdrawn || was.Withdrawn
	if t.OtherNames == nil {
		t.OtherNames = was.OtherNames
	}
	if t.Organisations == nil {
		t.Organisations = was.Organisations
	}
	if t.Checked.Before(was.Checked) {
		t.Checked = was.Checked
	}
	for f, codes := range was.Terms {
		if len(t.Terms[f]) == 0 {
			t.Terms[f] = codes
		}
	}
	for f, note := range was.Notes {
		if t.Notes[f] == "" {
			t.Notes[f] = note
		}
	}
	for field, source := range was.Sources {
		if t.Sources[field] == "" {
			t.Sources[field] = source
		}
	}
	return t
}

// order returns the entries so that what others were merged into comes first.
func (in *importer) order() []Tool {
	slices.SortStableFunc(in.tools, func(a, b Tool) int {
		switch {
		case (a.MergedInto == "") == (b.MergedInto == ""):
			return 0
		case a.MergedInto == "":
			return -1
		}
		return 1
	})
	return in.tools
}
