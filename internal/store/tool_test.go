package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/store"
)

// tool is an entry with something in every field.
func tool(id string) directory.Tool {
	return directory.Tool{
		ID: id, Name: "Safe \"Passage\" — آمن", OtherNames: []string{"SP"}, Organisations: []string{"Haven", "Née <b>"},
		URL: "https://example.org/?a=1&b=2", Description: "Finds\nshelter.",
		Terms:   map[directory.Facet][]string{directory.Type: {"app", "web"}, directory.UsedIn: {"KE"}},
		Notes:   map[directory.Facet]string{directory.Cost: "free to NGOs"},
		Sources: map[string]string{"": "a study", "url": "its site"},
		Checked: clock(), CheckedBy: "u1", Created: clock(), Updated: clock(),
	}
}

func change(tool string, version int, field string) directory.Change {
	return directory.Change{
		Tool: tool, Version: version, Field: field, Old: "a", New: "b;c", Source: "s", By: "u1", At: clock(),
	}
}

func TestTools(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Tools(), t.Context()
		list, generation, err := s.Tools(ctx, 0)
		if err != nil || len(list) != 0 || generation != 0 {
			t.Fatalf("an empty map has %v, %d, %v", list, generation, err)
		}
		one, two := tool("one"), directory.Tool{ID: "two", Created: clock(), Updated: clock(), MergedInto: "one", Withdrawn: true}
		changes := []directory.Change{change("one", 1, "name"), change("one", 1, "url"), change("two", 1, "name")}
		must(t, s.SaveTools(ctx, []directory.Tool{two, one}, changes, nil, entry("tool.import")))
		one.Version, two.Version = 1, 1
		list, generation, err = s.Tools(ctx, 0)
		must(t, err)
		if diff := cmp.Diff([]directory.Tool{one, two}, list); diff != "" || generation != 1 {
			t.Errorf("generation %d\n%s", generation, diff)
		}

		wantKind(t, s.SaveTools(ctx, []directory.Tool{tool("new"), tool("one")}, nil, nil, entry("tool.add")), fault.Conflict)
		old := one
		one.Name, one.Updated = "Other", clock().Add(time.Hour)
		must(t, s.SaveTools(ctx, []directory.Tool{one}, []directory.Change{change("one", 2, "name")}, nil, entry("tool.save")))
		one.Version = 2
		wantKind(t, s.SaveTools(ctx, []directory.Tool{tool("new"), old}, nil, nil, entry("tool.save")), fault.Conflict)
		absent := tool("absent")
		absent.Version = 1
		wantKind(t, s.SaveTools(ctx, []directory.Tool{absent}, nil, nil, entry("tool.save")), fault.NotFound)
		list, generation, err = s.Tools(ctx, 1)
		must(t, err)
		if diff := cmp.Diff([]directory.Tool{one}, list); diff != "" || generation != 2 {
			t.Errorf("generation %d\n%s", generation, diff)
		}
		if list, generation, err = s.Tools(ctx, 2); err != nil || len(list) != 0 || generation != 2 {
			t.Errorf("nothing new is %v, %d, %v", list, generation, err)
		}

		history, err := s.History(ctx, "one")
		must(t, err)
		want := []directory.Change{change("one", 2, "name"), change("one", 1, "name"), change("one", 1, "url")}
		if diff := cmp.Diff(want, history); diff != "" {
			t.Error(diff)
		}

		lost := tool("lost")
		lost.MergedInto = "nowhere"
		wantKind(t, s.SaveTools(ctx, []directory.Tool{lost}, nil, nil, entry("tool.merge")), fault.NotFound)
	})
}

func TestSuggestions(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Tools(), t.Context()
		_, err := s.Suggestion(ctx, "none")
		wantKind(t, err, fault.NotFound)
		g := directory.Suggestion{
			ID: "g1", Kind: directory.NewTool, Tool: "t", Proposed: tool("p"), Works: "no", Message: "m", Source: "s",
			State: directory.Open, Sent: clock(),
		}
		must(t, s.SaveSuggestion(ctx, g, entry("suggestion.add")))
		wantKind(t, s.SaveSuggestion(ctx, g, entry("suggestion.add")), fault.Conflict)
		later := directory.Suggestion{ID: "g0", Kind: directory.Feedback, State: directory.Open, Sent: clock().Add(time.Second)}
		must(t, s.SaveSuggestion(ctx, later, entry("suggestion.add")))
		g.Version, later.Version = 1, 1
		list, err := s.Suggestions(ctx, directory.Open, 10)
		must(t, err)
		if diff := cmp.Diff([]directory.Suggestion{g, later}, list); diff != "" {
			t.Error(diff)
		}
		if list, err = s.Suggestions(ctx, directory.Open, 1); err != nil || len(list) != 1 || list[0].ID != "g1" {
			t.Errorf("the oldest is %+v, %v", list, err)
		}

		g.State, g.Reviewed, g.By, g.Reason = directory.Accepted, clock(), "u1", "good"
		must(t, s.SaveTools(ctx, []directory.Tool{tool("p")}, nil, &g, entry("tool.publish")))
		g.Version = 2
		got, err := s.Suggestion(ctx, "g1")
		must(t, err)
		if diff := cmp.Diff(g, got); diff != "" {
			t.Error(diff)
		}
		g.Version = 1 // settled by somebody else meanwhile: the whole change is refused
		wantKind(t, s.SaveTools(ctx, []directory.Tool{tool("q")}, nil, &g, entry("tool.publish")), fault.Conflict)
		if list, _, err := s.Tools(ctx, 0); err != nil || len(list) != 1 {
			t.Errorf("tools %v, %v", list, err)
		}
	})
}

func TestLinkChecks(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Tools(), t.Context()
		must(t, s.SaveTools(ctx, []directory.Tool{tool("one")}, nil, nil, entry("tool.add")))
		c := directory.LinkCheck{Tool: "one", URL: "https://example.org", At: clock(), Works: true, Detail: "200"}
		must(t, s.SaveLinkCheck(ctx, c))
		c.Works, c.Detail, c.At = false, "timeout", clock().Add(time.Hour)
		must(t, s.SaveLinkCheck(ctx, c))
		list, err := s.LinkChecks(ctx)
		must(t, err)
		if diff := cmp.Diff([]directory.LinkCheck{c}, list); diff != "" {
			t.Error(diff)
		}
		c.Tool = "none"
		wantKind(t, s.SaveLinkCheck(ctx, c), fault.NotFound)
	})
}

func TestImport(t *testing.T) {
	everywhere(t, func(t *testing.T, place store.Options) {
		s, ctx := open(t, place).Tools(), t.Context()
		list, changes := manyTools(1234)
		must(t, s.SaveTools(ctx, list, changes, nil, entry("tool.import")))
		got, _, err := s.Tools(ctx, 0)
		must(t, err)
		if len(got) != len(list) {
			t.Fatalf("%d of %d entries", len(got), len(list))
		}
		if h, err := s.History(ctx, list[777].ID); err != nil || len(h) != 3 {
			t.Errorf("history %v, %v", h, err)
		}
	})
}

// manyTools makes entries with three changes each.
func manyTools(n int) (list []directory.Tool, changes []directory.Change) {
	for i := range n {
		id := fmt.Sprintf("tool-%05d", i)
		list = append(list, tool(id))
		changes = append(changes, change(id, 1, "name"), change(id, 1, "url"), change(id, 1, "terms.cost"))
	}
	return list, changes
}
