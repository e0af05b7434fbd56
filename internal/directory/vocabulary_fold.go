package directory

import "strings"

// foldText makes texts equal that people take for the same: the words as
// [eachWord] folds them, with one space between.
func foldText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	eachWord(text, func(word string, _, _ int) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	})
	return b.String()
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
