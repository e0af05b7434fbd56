package profile

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// vocabulary knows which words mean the same, in the four languages of data/words.txt.
type vocabulary struct {
	meant    map[string]string // folded word to the word that stands for it
	silent   map[string]bool   // says nothing
	optional map[string]bool   // may stand in a header without changing what is meant
}

var words = sync.OnceValue(func() vocabulary {
	v := vocabulary{map[string]string{}, map[string]bool{}, map[string]bool{}}
	text, err := data.ReadFile("data/words.txt")
	if err != nil {
		panic(err) // the file is part of the program
	}
	for line := range strings.Lines(string(text)) {
		name, list, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		for _, w := range append(strings.Fields(list), name) {
			switch w = foldWord(w); name {
			case "*":
				v.silent[w] = true
			case "+":
				v.optional[w] = true
			default:
				v.meant[w] = foldWord(name)
			}
		}
	}
	return v
})

// split parts a name at spaces, signs, and changes from small to capital letters.
func split(text string) []string {
	var b strings.Builder
	letters := []rune(text)
	for i, r := range letters {
		if i > 0 && i+1 < len(letters) && unicode.IsUpper(r) && unicode.IsLower(letters[i-1]) && unicode.IsLower(letters[i+1]) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// foldWord takes case, accents, the Arabic article and the s of the plural off a word.
func foldWord(word string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(word) {
		if !unicode.Is(unicode.Mn, r) && r != 'ـ' {
			b.WriteRune(plain(r))
		}
	}
	w := b.String()
	for _, article := range []string{"وال", "بال", "ال", "لل"} {
		if rest, cut := strings.CutPrefix(w, article); cut && len(rest) >= 4 {
			return rest
		}
	}
	if rest, cut := strings.CutSuffix(w, "s"); cut && len(rest) >= 4 && !strings.HasSuffix(rest, "s") {
		return rest
	}
	return w
}

// alike are letters that are written in several ways, each after the one that stands for it.
var alike = [...]string{"aáàâäãå", "eéèêë", "iíìîïı", "oóòôöõ", "uúùûü", "nñ", "cç", "sş", "اأإآٱ", "يىئ", "وؤ", "هة", "0٠۰", "1١۱", "2٢۲", "3٣۳", "4٤۴", "5٥۵", "6٦۶", "7٧۷", "8٨۸", "9٩۹"}

// plain returns the letter that stands for a letter.
func plain(r rune) rune {
	if r < 0x80 {
		return r
	}
	for _, group := range alike {
		if strings.ContainsRune(group, r) {
			for _, first := range group {
				return first
			}
		}
	}
	return r
}

// meaning is what a name says: its words without those that say nothing, each as the word that stands for it, in order of the alphabet.
type meaning []string

func meaningOf(text string) meaning {
	var m meaning
	v := words()
	for _, w := range split(text) {
		if w = foldWord(w); v.silent[w] {
			continue
		}
		if meant, known := v.meant[w]; known {
			w = meant
		}
		m = append(m, w)
	}
	slices.Sort(m)
	return slices.Compact(m)
}

func (m meaning) key() string { return strings.Join(m, " ") }

// squash writes a name as those do who leave no space between its words.
func squash(text string) string {
	var b strings.Builder
	for _, w := range split(text) {
		b.WriteString(foldWord(w))
	}
	return b.String()
}

// nearly tells whether two names differ by one letter of a long word: left out, added, changed, or swapped with its neighbour.
func (m meaning) nearly(other meaning) bool {
	if len(m) != len(other) {
		return false
	}
	left := slices.DeleteFunc(slices.Clone(m), func(w string) bool { return slices.Contains(other, w) })
	right := slices.DeleteFunc(slices.Clone(other), func(w string) bool { return slices.Contains(m, w) })
	return len(left) == 1 && len(right) == 1 && oneLetter([]rune(left[0]), []rune(right[0]))
}

// oneLetter compares words of seven letters and more: shorter ones are too often other words.
func oneLetter(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 6 || len(b) < 7 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return slices.Equal(a[i:], b[i+1:])
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
	return swapped || i < len(a) && slices.Equal(a[i+1:], b[i+1:])
}
