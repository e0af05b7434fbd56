package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/explorer"
)

// The names of the files in the private folder.
const (
	PrivateQualityFile = "quality.json"
	PrivateQualityPage = "quality.html"
	PrivatePolicyFile  = "policy.yaml"
	PrivateReadmeFile  = "README.txt"
	PrivateChangesFile = "withheld.csv" // only beside an earlier release: see Changes
)

// WriteOptions of Release.Write. The zero value works.
type WriteOptions struct {
	Private string // folder for what is sensitive in the making; default: PrivateFolder of the bundle
	// PrivateFile takes the private files, one after the other, in place of a folder: for programs that must not leave them readable on a disk.
	PrivateFile func(name string, write func(io.Writer) error) error
	Replace     bool // replace folders that exist; else they are an error

	// Story is what the explorer shows first; nil: nothing. Its views may have been made on another release, but a column or value that they name and this one lacks is
	// an error that wraps an *explorer.StoryError.
	Story *explorer.Story

	// At is when a release with a ledger file is entered there. It must be given then.
	At time.Time

	// Temporary is told of every folder that is being written beside its place, and returns what to call when it has been renamed or
	// removed. With it, a program that has to end at once can clean up. May be nil.
	Temporary func(path string) (done func())
}

// PrivateFolder returns where what is sensitive about a bundle goes unless told otherwise: private/NAME beside a bundle called NAME.
func PrivateFolder(bundle string) string {
	return filepath.Join(filepath.Dir(filepath.Clean(bundle)), "private", filepath.Base(filepath.Clean(bundle)))
}

// ExistsError says that a folder to be written is there already.
type ExistsError struct{ Path string }

// Error names the folder.
func (e *ExistsError) Error() string { return e.Path + " exists already" }

// Hint says what to do about it.
func (e *ExistsError) Hint() string {
	return "choose another name with -o, or give -force to replace the release and its private folder"
}

// Write writes the release as a bundle, and its private folder. Both are first written beside their place and then renamed, so that a bundle is
// there whole or not at all; when the context is cancelled, or anything fails, nothing is left behind.
//
// A release with a ledger file is entered there just before it gets its name. If anything fails after that, a *SpentError says that the budget stays
// spent. The same release may be written again: it is entered once.
func (r *Release) Write(ctx context.Context, dir string, o WriteOptions) error {
	if o.Private == "" {
		o.Private = PrivateFolder(dir)
	}
	if within(dir, o.Private) || within(o.Private, dir) {
		return fmt.Errorf("write release: the private folder %s must lie beside the bundle, neither inside nor around it", o.Private)
	}
	if !o.Replace {
		for _, path := range []string{dir, o.Private} {
			if _, err := os.Lstat(path); err == nil {
				return &ExistsError{path}
			}
		}
	}
	if err := replaceable(dir, ManifestFile); err != nil {
		return err
	}
	if err := replaceable(o.Private, PrivatePolicyFile); err != nil {
		return err
	}
	public, err := newStaging(dir, 0o755, o.Temporary)
	if err != nil {
		return err
	}
	defer public.discard()
	m, err := r.writeBundle(ctx, public, o.Story)
	if err != nil {
		return err
	}
	private, err := r.stagePrivate(ctx, o)
	if private != nil {
		defer private.discard()
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return r.finish(ctx, m, public, private, o)
}

// stagePrivate writes the private files beside their place, or gives them to the caller; then there is no folder.
func (r *Release) stagePrivate(ctx context.Context, o WriteOptions) (*staging, error) {
	if o.PrivateFile != nil {
		return nil, r.writePrivate(o.PrivateFile)
	}
	private, err := newStaging(o.Private, 0o700, o.Temporary)
	if err != nil {
		return nil, err
	}
	return private, r.writePrivate(func(name string, write func(io.Writer) error) error {
		_, err := private.write(ctx, name, write)
		return err
	})
}

// replaceable refuses a folder that is there but lacks the file by which we know our own: nobody's other work is to be lost.
func replaceable(path, mark string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(path, mark)); err != nil {
		return &ForeignError{path}
	}
	return nil
}

// ForeignError says that what is to be replaced was not written by this package.
type ForeignError struct{ Path string }

// Error names what is in the way.
func (e *ForeignError) Error() string { return e.Path + " is not a release and will not be replaced" }

// Hint says what to do about it.
func (e *ForeignError) Hint() string { return "choose another name with -o" }

// writeBundle writes every file of the bundle but the manifest, which it returns.
func (r *Release) writeBundle(ctx context.Context, s *staging, story *explorer.Story) (*Manifest, error) {
	m, err := newManifest(r)
	if err != nil {
		return nil, err
	}
	var book *codebook
	report := interface {
		WriteJSON(io.Writer) error
		WriteHTML(io.Writer, string) error
	}(r.Noised)
	if r.differential != nil {
		book = newNoisedCodebook(m, r.differential.estimates, r.Synthetic, r.Policy)
	} else {
		book, report = newCodebook(m, r.Counts, r.sensitive, r.Policy), r.Quality.Public
		r.changes.keepTotals(book)
	}
	steps := []struct {
		name  string
		write func(io.Writer) error
	}{
		{SyntheticFile, func(w io.Writer) error { return WriteRecords(w, r.Synthetic, r.Policy) }},
		{AggregatesFile, func(w io.Writer) error { return WriteAggregates(w, r.Counts) }},
		{CodebookFile, book.writeCSV},
		{CodebookPage, book.writePage},
		{QualityFile, report.WriteJSON},
		{QualityPage, func(w io.Writer) error { return report.WriteHTML(w, r.Policy.Title) }},
		{DataPackageFile, func(w io.Writer) error { return writeDataPackage(w, m) }},
		{ReadmeFile, func(w io.Writer) error { return writeReadme(w, m, r.differential != nil && r.differential.file != nil) }},
		{ExplorerFile, r.writeExplorer(m, book, story)},
	}
	for _, step := range steps {
		entry, err := s.write(ctx, step.name, step.write)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, entry)
	}
	slices.SortFunc(m.Files, func(a, b ManifestFileEntry) int { return strings.Compare(a.Name, b.Name) })
	return m, nil
}

