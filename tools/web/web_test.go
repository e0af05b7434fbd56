package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// archive packs files as npm does; a name that ends with "@" is a link.
func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for name, text := range files {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "@") {
			h.Typeflag, h.Size, h.Linkname, text = tar.TypeSymlink, 0, "/etc/passwd", ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func locked(data []byte) lockedPackage {
	hash := sha512.Sum512(data)
	return lockedPackage{Name: "@some/thing", Version: "1.2.3", Integrity: "sha512-" + base64.StdEncoding.EncodeToString(hash[:])}
}

// TestTarball: what the registry gives is taken only with the right hash, and asked for once.
func TestTarball(t *testing.T) {
	good := archive(t, map[string]string{"package/a.js": "1"})
	asked, answer, status := []string{}, good, http.StatusOK
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}))
	defer registry.Close()
	t.Setenv("NPM_CONFIG_REGISTRY", registry.URL+"/")
	cache, p := t.TempDir(), locked(good)
	answer = append(slices.Clone(good), 0)
	if _, err := tarball(cache, p); err == nil || !strings.Contains(err.Error(), "another hash") {
		t.Errorf("a changed package gives %v", err)
	}
	status = http.StatusNotFound
	if _, err := tarball(cache, p); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("no package gives %v", err)
	}
	answer, status = good, http.StatusOK
	for range 2 {
		if data, err := tarball(cache, p); err != nil || !bytes.Equal(data, good) {
			t.Fatalf("got %d bytes, %v", len(data), err)
		}
	}
	if want := slices.Repeat([]string{"/@some/thing/-/thing-1.2.3.tgz"}, 3); !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	// A cache that somebody changed is not believed.
	files, _ := filepath.Glob(filepath.Join(cache, "*.tgz"))
	if len(files) != 1 {
		t.Fatalf("the cache has %q", files)
	}
	if err := os.WriteFile(files[0], []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if data, err := tarball(cache, p); err != nil || !bytes.Equal(data, good) || len(asked) != 4 {
		t.Errorf("with a changed cache: %d bytes, %v", len(data), err)
	}
}

// TestUnpack: files stay in their folder, and links are none.
func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "a", "b")
	data := archive(t, map[string]string{
		"package/lib/x.js": "x", "other/y.js": "y", "package/x.js.map": "", "package/../../../out.js": "out", "package/dist/echarts.js": "",
		"/abs.js": "abs", "package/link@": "", "single.js": "",
	})
	if err := unpack(data, folder); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	})
	if want := []string{"a/b/abs.js", "a/b/lib/x.js", "a/b/y.js"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("unpacked are %q, want %q; %v", got, want, err)
	}
	if err := unpack([]byte("no archive"), folder); err == nil {
		t.Error("what is no archive is unpacked")
	}
}

