package profile

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// interval is what a class of ages or months holds: whole numbers, both ends included.
type interval struct {
	from, to int
	sure     bool // false for words that people use for "from" as well as for "above"
}

// open is the end of a class that has none.
const open = math.MaxInt

// The words of classes, folded. Words for "above" are in upward, those for "from" in onward.
var (
	remark   = regexp.MustCompile(`^(.*[0-9+].*)\(.*\)\s*$`)
	halfOpen = regexp.MustCompile(`^\[ *([0-9]+) *[,;-] *([0-9]+) *[)\[]$`)
	between  = regexp.MustCompile(`^(?:de|from|du|من|ages?|edad)? ?([0-9]+) ?(?:-+|a|to|through|until|up to|au|hasta|الي) ?([0-9]+)$|^(?:entre|between|بين) ([0-9]+) ?(?:et|y|and|و) ?([0-9]+)$`)
	single   = regexp.MustCompile(`^([0-9]+)$`)
	onward   = regexp.MustCompile(`^(?:>=|from|au moins|at least|al menos|a partir de|des|desde) ?([0-9]+)$|^([0-9]+) ?(?:\+|and over|and above|and older|or over|or above|or older|or more|and more|and up|plus|et plus|ou plus|et au dela|y mas|o mas|y mayor|en adelante|فاكثر|فما فوق|او اكثر|واكثر)$`)
	upward   = regexp.MustCompile(`^(?:>|over|above|older than|more than|plus de|mas de|اكثر من|فوق) ?([0-9]+)$`)
	either   = regexp.MustCompile(`^(?:mayore?s? de) ?([0-9]+)$`)
	below    = regexp.MustCompile(`^(?:<|under|below|younger than|less than|moins de|menos de|menore?s? de|menor que|اقل من|دون|تحت) ?([0-9]+)$`)
	upTo     = regexp.MustCompile(`^(?:<=|up to|until|jusqu a|jusqua|hasta|حتي) ?([0-9]+)$|^([0-9]+) ?(?:and under|and younger|or under|or less|or younger|et moins|ou moins|y menos|o menos|فاقل)$`)
	units    = regexp.MustCompile(` ?\b(years?|yrs?|ans?|anos?|y o|yo|old|de edad|months?|mos?|mois|mes|meses)\b\.?|(سنوات|سنه|عاما|عام|اعوام|شهرا|شهر|اشهر|شهور)`)
	inMonths = regexp.MustCompile(`\b(months?|mos?|mois|mes|meses)\b|شهر|اشهر|شهور`)
	inYears  = regexp.MustCompile(`\b(years?|yrs?|ans?|anos?|y o|yo)\b|سنوات|سنه|عاما|عام|اعوام`)
)

// classText folds a label that names a class: digits, dashes and signs as one writes them in English, no accents.
func classText(label string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch r {
		case '‐', '‑', '‒', '–', '—', '―', '−', '~', '→':
			r = '-'
		case '≥':
			b.WriteByte('>')
			r = '='
		case '≤':
			b.WriteByte('<')
			r = '='
		case '\u00a0', '\'', '’', '_', '\t':
			r = ' '
		}
		b.WriteRune(plain(r))
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if cut := remark.FindStringSubmatch(text); cut != nil { // 13--24 (1-2 yrs)
		text = cut[1]
	}
	return strings.TrimSpace(text)
}

// intervalOf reads a class of whole numbers such as 9-17, 48+, under 9, de 9 à 17 ans, ١٨ فأكثر. It counts months or years; false for what is no class.
func intervalOf(label string, months bool) (interval, bool) {
	text := classText(label)
	inYear, inMonth := inYears.MatchString(text), inMonths.MatchString(text)
	if inYear && inMonth {
		return interval{}, false
	}
	bare := strings.Join(strings.Fields(strings.ReplaceAll(units.ReplaceAllString(text, " "), " - ", "-")), " ")
	in, ok := readInterval(bare)
	if !ok || in.from > in.to {
		return interval{}, false
	}
	switch {
	case months && inYear:
		in.from *= 12
		if strings.HasPrefix(bare, "<") || below.MatchString(bare) {
			in.to = (in.to+1)*12 - 1
		} else if in.to != open {
			in.to = in.to*12 + 11
		}
		if upward.MatchString(bare) { // above two years is from 25 months on
			in.from -= 11
		}
	case !months && inMonth:
		in.from /= 12
		if in.to != open {
			in.to /= 12
		}
	}
	return in, true
}

func readInterval(text string) (interval, bool) {
	n := func(m []string) int {
		for _, s := range m[1:] {
			if x, err := strconv.Atoi(s); s != "" && err == nil && x < 10000 {
				return x
			}
		}
		return 10000
	}
	if m := halfOpen.FindStringSubmatch(text); m != nil {
		return interval{n(m[:2]), n(m[1:]) - 1, true}, true
	}
	if m := between.FindStringSubmatch(text); m != nil {
		if m[1] == "" {
			m = m[2:]
		}
		return interval{n(m[:2]), n(m[1:3]), true}, true
	}
	for _, c := range []struct {
		pattern *regexp.Regexp
		read    func(x int) interval
	}{
		{single, func(x int) interval { return interval{x, x, true} }},
		{onward, func(x int) interval { return interval{x, open, true} }},
		{upward, func(x int) interval { return interval{x + 1, open, false} }},
		{either, func(x int) interval { return interval{x, open, false} }},
		{below, func(x int) interval { return interval{0, x - 1, true} }},
		{upTo, func(x int) interval { return interval{0, x, true} }},
	} {
		if m := c.pattern.FindStringSubmatch(text); m != nil {
			return c.read(n(m)), true
		}
	}
	return interval{}, false
}

// classes are the codes of a field as intervals, if all of them are.
func classes(codes []string) []interval {
	var list []interval
	for _, c := range codes {
		in, ok := intervalOf(c, false)
		if !ok {
			return nil
		}
		list = append(list, in)
	}
	return list
}

// oldest is beyond what an age can be.
const oldest = 120

// within returns the class that holds all of an interval.
func within(in interval, list []interval) int {
	for i, c := range list {
		if in.from >= c.from && in.to <= c.to {
			return i
		}
	}
	return -1
}
