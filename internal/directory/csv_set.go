package directory

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/opencovey/covey/internal/fold"
)

// maxID is how many bytes an ID made from a name has.
const maxID = 60

// fault of a field, as the reader of a file reports it.
type fieldFault struct {
	column   string
	what, do string
	warning  bool
}

// setField sets a field to what a cell says. It returns what is wrong; what is
// at fault is left out.
func setField(t *Tool, field, cell string, v *Vocabulary) []fieldFault {
	if facet, ok := strings.CutPrefix(field, "terms."); ok {
		return setTerms(t, Facet(facet), cell, v)
	}
	if facet, ok := strings.CutPrefix(field, "notes."); ok {
		return setText(cell, MaxNote, func(text string) {
			if t.Notes == nil {
				t.Notes = map[Facet]string{}
			}
			t.Notes[Facet(facet)] = text
		})
	}
	switch field {
	case "id":
		if !idPattern.MatchString(cell) || len(cell) > 2*maxID {
			return wrong("this is no ID", "use lower-case letters, digits and single hyphens, or leave it empty for a new entry")
		}
		t.ID = cell
	case "name":
		return setText(cell, MaxName, func(text string) { t.Name = text })
	case "other_names":
		return setNames(cell, &t.OtherNames)
	case "organisations":
		return setNames(cell, &t.Organisations)
	case "url":
		return setURL(cell, t)
	case "description":
		return setText(cell, MaxDescription, func(text string) { t.Description = text })
	case "source", "sources":
		return setSources(t, field, cell)
	default:
		return setState(t, field, cell)
	}
	return nil
}

// setState sets one of the fields that say how an entry stands.
func setState(t *Tool, field, cell string) []fieldFault {
	switch field {
	case "checked":
		return setTime(cell, &t.Checked)
	case "created":
		return setTime(cell, &t.Created)
	case "updated":
		return setTime(cell, &t.Updated)
	case "merged_into":
		if !idPattern.MatchString(cell) {
			return wrong("this is no ID", "write the ID of the entry that took its place")
		}
		t.MergedInto = cell
	case "withdrawn":
		switch strings.ToLower(cell) {
		case "yes", "true", "1":
			t.Withdrawn = true
		case "no", "false", "0":
		default:
			return wrong("this is neither yes nor no", "write yes, or leave it empty")
		}
	case "version":
		n, err := strconv.Atoi(cell)
		if err != nil || n < 0 || n > 1<<30 {
			return wrong("this is no version", "write a whole number, or leave it empty for a new entry")
		}
		t.Version = n
	}
	return nil
}

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func wrong(what, do string) []fieldFault { return []fieldFault{{what: what, do: do}} }

func setTerms(t *Tool, f Facet, cell string, v *Vocabulary) []fieldFault {
	var faults []fieldFault
	var codes []string
	words := splitList(cell)
	if len(words) > MaxTerms {
		return wrong(fmt.Sprintf("there are %d terms", len(words)), fmt.Sprintf("keep %d of them", MaxTerms))
	}
	for _, word := range words {
		code, ok := v.Find(f, word)
		if !ok {
			faults = append(faults, fieldFault{what: fmt.Sprintf("%q is no term of %s", shorten(word), f), do: v.meant(f, word)})
			continue
		}
		codes = append(codes, code)
	}
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) > 0 {
		if t.Terms == nil {
			t.Terms = map[Facet][]string{}
		}
		t.Terms[f] = codes
	}
	if (f == Stage || f == Evidence) && len(codes) > 1 {
		faults = append(faults, wrong("only one term can be true", "leave one")...)
	}
	return faults
}

// setText hands a text on if it can be shown.
func setText(cell string, most int, set func(text string)) []fieldFault {
	if n := utf8.RuneCountInString(cell); n > most {
		return wrong(fmt.Sprintf("the text has %d characters", n), fmt.Sprintf("shorten it to %d", most))
	}
	set(cell)
	if strings.ContainsFunc(cell, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return wrong("the text holds a control character", "remove it")
	}
	if strings.ContainsFunc(cell, turning) {
		return wrong("the text holds a character that turns the direction of writing", "remove it")
	}
	return nil
}

