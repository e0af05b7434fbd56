package directory

import (
	"fmt"
	"strings"

	"github.com/opencovey/covey/internal/fold"
)

// meant says which term somebody may have meant, or which ones there are.
func (v *Vocabulary) meant(f Facet, word string) string {
	words := make([]string, 0, len(v.terms[f]))
	for _, t := range v.terms[f] {
		words = append(words, t.Code)
	}
	if len(words) <= 16 {
		return "use one of " + strings.Join(words, ", ")
	}
	key, best, least := fold.Text(word), "", 3
	for found, i := range v.found[f] {
		if d := distance(key, found, least+1); d < least || d == least && best != "" && v.terms[f][i].Code < best {
			best, least = v.terms[f][i].Code, d
		}
	}
	if best != "" && least < len([]rune(key)) {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "docs/tools-format.md says where all terms are listed"
}

// meant says which of the known words somebody may have meant.
func meant(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(word, k, least); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return "docs/tools-format.md describes the columns"
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance counts the letters to insert, delete, change, or swap with a
// neighbour, to make a into b (optimal string alignment); at most limit, which is
// returned for whatever is as far or farther.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			change := last[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit)
}