// finish writes the manifest and gives both folders their names. In between, a release with a ledger file is entered there: after all that can
// take long or is likely to fail, and before anything can be seen.
func (r *Release) finish(ctx context.Context, m *Manifest, public, private *staging, o WriteOptions) (err error) {
	defer func() {
		if err != nil && r.differential.spent() {
			err = &SpentError{err}
		}
	}()
	if err := r.differential.enter(r.Policy.Title, o.At); err != nil {
		return err
	}
	if r.differential != nil {
		m.Protection.Seal = r.differential.seal
	}
	out, err := m.encode()
	if err != nil {
		return err
	}
	if _, err := public.write(context.WithoutCancel(ctx), ManifestFile, bytesWriter(out)); err != nil {
		return err
	}
	if private != nil {
		if err := private.commit(o.Replace); err != nil {
			return err
		}
	}
	if err := public.commit(o.Replace); err != nil {
		if !o.Replace && private != nil {
			err = errors.Join(err, os.RemoveAll(private.place))
		}
		return err
	}
	return nil
}

const privateReadme = `This folder is as sensitive as the case records themselves. Do not publish it.

quality.json, quality.html   the exact report on the release
policy.yaml                  the whole policy, with spellings and code lists
withheld.csv                 beside an earlier release: the counts that would have told of few
                             people, and what was published instead
`

func (r *Release) writePrivate(file func(name string, write func(io.Writer) error) error) error {
	policy, err := r.Policy.Encode()
	if err != nil {
		return err
	}
	type privateStep struct {
		name  string
		write func(io.Writer) error
	}
	steps := []privateStep{
		{PrivateReadmeFile, bytesWriter([]byte(privateReadme))},
		{PrivatePolicyFile, bytesWriter(policy)},
	}
	if report := r.Quality.Private; report != nil {
		steps = append(steps, privateStep{PrivateQualityFile, report.WriteJSON},
			privateStep{PrivateQualityPage, func(w io.Writer) error { return report.WriteHTML(w, r.Policy.Title) }})
	}
	for _, step := range steps {
		if err := file(step.name, step.write); err != nil {
			return err
		}
	}
	if r.changes == nil {
		return nil
	}
	return file(PrivateChangesFile, r.changes.WriteCSV)
}

func bytesWriter(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	}
}

// staging is a folder being written beside its place.
type staging struct {
	path, place string
	mode        fs.FileMode // of files in it and, with search permission, of itself
	done        func()
}

func newStaging(place string, mode fs.FileMode, temporary func(string) func()) (*staging, error) {
	parent := filepath.Dir(filepath.Clean(place))
	if err := os.MkdirAll(parent, mode); err != nil {
		return nil, fmt.Errorf("write release: %w", err)
	}
	path, err := os.MkdirTemp(parent, "."+filepath.Base(place)+".part-")
	if err != nil {
		return nil, fmt.Errorf("write release: %w", err)
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("write release: %w", err), os.RemoveAll(path))
	}
	s := &staging{path: path, place: filepath.Clean(place), mode: mode, done: func() {}}
	if temporary != nil {
		s.done = temporary(path)
	}
	return s, nil
}

// write writes one file, to the disk and not only to the cache, and returns its entry in a manifest.
func (s *staging) write(ctx context.Context, name string, write func(io.Writer) error) (ManifestFileEntry, error) {
	f, err := os.OpenFile(filepath.Join(s.path, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, s.mode&0o666)
	if err != nil {
		return ManifestFileEntry{}, fmt.Errorf("write %s: %w", name, err)
	}
	defer f.Close()
	hash := sha256.New()
	sink := &meter{ctx: ctx, out: io.MultiWriter(f, hash)}
	if err := write(sink); err != nil {
		return ManifestFileEntry{}, fmt.Errorf("write %s: %w", name, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return ManifestFileEntry{}, fmt.Errorf("write %s: %w", name, err)
	}
	return ManifestFileEntry{Name: name, Bytes: sink.n, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// commit moves the folder to its place. A folder that is in the way is moved aside first, and removed last.
func (s *staging) commit(replace bool) error {
	if !replace {
		if _, err := os.Lstat(s.place); err == nil {
			return &ExistsError{s.place}
		}
		return os.Rename(s.path, s.place)
	}
	aside := s.path + ".old"
	err := os.Rename(s.place, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write release: %w", err)
	}
	moved := err == nil
	if err := os.Rename(s.path, s.place); err != nil {
		if moved {
			err = errors.Join(err, os.Rename(aside, s.place))
		}
		return fmt.Errorf("write release: %w", err)
	}
	return os.RemoveAll(aside)
}

// discard removes what was not committed.
func (s *staging) discard() {
	os.RemoveAll(s.path)
	s.done()
}

// meter counts bytes and stops when the context is cancelled.
type meter struct {
	ctx context.Context
	out io.Writer
	n   int64
}

func (m *meter) Write(p []byte) (int, error) {
	if m.ctx.Err() != nil {
		return 0, context.Cause(m.ctx)
	}
	n, err := m.out.Write(p)
	m.n += int64(n)
	return n, err
}

// within reports whether path is the folder or lies in it.
func within(folder, path string) bool {
	a, errA := filepath.Abs(folder)
	b, errB := filepath.Abs(path)
	if errA != nil || errB != nil {
		return true
	}
	rel, err := filepath.Rel(a, b)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
