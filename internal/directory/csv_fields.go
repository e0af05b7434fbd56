package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Fields returns the names of the fields of an entry in the order of the columns
// of the CSV file: "id", "name", "other_names", "organisations", "url",
// "description"; "terms." and "notes." followed by each facet; "source",
// "sources", "checked", "withdrawn", "merged_into", "created", "updated" and
// "version".
func Fields() []string {
	fields := []string{"id", "name", "other_names", "organisations", "url", "description"}
	for _, f := range Facets() {
		fields = append(fields, "terms."+string(f), "notes."+string(f))
	}
	return append(fields, "source", "sources", "checked", "withdrawn", "merged_into", "created", "updated", "version")
}

// Field returns the value of a field as in the CSV file, before it is made safe
// for spreadsheets: lists as "a; b" in their order, times as a date or as RFC
// 3339, and "" for what is not there or no field.
func Field(t Tool, field string) string {
	if facet, ok := strings.CutPrefix(field, "terms."); ok {
		return joinList(t.Terms[Facet(facet)])
	}
	if facet, ok := strings.CutPrefix(field, "notes."); ok {
		return t.Notes[Facet(facet)]
	}
	switch field {
	case "id":
		return t.ID
	case "name":
		return t.Name
	case "other_names":
		return joinList(t.OtherNames)
	case "organisations":
		return joinList(t.Organisations)
	case "url":
		return t.URL
	case "description":
		return t.Description
	case "source":
		return t.Sources[""]
	case "sources":
		return joinSources(t.Sources)
	case "withdrawn":
		if t.Withdrawn {
			return "yes"
		}
	case "merged_into":
		return t.MergedInto
	case "version":
		if t.Version != 0 {
			return fmt.Sprint(t.Version)
		}
	case "checked":
		return timeCell(t.Checked)
	case "created":
		return timeCell(t.Created)
	case "updated":
		return timeCell(t.Updated)
	}
	return ""
}

// Diff returns one change for every field that differs between two states of an
// entry, in the order of [Fields], each with the version of the new one. The
// times of creation and update and the version itself are no content and are
// left out. Of a new entry the old state is the zero Tool.
func Diff(before, after Tool, source, by string, at time.Time) []Change {
	var changes []Change
	for _, field := range Fields() {
		switch field {
		case "id", "created", "updated", "version":
			continue
		}
		if was, is := Field(before, field), Field(after, field); was != is {
			changes = append(changes, Change{
				Tool: after.ID, Version: after.Version, Field: field, Old: was, New: is, Source: source, By: by, At: at,
			})
		}
	}
	return changes
}

// joinSources writes the sources of single fields as one cell: "url: where from".
func joinSources(sources map[string]string) string {
	var items []string
	for _, field := range slices.Sorted(maps.Keys(sources)) {
		if field != "" {
			items = append(items, field+": "+sources[field])
		}
	}
	return joinList(items)
}

// timeCell writes a time in UTC, as a date if it is midnight.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}
