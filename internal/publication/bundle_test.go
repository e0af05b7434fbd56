package publication_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// elsewhere makes a bundle as the terminal does, and returns its files.
func elsewhere(t *testing.T) map[string]string {
	t.Helper()
	policy, err := release.ParsePolicy("p", strings.NewReader("version: 1\ntitle: Made elsewhere\ncolumns: {gender: category, ageBroad: category, country: country, isForcedLabour: flag, note: ignore}\n"))
	must(t, err)
	rows, err := table.OpenCSV(strings.NewReader(casesCSV()), "c", table.Format{})
	must(t, err)
	records, _, err := table.Read(t.Context(), rows, policy.Schema(), table.Options{})
	must(t, err)
	r, err := release.Make(t.Context(), records, policy, release.Options{Software: "covey test"})
	must(t, err)
	dir := filepath.Join(t.TempDir(), "bundle")
	must(t, r.Write(t.Context(), dir, release.WriteOptions{}))
	files := map[string]string{}
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		files[name] = string(text)
	}
	return files
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		must(t, err)
		_, err = io.WriteString(w, text)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func tarOf(t *testing.T, files map[string]string, change func(*tar.Header)) []byte {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	for name, text := range files {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if change != nil {
			change(h)
		}
		must(t, w.WriteHeader(h))
		if h.Typeflag == tar.TypeReg {
			_, err := io.WriteString(w, text)
			must(t, err)
		}
	}
	must(t, w.Close())
	must(t, packed.Close())
	return b.Bytes()
}

// with returns files with some changed: a name without a text is left out.
func with(files map[string]string, changes ...string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = text
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if out[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

func inFolder(files map[string]string, folder string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[folder+name] = text
	}
	return out
}

// TestMadeElsewhere uploads bundles, sound and otherwise.
func TestMadeElsewhere(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, err := h.CreateDataset(ctx, steward, publication.Dataset{Title: "Elsewhere"})
	must(t, err)
	good := elsewhere(t)
	half := zipOf(t, good)
	for name, c := range map[string]struct {
		archive []byte
		problem string // "": none
	}{
		"zip":                 {zipOf(t, good), ""},
		"tar.gz in a folder":  {tarOf(t, inFolder(good, "release/"), nil), ""},
		"cut off":             {half[:len(half)/2], "archive"},
		"file missing":        {zipOf(t, with(good, release.QualityPage, "")), "archive"},
		"file more":           {zipOf(t, with(good, "cases.csv", casesCSV())), "archive"},
		"path upwards":        {zipOf(t, with(good, "../evil", "x")), "archive"},
		"absolute path":       {zipOf(t, with(good, "/tmp/evil", "x")), "archive"},
		"two folders":         {zipOf(t, with(good, "a/README.txt", "x")), "archive"},
		"link":                {tarOf(t, good, func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0 }), "archive"},
		"counts changed":      {zipOf(t, with(good, release.AggregatesFile, strings.Replace(good[release.AggregatesFile], "1230", "1240", 1))), "file"},
		"bomb":                {zipOf(t, with(good, release.ReadmeFile, strings.Repeat("a", 80<<20))), "file"},
		"page with a program": {zipOf(t, with(good, release.CodebookPage, "<script>alert(1)</script>")), "file"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "b.zip", Bundle: true}, bytes.NewReader(c.archive))
			must(t, err)
			defer func() { must(t, h.EraseUpload(ctx, steward, u.ID)) }()
			run, err := h.StartCheck(ctx, steward, u.ID, name)
			must(t, err)
			r := h.wait(t, run.ID)
			switch {
			case c.problem == "" && r.State != publication.Done, c.problem != "" && (r.State != publication.Failed || r.Problem.Key != "publication.problem."+c.problem):
				t.Errorf("%s %+v %s", r.State, r.Problem, h.Detail(steward, r))
			case c.problem != "":
				h.gone(t, "runs/"+r.ID+"*")
			}
		})
	}
}

// TestUnpackingLeavesRoom checks a bundle on a disk that is all but full: it is not unpacked.
func TestUnpackingLeavesRoom(t *testing.T) {
	testenv.NotRaces(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	d, err := h.CreateDataset(ctx, steward, publication.Dataset{Title: "Elsewhere"})
	must(t, err)
	u, err := h.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "b.zip", Bundle: true}, bytes.NewReader(zipOf(t, elsewhere(t))))
	must(t, err)
	h.close()
	h.open(t, func(o *publication.Options) { o.FreeDisk = 1 << 60 })
	run, err := h.StartCheck(ctx, steward, u.ID, "x")
	must(t, err)
	if r := h.wait(t, run.ID); r.State != publication.Failed || r.Problem.Key != "publication.problem.full" {
		t.Errorf("%s %+v", r.State, r.Problem)
	}
	h.gone(t, "runs/*")
	h.gone(t, "uploads/*")
}
