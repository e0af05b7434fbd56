// Package cataloguetest fills a server with releases for tests of what everybody may
// see: made by the release pipeline, kept in a database, and published
// without the way that leads there.
package cataloguetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// today is when the tests play.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Shelf is a store with releases and the service that reads them.
type Shelf struct {
	Service *publication.Service
	store   *store.Store
	keys    *seal.Keys
	passed  time.Duration
}

// New returns an empty shelf in an embedded database. It ends with the test.
func New(t testing.TB) *Shelf {
	t.Helper()
	return NewIn(t, "")
}

// NewIn returns one in a database that is named as in store.Options.
func NewIn(t testing.TB, database string) *Shelf {
	t.Helper()
	s, dir := &Shelf{}, t.TempDir()
	var err error
	if s.keys, err = seal.New(bytes.Repeat([]byte{5}, seal.RootSize)); err != nil {
		t.Fatal(err)
	}
	if s.store, err = store.Open(t.Context(), store.Options{Database: database, Dir: dir, Key: s.keys.Database(), Now: s.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	// Where the service copies bundles to, which Open would make: it is not opened, since nothing works here.
	if err := os.MkdirAll(filepath.Join(dir, "copies"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Service, err = publication.NewService(s.store.Publications(), publication.Options{
		Dir: dir, Instance: "here", Keys: s.keys, Jobs: s.store.Jobs(), Worker: []string{"none"}, Software: "covey test", Now: s.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Now is the time on the shelf: it passes when something is put there.
func (s *Shelf) Now() time.Time { return today.Add(s.passed) }

// Bundle makes a bundle of records by a policy, and returns its folder.
func Bundle(t testing.TB, policy, records string) string {
	t.Helper()
	ctx := context.Background()
	p, err := release.ParsePolicy("policy.yaml", strings.NewReader(policy))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := table.OpenCSV(strings.NewReader(records), "records.csv", p.Input.TableFormat())
	if err != nil {
		t.Fatal(err)
	}
	people, _, err := table.Read(ctx, rows, p.Schema(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := release.Make(ctx, people, p, release.Options{Software: "covey test", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "release")
	if err := made.Write(ctx, dir, release.WriteOptions{Private: filepath.Join(t.TempDir(), "private"), At: today}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Put puts a bundle on the shelf, as a release of a data set: with the number and in
// the state that r has, and signed by two people if it is published.
func (s *Shelf) Put(t testing.TB, d publication.Dataset, dir string, r publication.Release) publication.Release {
	t.Helper()
	ctx := t.Context()
	s.passed += time.Minute
	b, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	figures, err := work.FiguresOf(b)
	if err != nil {
		t.Fatal(err)
	}
	content, err := b.Manifest.Content()
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.Dataset, r.Organisation, r.Content = fmt.Sprintf("release-%s-%d", d.ID, r.Number), d.ID, d.Organisation, content
	r.Figures, r.Method = *figures, b.Manifest.Protection.Method
	if r.Title == "" {
		r.Title = b.Manifest.Title
	}
	r.Files = s.files(t, b, s.sign(t, content))
	for _, f := range r.Files {
		if f.Name == release.ManifestFile {
			r.Manifest = f.SHA256
		}
	}
	r.PublishedAt = s.Now()
	if r.State == publication.Withdrawn {
		r.WithdrawnAt = s.Now().Add(time.Second)
	}
	change := publication.Change{Release: &r}
	if old, err := s.store.Publications().Dataset(ctx, d.ID); err == nil {
		d.Version = old.Version
	}
	change.Dataset = &d
	if err := s.store.Publications().Save(ctx, change, audit.Entry{Actor: "system", Action: "publication.test", Subject: "release:" + r.ID}); err != nil {
		t.Fatal(err)
	}
	s.passed += time.Minute // what is public is looked at once a second
	return r
}

// sign signs as two people.
func (s *Shelf) sign(t testing.TB, content string) []string {
	t.Helper()
	var notes []string
	for _, by := range [][2]string{{release.ActHandedIn, "Test steward"}, {release.ActApproved, "Test approver"}} {
		note, err := release.Approval{Act: by[0], Content: content, Person: by[1], Organisation: "Alpha", At: s.Now()}.Sign("covey", s.keys.Auditor())
		if err != nil {
			t.Fatal(err)
		}
		notes = append(notes, note)
	}
	return notes
}

// files keeps the files of a bundle, with a manifest that has signatures.
func (s *Shelf) files(t testing.TB, b *release.Bundle, notes []string) []publication.File {
	t.Helper()
	manifest, err := b.Manifest.WithApprovals(notes)
	if err != nil {
		t.Fatal(err)
	}
	var list []publication.File
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		content := manifest
		if name != release.ManifestFile {
			if content, err = os.ReadFile(filepath.Join(b.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		hash, size, err := s.store.Publications().PutBlob(t.Context(), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, publication.File{Name: name, Bytes: size, SHA256: hash})
	}
	return list
}
