package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A canary is something that only the steward may see: a word, a number in whatever way it is written, or two words side by side.
type canary struct {
	name  string
	words []string // any of them
	both  []string // all of them in one short line
	count int      // 0: none
}

// What is planted. No number occurs anywhere else, and none ends in 0 or 9: those are the ends of the ranges that are published.
const (
	allPeople = 130597 // in the file
	women     = 104726
	farmers   = 101157
	womenFarm = 100183 // women who farm: a combination
	rarely    = 3      // people with the rare value
	seldom    = 4      // people with the rare combination of two common values
	alone     = "zqx7-"
	fileName  = "numbat-register.csv"
)

func canaries() []canary {
	return []canary{
		{name: "the rare value", words: []string{"Quillhaven"}},
		{name: "the rare combination", both: []string{"Tarnmere", "Glassblowing"}},
		{name: "values of a column that is left out", words: []string{alone}},
		{name: "the name of a column that is left out", words: []string{"fileQuaver"}},
		{name: "what the policy calls that column", words: []string{"Marsupial"}},
		{name: "a text that the policy reads as another", words: []string{"Wobblegong"}},
		{name: "the name of the file", words: []string{"numbat-register"}},
		{name: "the number of people", count: allPeople},
		{name: "the number of women", count: women},
		{name: "the number of farmers", count: farmers},
		{name: "the number of women who farm", count: womenFarm},
	}
}

// canaryFile is the file of case records in which they are planted.
func canaryFile() string {
	var b strings.Builder
	b.WriteString("fileQuaver,gender,country,work\n")
	for i := range allPeople {
		gender, work := "Female", "Fishing"
		if i >= women {
			gender = "Male"
		}
		if i < womenFarm || i >= women && i < women+farmers-womenFarm {
			work = "Farming"
		}
		country := []string{"Kenya", "Uganda", "Malawi"}[i%3]
		switch {
		case i >= womenFarm && i < womenFarm+rarely:
			country = "Quillhaven"
		case i >= womenFarm+100 && i < womenFarm+600:
			country = "Tarnmere"
			if i < womenFarm+100+seldom {
				work = "Glassblowing"
			}
		case i >= womenFarm+700 && i < womenFarm+1100:
			work = "Glassblowing"
		case i >= womenFarm+1200 && i < womenFarm+1300:
			country = "Wobblegong"
		}
		id := i
		if i == women {
			id = 0 // the same person, if the column says who is who: and a contradiction
		}
		fmt.Fprintf(&b, "%s%06dx,%s,%s,%s\n", alone, id, gender, country, work)
	}
	return b.String()
}

const canaryPolicy = `version: 1
title: Register of the north
protection: {method: k-anonymity, k: 10, length: 3}
unlisted: refuse
columns:
  fileQuaver: ignore # Marsupial reference, of our office alone
  gender: {kind: category, label: Gender}
  country: {kind: category, label: Country, map: {Wobblegong: Kenya}}
  work: {kind: category, label: Work}
`

// brokenPolicy makes a run fail at rows of the file, by a contradiction about a person that the message names.
const brokenPolicy = `version: 1
title: Register of the north
subject: fileQuaver
conflicts: refuse
columns:
  gender: category
  country: category
  work: category
`

// sighting is a canary where it must not be.
type sighting struct{ where, what string }

// seen returns the canaries that a text holds, as it is and with its escapes undone.
func seen(data []byte) (names []string) {
	views := unwrapped(data)
	for _, c := range canaries() {
		for _, view := range views {
			if c.in(view) {
				names = append(names, c.name)
				break
			}
		}
	}
	return names
}

var (
	escapedLetter = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)
	packedBytes   = regexp.MustCompile(`"([A-Za-z0-9+/]{8,}={0,2})"`) // as JSON has them
)

// unwrapped returns a text, and what it is without the escapes of HTML, JSON (bytes, too) and addresses, if it has any.
func unwrapped(data []byte) []string {
	text := string(data)
	views := []string{text}
	if strings.Contains(text, "&") {
		views = append(views, html.UnescapeString(text))
	}
	if strings.Contains(text, `\u`) {
		views = append(views, escapedLetter.ReplaceAllStringFunc(text, func(s string) string {
			n, _ := strconv.ParseUint(s[2:], 16, 16)
			return string(rune(n))
		}))
	}
	if strings.Contains(text, `":"`) {
		for _, m := range packedBytes.FindAllStringSubmatch(text, -1) {
			if plain, err := base64.StdEncoding.DecodeString(m[1]); err == nil {
				views = append(views, string(plain))
			}
		}
	}
	if strings.Contains(text, "%") {
		if plain, err := url.QueryUnescape(text); err == nil {
			views = append(views, plain)
		}
	}
	return views
}

