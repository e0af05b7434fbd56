// Package fold is how texts are compared when people look for something: word by word, without case and accents, with one way of
// writing an Arabic letter.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text makes texts equal that people take for the same: the words as
// [Each] folds them, with one space between.
func Text(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	Each(text, func(word string, _, _ int) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	})
	return b.String()
}

// Words returns the words of a text, folded.
func Words(text string) (list []string) {
	Each(text, func(word string, _, _ int) { list = append(list, word) })
	return list
}

// Each calls f for the words of a text: folded (lower case, no accents, one
// way of writing an Arabic letter), with where they begin and end in the text. An
// apostrophe ends a word, so that "l'exploitation" is found by its noun.
func Each(text string, f func(word string, start, end int)) {
	var buffer [64]byte
	word, start := buffer[:0], -1
	flush := func(end int) {
		switch {
		case start < 0:
			return
		case string(word) == text[start:end]: // needs no memory of its own
			f(text[start:end], start, end)
		default:
			f(string(word), start, end)
		}
		word, start = buffer[:0], -1
	}
	for i, r := range text {
		before := len(word)
		word = foldRune(word, r)
		switch {
		case len(word) > before:
			if start < 0 {
				start = i
			}
		case r == 'ـ' || r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r):
			// is no letter, and does not end a word either
		default:
			flush(i)
		}
	}
	flush(len(text))
}

// latin1 are the plain letters of U+00C0 to U+00DF, and of U+00E0 to U+00FF in the
// same places; a blank has none, or more than one.
const latin1 = "aaaaaa ceeeeiiii nooooo  uuuuy  "

// foldRune appends what a letter or digit is folded to: nothing for anything else.
// The ranges that most texts are made of need no tables.
func foldRune(word []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return append(word, byte(r))
		case 'A' <= r && r <= 'Z':
			return append(word, byte(r)+'a'-'A')
		}
		return word
	case 0xC0 <= r && r <= 0xFF && latin1[r&31] != ' ':
		return append(word, latin1[r&31])
	case 0x0621 <= r && r <= 0x0669:
		return foldArabic(word, r)
	}
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.IsLetter(d) && !unicode.IsDigit(d) {
			continue
		}
		d = unicode.ToLower(d)
		if plain := plainLetter(d); plain != "" {
			word = append(word, plain...)
		} else {
			word = utf8.AppendRune(word, d)
		}
	}
	return word
}

// foldArabic folds a letter of the Arabic block: all forms of alef to the bare
// one, teh marbuta to heh, alef maksura to yeh, hamza on its seat to the seat;
// vowel signs and the lengthening stroke to nothing; digits to ASCII.
func foldArabic(word []byte, r rune) []byte {
	switch {
	case r == 'آ' || r == 'أ' || r == 'إ':
		r = 'ا'
	case r == 'ؤ':
		r = 'و'
	case r == 'ئ' || r == 'ى':
		r = 'ي'
	case r == 'ة':
		r = 'ه'
	case r == 'ـ' || 0x064B <= r && r <= 0x065F:
		return word
	case r >= 0x0660:
		return append(word, byte('0'+r-0x0660))
	}
	return utf8.AppendRune(word, r)
}

// plainLetter returns how a letter is typed by people who do not have it, or "".
func plainLetter(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	case 'ٱ':
		return "ا"
	case 'ة': // written as ha by many
		return "ه"
	case 'ى':
		return "ي"
	case 'ک': // Persian keyboards
		return "ك"
	case 'ی':
		return "ي"
	}
	return ""
}
