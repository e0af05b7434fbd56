package profile

import (
	"strings"
	"sync"

	"github.com/opencovey/covey/table"
)

// foreignCountries are names of countries in French, Spanish and Arabic, as CLDR has them, and what their citizens are called. A name that is that of
// two countries is not among them. English names and codes are known to package table.
var foreignCountries = sync.OnceValue(func() map[string]string {
	index := map[string]string{}
	for _, row := range rowsOf("data/countries.csv") {
		for _, name := range append(row[1:4:4], strings.Split(row[4], "|")...) {
			key := countryKey(name)
			if other, taken := index[key]; key == "" || taken && other == row[0] {
				continue
			} else if taken {
				index[key] = ""
				continue
			}
			index[key] = row[0]
		}
	}
	return index
})

// countryKey folds a name as words are, but keeps their order: "Guinée équatoriale" is not "Guinée".
func countryKey(name string) string {
	list := split(name)
	for i := range list {
		list[i] = foldWord(list[i])
	}
	return strings.Join(list, " ")
}

// countryOf returns the code of a country that is named in one of the languages. Read tells that package table reads the label by itself.
func countryOf(label string) (code string, read bool) {
	if code, ok := table.ParseCountry(label); ok {
		return code, true
	}
	return foreignCountries()[countryKey(label)], false
}
