package fold_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/fold"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"  L'Exploitation, FORCÉE": "l exploitation forcee",
		"Straße Łódź Ørsted œuvre": "strasse lodz orsted oeuvre",
		"9--17":                    "9 17",
		"أوغندة إيران آسيا ٱلله":            "اوغنده ايران اسيا الله",
		"مُسْتَشْفَى ـ مسؤول شؤون سنة ٢٠٢٦": "مستشفي مسوول شوون سنه 2026",
		"ｆｕｌｌ ①": "full 1",
	} {
		if got := fold.Text(text); got != want {
			t.Errorf("%q is folded to %q, not %q", text, got, want)
		}
	}
}

func TestEach(t *testing.T) {
	const text = "Où l’aide? Nuñez"
	var words []string
	fold.Each(text, func(word string, start, end int) {
		words = append(words, word)
		if got := fold.Text(text[start:end]); got != word {
			t.Errorf("%q stands where %q is", got, word)
		}
	})
	if !slices.Equal(words, fold.Words(text)) || strings.Join(words, " ") != "ou l aide nunez" {
		t.Error(words)
	}
}
