package work

import (
	"archive/tar"
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// The names of what a job leaves in its folder.
const (
	BundleFolder = "bundle"
	PrivateID    = "private" // of the sealed file, see package upload
)

// worker does one job.
type worker struct {
	spec *Spec
	pipe *job.Pipe
	last time.Time
	what string
}

// stages are the keys of what the engine says it is doing.
func stageOf(what string) string {
	switch what {
	case "reading", "unpacking", "verifying", "writing":
		return "job.stage." + what
	}
	return "job.stage.making"
}

// progress tells the parent how far the work is, ten times a second at most. It may be called by several goroutines.
func (w *worker) progress(what string, done, total int) {
	now := time.Now()
	if what == w.what && now.Sub(w.last) < 100*time.Millisecond {
		return
	}
	w.what, w.last = what, now
	_ = w.pipe.Send(Event{Stage: stageOf(what), Done: int64(done), Total: int64(total)})
}

// release makes a release of the upload, in a folder that nobody sees yet.
func (w *worker) release(ctx context.Context) (*Result, error) {
	policy, err := release.ParsePolicy("policy", bytes.NewReader(w.spec.Policy))
	if err != nil {
		return nil, err
	}
	previous, err := openAll(w.spec.Previous)
	if err != nil {
		return nil, err
	}
	ledger, err := w.ledger()
	if err != nil {
		return nil, err
	}
	if ledger != nil {
		defer ledger.Close()
		if err := policy.Afford(ledger); err != nil {
			return nil, err
		}
	}
	t, err := w.read(ctx, policy)
	if err != nil {
		return nil, err
	}
	made, err := w.make(ctx, t, policy, previous, ledger)
	if err != nil {
		return nil, err
	}
	w.progress("writing", 0, 0)
	if err := w.write(ctx, made); err != nil {
		return nil, err
	}
	result, err := w.judge(ctx)
	if err != nil {
		return nil, err
	}
	result.Private = true
	if ledger != nil {
		if result.Ledger, err = os.ReadFile(w.ledgerPath()); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func (w *worker) ledgerPath() string { return filepath.Join(w.spec.Out, "ledger.json") }

// ledger opens the ledger file, which came with the spec. It holds noise and names, nothing of the records.
func (w *worker) ledger() (*budget.File, error) {
	if w.spec.Ledger == nil {
		return nil, nil
	}
	if err := os.WriteFile(w.ledgerPath(), w.spec.Ledger, 0o600); err != nil {
		return nil, err
	}
	return budget.Open(w.ledgerPath())
}

func openAll(folders []string) ([]*release.Bundle, error) {
	var list []*release.Bundle
	for _, dir := range folders {
		b, err := release.Open(dir)
		if err != nil {
			return nil, &knownError{key: "previous"}
		}
		list = append(list, b)
	}
	return list, nil
}

func (w *worker) read(ctx context.Context, policy *release.Policy) (*table.Table, error) {
	w.progress("reading", 0, 0)
	in, err := w.spec.Source.open(policy.Input)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	t, _, err := table.Read(ctx, in, policy.Schema(), table.Options{Limits: policy.Input.Limits, Progress: func(int) {
		done, total := in.progress()
		w.progress("reading", int(done), int(total))
	}})
	return t, err
}

func (w *worker) make(ctx context.Context, t *table.Table, p *release.Policy, previous []*release.Bundle, ledger *budget.File) (*release.Release, error) {
	var secret [8]byte
	if _, err := crand.Read(secret[:]); err != nil {
		return nil, err
	}
	if p.Protection.Method == release.MethodDifferential {
		previous = nil
	} else if t.People() < p.Protection.K {
		return nil, &knownError{key: "few", detail: fmt.Sprintf("k = %d", p.Protection.K)}
	}
	return release.Make(ctx, t, p, release.Options{
		Software: w.spec.Software, Seed: binary.LittleEndian.Uint64(secret[:]), Previous: previous, Suppress: w.spec.Suppress && len(previous) > 0,
		Ledger: ledger, Progress: w.safely(),
	})
}

// safely is progress for several goroutines.
func (w *worker) safely() func(string, int, int) {
	turn := make(chan struct{}, 1)
	return func(what string, done, total int) {
		select {
		case turn <- struct{}{}:
			w.progress(what, done, total)
			<-turn
		default: // somebody else is telling
		}
	}
}

// write writes the bundle, and what is private sealed with the key of the upload: it goes when that goes.
func (w *worker) write(ctx context.Context, made *release.Release) error {
	var private bytes.Buffer
	archive := tar.NewWriter(&private)
	story, err := w.story()
	if err != nil {
		return err
	}
	err = made.Write(ctx, filepath.Join(w.spec.Out, BundleFolder), release.WriteOptions{
		Private: filepath.Join(w.spec.Out, "none"), // never made
		At:      time.Unix(w.spec.At, 0),
		Story:   story,
		PrivateFile: func(name string, write func(io.Writer) error) error {
			var content bytes.Buffer
			if err := write(&content); err != nil {
				return err
			}
			if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(content.Len()), Format: tar.FormatUSTAR}); err != nil {
				return err
			}
			_, err := archive.Write(content.Bytes())
			return err
		},
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return err
	}
	return sealPrivate(w.spec.Out, w.spec.Source.Key, &private)
}

// story reads the data story, which was looked at when the run was started.
func (w *worker) story() (*explorer.Story, error) {
	if w.spec.Story == nil {
		return nil, nil
	}
	return explorer.ParseStory(bytes.NewReader(w.spec.Story))
}

// judge verifies what was written, and takes its figures from there.
func (w *worker) judge(ctx context.Context) (*Result, error) {
	w.progress("verifying", 0, 0)
	previous, err := openAll(w.spec.Previous)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(w.spec.Out, BundleFolder)
	b, err := release.Open(dir)
	if err != nil {
		return nil, err
	}
	if b.Manifest.Differential() {
		previous = nil
	}
	v, err := release.Verify(ctx, b, release.VerifyOptions{Previous: previous, Software: w.spec.Software})
	if err != nil {
		return nil, err
	}
	if v.Failed() > 0 {
		return nil, &knownError{key: "verify", detail: failures(v)}
	}
	content, err := b.Manifest.Content()
	if err != nil {
		return nil, err
	}
	figures, err := FiguresOf(b)
	if err != nil {
		return nil, err
	}
	for _, c := range v.Checks {
		if c.Status == release.Passed {
			figures.Checks++
		}
	}
	return &Result{Figures: *figures, Content: content, Title: b.Manifest.Title}, nil
}

// failures lists the checks that failed. Their texts hold published numbers only.
func failures(v *release.Verification) string {
	var b bytes.Buffer
	for _, c := range v.Checks {
		if c.Status == release.Failed {
			fmt.Fprintf(&b, "%s: %s\n", c.Name, c.Detail)
		}
	}
	return b.String()
}

// FiguresOf describes a bundle by what it publishes.
func FiguresOf(b *release.Bundle) (*Figures, error) {
	m := b.Manifest
	f := &Figures{
		Method: m.Protection.Method, K: m.Protection.K, Length: m.Protection.Length, Epsilon: m.Protection.Epsilon, Delta: m.Protection.Delta,
		People: m.People, Records: m.Records, Withheld: m.Withheld, Columns: []string{},
	}
	for i := range m.Columns {
		f.Columns = append(f.Columns, m.Columns[i].Name)
		f.Values += len(m.Columns[i].Values)
	}
	for length := 1; length <= b.Aggregates.Length(); length++ {
		n := 0
		for range b.Aggregates.All(length) {
			n++
		}
		f.Counts = append(f.Counts, n)
	}
	for _, file := range m.Files {
		f.Bytes += file.Bytes
	}
	return f, f.readErrors(b)
}

// readErrors takes the accuracy from the public report.
func (f *Figures) readErrors(b *release.Bundle) error {
	text, err := os.ReadFile(filepath.Join(b.Dir, release.QualityFile))
	if err != nil {
		return err
	}
	var report struct {
		Combinations []quality.PublicCombinations `json:"combinations"`
		Agreement    []quality.Agreement          `json:"agreement"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return errors.New("the quality report cannot be read")
	}
	for _, c := range report.Combinations {
		if c.Length > 0 && c.MeanError != nil && c.RelativeL1 != nil {
			e := Error{Length: c.Length, Mean: *c.MeanError, Relative: *c.RelativeL1, Kept: -1}
			if c.Suppressed != nil {
				e.Kept = 1 - float64(*c.Suppressed)/100
			}
			f.Errors = append(f.Errors, e)
		}
	}
	for _, a := range report.Agreement {
		f.Errors = append(f.Errors, Error{Length: a.Length, Mean: a.MeanError, Relative: a.RelativeL1, Kept: 1 - a.Missing})
	}
	return nil
}
