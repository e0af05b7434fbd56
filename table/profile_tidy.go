package table

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Thresholds for labels that were cut off: the label has at least this many bytes, the whole one occurs at least so
// many times as often, and so many longer labels are looked at.
const (
	cutOffBytes = 6
	cutOffTimes = 10
	cutOffTried = 50
)

// corrections finds labels that differ from a more frequent one in case or white space alone, and labels cut off within
// a word. Values are sorted, most frequent first.
func corrections(values []ValueCount) []Correction {
	var list []Correction
	best := map[string]string{}  // label without case and white space to its most frequent spelling
	whole := map[string]string{} // folded label to label
	var spelled []ValueCount     // folded, without variants
	for _, v := range values {
		folded := fold(v.Text)
		key := strings.Join(strings.Fields(folded), "")
		if to, ok := best[key]; ok {
			list = append(list, Correction{From: v.Text, To: to, Rows: v.Rows})
			continue
		}
		best[key], whole[folded] = v.Text, v.Text
		spelled = append(spelled, ValueCount{folded, v.Rows})
	}
	slices.SortFunc(spelled, func(a, b ValueCount) int { return strings.Compare(a.Text, b.Text) })
	for i, v := range spelled {
		if to := wholeLabel(v, spelled[i+1:]); to != "" {
			list = append(list, Correction{From: whole[v.Text], To: whole[to], Rows: v.Rows, CutOff: true})
		}
	}
	slices.SortStableFunc(list, func(a, b Correction) int { return cmp.Compare(b.Rows, a.Rows) })
	return list
}

// wholeLabel returns the most frequent label that goes on in the middle of a word where v ends, if it is frequent enough.
// Longer labels with the same beginning follow v in the sorted list.
func wholeLabel(v ValueCount, after []ValueCount) string {
	if len(v.Text) < cutOffBytes {
		return ""
	}
	whole := ValueCount{Rows: cutOffTimes*v.Rows - 1}
	end, _ := utf8.DecodeLastRuneInString(v.Text)
	for _, longer := range after[:min(len(after), cutOffTried)] {
		rest, ok := strings.CutPrefix(longer.Text, v.Text)
		if !ok {
			break
		}
		next, _ := utf8.DecodeRuneInString(rest)
		if unicode.IsLetter(end) && unicode.IsLetter(next) && longer.Rows > whole.Rows {
			whole = longer
		}
	}
	return whole.Text
}