// TestLock holds the lockfile to what a build needs of it.
func TestLock(t *testing.T) {
	packages, err := readLock(filepath.Join("..", "..", "web", "lock.json"))
	if err != nil || len(packages) < 3 {
		t.Fatalf("%d packages, %v", len(packages), err)
	}
	for _, p := range packages {
		if p.Name == "" || p.Version == "" || p.Licence == "" || !strings.HasPrefix(p.Integrity, "sha512-") || len(p.Integrity) != 95 {
			t.Errorf("incomplete: %+v", p)
		}
	}
	if _, err := licences(t.TempDir(), packages[:1]); err == nil {
		t.Error("a package without its licence is taken")
	}
	name := filepath.Join(t.TempDir(), "lock.json")
	if err := os.WriteFile(name, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readLock(name); err == nil {
		t.Error("a damaged lockfile is read")
	}
}

func TestThin(t *testing.T) {
	line := [][2]float64{{0, 0}, {1, 0.05}, {2, -0.05}, {3, 0}}
	if got, want := thin(line), [][2]float64{{0, 0}, {3, 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("a line becomes %v", got)
	}
	corner := [][2]float64{{0, 0}, {1, 0.01}, {2, 0}, {2, 1}, {2.01, 2}, {2, 3}}
	if got, want := thin(corner), [][2]float64{{0, 0}, {2, 0}, {2, 3}}; !reflect.DeepEqual(got, want) {
		t.Errorf("a corner becomes %v", got)
	}
	if got := thin([][2]float64{{0, 0}, {0, 5}, {5, 5}, {5, 0}, {0, 0}}); len(got) < 4 {
		t.Errorf("a ring collapses to %v", got)
	}
}

func TestCutAtTheEdge(t *testing.T) {
	// From 170 degrees east to 170 west, across the edge, 20 degrees high.
	arcs := [][][2]int{{{3400, 0}, {-3400, 0}, {-3400, 400}, {3400, 400}, {3400, 0}}}
	if !across(arcs, [][]int{{0}}) {
		t.Fatal("the polygon does not reach across the edge")
	}
	w := worldFile{}
	parts := w.cut(arcs, [][]int{{0}})
	if len(parts) != 2 {
		t.Fatalf("it is cut into %v", parts)
	}
	total := 0.0
	for i, flat := range w.Arcs {
		x, y := 0, 0
		var ring [][2]int
		for j := 0; j+1 < len(flat); j += 2 {
			x, y = x+flat[j], y+flat[j+1]
			ring = append(ring, [2]int{x, y})
			if x < -half || x > half {
				t.Errorf("part %d reaches to %d", i, x)
			}
		}
		if ring[0] != ring[len(ring)-1] {
			t.Errorf("part %d is open: %v", i, ring)
		}
		total += math.Abs(areaOf([][][2]int{ring}, []int{0}))
	}
	// 20 degrees of longitude, from the equator to 20 degrees north.
	if want := 20 * math.Sin(20*math.Pi/180) * 180 / math.Pi; math.Abs(total-want) > 0.01 {
		t.Errorf("the parts have %.2f square degrees, want %.2f", total, want)
	}
	if across([][][2]int{{{0, 0}, {200, 0}, {200, 200}, {0, 0}}}, [][]int{{0}}) {
		t.Error("a polygon in the middle is said to reach across the edge")
	}
}

// TestWorld makes the shapes of a world of two countries that share a border, and of one that is a dot.
func TestWorld(t *testing.T) {
	dir := t.TempDir()
	atlas, list := filepath.Join(dir, "atlas.json"), filepath.Join(dir, "countries.csv")
	for name, text := range map[string]string{
		atlas: `{"type": "Topology", "transform": {"scale": [1, 1], "translate": [0, 0]},
			"arcs": [[[10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10], [10, 0]], [[10, 0], [10, 0], [0, 10], [-10, 0]], [[50, 50], [0, 0], [0, 0]]],
			"objects": {"countries": {"geometries": [
				{"type": "Polygon", "id": "250", "arcs": [[0, 1]], "properties": {"name": "West"}},
				{"type": "MultiPolygon", "id": "276", "arcs": [[[2, -1]]], "properties": {"name": "East"}}]}}}`,
		list: "alpha3,alpha2,number,lat,lon\nFRA,FR,250,5,5\nDEU,DE,276,5,15\nMLT,MT,470,36,14\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := world(atlas, list)
	if err != nil {
		t.Fatal(err)
	}
	var got worldFile
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if want := map[string][2]int{"MLT": {280, 720}}; !reflect.DeepEqual(got.Dots, want) {
		t.Errorf("dots are %v, want %v", got.Dots, want)
	}
	if len(got.Arcs) != 3 || len(got.Shapes["FRA"]) != 1 || len(got.Shapes["DEU"]) != 1 {
		t.Fatalf("arcs %v, shapes %v", got.Arcs, got.Shapes)
	}
	// Both have the border, one of them backwards.
	if west, east := got.Shapes["FRA"][0][0], got.Shapes["DEU"][0][0]; !slices.ContainsFunc(west, func(a int) bool { return slices.Contains(east, ^a) }) {
		t.Errorf("the border is not shared: %v, %v", west, east)
	}
	again, err := world(atlas, list)
	if err != nil || !bytes.Equal(out, again) {
		t.Errorf("made twice, the shapes differ: %v", err)
	}
}

// TestEqualEarth compares with values of the projection that are known: its width,
// its height at the pole, and where its parallels are as long as they should be.
func TestEqualEarth(t *testing.T) {
	const radius = pictureWidth / (2 * 2.70663) // half the equator is 2.70663 of a globe of radius 1
	tests := []struct {
		name           string
		lon, lat, x, y float64
	}{
		{"middle", 0, 0, pictureWidth / 2, 0},
		{"right edge", 180, 0, pictureWidth, 0},
		{"left edge", -180, 0, 0, 0},
		{"north pole", 0, 90, pictureWidth / 2, -1.31737 * radius},
		{"south pole", 0, -90, pictureWidth / 2, 1.31737 * radius},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if x, y := equalEarth(test.lon, test.lat); math.Abs(x-test.x) > 0.1 || math.Abs(y-test.y) > 0.1 {
				t.Errorf("at %.2f, %.2f, want %.2f, %.2f", x, y, test.x, test.y)
			}
		})
	}
}

func TestDrawn(t *testing.T) {
	// A square whose last point is its first, with a point that changes nothing.
	w := worldFile{Arcs: [][]int{{0, 0, 100, 0, 100, 0, 0, -200, -200, 0, 0, 200}}, Shapes: map[string][][][]int{"AAA": {{{0}}}}}
	points := w.drawn([]int{0}, 0)
	if len(points) != 4 {
		t.Errorf("%d points: %v", len(points), points)
	}
	if path := w.path("AAA", 0); !strings.HasPrefix(path, "M800 0l") || !strings.HasSuffix(path, "z") {
		t.Errorf("path %s", path)
	}
}
