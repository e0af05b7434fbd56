package explorer_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/testenv"
)

func TestParseStory(t *testing.T) {
	const sound = `{"format": "covey-story", "version": 1, "title": "A", "steps": [{"text": "x", "state": "r=1"}]}`
	s, err := explorer.ParseStory(strings.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	want := &explorer.Story{Title: "A", Steps: []explorer.Step{{Text: "x", State: "r=1"}}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	for name, test := range map[string]struct{ text, want string }{
		"no JSON":            {"title,steps", "it is no JSON of a story"},
		"cut off":            {sound[:40], "it is no JSON of a story: unexpected EOF"},
		"something more":     {sound + "{}", "something follows the story"},
		"another format":     {strings.Replace(sound, "covey-story", "story", 1), `its format is "story", not "covey-story"`},
		"another version":    {strings.Replace(sound, `"version": 1`, `"version": 2`, 1), "its version is 2, and only 1 is known"},
		"an unknown key":     {strings.Replace(sound, `"title"`, `"titel"`, 1), `unknown field "titel"`},
		"no title":           {strings.Replace(sound, `"title": "A", `, "", 1), "it has no title"},
		"no steps":           {`{"format": "covey-story", "version": 1, "title": "A"}`, "it has no list of steps"},
		"a step too little":  {strings.Replace(sound, `}]`, `}, {"text": "y"}]`, 1), "step 2 has no text or no state"},
		"a step of nothing":  {strings.Replace(sound, `}]`, `}, null]`, 1), "step 2 has no text or no state"},
		"too many steps":     {strings.Replace(sound, `}]`, `}`+strings.Repeat(`, {"text": "", "state": ""}`, 200)+"]", 1), "it has 201 steps, and 200 is the limit"},
		"too long":           {strings.Replace(sound, "x", strings.Repeat("x", 1<<20), 1), "more than the limit"},
		"no UTF-8":           {strings.Replace(sound, "x", "\xff", 1), "not UTF-8"},
		"a number for words": {strings.Replace(sound, `"A"`, "1", 1), "it is no JSON of a story"},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := explorer.ParseStory(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v; want %q", s, err, test.want)
			}
		})
	}
}

func TestFitStory(t *testing.T) {
	d := small()
	d.About.Release = "abc"
	for state, want := range map[string]string{
		"r=abc":                 "r=abc",
		"#r=abc":                "r=abc",
		"r=other&lang=ar&all=1": "all=1&lang=ar&r=abc",
		"r=abc&p=gender%3Af%3Am&view=map&q=means%3Adebt%3Blabour%3Ayes&a=means&b=sex": "a=means&b=sex&p=gender%3Af%3Am&q=means%3Adebt%3Blabour%3Ayes&r=abc&view=map",
	} {
		s, moved, err := (&explorer.Story{Steps: []explorer.Step{{Text: "x", State: state}}}).Fit(d.About, d.Columns)
		if err != nil || s.Steps[0].State != want || s.Steps[0].Text != "x" || (moved == 1) != strings.Contains(state, "r=other") {
			t.Errorf("%s: got %+v, %d moved, %v; want %s", state, s, moved, err, want)
		}
	}
	for state, want := range map[string]string{
		"":                                "its state is no view of a page",
		"p=gender%3Af":                    "its state is no view of a page",
		"r=abc&p=gender%3A%25zz":          "its state is no view of a page",
		"r=abc&p=gender%3A%25ff":          "its state is no view of a page",
		"r=abc&%zz":                       "its state is no view of a page",
		"r=abc&view=pie":                  `there is no view "pie"`,
		"r=abc&lang=de":                   `there is no language "de"`,
		"r=abc&a=age":                     `the release has no column "age"`,
		"r=abc&b=age":                     `the release has no column "age"`,
		"r=abc&p=age%3A1":                 `the release has no column "age"`,
		"r=abc&q=gender%3Ax":              `the release has no value "x" in column "gender"`,
		"r=abc&p=gender":                  `no value of column "gender" is named`,
		"r=abc&p=gender%3Af%3Bgender%3Am": `the column "gender" is there twice`,
	} {
		_, _, err := (&explorer.Story{Steps: []explorer.Step{{State: "r=abc"}, {State: state}}}).Fit(d.About, d.Columns)
		var bad *explorer.StoryError
		if !errors.As(err, &bad) || bad.Step != 2 || err.Error() != "step 2: "+want || bad.Hint() == "" {
			t.Errorf("%s: got %v, want %s", state, err, want)
		}
	}
}

// TestStoryWords holds the views and languages that a story may name to those of the page.
func TestStoryWords(t *testing.T) {
	root := testenv.ModuleRoot(t)
	source, err := os.ReadFile(filepath.Join(root, "web", "src", "state.ts"))
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`export const views = \[(.*?)\]`).FindSubmatch(source)
	if list == nil {
		t.Fatal("there are no views in state.ts")
	}
	var views []string
	if err := json.Unmarshal([]byte("["+string(list[1])+"]"), &views); err != nil || len(views) < 7 {
		t.Fatalf("views %q, %v", views, err)
	}
	locales, err := filepath.Glob(filepath.Join(root, "web", "locales", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, view := range views {
		words = append(words, "view="+view)
	}
	for _, file := range locales {
		words = append(words, "lang="+strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	if got := explorer.StoryWords(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(words))) {
		t.Errorf("stories may name %q, the page knows %q", got, words)
	}
}

// FuzzStory: what is read is the same when written and read again, and what fits, fits again.
func FuzzStory(f *testing.F) {
	f.Add(`{"format": "covey-story", "version": 1, "title": "A", "steps": [{"text": "x", "state": "r=1&p=gender%3Af&view=map"}]}`)
	f.Add(`{"format": "covey-story", "version": 1, "title": "", "steps": [{"text": "", "state": "r=1;p=%zz"}]}`)
	f.Add(`{"format": "covey-story", "version": 2}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := explorer.ParseStory(strings.NewReader(text))
		if err != nil {
			return
		}
		out, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := explorer.ParseStory(strings.NewReader(string(out)))
		if err != nil || !cmp.Equal(s, again) {
			t.Errorf("read again it is %+v, %v; want %+v", again, err, s)
		}
		d := small()
		fitted, _, err := s.Fit(d.About, d.Columns)
		if err != nil {
			return
		}
		if once, moved, err := fitted.Fit(d.About, d.Columns); err != nil || moved != 0 || !cmp.Equal(once, fitted) {
			t.Errorf("fitted again it is %+v, %d moved, %v; want %+v", once, moved, err, fitted)
		}
	})
}
