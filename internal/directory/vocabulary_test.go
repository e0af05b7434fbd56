package directory_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/opencovey/covey/internal/directory"
)

func openVocabulary(t testing.TB) *directory.Vocabulary {
	t.Helper()
	v, err := directory.OpenVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// languages are those that every term must have a name in.
var languages = []string{"en", "fr", "es", "ar"}

// TestVocabularyWhole looks at every term: none lacks a name, and Arabic names are
// written in Arabic letters.
func TestVocabularyWhole(t *testing.T) {
	v := openVocabulary(t)
	for _, f := range directory.Facets() {
		terms := v.Terms(f)
		if len(terms) < 4 {
			t.Errorf("%s has %d terms", f, len(terms))
		}
		for _, term := range terms {
			if term.Facet != f {
				t.Errorf("%s %s says it is of %s", f, term.Code, term.Facet)
			}
			for _, lang := range languages {
				label := term.Labels[lang]
				if label == "" || strings.TrimSpace(label) != label || label != v.Label(f, term.Code, lang) {
					t.Errorf("%s %s: name in %s is %q", f, term.Code, lang, label)
				}
				arabic := strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(unicode.Arabic, r) })
				if arabic != (lang == "ar") {
					t.Errorf("%s %s: name in %s is %q", f, term.Code, lang, label)
				}
			}
			if term.Caution != "" && v.Caution(term.Caution, "en") == "" {
				t.Errorf("%s %s: there is no caution %q", f, term.Code, term.Caution)
			}
		}
	}
}

// TestVocabularyUnambiguous shows that no two terms of a facet can be meant by one
// code or name.
func TestVocabularyUnambiguous(t *testing.T) {
	v := openVocabulary(t)
	for _, f := range directory.Facets() {
		for _, term := range v.Terms(f) {
			words := append([]string{term.Code}, slices.Collect(maps.Values(term.Labels))...)
			for _, word := range append(words, term.Synonyms...) {
				if code, ok := v.Find(f, word); !ok || code != term.Code {
					t.Errorf("%s: %q of %q finds %q", f, word, term.Code, code)
				}
			}
		}
	}
}

func TestVocabularyFind(t *testing.T) {
	v := openVocabulary(t)
	tests := []struct {
		facet      directory.Facet
		text, want string
	}{
		{directory.Users, "police", "law-enforcement"},
		{directory.Users, "  LAW   Enforcement ", "law-enforcement"},
		{directory.Users, "forces de l'ordre", "law-enforcement"},
		{directory.Users, "شرطة", "law-enforcement"},
		{directory.Form, "sex trafficking", "sex"},
		{directory.Form, "EXPLOTACION SEXUAL", "sex"},
		{directory.Form, "labor trafficking", "labour"},
		{directory.Technology, "cell phone app", "mobile-app"},
		{directory.Technology, "intelligence artificielle", "ai"},
		{directory.UsedIn, "Côte d'Ivoire", "CI"},
		{directory.UsedIn, "cote d ivoire", "CI"},
		{directory.UsedIn, "Turkey", "TR"},
		{directory.UsedIn, "th", "TH"},
		{directory.UsedIn, "Tailandia", "TH"},
		{directory.UsedIn, "Global", "world"},
		{directory.UsedIn, "southeast asia", "035"},
		{directory.UsedIn, "دول الخليج", "gulf"},
		{directory.MadeIn, "UK", "GB"},
		{directory.Language, "Swahili", "sw"},
		{directory.Language, "日本語", "ja"},
		{directory.Stage, "discontinued", "closed"},
		{directory.Cost, "gratuit", "free"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			if got, ok := v.Find(test.facet, test.text); !ok || got != test.want {
				t.Errorf("Find(%s, %q) = %q, %v; want %q", test.facet, test.text, got, ok, test.want)
			}
		})
	}
	for _, text := range []string{"", " ", "-", "no such thing"} {
		if got, ok := v.Find(directory.Users, text); ok {
			t.Errorf("Find(%q) = %q", text, got)
		}
	}
	if got := v.Label(directory.Users, "nobody", "fr"); got != "nobody" {
		t.Errorf("an unknown code is shown as %q", got)
	}
	if got := v.Label(directory.UsedIn, "TH", "de"); got != "Thailand" {
		t.Errorf("an unknown language shows %q", got)
	}
}

func TestVocabularyWithin(t *testing.T) {
	v := openVocabulary(t)
	tests := []struct {
		code     string
		has, not []string
	}{
		{"TH", []string{"TH"}, []string{"VN", "035"}},
		{"035", []string{"035", "TH", "MM"}, []string{"IN", "142"}},
		{"142", []string{"035", "TH", "QA", "gulf"}, []string{"AU"}},
		{"gulf", []string{"gulf", "QA", "SA"}, []string{"IQ", "YE"}},
		{"202", []string{"KE", "014", "NG"}, []string{"EG", "MA"}},
		{"419", []string{"MX", "013", "BR"}, []string{"US"}},
		{"EU", []string{"FR", "CY"}, []string{"GB", "CH"}},
	}
	for _, test := range tests {
		got := v.Within(directory.UsedIn, test.code)
		if got[0] != test.code {
			t.Errorf("Within(%q) begins with %q", test.code, got[0])
		}
		for _, code := range test.has {
			if !slices.Contains(got, code) {
				t.Errorf("%s does not lie within %s", code, test.code)
			}
		}
		for _, code := range test.not {
			if slices.Contains(got, code) {
				t.Errorf("%s lies within %s", code, test.code)
			}
		}
		if len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Errorf("Within(%q) has something twice: %q", test.code, got)
		}
	}
	if got := len(v.Within(directory.UsedIn, "world")); got != len(v.Terms(directory.UsedIn)) {
		t.Errorf("the world has %d of %d places", got, len(v.Terms(directory.UsedIn)))
	}
	if got := v.Within(directory.UsedIn, "XX"); got != nil {
		t.Errorf("Within of an unknown place = %q", got)
	}
}

// TestVocabularyCountries shows that every country of ISO 3166-1 and Kosovo is
// there, each in exactly one region of the lowest level.
func TestVocabularyCountries(t *testing.T) {
	v := openVocabulary(t)
	countries := 0
	for _, term := range v.Terms(directory.UsedIn) {
		if len(term.Code) != 2 || term.Code == "EU" {
			continue
		}
		countries++
		parent, ok := v.Term(directory.UsedIn, term.Parent)
		if !ok || len(parent.Code) == 2 {
			t.Errorf("%s lies in %q", term.Code, term.Parent)
		}
	}
	if countries != 250 {
		t.Errorf("there are %d countries, want 249 and Kosovo", countries)
	}
}

func TestCautions(t *testing.T) {
	v := openVocabulary(t)
	for code, key := range map[string]string{
		"face-recognition": "face-matching", "ad-analysis": "ad-scraping", "public-reporting": "open-reporting",
	} {
		term, ok := v.Term(directory.Technology, code)
		if !ok || term.Caution != key {
			t.Errorf("%s has the caution %q, want %q", code, term.Caution, key)
		}
		seen := map[string]bool{}
		for _, lang := range languages {
			text := v.Caution(key, lang)
			if len(text) < 100 || seen[text] {
				t.Errorf("caution %s in %s: %q", key, lang, text)
			}
			seen[text] = true
		}
	}
}
