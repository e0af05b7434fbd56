package directory

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// uniqueWords returns the words of a folded text, each once.
func uniqueWords(folded string) []string {
	words := strings.Fields(folded)
	slices.Sort(words)
	return slices.Compact(words)
}

// trigrams returns all runs of three letters of a folded text with a space at both
// ends, each once.
func trigrams(folded string) []string {
	letters := []rune(" " + folded + " ")
	grams := make([]string, 0, len(letters))
	for i := 0; i+3 <= len(letters); i++ {
		grams = append(grams, string(letters[i:i+3]))
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}

// spelledAlike returns which share of the letters of two texts need no change to
// make one of the other; 0 if it is less than about two thirds.
func spelledAlike(a, b string) float64 {
	longer := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	limit := longer*35/100 + 1
	far := distance(a, b, limit)
	if far >= limit {
		return 0
	}
	return 1 - float64(far)/float64(longer)
}

// firstLetters returns the first n letters of a text.
func firstLetters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// firstWords returns the first n words of a folded text.
func firstWords(folded string, n int) string {
	for i, r := range folded {
		if r == ' ' {
			if n--; n == 0 {
				return folded[:i]
			}
		}
	}
	return folded
}

// canonicalURL returns the site and the page of an address in a form that is the
// same for all ways to write it: without scheme, "www.", ends that mean nothing
// and marks of advertising, in lower case. Both are "" if it is none.
func canonicalURL(address string) (site, page string) {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(address)))
	if err == nil && u.Host == "" && u.Scheme == "" { // "example.org/tool", as people type it
		u, err = url.Parse("https://" + strings.ToLower(strings.TrimSpace(address)))
	}
	if err != nil || !strings.Contains(u.Hostname(), ".") {
		return "", ""
	}
	site = strings.TrimSuffix(u.Hostname(), ".")
	for _, prefix := range []string{"www.", "m."} {
		if rest, ok := strings.CutPrefix(site, prefix); ok && strings.Contains(rest, ".") {
			site = rest
		}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	for _, end := range []string{"/index.html", "/index.htm", "/index.php", ".git"} {
		path = strings.TrimSuffix(path, end)
	}
	page = site + path
	query := u.Query()
	for name := range query {
		if strings.HasPrefix(name, "utm_") || name == "ref" || name == "fbclid" || name == "gclid" || name == "hl" {
			query.Del(name)
		}
	}
	if len(query) > 0 {
		page += "?" + query.Encode()
	}
	return site, page
}
