package table

import (
	"cmp"
	"slices"
	"strings"
)

// usualBlanks are folded texts that usually stand for a missing value, and why. "None" is not among them: it may be an
// answer.
var usualBlanks = map[string]string{
	"": plainBlank,

	"-9": "not recorded", "-99": "not recorded", "-999": "not recorded", "-9999": "not recorded",
	"missing": "not recorded", "not recorded": "not recorded", "no data": "not recorded", "no information": "not recorded",

	"null": "not recorded", "nil": "not recorded", "<null>": "not recorded", "(null)": "not recorded", "\\n": "not recorded",
	"nan": "not recorded", "<na>": "not recorded", "#n/a": "not recorded", "(blank)": "not recorded", "blank": "not recorded",
	".": "not recorded", "-": "not recorded", "--": "not recorded", "?": "not recorded", "n/a": "not recorded", "n.a.": "not recorded",
	"na": "not recorded", "not available": "not recorded", "00": "not recorded",

	"unknown": "unknown", "not known": "unknown", "unk": "unknown", "don't know": "unknown", "dont know": "unknown", "do not know": "unknown",

	"not specified": "not specified", "unspecified": "not specified", "not stated": "not specified", "not given": "not specified",
	"nonspecifiedunknown": "not specified",

	"not collected": "not collected", "not asked": "not collected",

	"refused": "refused", "declined": "refused", "declined to answer": "refused", "prefer not to say": "refused", "not disclosed": "refused",

	"not applicable": "not applicable", "-88": "not applicable", "-77": "refused",

	"#ref!": "formula error", "#value!": "formula error", "#div/0!": "formula error", "#name?": "formula error", "#num!": "formula error",
}

// splitBlanks parts the texts that seem to stand for a missing value from the others. It returns the blanks most frequent
// first, and leaves the list alone.
func splitBlanks(list []ValueCount) (blanks []BlankText, values []ValueCount) {
	negative, short, namibia := false, 0, false
	for _, v := range list {
		folded := fold(v.Text)
		_, usual := usualBlanks[folded]
		if x, ok := parseNumber(v.Text); ok && x < 0 && !usual {
			negative = true
		}
		if _, ok := ParseCountry(v.Text); ok && len(v.Text) == 2 && !usual {
			short++
		}
		namibia = namibia || folded == "na"
	}
	// "NA" among other countries of two letters is Namibia, and -9 among other negative numbers is a number.
	namibia = namibia && short >= 3 && 2*short > len(list)
	for _, v := range list {
		folded := fold(v.Text)
		reason, usual := usualBlanks[folded]
		if usual && (namibia && folded == "na" || negative && len(folded) > 1 && folded[0] == '-' && folded != "--") {
			usual = false
		}
		if usual {
			blanks = append(blanks, BlankText{v.Text, reason, v.Rows})
		} else {
			values = append(values, v)
		}
	}
	slices.SortFunc(blanks, func(a, b BlankText) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Text, b.Text))
	})
	return blanks, values
}
