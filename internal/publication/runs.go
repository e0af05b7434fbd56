package publication

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/release"
)

// The kinds of jobs.
const (
	runJob   = "publication.run"
	checkJob = "publication.check"
)

// RunOptions of Start. The zero value works.
type RunOptions struct {
	Label    string // how the steward calls it; "" makes one of the protection
	Suppress bool   // withhold what a comparison with earlier releases would expose, instead of failing
	Story    []byte // JSON of a data story, as the explorer saves it, that the release's explorer shows first; nil for none
}

// Start puts the making of a release from a draft into the queue. It is made by the policy as it is now. A differential release
// of a data set with a ledger is refused at once if too little of the budget is left; a k-anonymous one is compared with every earlier
// one that was published.
func (s *Service) Start(ctx context.Context, by account.Actor, draft string, o RunOptions) (Run, error) {
	d, err := s.Draft(ctx, by, draft)
	if err != nil {
		return Run{}, err
	}
	u, err := s.upload(ctx, by, d.Upload)
	if err != nil {
		return Run{}, err
	}
	if _, err := s.source(u); err != nil {
		return Run{}, err
	}
	if err := checkText("label", o.Label, MaxTitle, false); err != nil {
		return Run{}, err
	}
	text, err := s.o.Keys.Open(sealPolicy, d.ID, d.Policy)
	if err != nil {
		return Run{}, err
	}
	policy, err := release.ParsePolicy("policy", bytes.NewReader(text))
	if err != nil {
		return Run{}, policyFault(err)
	}
	if err := checkStory(o.Story); err != nil {
		return Run{}, err
	}
	r := Run{
		Dataset: d.Dataset, Organisation: d.Organisation, Draft: d.ID, Upload: u.ID, Label: o.Label, Suppress: o.Suppress,
		Editors: slices.Compact(slices.Sorted(slices.Values(append([]string{u.By, by.User}, d.Editors...)))),
	}
	if r.Label == "" {
		r.Label = labelOf(policy)
	}
	if r.ID, err = s.newID(); err != nil {
		return Run{}, err
	}
	r.Policy = s.o.Keys.Seal(sealPolicy, r.ID, text)
	if o.Story != nil {
		r.Story = s.o.Keys.Seal(sealStory, r.ID, o.Story)
	}
	return s.enqueue(ctx, by, r, runJob)
}

// StartCheck puts the check of a bundle made elsewhere into the queue: it is unpacked and verified, and then is a run like any other. An upload
// is checked once: asked again, the run of before is the answer.
func (s *Service) StartCheck(ctx context.Context, by account.Actor, uploadID, label string) (Run, error) {
	u, err := s.upload(ctx, by, uploadID)
	if err != nil {
		return Run{}, err
	}
	if !u.Bundle() {
		return Run{}, fault.New(fault.Invalid, "fault.upload.bundle")
	}
	if r, err := s.store.Run(ctx, u.ID); fault.Of(err) != fault.NotFound {
		return r, err
	}
	if _, err := s.source(u); err != nil {
		return Run{}, err
	}
	if err := checkText("label", label, MaxTitle, false); err != nil {
		return Run{}, err
	}
	// With the ID of its upload, the second of two checks that begin at once finds it taken.
	r, err := s.enqueue(ctx, by, Run{
		ID: u.ID, Dataset: u.Dataset, Organisation: u.Organisation, Upload: u.ID, Label: label,
		Editors: slices.Compact(slices.Sorted(slices.Values([]string{u.By, by.User}))),
	}, checkJob)
	if fault.Of(err) == fault.Conflict {
		return s.store.Run(ctx, u.ID)
	}
	return r, err
}

// labelOf names a run by its protection.
func labelOf(p *release.Policy) string {
	if p.Protection.Method == release.MethodDifferential {
		e, _ := p.Protection.Epsilon.Float64()
		return "ε = " + shortNumber(e)
	}
	return "k = " + shortNumber(float64(p.Protection.K))
}

// enqueue puts a new run, which has an ID, into the queue.
func (s *Service) enqueue(ctx context.Context, by account.Actor, r Run, kind string) (Run, error) {
	runs, err := s.store.Runs(ctx, Query{Dataset: r.Dataset})
	if err != nil {
		return Run{}, err
	}
	if len(runs) >= MaxRuns {
		return Run{}, fault.New(fault.TooMany, "fault.publication.runs", "limit", MaxRuns)
	}
	now := s.o.Now().UTC()
	r.State, r.Instance, r.By, r.Created = Queued, s.o.Instance, by.User, now
	j := job.Job{
		ID: r.ID, Kind: kind, Organisation: r.Organisation, By: by.User, Subject: r.ID, Instance: r.Instance,
		Exclusive: "dataset:" + r.Dataset, State: job.Queued, Created: now,
	}
	if err := s.store.Save(ctx, Change{Run: &r, Job: &j}, entry(by, "run.start", "run", r.ID, "dataset", r.Dataset)); err != nil {
		return Run{}, err
	}
	s.runner.Wake()
	return r, nil
}

// Progress is how far a run is.
type Progress struct {
	Run   Run
	Place int    // in the queue: how many are before it
	Stage string // key of a text
	Done  int64
	Total int64 // 0: not known
}

