package directory

import (
	"strings"
	"unicode/utf8"
)

// stem cuts the endings that differ between forms of a word which people take for
// one: plurals of the three Latin languages, -ing and -ed, the last vowel; in
// Arabic the article with its particles and the commonest endings. It is light on
// purpose: a prefix search finds the rest.
func stem(word string) string {
	if word == "" {
		return ""
	}
	if word[0] >= utf8.RuneSelf {
		if strings.HasPrefix(word, "\xd8") || strings.HasPrefix(word, "\xd9") {
			return stemArabic(word)
		}
		return word
	}
	return stemLatin(word)
}

func stemLatin(w string) string {
	if len(w) < 4 {
		return w
	}
	end := func(s string, least int) bool { return len(w) >= least && strings.HasSuffix(w, s) }
	switch {
	case end("ings", 7):
		w = undouble(w[:len(w)-4])
	case end("ing", 6):
		w = undouble(w[:len(w)-3])
	case end("ss", 4), end("us", 4), end("is", 4):
		return w
	case end("s", 4):
		w = w[:len(w)-1]
	case end("aux", 5), end("eux", 5):
		return w[:len(w)-1]
	case end("ed", 6):
		w = undouble(w[:len(w)-2])
	}
	switch {
	case end("our", 5): // labour, labor
		return w[:len(w)-2] + "r"
	case end("ization", 9): // organization, organisation
		return w[:len(w)-6] + "sation"
	case end("ie", 5):
		return w[:len(w)-1]
	case end("e", 4), end("a", 6), end("o", 6):
		return w[:len(w)-1]
	case end("y", 5):
		return w[:len(w)-1] + "i"
	}
	return w
}

// undouble takes one of two equal consonants off the end: mapp(ing) is map.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("aeioulsz", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

// stemArabic cuts what the light stemmers of the literature cut (Larkey, Ballesteros
// and Connell 2002, "light10"). A letter is two bytes.
func stemArabic(w string) string {
	for _, prefix := range []string{"وال", "بال", "كال", "فال", "ال", "لل", "و"} {
		least := len(prefix) + 4
		if prefix == "و" {
			least += 2
		}
		if len(w) >= least && strings.HasPrefix(w, prefix) {
			w = w[len(prefix):]
			break
		}
	}
	for _, suffix := range []string{"ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"} {
		if len(w) >= len(suffix)+6 && strings.HasSuffix(w, suffix) {
			return w[:len(w)-len(suffix)]
		}
	}
	return w
}

// isStop tells whether a folded word says nothing about a tool: articles,
// prepositions and what people write around what they look for.
func isStop(word string) bool {
	if len(word) == 1 {
		return word < "0" || word > "9"
	}
	switch word {
	case "the", "and", "or", "of", "for", "to", "in", "on", "an", "at", "by", "with", "from", "is", "are", "be", "it",
		"its", "that", "this", "their", "they", "who", "which", "what", "as", "into", "about", "we", "our", "us", "you", "my",
		"want", "need", "looking", "find", "would", "like", "can", "could", "some", "any", "how", "do", "does", "where",
		"le", "la", "les", "un", "une", "des", "du", "de", "et", "ou", "pour", "dans", "en", "au", "aux", "sur", "par",
		"avec", "qui", "que", "est", "sont", "nous", "je", "cherche", "leur", "leurs", "ces", "ses", "son",
		"el", "los", "las", "una", "unos", "del", "al", "por", "para", "con", "y", "o", "se", "es", "su", "sus", "busco", "como",
		"في", "من", "على", "الى", "عن", "مع", "او", "هذا", "هذه", "التي", "الذي", "ما", "هو", "هي", "الذين":
		return true
	}
	return false
}