// longestLine is how long a line may be that is looked at for words side by side: a record, a row of counts, an item of a list.
const longestLine = 300

func (c canary) in(text string) bool {
	for _, word := range c.words {
		if strings.Contains(text, word) {
			return true
		}
	}
	if len(c.both) > 0 && strings.Contains(text, c.both[0]) && strings.Contains(text, c.both[1]) {
		for line := range strings.Lines(text) {
			if len(line) <= longestLine && strings.Contains(line, c.both[0]) && strings.Contains(line, c.both[1]) {
				return true
			}
		}
	}
	if c.count == 0 || !holdsDigits(text, c.count) {
		return false
	}
	for _, number := range written(c.count) {
		if holdsNumber(text, number) {
			return true
		}
	}
	return false
}

// holdsDigits tells whether a number can be in a text at all: most texts are done with by this.
func holdsDigits(text string, n int) bool {
	thousands, rest := strconv.Itoa(n/1000), fmt.Sprintf("%03d", n%1000)
	return strings.Contains(text, thousands) && strings.Contains(text, rest) || strings.Contains(text, arabic(thousands)) && strings.Contains(text, arabic(rest))
}

// arabic writes digits as Arabic does where it does not write Western ones.
func arabic(digits string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '٠'
		}
		return r
	}, digits)
}

// written returns the ways in which people and programs write a number of six digits: with the separators of the four languages, in
// Western and in Arabic digits. A point is a separator in Spanish only; elsewhere it begins decimals, so it has to be asked for.
func written(n int) (forms []string) {
	digits := strconv.Itoa(n)
	for _, between := range []string{"", ",", ".", " ", "\u00a0", "\u202f", "\u2009", "'", "’", "_", "٬", "،"} {
		form := digits[:len(digits)-3] + between + digits[len(digits)-3:]
		forms = append(forms, form, arabic(form))
	}
	return forms
}

// holdsNumber tells whether a number stands in a text by itself: not within another one, a hash or a name. By chance six random
// bytes make one of the four numbers in fewer than 1 of 10^12 places, so that in 100 MB a false alarm comes fewer than once in 10,000
// times; what is random in what is searched is far less than that.
func holdsNumber(text, number string) bool {
	for rest := text; ; {
		i := strings.Index(rest, number)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after := rest[i+len(number):]
		next, size := utf8.DecodeRuneInString(after)
		decimals := before == '.' && endsInDigit(rest[:i-1]) || next == '.' && len(after) > size && after[size] >= '0' && after[size] <= '9'
		if !wordy(before) && !wordy(next) && !decimals {
			return true
		}
		rest = rest[i+1:]
	}
}

func endsInDigit(text string) bool {
	return text != "" && text[len(text)-1] >= '0' && text[len(text)-1] <= '9'
}

// wordy tells whether a letter next to a number makes it a part of something else. What is no text (U+FFFD) does too: it is in binary data.
func wordy(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '+' || r == '_'
}

// TestCanariesAreSeen tries the search: what it must see, and what it must not take for one.
func TestCanariesAreSeen(t *testing.T) {
	for text, want := range map[string]string{
		"130597 people": "people", "n=130,597.": "people", "<b>130&#8239;597</b>": "people", `{"n":"130\u202f597"}`: "people", "son 130.597 personas": "people",
		"١٣٠٥٩٧": "people", "١٣٠٬٥٩٧": "people", "/x?n=130597": "people", "%31%33%30597": "people", `"people":104726}`: "women", "Quill&#104;aven": "rare value",
		"Female,Tarnmere,Glassblowing\n": "combination", `{"Policy":"` + base64.StdEncoding.EncodeToString([]byte(canaryPolicy)) + `"}`: "calls that column", "zqx7-000001": "left out",
		"1130597": "", "ab130597cd": "", "0.130597": "", "130597.5": "", "130,590": "", "Tarnmere,Fishing\nKenya,Glassblowing\n": "",
	} {
		got := strings.Join(seen([]byte(text)), ", ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("in %q is seen %q, want %q", text, got, want)
		}
	}
	if all := seen([]byte(canaryFile() + canaryPolicy + fileName)); len(all) != len(canaries())-4 {
		t.Errorf("in the file itself, %v are seen", all) // its numbers are those of its rows
	}
	if bytes.Count([]byte(canaryFile()), []byte("\n")) != allPeople+1 {
		t.Error("the file has another number of people")
	}
}
