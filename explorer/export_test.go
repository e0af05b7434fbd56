package explorer

// StoryWords returns every view and language that a story may name.
func StoryWords() (words []string) {
	for _, view := range views {
		words = append(words, "view="+view)
	}
	for _, language := range languages {
		words = append(words, "lang="+language)
	}
	return words
}
