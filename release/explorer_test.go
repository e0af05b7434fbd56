package release_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// TestExplorerOfBundle: the page in the bundle is what is made of the bundle, byte by byte, for both methods.
func TestExplorerOfBundle(t *testing.T) {
	for name, f := range map[string]*fixture{"k-anonymous": newFixture(t), "differential": newNoisedFixture(t)} {
		t.Run(name, func(t *testing.T) {
			b := f.open(t)
			page, err := b.ReadExplorer()
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := explorer.Write(&again, b.Explorer()); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(page, again.Bytes()) {
				t.Error("made again of the bundle, the page is another")
			}
			// Its name for the release is in the data package, too.
			if about := b.Explorer().About; !bytes.Contains(f.get(t, release.DataPackageFile), []byte("+"+about.Release+`"`)) || len(about.Release) != 12 {
				t.Errorf("the release is called %q", about.Release)
			} else if len(about.Files) != 9 || about.Files[0].Name != release.SyntheticFile || about.Files[8].Name != release.ManifestFile {
				t.Errorf("the files beside the page are %v", about.Files)
			}
		})
	}
}

// storyOf returns a story of one view.
func storyOf(state string) *explorer.Story {
	return &explorer.Story{Title: "What we see", Steps: []explorer.Step{{Text: "Look.", State: state}}}
}

// TestStoryInBundle: a story is written and verified, and one that does not fit leaves nothing behind.
func TestStoryInBundle(t *testing.T) {
	f := newFixture(t)
	r, err := release.Make(t.Context(), f.sensitive, f.policy, release.Options{Software: "covey test"})
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]string{
		"r=1&p=gender%3ANobody": `story: step 1: the release has no value "Nobody" in column "gender"`,
		"r=1&a=unknown":         `story: step 1: the release has no column "unknown"`,
	} {
		dir := filepath.Join(t.TempDir(), "story")
		err := r.Write(t.Context(), dir, release.WriteOptions{Story: storyOf(state)})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", state, err, want)
		}
		if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() != "private" }) {
			t.Errorf("%s: %v is left, %v", state, left, err)
		}
	}
	f.dir = filepath.Join(t.TempDir(), "story")
	if err := r.Write(t.Context(), f.dir, release.WriteOptions{Story: storyOf("r=000000000000&p=gender%3AFemale&view=compare")}); err != nil {
		t.Fatal(err)
	}
	if failed := f.verify(t, release.VerifyOptions{Software: "covey test"}); len(failed) > 0 {
		t.Errorf("failed are %q", failed)
	}
	text, err := f.open(t).ReadExplorer()
	if err != nil {
		t.Fatal(err)
	}
	page, err := explorer.ReadPage(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := "p=gender%3AFemale&r=" + f.open(t).Explorer().About.Release + "&view=compare"; page.Story == nil || page.Story.Steps[0].State != want {
		t.Errorf("the story is %+v, want the state %s", page.Story, want)
	}
}

// TestVerifyExplorer: a page that was changed, or is of something else, is found although all hashes were made right.
func TestVerifyExplorer(t *testing.T) {
	testenv.NotRaces(t)
	other := newNoisedFixture(t).get(t, release.ExplorerFile)
	rewrite := func(change func(d *explorer.Data)) func(*testing.T, *fixture) []byte {
		return func(t *testing.T, f *fixture) []byte {
			d := f.open(t).Explorer()
			change(&d)
			var page bytes.Buffer
			if err := explorer.Write(&page, d); err != nil {
				t.Fatal(err)
			}
			return page.Bytes()
		}
	}
	text := func(old, with string) func(*testing.T, *fixture) []byte {
		return func(t *testing.T, f *fixture) []byte {
			f.replace(t, release.ExplorerFile, old, with)
			return f.get(t, release.ExplorerFile)
		}
	}
	tests := []struct {
		name   string
		page   func(*testing.T, *fixture) []byte
		status release.Status // where another version of Covey verifies
	}{
		{"a page of something else", func(*testing.T, *fixture) []byte { return []byte("<p>Hello</p>") }, release.Failed},
		{"the page of another release", func(*testing.T, *fixture) []byte { return other }, release.Failed},
		{"another title", rewrite(func(d *explorer.Data) { d.About.Title = "Other" }), release.Failed},
		{"another total", rewrite(func(d *explorer.Data) { d.Columns[0].People += 10 }), release.Failed},
		{"another count", rewrite(func(d *explorer.Data) {
			counts := d.Counts
			d.Counts = func(yield func([]int32, explorer.Count) bool) {
				first := true
				for attrs, n := range counts {
					if first {
						n.Estimate += 10
					}
					if first = false; !yield(attrs, n) {
						return
					}
				}
			}
		}), release.Failed},
		{"a story that does not fit", rewrite(func(d *explorer.Data) { d.Story = storyOf("r=1&a=unknown") }), release.Failed},
		{"content damaged", text(`id="content" data-format="covey-explorer 1">H4s`, `id="content" data-format="covey-explorer 1">AAA`), release.Failed},
		{"another program", text("</body>", "<script>1</script></body>"), release.NotPossible},
		{"another block first", text("<body>", `<body><!--x-->`), release.NotPossible},
		{"another policy", text("default-src &#39;none&#39;", "default-src *"), release.NotPossible},
		{"a story that fits", rewrite(func(d *explorer.Data) { d.Story = storyOf("r=" + d.About.Release) }), release.Passed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.seal(t) // the data package is laid out anew
			f.put(t, release.ExplorerFile, test.page(t, f))
			f.keepExplorer = true
			f.seal(t)
			check := func(software string) release.Status {
				v, err := release.VerifyFolder(t.Context(), f.dir, release.VerifyOptions{Software: software})
				if err != nil {
					t.Fatal(err)
				}
				var status release.Status
				for _, c := range v.Checks {
					if c.Name == "explorer" {
						status = c.Status
					} else if c.Status == release.Failed {
						t.Errorf("%s failed: %s", c.Name, c.Detail)
					}
				}
				return status
			}
			if got := check("covey newer"); got != test.status {
				t.Errorf("another version says %q, want %q", got, test.status)
			}
			want := test.status
			if want == release.NotPossible {
				want = release.Failed
			}
			if got := check("covey test"); got != want {
				t.Errorf("the same version says %q, want %q", got, want)
			}
		})
	}
}
