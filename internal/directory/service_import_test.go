package directory_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
	"github.com/opencovey/covey/internal/fault"
)

func (h *house) take(t *testing.T, o directory.ImportOptions, tools ...directory.Tool) directory.ImportSummary {
	t.Helper()
	o.Source = "a file"
	sum, err := h.Import(t.Context(), operator, tools, o)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestImportAddsAndChanges(t *testing.T) {
	h := newHouse(t)
	rows := []directory.Tool{
		{ID: "given", Name: "Given", URL: "https://given.example", Terms: terms("form", "sex")},
		{Name: "New one"},
		{Name: "New one", URL: "https://another.example"},
		{Name: ""},
		{Name: "Bad", Terms: terms("form", "elves")},
		{ID: "Not An ID", Name: "N"},
		{ID: "given", Name: "Twice"},
		{ID: "moved", Name: "Moved", MergedInto: "given"},
		{ID: "lost", Name: "Lost", MergedInto: "nowhere"},
		{ID: "circle", Name: "Circle", MergedInto: "circle"},
	}
	dry := h.take(t, directory.ImportOptions{DryRun: true}, rows...)
	if h.Index().Len() != 0 || len(h.store.Entries()) != 0 {
		t.Error("a dry run changed something")
	}
	wet := h.take(t, directory.ImportOptions{}, rows...)
	if diff := cmp.Diff(dry, wet, cmpopts.EquateErrors()); diff != "" && len(dry.Conflicts) != len(wet.Conflicts) {
		t.Errorf("a dry run says something else:\n%s", diff)
	}
	if want := []string{"given", "new-one", "new-one-2", "moved"}; !slices.Equal(wet.Added, want) {
		t.Errorf("added %v", wet.Added)
	}
	var refused []int
	for _, c := range wet.Conflicts {
		refused = append(refused, c.Row)
		if fault.Of(c.Why) == fault.Internal {
			t.Errorf("row %d: %v", c.Row, c.Why)
		}
	}
	if want := []int{4, 5, 6, 7, 9, 10}; !slices.Equal(refused, want) {
		t.Errorf("refused %v", refused)
	}
	if got, _ := h.Index().Tool("moved"); got.ID != "given" {
		t.Errorf("moved leads to %q", got.ID)
	}
	e := h.store.Entries()
	if len(e) != 1 || e[0].Action != "tool.import" || e[0].Actor != "system" || e[0].Detail["added"] != "4" || e[0].Detail["conflicts"] != "6" {
		t.Errorf("the audit log says %+v", e)
	}
	given, _ := h.Index().Tool("given")
	if given.Sources[""] != "a file" || given.Version != 1 || !given.Created.Equal(today) {
		t.Errorf("added %+v", given)
	}
	// The same again: nothing. With more: that.
	again := h.take(t, directory.ImportOptions{}, rows[0], rows[1])
	if len(again.Unchanged) != 2 || len(again.Added)+len(again.Changed)+len(again.Conflicts) != 0 || len(h.store.Entries()) != 1 {
		t.Errorf("the same again: %+v", again)
	}
	more := h.take(t, directory.ImportOptions{}, directory.Tool{Name: "given", URL: "https://given.example", Description: "D"})
	if !slices.Equal(more.Changed, []string{"given"}) {
		t.Errorf("more: %+v", more)
	}
	given, _ = h.Index().Tool("given")
	if given.Description != "D" || len(given.Terms[directory.Form]) != 1 || given.Version != 2 {
		t.Errorf("what the file leaves empty is gone: %+v", given)
	}
	_, err := h.Import(t.Context(), operator, nil, directory.ImportOptions{})
	wantFault(t, err, fault.Invalid, "source")
}

// TestImportRespectsPeople imports over what a person entered.
func TestImportRespectsPeople(t *testing.T) {
	h := newHouse(t)
	h.take(t, directory.ImportOptions{}, directory.Tool{ID: "a", Name: "A", URL: "https://old.example", Description: "Old"})
	a, _ := h.Index().Tool("a")
	a.URL = "https://checked.example"
	if _, err := h.Edit(t.Context(), curator, a, "I called them"); err != nil {
		t.Fatal(err)
	}
	file := directory.Tool{ID: "a", Name: "A", URL: "https://old.example", Description: "New"}
	got := h.take(t, directory.ImportOptions{}, file)
	if len(got.Conflicts) != 1 || fault.Of(got.Conflicts[0].Why) != fault.Conflict || got.Conflicts[0].ID != "a" {
		t.Errorf("an import undoes what a person entered: %+v", got)
	}
	// Other fields may change.
	other := file
	other.URL = ""
	if got := h.take(t, directory.ImportOptions{}, other); len(got.Changed) != 1 {
		t.Errorf("other fields: %+v", got)
	}
	// An old version of an export is refused, the present one is taken, also to empty a field.
	a, _ = h.Index().Tool("a")
	old := a
	old.Version--
	if got := h.take(t, directory.ImportOptions{}, old); len(got.Conflicts) != 1 {
		t.Errorf("an old version: %+v", got)
	}
	a.URL, a.Description = "", "Newer"
	if got := h.take(t, directory.ImportOptions{}, a); len(got.Changed) != 1 {
		t.Errorf("the present version: %+v", got)
	}
	if a, _ = h.Index().Tool("a"); a.URL != "" || a.Description != "Newer" {
		t.Errorf("not taken whole: %+v", a)
	}
	// By force.
	if got := h.take(t, directory.ImportOptions{Force: true}, file); len(got.Changed) != 1 {
		t.Errorf("by force: %+v", got)
	}
}

// TestExportComesBack writes the map as a file and reads it into another house.
func TestExportComesBack(t *testing.T) {
	v := vocabulary(t)
	one := newHouse(t)
	tools := directorytest.Generate(200, 9)
	for i := range tools {
		tools[i].Version = 0
	}
	if sum := one.take(t, directory.ImportOptions{}, tools...); len(sum.Conflicts) != 0 {
		t.Fatalf("%+v", sum.Conflicts[0])
	}
	var file bytes.Buffer
	if err := directory.WriteCSV(&file, one.Export(), v); err != nil {
		t.Fatal(err)
	}
	read, problems, err := directory.ReadCSV(&file, "export", v)
	if err != nil || directory.Errors(problems) != 0 {
		t.Fatal(err, problems)
	}
	// Into the same house: nothing changes.
	if sum := one.take(t, directory.ImportOptions{}, read...); len(sum.Unchanged) != len(read) {
		t.Errorf("%d of %d unchanged; %d changed, %v", len(sum.Unchanged), len(read), len(sum.Changed), sum.Changes[:min(3, len(sum.Changes))])
	}
	// Into an empty one: the same map.
	two := newHouse(t)
	if sum := two.take(t, directory.ImportOptions{}, read...); len(sum.Added) != len(read) {
		t.Fatalf("%+v", sum.Conflicts)
	}
	ignore := cmpopts.IgnoreFields(directory.Tool{}, "Updated", "CheckedBy")
	if diff := cmp.Diff(one.Export(), two.Export(), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-sent +come back):\n%s", diff)
	}
}

// TestSeedImports takes the entries that come with the server.
func TestSeedImports(t *testing.T) {
	h := newHouse(t)
	tools, err := directory.Seed(vocabulary(t))
	if err != nil {
		t.Fatal(err)
	}
	sum := h.take(t, directory.ImportOptions{}, tools...)
	if len(sum.Added) != len(tools) || len(sum.Conflicts) != 0 {
		t.Errorf("%d of %d added, conflicts %+v", len(sum.Added), len(tools), sum.Conflicts)
	}
	if got := h.Search(directory.Query{Checked: directory.CheckedNever}); got.Total != h.Index().Len() {
		t.Errorf("%d of %d are unverified", got.Total, h.Index().Len())
	}
}
