package release

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds the problems kept for one file.
const maxProblems = 100

// Problem is one thing that is wrong with a policy file.
type Problem struct {
	Line, Column int    // of the file, counted from 1; columns in characters
	Text         string // what is wrong
	Hint         string // what to do; may be ""

	// Rule and Condition are the place in protection: impossible:, counted from 1; 0: elsewhere.
	Rule, Condition int
}

// plainProblem makes a problem of a format and what it quotes.
func plainProblem(line, column int, hint, format string, args ...any) Problem {
	return Problem{Line: line, Column: column, Text: fmt.Sprintf(format, args...), Hint: hint}
}

func newProblem(line, column int, hint, format string, args ...any) *Problem {
	p := plainProblem(line, column, hint, format, args...)
	return &p
}

// PolicyError lists everything that is wrong with a policy file.
type PolicyError struct {
	File     string    // as the caller named it
	Problems []Problem // at least one, in the order of the file
}

// Error gives one line per problem, "file:line:column: what is wrong; what to do".
func (e *PolicyError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.File, p.Line, p.Column, p.Text)
		if p.Hint != "" {
			lines[i] += "; " + p.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// Hint says what to do about the whole.
func (e *PolicyError) Hint() string {
	place := "the place named above"
	if len(e.Problems) > 1 {
		place = fmt.Sprintf("the %d places named above", len(e.Problems))
	}
	return "correct " + place + "; every key is described in docs/policy.schema.json"
}

// sortProblems puts problems in the order of the file, each once.
func sortProblems(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(problems)
}

// synonyms are words that people write for a key or a kind of ours, with what they mean by them.
var synonyms = map[string]string{
	"license": "licence", "type": "kind", "separator": "delimiter", "sep": "delimiter", "name": "label",
	"missing": "blanks", "na": "blanks", "nulls": "blanks", "breaks": "bins", "cuts": "bins", "edges": "bins",
	"recode": "map", "mapping": "map", "codes": "values", "categories": "values", "levels": "values", "fields": "columns",
	"id": "subject", "person": "subject", "privacy": "protection", "period": "every", "format": "formats",
	"text": "category", "string": "category", "boolean": "flag", "bool": "flag", "yesno": "flag", "list": "many",
	"multi": "many", "integer": "number", "int": "number", "float": "number", "numeric": "number", "drop": "ignore",
	"skip": "ignore", "kanonymity": "k-anonymity", "utf8": "utf-8", "utf16": "utf-16le", "latin1": "windows-1252",
	"cp1252": "windows-1252", "iso88591": "windows-1252", "excel": "xlsx", "xls": "xlsx", "error": "refuse", "fail": "refuse",
}

// nearest returns which of the known words somebody meant who wrote text, or "".
func nearest(text string, known []string) string {
	folded := foldWord(text)
	if meant := synonyms[folded]; slices.Contains(known, meant) {
		return meant
	}
	best, least := "", min(len(folded)/3, 2)+1
	for _, word := range known {
		if d := editDistance(folded, foldWord(word)); d < least {
			best, least = word, d
		}
	}
	return best
}

func foldWord(text string) string {
	if len(text) > 40 { // longer than any word of ours
		return ""
	}
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(text))
}

// editDistance counts the letters to insert, delete, change, or swap with a neighbour, to make a into b (optimal string
// alignment).
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// suggest is the hint for a word that is not among the known ones.
func suggest(text string, known []string, kind string) string {
	if meant := nearest(text, known); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return fmt.Sprintf("%s: %s", kind, strings.Join(known, ", "))
}