// Run returns a run with its progress, for stewards, and for approvers.
func (s *Service) Run(ctx context.Context, by account.Actor, id string) (Progress, error) {
	r, err := s.run(ctx, by, account.ReviewPublication, id)
	if err != nil {
		return Progress{}, err
	}
	p := Progress{Run: r}
	if r.State.Ended() {
		return p, nil
	}
	j, err := s.o.Jobs.Job(ctx, r.ID)
	if err != nil {
		return p, nil // then it is about to be lost
	}
	p.Stage, p.Done, p.Total = j.Stage, j.Done, j.Total
	if r.State == Queued {
		p.Place, err = s.o.Jobs.Place(ctx, r.ID)
	}
	return p, err
}

func (s *Service) run(ctx context.Context, by account.Actor, do account.Action, id string) (Run, error) {
	r, err := s.store.Run(ctx, id)
	if err == nil {
		err = permit(by, do, r.Organisation)
	}
	if err != nil {
		return Run{}, err
	}
	return r, nil
}

// Runs returns the runs of a data set, newest first, with the figures to compare them by.
func (s *Service) Runs(ctx context.Context, by account.Actor, dataset string) ([]Run, error) {
	if _, err := s.dataset(ctx, by, account.ReviewPublication, dataset); err != nil {
		return nil, err
	}
	return s.store.Runs(ctx, Query{Dataset: dataset})
}

// Detail returns what a problem of a run is about: row, column, check. For stewards alone.
func (s *Service) Detail(by account.Actor, r Run) string {
	if r.Problem == nil || permit(by, account.PreparePublication, r.Organisation) != nil {
		return ""
	}
	text, err := s.o.Keys.Open(sealProblem, r.ID, r.Problem.Detail)
	if err != nil {
		return ""
	}
	return string(text)
}

// Stop ends a run: its process is killed within a second, and nothing of it is left.
func (s *Service) Stop(ctx context.Context, by account.Actor, id string) error {
	r, err := s.run(ctx, by, account.PreparePublication, id)
	if err != nil {
		return err
	}
	if r.State.Ended() {
		return nil
	}
	j, err := s.runner.Stop(ctx, id)
	if err != nil {
		return err
	}
	if j.State != job.Stopped { // it was running: its work says what became of it
		return nil
	}
	r.State, r.Ended, r.Problem = Stopped, s.o.Now().UTC(), &Problem{Key: "publication.problem.stopped"}
	return s.store.Save(ctx, Change{Run: &r}, entry(by, "run.stop", "run", r.ID))
}

// OpenFile opens a file of a run's bundle, by its name, for stewards and approvers; release.BundleFiles lists the names. Once the run is published its
// manifest is the signed one, which is public.
func (s *Service) OpenFile(ctx context.Context, by account.Actor, run, name string) (io.ReadSeekCloser, error) {
	r, err := s.run(ctx, by, account.ReviewPublication, run)
	if err != nil {
		return nil, err
	}
	if r.State != Done || name != release.ManifestFile && !slices.Contains(release.BundleFiles(), name) {
		return nil, notFound()
	}
	files, err := s.filesOf(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Name == name {
			blob, _, err := s.store.Blob(ctx, f.SHA256)
			return blob, err
		}
	}
	if r.Instance != s.o.Instance {
		return nil, fault.New(fault.Unavailable, "fault.publication.elsewhere")
	}
	f, err := os.Open(filepath.Join(s.runFolder(r), work.BundleFolder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound()
	}
	return f, err
}

// filesOf returns the files of a run as they were published, or as they were handed in; none before.
func (s *Service) filesOf(ctx context.Context, r Run) ([]File, error) {
	releases, err := s.store.Releases(ctx, Query{Parent: r.ID})
	if err != nil {
		return nil, err
	}
	for _, p := range releases {
		if p.Number > 0 {
			return p.Files, nil
		}
	}
	return r.Files, nil
}

// Private returns a file of the private part of a run: the exact quality report, or the policy (names as in package release). For stewards alone,
// as sensitive as the records, and gone when the upload is erased.
func (s *Service) Private(ctx context.Context, by account.Actor, run, name string) ([]byte, error) {
	r, err := s.run(ctx, by, account.PreparePublication, run)
	if err != nil {
		return nil, err
	}
	u, err := s.store.Upload(ctx, r.Upload)
	if err != nil {
		return nil, err
	}
	source, err := s.source(u)
	if err != nil {
		return nil, err
	}
	if r.State != Done || !r.HasPrivate {
		return nil, notFound()
	}
	text, err := work.PrivatePart(s.runFolder(r), source.Key, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound()
	}
	return text, err
}

// RunPolicy returns the YAML that a run was made by, for stewards alone, since it can name what is in the file and not in the release; nil for a
// bundle made elsewhere.
func (s *Service) RunPolicy(ctx context.Context, by account.Actor, run string) ([]byte, error) {
	r, err := s.run(ctx, by, account.PreparePublication, run)
	if err != nil || r.Policy == nil {
		return nil, err
	}
	return s.o.Keys.Open(sealPolicy, r.ID, r.Policy)
}

// runFolder is where the bundle of a run lies.
func (s *Service) runFolder(r Run) string {
	return filepath.Join(s.folder(runsFolder), cmp.Or(r.Folder, r.ID))
}
