package explorer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Story is a sequence of views with words, which a page shows first: for readers who will not explore.
type Story struct {
	Title string
	Steps []Step
}

// Step is one part of a story. The words are those of whoever composed it; nothing checks what they say.
type Step struct {
	Text  string `json:"text"`  // words before the picture; empty lines separate paragraphs
	State string `json:"state"` // the view: the fragment of its address, without "#"
}

// storyForm is a story as a file.
type storyForm struct {
	Format  string  `json:"format"`
	Version int     `json:"version"`
	Title   *string `json:"title"`
	Steps   []*struct {
		Text  *string `json:"text"`
		State *string `json:"state"`
	} `json:"steps"`
}

// Form of story files, and limits of what is read of them.
const (
	storyFormat  = "covey-story"
	storyVersion = 1
	maxStory     = 1 << 20 // bytes
	maxSteps     = 200
)

// languages are those that the page speaks, and that a state can name.
var languages = []string{"en", "fr", "es", "ar"}

// views are those that a state can name.
var views = []string{"bars", "trend", "groups", "heat", "map", "flows", "compare"}

// ParseStory reads a story as the page saves it, docs/explorer.md describes the form. An error says what is wrong, with the number of the step.
func ParseStory(r io.Reader) (*Story, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxStory+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read story: %w", err)
	case len(text) > maxStory:
		return nil, fmt.Errorf("it has more than the limit of %d bytes", maxStory)
	case !utf8.Valid(text):
		return nil, errors.New("the text is not UTF-8")
	}
	return parseStory(text)
}

func parseStory(text []byte) (*Story, error) {
	var form storyForm
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&form); err != nil {
		return nil, fmt.Errorf("it is no JSON of a story: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("something follows the story")
	}
	switch {
	case form.Format != storyFormat:
		return nil, fmt.Errorf("its format is %q, not %q", form.Format, storyFormat)
	case form.Version != storyVersion:
		return nil, fmt.Errorf("its version is %d, and only %d is known", form.Version, storyVersion)
	case form.Title == nil:
		return nil, errors.New("it has no title")
	case form.Steps == nil:
		return nil, errors.New("it has no list of steps")
	case len(form.Steps) > maxSteps:
		return nil, fmt.Errorf("it has %d steps, and %d is the limit", len(form.Steps), maxSteps)
	}
	s := &Story{Title: *form.Title, Steps: []Step{}}
	for i, step := range form.Steps {
		if step == nil || step.Text == nil || step.State == nil {
			return nil, fmt.Errorf("step %d has no text or no state", i+1)
		}
		s.Steps = append(s.Steps, Step{*step.Text, *step.State})
	}
	return s, nil
}

// MarshalJSON writes the story in the form that ParseStory and the page read.
func (s *Story) MarshalJSON() ([]byte, error) {
	steps := s.Steps
	if steps == nil {
		steps = []Step{}
	}
	return json.Marshal(struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Title   string `json:"title"`
		Steps   []Step `json:"steps"`
	}{storyFormat, storyVersion, s.Title, steps})
}

// StoryError says what of a story does not fit a release.
type StoryError struct {
	Step int    // from 1
	What string // in words, such as: the release has no column "age"
}

// Error names the step.
func (e *StoryError) Error() string { return fmt.Sprintf("step %d: %s", e.Step, e.What) }

// Hint says what to do about it.
func (e *StoryError) Hint() string {
	return "compose the story on the page of this release, or of one with the same columns and values"
}

// Fit returns the story with its views pointing at a release: every column and value that they name must be there, else the error is a
// *StoryError. Views that were made on another release are pointed at this one, and moved says how many; their words stay as they are. A view without the name
// of a release is an error.
func (s *Story) Fit(about About, columns []Column) (fitted *Story, moved int, err error) {
	fitted = &Story{Title: s.Title, Steps: []Step{}}
	for i, step := range s.Steps {
		state, err := url.ParseQuery(strings.TrimPrefix(step.State, "#"))
		if err != nil || !state.Has("r") {
			return nil, 0, &StoryError{i + 1, "its state is no view of a page"}
		}
		if what := unfit(state, columns); what != "" {
			return nil, 0, &StoryError{i + 1, what}
		}
		if state.Get("r") != about.Release {
			moved++
		}
		state.Set("r", about.Release)
		fitted.Steps = append(fitted.Steps, Step{step.Text, state.Encode()})
	}
	return fitted, moved, nil
}

// unfit says what a state names that there is not; the rules are those of web/src/state.ts.
func unfit(state url.Values, columns []Column) string {
	if name := state.Get("view"); state.Has("view") && !slices.Contains(views, name) {
		return fmt.Sprintf("there is no view %q", name)
	}
	if name := state.Get("lang"); state.Has("lang") && !slices.Contains(languages, name) {
		return fmt.Sprintf("there is no language %q", name)
	}
	for _, key := range []string{"a", "b"} {
		if name := state.Get(key); state.Has(key) && columnOf(columns, name) == nil {
			return fmt.Sprintf("the release has no column %q", name)
		}
	}
	for _, key := range []string{"p", "q"} {
		seen := map[string]bool{}
		for part := range strings.SplitSeq(state.Get(key), ";") {
			if part == "" {
				continue
			}
			if what := unfitPick(part, columns, seen); what != "" {
				return what
			}
		}
	}
	return ""
}

// unfitPick is unfit for the picks of one column: its name and some of its values, with colons between them.
func unfitPick(part string, columns []Column, seen map[string]bool) string {
	words := strings.Split(part, ":")
	for i := range words {
		word, err := url.PathUnescape(words[i])
		if err != nil || !utf8.ValidString(word) {
			return "its state is no view of a page"
		}
		words[i] = word
	}
	column := columnOf(columns, words[0])
	switch {
	case column == nil:
		return fmt.Sprintf("the release has no column %q", words[0])
	case len(words) == 1:
		return fmt.Sprintf("no value of column %q is named", words[0])
	case seen[words[0]]:
		return fmt.Sprintf("the column %q is there twice", words[0])
	}
	seen[words[0]] = true
	for _, value := range words[1:] {
		if !slices.ContainsFunc(column.Values, func(v Value) bool { return v.Value == value }) {
			return fmt.Sprintf("the release has no value %q in column %q", value, words[0])
		}
	}
	return ""
}

func columnOf(columns []Column, name string) *Column {
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &columns[i]
}
