package release

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func readme(t *testing.T, m *Manifest) string {
	t.Helper()
	var out strings.Builder
	if err := writeReadme(&out, m, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// headings returns the lines that are underlined.
func headings(text string) []string {
	var list []string
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if lines[i] != "" && strings.Trim(lines[i], "-=") == "" {
			list = append(list, lines[i-1])
		}
	}
	return list
}

func TestReadmeLines(t *testing.T) {
	for n, line := range strings.Split(readme(t, makeBook(t, 1).manifest), "\n") {
		if utf8.RuneCountInString(line) > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("line %d is too long or ends in a blank: %q", n+1, line)
		}
	}
}

// TestReadmeSections leaves out of the manifest what the page has sections for.
func TestReadmeSections(t *testing.T) {
	m := makeBook(t, 1).manifest
	all := "How to cite, Licence, Contact"
	if got := strings.Join(headings(readme(t, m)), ", "); !strings.HasSuffix(got, all) {
		t.Errorf("headings %s", got)
	}
	m.Description, m.Publisher, m.Contact, m.Licence, m.Citation, m.Source, m.Software = "", "", "", "", "", "", ""
	text := readme(t, m)
	if got := strings.Join(headings(text), ", "); !strings.HasSuffix(got, "Opening the tables, Checking the files") {
		t.Errorf("headings %s", got)
	}
	for _, word := range []string{"Published by", "Source:", "Made with", "contact below", "<no value>", "%!", "\n\n\n"} {
		if strings.Contains(text, word) {
			t.Errorf("the page holds %q:\n%s", word, text)
		}
	}
	if !strings.Contains(strings.Join(strings.Fields(text), " "), "tell nobody but those who published the data") {
		t.Error("the page does not say whom to tell")
	}
}

// TestReadmeTexts tries texts that look like parts of the page.
func TestReadmeTexts(t *testing.T) {
	m := makeBook(t, 1).manifest
	before := len(headings(readme(t, m)))
	m.Description = "== Licence\n\n- item\n\n    covey verify\n\n> | pipe | \n\n{{.K}}"
	m.Citation = "== Privacy\n== There is none"
	m.Licence = "name | text"
	text := readme(t, m)
	if after := len(headings(text)); after != before {
		t.Errorf("%d headings, and then %d:\n%s", before, after, text)
	}
	for _, line := range []string{"\n== Licence\n", "\n- item\n", "\ncovey verify\n", "\n> | pipe |\n", "\n{{.K}}\n", "\n== Privacy == There is none\n", "\nname | text\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not there as it was written", line)
		}
	}
}

// TestReadmeConditions looks for sentences that only some releases have.
func TestReadmeConditions(t *testing.T) {
	for _, c := range []struct {
		name, sentence string
		change         func(*Manifest)
	}{
		{"withheld", "compared with an earlier one", func(m *Manifest) { m.Withheld = true }},
		{"kept", "10 can be any number from 10 up.", func(m *Manifest) { m.Withheld = true }},
		{"more people", "about 0 people or more", func(m *Manifest) { m.Withheld = true }},
		{"several values", "add up to more than", func(m *Manifest) {
			m.Columns = append(m.Columns, ManifestColumn{Name: "b", Kind: "many", Delimiter: ";"})
		}},
		{"formula as a value", "do begin with one of these signs", func(m *Manifest) {
			m.Columns[0].Values = []ManifestValue{{Value: "=1+1"}}
		}},
		{"formula as a label", "do begin with one of these signs", func(m *Manifest) {
			m.Columns[0].Values = []ManifestValue{{Value: "1", Label: "@all"}}
		}},
		{"formula as a header", "do begin with one of these signs", func(m *Manifest) { m.Columns[0].Name = "-a" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &Manifest{
				Title: "T", Protection: ManifestProtection{K: 10}, Columns: []ManifestColumn{{Name: "a", Kind: "category"}},
			}
			if text := strings.Join(strings.Fields(readme(t, m)), " "); strings.Contains(text, c.sentence) {
				t.Errorf("the page holds %q:\n%s", c.sentence, text)
			}
			c.change(m)
			if text := strings.Join(strings.Fields(readme(t, m)), " "); !strings.Contains(text, c.sentence) {
				t.Errorf("the page lacks %q:\n%s", c.sentence, text)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("w", 90)
	for _, c := range []struct{ text, first, rest, want string }{
		{"", "", "", "\n"},
		{"a  b\tc", "- ", "  ", "- a b c\n"},
		{word + " x " + word, "- ", "  ", "- " + word + "\n  x\n  " + word + "\n"},
		{strings.Repeat("é ", 41), "", "", strings.TrimRight(strings.Repeat("é ", 40), " ") + "\né\n"},
	} {
		if got := wrap(c.text, c.first, c.rest); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}
