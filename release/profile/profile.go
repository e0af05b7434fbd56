// Package profile holds harmonised schemas of case records that many organisations share, and finds out how a partner's own columns and
// labels map to one. The result is written into the policy (package release): header, kind, code list and map of each column, so that the
// partner's file stays as it is, and nobody else has to know how it was read.
//
// The schemas: the Human Trafficking Case Data Standard 2.0 of IOM (drafts of its fields; names of people, addresses and free text are
// listed, and never released), and the columns of the public data sets of the Counter-Trafficking Data Collaborative: the 27 of the differentially
// private ones since 2024, and the 63 of the k-anonymous ones until 2021.
package profile

import (
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/opencovey/covey/table"
)

//go:embed data
var data embed.FS

// Profile is a harmonised schema.
type Profile struct {
	ID     string // "htcds", "ctdc27", "ctdc63"
	Title  string
	Source string // where it comes from
	Fields []Field
}

// Field is one column of a schema.
type Field struct {
	Name        string // of the column in a release
	Label       string
	Group       string // columns whose shares have one denominator
	Description string
	Kind        table.Kind
	Ignore      bool     // never released: it names a person, a place to live, or is free text
	Values      []string // code list; nil: as found, or countries
	Bins        []string // edges of a number
	Every       string   // of a date: "year"
}

// about describes the schemas.
func about() []Profile {
	const ctdc = "Counter-Trafficking Data Collaborative, www.ctdatacollaborative.org"
	return []Profile{
		{ID: "htcds", Title: "Human Trafficking Case Data Standard 2.0", Source: "IOM, Human Trafficking Case Data Standard (HTCDS), version 2.0 (draft fields)"},
		{ID: "ctdc27", Title: "CTDC Global Synthetic Dataset, 27 columns", Source: ctdc + ", codebook of the synthetic data sets since 2024"},
		{ID: "ctdc63", Title: "CTDC Global Dataset, 63 columns", Source: ctdc + ", codebook of the k-anonymous data sets, 2021"},
	}
}

// All returns the schemas.
func All() ([]Profile, error) {
	list := about()
	for i := range list {
		if err := list[i].read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Find returns the schema with an ID; false if there is none.
func Find(id string) (Profile, bool) {
	for _, p := range about() {
		if p.ID == id {
			err := p.read()
			return p, err == nil
		}
	}
	return Profile{}, false
}

// Field returns the field with a name; false if there is none.
func (p *Profile) Field(name string) (Field, bool) {
	for _, f := range p.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

func (p *Profile) read() error {
	text, err := data.ReadFile("data/" + p.ID + ".csv")
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return fmt.Errorf("read profile %s: %w", p.ID, err)
	}
	for _, row := range rows[1:] {
		f := Field{Name: row[0], Label: row[2], Group: row[3], Description: row[6]}
		if row[4] != "" {
			f.Values = strings.Split(row[4], "|")
		}
		var known bool
		if f.Kind, known = table.ParseKind(row[1]); !known {
			f.Ignore = true
		}
		switch {
		case f.Kind == table.Number && !f.Ignore:
			f.Bins = strings.Split(row[5], "|")
		case f.Kind == table.Date && !f.Ignore:
			f.Every = row[5]
		}
		p.Fields = append(p.Fields, f)
	}
	return nil
}

// Schema returns the JSON Schema (draft 2020-12) of one record of the profile, with every value as a text. It is published in docs.
func (p *Profile) Schema() ([]byte, error) {
	type property struct {
		Title       string   `json:"title,omitempty"`
		Description string   `json:"description,omitempty"`
		Type        string   `json:"type,omitempty"`
		Pattern     string   `json:"pattern,omitempty"`
		Enum        []string `json:"enum,omitempty"`
		Items       any      `json:"items,omitempty"`
	}
	type schema struct {
		Schema     string              `json:"$schema"`
		ID         string              `json:"$id"`
		Title      string              `json:"title"`
		Comment    string              `json:"$comment"`
		Type       string              `json:"type"`
		Properties map[string]property `json:"properties"`
		Additional bool                `json:"additionalProperties"`
	}
	s := schema{
		Schema: "https://json-schema.org/draft/2020-12/schema", ID: "profile-" + p.ID + ".schema.json", Title: p.Title, Comment: p.Source, Type: "object",
		Properties: map[string]property{},
	}
	for _, f := range p.Fields {
		q := property{Title: f.Label, Description: f.Description, Type: "string", Enum: f.Values}
		switch {
		case f.Ignore:
			q.Description = "Never released."
		case f.Kind == table.Many:
			q.Type, q.Enum = "array", nil
			if f.Values != nil {
				q.Items = property{Enum: f.Values}
			}
		case f.Kind == table.Flag:
			q.Enum = []string{"yes", "no"}
		case f.Kind == table.Country:
			q.Pattern = "^[A-Z]{3}$"
		case f.Kind == table.Number:
			q.Enum = binNames(f.Bins)
		}
		s.Properties[f.Name] = q
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(out, '\n'), nil
}

// binNames names bins as package table does.
func binNames(edges []string) []string {
	var names []string
	for i, e := range edges {
		if i+1 == len(edges) {
			names = append(names, e+"+")
			break
		}
		from, _ := strconv.Atoi(e)
		to, _ := strconv.Atoi(edges[i+1])
		if to--; from == to {
			names = append(names, e)
		} else {
			names = append(names, fmt.Sprintf("%d--%d", from, to))
		}
	}
	return names
}
