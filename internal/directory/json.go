package directory

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Entry is an entry as JSON, without what is not public. docs/tool.schema.json
// describes it. Its fields are those of [Tool]; what is empty is left out.
type Entry struct {
	ID            string             `json:"id"`
	Name          string             `json:"name"`
	OtherNames    []string           `json:"other_names,omitempty"`
	Organisations []string           `json:"organisations,omitempty"`
	URL           string             `json:"url,omitempty"`
	Description   string             `json:"description,omitempty"`
	Terms         map[Facet][]string `json:"terms,omitempty"`
	Notes         map[Facet]string   `json:"notes,omitempty"`
	Source        string             `json:"source,omitempty"`  // of the entry as a whole
	Sources       map[string]string  `json:"sources,omitempty"` // of single fields
	Checked       *time.Time         `json:"checked,omitempty"` // never, if it is left out
	Withdrawn     bool               `json:"withdrawn,omitempty"`
	MergedInto    string             `json:"merged_into,omitempty"`
	Created       *time.Time         `json:"created,omitempty"`
	Updated       *time.Time         `json:"updated,omitempty"`
	Version       int                `json:"version,omitempty"`
}

// EntryOf returns an entry as JSON shows it.
func EntryOf(t Tool) Entry {
	e := Entry{
		ID: t.ID, Name: t.Name, OtherNames: t.OtherNames, Organisations: t.Organisations, URL: t.URL,
		Description: t.Description, Terms: t.Terms, Notes: t.Notes, Source: t.Sources[""], Checked: moment(t.Checked),
		Withdrawn: t.Withdrawn, MergedInto: t.MergedInto, Created: moment(t.Created), Updated: moment(t.Updated), Version: t.Version,
	}
	for field, source := range t.Sources {
		if field != "" {
			if e.Sources == nil {
				e.Sources = map[string]string{}
			}
			e.Sources[field] = source
		}
	}
	return e
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// WriteJSON writes entries as one JSON object, {"tools": [...]}, in their order.
func WriteJSON(w io.Writer, tools []Tool) error {
	list := struct {
		Tools []Entry `json:"tools"`
	}{make([]Entry, len(tools))}
	for i, t := range tools {
		list.Tools[i] = EntryOf(t)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(list); err != nil {
		return fmt.Errorf("write tools: %w", err)
	}
	return nil
}
