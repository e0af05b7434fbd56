package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/opencovey/covey/internal/directory"
)

// toolsReport is what "covey tools check" found.
type toolsReport struct {
	File       string              `json:"file"`
	Entries    int                 `json:"entries"`
	Errors     int                 `json:"errors"`
	Problems   []directory.Problem `json:"problems"`
	Duplicates []toolPair          `json:"duplicates"`
}

// toolPair is two entries that may be about the same tool.
type toolPair struct {
	Entry string             `json:"entry"`          // name
	ID    string             `json:"id,omitempty"`   // of the entry, if it has one
	Like  string             `json:"like"`           // name of the other
	With  string             `json:"with,omitempty"` // ID of the other
	Score float64            `json:"score"`          // 0 to 1
	Why   directory.Likeness `json:"why"`
	Where string             `json:"where"` // file of the other
}

// checkTools says what is wrong with a file of entries.
func (e *env) checkTools(o *toolsOptions, path string) error {
	v, err := directory.OpenVocabulary()
	if err != nil {
		return err
	}
	tools, problems, err := e.readTools(path, v)
	if err != nil {
		return err
	}
	report := toolsReport{path, len(tools), directory.Errors(problems), orEmpty(problems), orEmpty(sameTools(tools, path))}
	if o.against != "" {
		others, _, err := e.readTools(o.against, v)
		if err != nil {
			return err
		}
		report.Duplicates = append(report.Duplicates, alsoThere(tools, others, o.against)...)
	}
	if o.json {
		err = printJSON(e.stdout, report)
	} else {
		_, err = fmt.Fprint(e.stdout, cleanLines(report.text()))
	}
	if err == nil && report.Errors > 0 {
		return &failure{fmt.Errorf("%s: %s", path, count(report.Errors, "error", "errors")), "docs/tools-format.md describes the file"}
	}
	return err
}

// sameTools finds entries of one file that may be about the same tool, each pair
// once.
func sameTools(tools []directory.Tool, path string) []toolPair {
	// Entries without an ID get one for the while, so that none is like itself.
	numbered, names := make([]directory.Tool, len(tools)), map[string]int{}
	for i, t := range tools {
		t.ID = fmt.Sprint(i)
		t.MergedInto = ""
		numbered[i], names[t.ID] = t, i
	}
	d := directory.NewDuplicates(numbered)
	var pairs []toolPair
	for i, t := range numbered {
		for _, m := range likelyMatches(d, t) {
			if other := names[m.Tool.ID]; i < other && !t.Withdrawn {
				pairs = append(pairs, toolPair{t.Name, tools[i].ID, m.Tool.Name, tools[other].ID, m.Score, m.Why, path})
			}
		}
	}
	return pairs
}

// alsoThere finds entries that may be in another file already, under another ID.
func alsoThere(tools, others []directory.Tool, path string) []toolPair {
	d := directory.NewDuplicates(others)
	var pairs []toolPair
	for _, t := range tools {
		for _, m := range likelyMatches(d, t) {
			pairs = append(pairs, toolPair{t.Name, t.ID, m.Tool.Name, m.Tool.ID, m.Score, m.Why, path})
		}
	}
	return pairs
}

// likelyMatches returns the few entries that are probably the same as another.
func likelyMatches(d *directory.Duplicates, t directory.Tool) []directory.Match {
	matches := d.Similar(t, 4)
	for i, m := range matches {
		if m.Score < directory.Likely {
			return matches[:i]
		}
	}
	return matches
}

// text writes the report for people.
func (r *toolsReport) text() string {
	var b strings.Builder
	for _, p := range r.Problems {
		kind := "error"
		if p.Warning {
			kind = "warning"
		}
		fmt.Fprintf(&b, "%-8s %s\n", kind, p)
	}
	for _, p := range r.Duplicates {
		why := map[directory.Likeness]string{
			directory.SameAddress: "same address", directory.SameName: "same name",
			directory.SimilarName: "similar name", directory.SharedWords: "same words in the name",
		}[p.Why]
		fmt.Fprintf(&b, "%-8s %s, and %s in %s (%s)\n", "twice?", named(p.Entry, p.ID), named(p.Like, p.With), p.Where, why)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s, %s\n", r.File, count(r.Entries, "entry", "entries"), count(r.Errors, "error", "errors"),
		count(len(r.Problems)-r.Errors, "warning", "warnings"), count(len(r.Duplicates), "possible duplicate", "possible duplicates"))
	return b.String()
}

func named(name, id string) string {
	if id == "" {
		return name
	}
	return fmt.Sprintf("%s [%s]", name, id)
}

// printJSON writes a value as people can read it.
func printJSON(w io.Writer, value any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(value)
}

// orEmpty makes an empty list of none, which JSON would show as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
