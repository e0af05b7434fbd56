package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencovey/covey/e2e"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// TestQualityPages opens both reports of a release of the fictional example as people would: on a phone and a laptop, in the
// dark, on paper.
func TestQualityPages(t *testing.T) {
	t.Parallel()
	browser := e2e.Start(t)
	dir := exampleRelease(t, 1)
	pages := map[string]string{
		"public":  filepath.Join(dir, "fictional", release.QualityPage),
		"private": filepath.Join(dir, "private", "fictional", release.PrivateQualityPage),
	}
	phone, laptop := e2e.Phone(), e2e.Desktop()
	dark, paper := laptop, laptop
	dark.Dark, paper.Print = true, true
	views := map[string]e2e.View{"phone": phone, "laptop": laptop, "dark": dark, "paper": paper}
	for page, path := range pages {
		for name, view := range views {
			t.Run(page+" "+name, func(t *testing.T) {
				p := browser.Open(t, e2e.FileURL(t, path), view)
				for _, fault := range p.Faults() {
					t.Error(fault)
				}
				// Every chart has its table beside it, and a name for who cannot see it.
				if n := e2e.Eval[int](p, `document.querySelectorAll("svg[role=img]:not([aria-label]):not([aria-labelledby])").length`); n != 0 {
					t.Errorf("%d charts without a name", n)
				}
				if n := e2e.Eval[int](p, `document.querySelectorAll("table caption").length`); n < 5 {
					t.Errorf("%d tables with a caption", n)
				}
			})
		}
	}
}

// exampleRelease makes a release of the fictional example, with a seed for its quality report, and returns the folder in which it and its private folder lie.
func exampleRelease(t *testing.T, seed uint64) string {
	t.Helper()
	examples := filepath.Join(testenv.ModuleRoot(t), "examples")
	file, err := os.Open(filepath.Join(examples, "cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	policy, err := release.ParsePolicy("cases.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := table.OpenFile(filepath.Join(examples, "cases.csv"), policy.Input.TableFormat())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	records, _, err := table.Read(context.Background(), rows, policy.Schema(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.Make(context.Background(), records, policy, release.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := r.Write(context.Background(), filepath.Join(dir, "fictional"), release.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return dir
}