// turning reports whether a character can make a text look like another one.
// Marks of direction, which Arabic texts need, are no such.
func turning(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

func setNames(cell string, names *[]string) []fieldFault {
	items := splitList(cell)
	if len(items) > MaxNames {
		return wrong(fmt.Sprintf("there are %d names", len(items)), fmt.Sprintf("keep %d of them", MaxNames))
	}
	var faults []fieldFault
	for _, item := range items {
		faults = append(faults, setText(item, MaxName, func(text string) { *names = append(*names, text) })...)
	}
	return faults
}

// setURL takes an address that a browser opens from a link and that shows nobody's password.
func setURL(cell string, t *Tool) []fieldFault {
	u, err := url.Parse(cell)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsFunc(cell, invisible) || strings.Contains(cell, " "):
		return wrong("this is no web address", "begin it with https://")
	case u.User != nil:
		return wrong("the address holds a user name", "remove what stands before the @")
	case len(cell) > MaxURL:
		return wrong("the address is too long", fmt.Sprintf("shorten it to %d characters", MaxURL))
	}
	t.URL = cell
	return nil
}

func setSources(t *Tool, field, cell string) []fieldFault {
	if t.Sources == nil {
		t.Sources = map[string]string{}
	}
	if field == "source" {
		return setText(cell, MaxSource, func(text string) { t.Sources[""] = text })
	}
	var faults []fieldFault
	for _, item := range splitList(cell) {
		of, text, ok := strings.Cut(item, ": ")
		if !ok || !slices.Contains(Fields(), of) {
			faults = append(faults, fieldFault{what: fmt.Sprintf("%q names no field", shorten(item)), do: "write the name of the column, a colon and a space before each source: \"url: ...\""})
			continue
		}
		faults = append(faults, setText(text, MaxSource, func(text string) { t.Sources[of] = text })...)
	}
	return faults
}

func setTime(cell string, at *time.Time) []fieldFault {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if when, err := time.Parse(layout, cell); err == nil {
			*at = when.UTC()
			return nil
		}
	}
	return wrong("this is no date", "write it as 2026-11-22")
}

// checkTool returns what is wrong with an entry as a whole.
func checkTool(t Tool) []fieldFault {
	var faults []fieldFault
	if t.Name == "" {
		faults = append(faults, fieldFault{"name", "the name is missing", "write one", false})
	}
	if t.MergedInto != "" && t.MergedInto == t.ID {
		faults = append(faults, fieldFault{"merged_into", "the entry cannot take its own place", "write the ID of another one", false})
	}
	if t.Withdrawn || t.MergedInto != "" {
		return faults
	}
	if len(t.Terms[Type]) == 0 {
		faults = append(faults, fieldFault{"terms.type", "no type of initiative is given", "add one, so that people find it", true})
	}
	if t.Sources[""] == "" {
		faults = append(faults, fieldFault{"source", "nothing says where this is from", "name a page that others can read", true})
	}
	return faults
}

// NewID makes the ID of an entry from its name: lower-case words joined by
// hyphens, without accents, with a number if it is taken. What taken says must
// cover withdrawn entries, since an ID is never given again. A name without Latin
// letters or digits becomes "tool".
func NewID(name string, taken func(id string) bool) string {
	var words []string
	length := 0
	for word := range strings.FieldsSeq(fold.Text(strings.NewReplacer("'", "", "’", "").Replace(name))) {
		word = strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return r
			}
			return -1
		}, word)
		if word == "" {
			continue
		}
		if length += len(word) + 1; length > maxID && len(words) > 0 {
			break
		}
		words = append(words, word[:min(len(word), maxID)])
	}
	id := strings.Join(words, "-")
	if id == "" {
		id = "tool"
	}
	for n, base := 2, id; taken(id) || reserved(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}

// reserved tells whether an ID is a word that addresses beside those of entries
// have: a tool that is called "Plan" must not hide behind the page /tools/plan.
func reserved(id string) bool {
	switch id {
	case "embed", "landscape", "new", "plan", "similar", "suggest", "take":
		return true
	}
	return false
}

// shorten cuts a text that is quoted in a message.
func shorten(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
