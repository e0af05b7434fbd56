package publication

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/fold"
	"github.com/opencovey/covey/table"
)

// synonyms are words that mean the same in four languages, one group in a line.
//
//go:embed data/synonyms.csv
var synonyms string

// splitName writes the name of a column as words: isForcedLabour becomes "forced labour".
func splitName(name string) string {
	var b strings.Builder
	var before rune
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) || r == '_' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	list := fold.Words(b.String())
	if len(list) > 1 && slices.Contains([]string{"is", "has"}, list[0]) {
		list = list[1:]
	}
	return strings.Join(list, " ")
}

// prefixes of names of columns that stand for a group: "means of control threats" is asked for as "threats".
var prefixes = [...]string{"means of control ", "means ", "type of labour ", "type of sex ", "type of ", "recruiter relation ", "sector of "}

// addWords fills the dictionary of a release.
func (p *indexPart) addWords() {
	for i := range p.columns {
		c := &p.columns[i]
		names := []string{fold.Text(c.Label), fold.Text(c.Name), splitName(c.Name)}
		for _, name := range slices.Clone(names) {
			for _, prefix := range prefixes {
				if rest, ok := strings.CutPrefix(name, prefix); ok {
					names = append(names, rest)
				}
			}
		}
		for _, name := range names {
			if name != "" && !slices.Contains(p.named[name], i) {
				p.named[name] = append(p.named[name], i)
			}
		}
		for _, a := range p.columnValues(i) {
			p.addValue(c, names, a)
		}
	}
	for line := range strings.Lines(synonyms) {
		p.addSynonyms(strings.Split(strings.TrimSpace(line), ","))
	}
}

func (p *indexPart) addValue(c *explorer.Column, names []string, a int32) {
	v := c.Values[p.attributes[a].value]
	for _, name := range []string{c.Name, c.Label} {
		for _, value := range []string{v.Value, v.Label} {
			if name != "" && value != "" {
				p.byName[[2]string{fold.Text(name), fold.Text(value)}] = a
			}
		}
	}
	if c.Kind == table.Flag.String() {
		if v.Value != "no" && p.attributes[a].value == 0 {
			for _, name := range names {
				p.addPhrase(name, a)
			}
		}
		return
	}
	p.addPhrase(fold.Text(v.Value), a)
	p.addPhrase(fold.Text(v.Label), a)
	if c.Kind == table.Country.String() {
		p.addPhrase(fold.Text(table.CountryName(v.Value)), a)
	}
}

func (p *indexPart) addPhrase(phrase string, a int32) {
	if phrase == "" || slices.Contains(p.phrases[phrase], a) {
		return
	}
	p.phrases[phrase] = append(p.phrases[phrase], a)
	p.longest = max(p.longest, strings.Count(phrase, " ")+1)
}

// addSynonyms gives all words of a group the attributes that any of them has.
func (p *indexPart) addSynonyms(group []string) {
	var all []int32
	for i, word := range group {
		group[i] = fold.Text(word)
		for _, a := range p.phrases[group[i]] {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	for _, word := range group {
		for _, a := range all {
			p.addPhrase(word, a)
		}
	}
}

// asksFor are words that ask for a breakdown.
var asksFor = map[string]string{
	"where": "country", "country": "country", "countries": "country", "ou": "country", "pays": "country", "donde": "country",
	"pais": "country", "paises": "country", "اين": "country", "دوله": "country", "دول": "country", "بلد": "country",
	"when": "date", "year": "date", "years": "date", "quand": "date", "annee": "date", "annees": "date", "cuando": "date",
	"ano": "date", "anos": "date", "متي": "date", "سنه": "date", "عام": "date",
}

// young are words for people who are not grown up, and their gender, "" for any: the answer says how old the people are, since a class of ages
// that ends with childhood need not be there.
var young = map[string]string{
	"girl": "female", "girls": "female", "fille": "female", "filles": "female", "nina": "female", "ninas": "female", "فتاه": "female", "فتيات": "female", "بنات": "female",
	"boy": "male", "boys": "male", "garcon": "male", "garcons": "male", "nino": "male", "ninos": "male", "صبي": "male", "صبيان": "male", "اولاد": "male",
	"child": "", "children": "", "minor": "", "minors": "", "enfant": "", "enfants": "", "mineur": "", "mineurs": "", "menor": "", "menores": "", "طفل": "", "اطفال": "", "قاصر": "",
}

// ageWords are in names of columns that say how old people are.
var ageWords = []string{" age ", " ages ", " edad ", " عمر ", " العمر ", " السن "}

// isAge tells whether a column says how old people are.
func (p *indexPart) isAge(column int) bool {
	c := &p.columns[column]
	name := " " + splitName(c.Name) + " " + fold.Text(c.Label) + " "
	return c.Kind != table.Flag.String() && slices.ContainsFunc(ageWords, func(w string) bool { return strings.Contains(name, w) })
}

// isFiller tells words that are left out of what was not understood.
func isFiller(word string) bool {
	return len([]rune(word)) < 2 || strings.Contains(fillerWords, " "+word+" ")
}

const fillerWords = " in of to by or is on at an it me de la le el en du au et un une al se si no اي او و ب ل how many much the and are was were been have has with from that who what which people persons victims victim cases case number " +
	"exploited trafficked there into for per each combien des les dans avec qui que sont ont personnes victimes nombre par quel quelle " +
	"cuantos cuantas cuanto hay los las del con que son personas victimas numero por cual كم عدد من في مع الذين هم ضحايا اشخاص "
