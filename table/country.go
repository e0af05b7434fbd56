package table

import (
	_ "embed"
	"strings"
	"sync"
)

// countries.csv: alpha-2, alpha-3, numeric code, English short name, other names separated by "|".
// Codes: ISO 3166-1, Natural Earth's list (public domain); XKX for Kosovo is the user-assigned code in common use.
//
//go:embed countries.csv
var countriesCSV string

var countryIndex = sync.OnceValue(func() map[string]string {
	index := make(map[string]string, 2000)
	for line := range strings.Lines(countriesCSV) {
		f := strings.Split(strings.TrimSpace(line), ";")
		if len(f) != 5 || f[1] == "iso3" {
			continue
		}
		keys := append([]string{f[0], f[1], f[2], f[3]}, strings.Split(f[4], "|")...)
		for _, key := range keys {
			if key != "" {
				index[countryKey(key)] = f[1]
			}
		}
		index[strings.TrimLeft(f[2], "0")] = f[1]
	}
	return index
})

// ParseCountry returns the ISO 3166-1 alpha-3 code of a country given as alpha-2, alpha-3 or numeric code, or by an
// English name, official or usual. Case, accents, punctuation and a leading "the" do not matter. It reports false for
// what it does not know.
func ParseCountry(text string) (alpha3 string, ok bool) {
	alpha3, ok = countryIndex()[countryKey(text)]
	return alpha3, ok
}

// CountryName returns the English short name of an alpha-3 code, or "".
func CountryName(alpha3 string) string { return countryNames()[alpha3] }

var countryNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string, 300)
	for line := range strings.Lines(countriesCSV) {
		if f := strings.Split(line, ";"); len(f) == 5 {
			names[f[1]] = f[3]
		}
	}
	return names
})

// countryKey reduces a name to lower-case letters and digits.
func countryKey(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	text = strings.TrimPrefix(text, "the ")
	return strings.Map(func(r rune) rune {
		if folded, ok := accents[r]; ok {
			return folded
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127 {
			return r
		}
		return -1
	}, text)
}

// accents are the accented letters that occur in English names of countries.
var accents = map[rune]rune{'å': 'a', 'ã': 'a', 'á': 'a', 'ç': 'c', 'é': 'e', 'í': 'i', 'ô': 'o', 'ó': 'o', 'ü': 'u', '’': -1}
