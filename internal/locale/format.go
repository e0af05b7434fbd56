package locale

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// manner is how a language writes numbers. Arabic is written with the digits that
// codes, dates and addresses on the same page have.
type manner struct {
	group   string // between thousands
	least   int    // digits from which on thousands are set apart
	point   string
	percent string
}

var manners = map[string]manner{
	"en": {",", 4, ".", "%"},
	"fr": {"\u202f", 4, ",", "\u202f%"},
	"es": {".", 5, ",", "\u00a0%"},
	"ar": {",", 4, ".", "%"},
}

var months = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	"ar": {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
}

// Number writes a whole number: "12,345".
func (p *Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	m := manners[p.code]
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	if len(digits) < m.least {
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(m.group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Percent writes a share, 0.123 as "12%" or "12 %", in whole percents; below one
// per cent with one digit more. What is no number is written "–".
func (p *Printer) Percent(share float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return "–"
	}
	m := manners[p.code]
	if share != 0 && math.Abs(share) < 0.01 {
		return strings.Replace(strconv.FormatFloat(share*100, 'f', 1, 64), ".", m.point, 1) + m.percent
	}
	return p.Number(int(math.Round(share*100))) + m.percent
}

// Date writes a day, in UTC: "21 November 2026". The zero time is written "–".
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	year, month, day := t.UTC().Date()
	name := p.months[month-1]
	switch p.code {
	case "es":
		return fmt.Sprintf("%d de %s de %d", day, name, year)
	case "fr":
		if day == 1 {
			return fmt.Sprintf("1er %s %d", name, year)
		}
	}
	return fmt.Sprintf("%d %s %d", day, name, year)
}

// Time writes a day and a time, in UTC: "21 November 2026, 14:03 UTC". The zero
// time is written "–".
func (p *Printer) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	comma := ", "
	if p.code == "ar" {
		comma = "، "
	}
	return p.Date(t) + comma + t.UTC().Format("15:04") + " UTC"
}

// List joins words: "Kenya, Nepal and Peru".
func (p *Printer) List(words []string) string {
	comma, and := ", ", " and "
	switch p.code {
	case "fr":
		and = " et "
	case "es":
		and = " y "
	case "ar":
		comma, and = "، ", " و"
	}
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	if p.code == "es" && startsWithI(words[last]) {
		and = " e "
	}
	return strings.Join(words[:last], comma) + and + words[last]
}

// startsWithI tells whether a Spanish word begins with the sound of i, before
// which "y" becomes "e".
func startsWithI(word string) bool {
	w := strings.ToLower(word)
	return (strings.HasPrefix(w, "i") || strings.HasPrefix(w, "í") || strings.HasPrefix(w, "hi")) &&
		!strings.HasPrefix(w, "hie") && !strings.HasPrefix(w, "ia")
}

// renamed are names that have changed since CLDR 32, from which x/text takes its.
var renamed = map[string]map[string]string{
	"CV": {"en": "Cabo Verde", "fr": "Cabo Verde", "es": "Cabo Verde", "ar": "كابو فيردي"},
	"MK": {"en": "North Macedonia", "fr": "Macédoine du Nord", "es": "Macedonia del Norte", "ar": "مقدونيا الشمالية"},
	"SZ": {"en": "Eswatini", "fr": "Eswatini", "es": "Esuatini", "ar": "إسواتيني"},
	"TR": {"en": "Türkiye", "fr": "Türkiye", "es": "Türkiye", "ar": "تركيا"},
}

// Country returns the name of a country (ISO 3166-1 alpha-2) or of a region of the
// United Nations (M49: "002", and "world"). A code that is not known is returned
// itself.
func (p *Printer) Country(code string) string {
	if name, ok := p.countries.Load(code); ok {
		return name.(string)
	}
	asked := code
	if code == "world" {
		asked = "001"
	}
	region, err := language.ParseRegion(asked)
	if err != nil || len(code) > 5 {
		return code
	}
	name := p.regions.Name(region)
	if now, ok := renamed[region.String()]; ok {
		name = now[p.code]
	}
	if name == "" {
		return code
	}
	p.countries.Store(code, name)
	return name
}

// LanguageName returns the name of a language (BCP 47) in this language. A code
// that is not known is returned itself.
func (p *Printer) LanguageName(code string) string {
	if name, ok := p.languages.Load(code); ok {
		return name.(string)
	}
	tag, err := language.Parse(code)
	if err != nil || len(code) > 12 {
		return code
	}
	name := p.tongues.Name(tag)
	if name == "" {
		return code
	}
	p.languages.Store(code, name)
	return name
}

// OwnName returns the name that speakers of a language give it: "français". A
// code that is not known is returned itself.
func OwnName(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	name := display.Self.Name(tag)
	if name == "" {
		return code
	}
	return name
}
