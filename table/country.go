package table

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

// countries.csv: alpha-2, alpha-3, numeric code, English short name, other names separated by "|".
//
// Codes: ISO 3166-1, its 249 entries, from Natural Earth's list (public domain). XKX for Kosovo is the user-assigned
// code in common use; XKK, which CLDR uses, is read as the same. Names: the usual English one, spelled as in the list of
// the United Nations Statistics Division (M49); other names are those of that list, of ISO 3166-1, of the World Bank, and
// usual or former ones. Codes that were withdrawn for a new one of the same country (ZR, TP, BU) are read as the new one.
//
//go:embed countries.csv
var countriesCSV string

type countryIndex struct {
	codes  map[string]string // code in lower case, or number without leading zeros, to alpha-3
	others map[string]string // countryKey of a name to alpha-3
	names  map[string]string // alpha-3 to short name
}

var countries = sync.OnceValue(func() countryIndex {
	x := countryIndex{make(map[string]string, 800), make(map[string]string, 1200), make(map[string]string, 300)}
	for line := range strings.Lines(countriesCSV) {
		f := strings.Split(strings.TrimSpace(line), ";")
		if len(f) != 5 || f[1] == "iso3" {
			continue
		}
		x.codes[strings.ToLower(f[0])], x.codes[strings.ToLower(f[1])] = f[1], f[1]
		if f[2] != "" {
			x.codes[strings.TrimLeft(f[2], "0")] = f[1]
		}
		x.names[f[1]] = f[3]
		for _, name := range append(strings.Split(f[4], "|"), f[3]) {
			if name != "" {
				x.others[countryKey(name)] = f[1]
			}
		}
	}
	return x
})

// ParseCountry returns the ISO 3166-1 alpha-3 code of a country given as alpha-2, alpha-3 or numeric code (with or
// without leading zeros), or by an English name, official or usual. For names, accents, punctuation, "the" and "St" for
// "Saint" do not matter; case matters nowhere. It reports false for what it does not know.
//
// "NA" is Namibia: a file that writes it for a missing value must say so among its blanks. "N/A" is no country.
func ParseCountry(text string) (alpha3 string, ok bool) {
	code := strings.ToLower(strings.TrimSpace(text))
	if code != "" && len(code) <= 3 && strings.Trim(code, "0123456789") == "" {
		code = strings.TrimLeft(code, "0")
	}
	x := countries()
	if alpha3, ok = x.codes[code]; !ok {
		alpha3, ok = x.others[countryKey(text)]
	}
	return alpha3, ok
}

// CountryName returns the English short name of an alpha-3 code, or "".
func CountryName(alpha3 string) string { return countries().names[alpha3] }

// countryKey reduces a name to lower-case letters and digits without accents.
func countryKey(text string) string {
	var key strings.Builder
	word := func(w string) {
		switch w {
		case "the":
		case "st":
			key.WriteString("saint")
		case "is":
			key.WriteString("islands")
		default:
			key.WriteString(w)
		}
	}
	var w []rune
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if plain, ok := accents[r]; ok {
				r = plain
			}
			w = append(w, r)
			continue
		case unicode.Is(unicode.Mn, r) || strings.ContainsRune("'’`´", r):
			continue
		}
		word(string(w))
		w = w[:0]
		if r == '&' {
			word("and")
		}
	}
	word(string(w))
	return key.String()
}

// accents are letters of European languages that names of countries are written with; letters followed by combining
// accents need no entry.
var accents = func() map[rune]rune {
	plain := map[rune]rune{}
	for base, letters := range map[rune]string{
		'a': "àáâãäåāăą", 'c': "çćč", 'd': "ďđ", 'e': "èéêëēėęě", 'g': "ğ", 'i': "ìíîïīı", 'l': "ł", 'n': "ñńň",
		'o': "òóôõöøō", 'r': "ř", 's': "śşšș", 't': "ťțţ", 'u': "ùúûüūůű", 'y': "ýÿ", 'z': "źżž",
	} {
		for _, r := range letters {
			plain[r] = base
		}
	}
	return plain
}()
