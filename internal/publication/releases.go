package publication

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/release"
)

// HandIn hands a run in, for another person to judge. The server signs that the actor did. Its files go into the database, so that every instance has them.
// A run is handed in once, unless it was sent back.
func (s *Service) HandIn(ctx context.Context, by account.Actor, run, note string) (Release, error) {
	r, err := s.run(ctx, by, account.PreparePublication, run)
	if err != nil {
		return Release{}, err
	}
	if r.State != Done {
		return Release{}, fault.New(fault.Conflict, "fault.publication.state")
	}
	if err := checkText("note", note, MaxComment, false); err != nil {
		return Release{}, err
	}
	if err := s.onlyOnce(ctx, r); err != nil {
		return Release{}, err
	}
	title, err := s.keepFiles(ctx, &r)
	if err != nil {
		return Release{}, err
	}
	id, err := s.newID()
	if err != nil {
		return Release{}, err
	}
	now := s.o.Now().UTC().Truncate(time.Second)
	signature, err := s.sign(ctx, by, release.ActHandedIn, r.Content, now)
	if err != nil {
		return Release{}, err
	}
	p := Release{
		ID: id, Dataset: r.Dataset, Organisation: r.Organisation, Run: r.ID, State: HandedIn, Title: title, Note: note, Content: r.Content,
		Method: r.Figures.Method, Previous: r.Previous, Figures: *r.Figures, Files: r.Files, HandedInBy: by.User, HandedInAt: now,
		Prepared: slices.Compact(slices.Sorted(slices.Values(append([]string{r.By, by.User}, r.Editors...)))), Signatures: [][]byte{signature},
	}
	err = s.store.Save(ctx, Change{Run: &r, Release: &p}, entry(by, "release.hand-in", "release", p.ID, "content", p.Content, "dataset", p.Dataset))
	return p, err
}

// onlyOnce refuses a run that stands before an approver, or was decided on.
func (s *Service) onlyOnce(ctx context.Context, r Run) error {
	list, err := s.store.Releases(ctx, Query{Parent: r.ID})
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.State != SentBack {
			return fault.New(fault.Conflict, "fault.publication.twice")
		}
	}
	return nil
}

// keepFiles puts the bundle of a run into the database. It returns the title of the bundle.
func (s *Service) keepFiles(ctx context.Context, r *Run) (title string, err error) {
	dir := filepath.Join(s.runFolder(*r), work.BundleFolder)
	if len(r.Files) > 0 {
		if dir, err = s.copyFiles(ctx, r.Files); err != nil {
			return "", err
		}
	} else if r.Instance != s.o.Instance {
		return "", fault.New(fault.Unavailable, "fault.publication.elsewhere")
	}
	b, err := release.Open(dir)
	if err != nil {
		return "", err
	}
	if content, err := b.Manifest.Content(); err != nil || content != r.Content || len(b.Extra) > 0 {
		return "", errors.Join(errors.New("hand in: the bundle is not the one that was made"), err)
	}
	if len(r.Files) > 0 {
		return b.Manifest.Title, nil
	}
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		f, err := s.putFile(ctx, dir, name)
		if err != nil {
			return "", err
		}
		r.Files = append(r.Files, f)
	}
	return b.Manifest.Title, nil
}

func (s *Service) putFile(ctx context.Context, dir, name string) (File, error) {
	in, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, fmt.Errorf("hand in: %w", err)
	}
	defer in.Close()
	hash, size, err := s.store.PutBlob(ctx, in)
	return File{name, size, hash}, err
}

// sign signs that the actor did something with a content.
func (s *Service) sign(ctx context.Context, by account.Actor, act, content string, at time.Time) ([]byte, error) {
	person, body := by.User, by.Organisation
	if s.o.Names != nil {
		person, body = s.o.Names(ctx, by.User, by.Organisation)
	}
	note, err := release.Approval{Act: act, Content: content, Person: oneLine(person), Organisation: oneLine(body), At: at}.Sign(s.o.Server, s.o.Keys.Auditor())
	return []byte(note), err
}

// Key returns the public key by which the approvals of this server's releases are checked: "covey verify -key". It is no secret.
func (s *Service) Key() string {
	return release.ApprovalKey(s.o.Server, s.publicKey())
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// Release returns a release in the making or published, for stewards and approvers.
func (s *Service) Release(ctx context.Context, by account.Actor, id string) (Release, error) {
	return s.release(ctx, by, account.ReviewPublication, id)
}

func (s *Service) release(ctx context.Context, by account.Actor, do account.Action, id string) (Release, error) {
	p, err := s.store.Release(ctx, id)
	if err == nil {
		err = permit(by, do, p.Organisation)
	}
	if err != nil {
		return Release{}, err
	}
	return p, nil
}

// Releases returns the releases of the actor's organisation, newest first; of one data set, or of all if it is ""; in one state, or in all.
func (s *Service) Releases(ctx context.Context, by account.Actor, dataset string, state ReleaseState) ([]Release, error) {
	if err := permit(by, account.ReviewPublication, by.Organisation); err != nil {
		return nil, err
	}
	return s.store.Releases(ctx, Query{Organisation: by.Organisation, Dataset: dataset, State: string(state)})
}

// Comment adds a comment to a release that is not published yet.
func (s *Service) Comment(ctx context.Context, by account.Actor, id, text string) (Release, error) {
	p, err := s.release(ctx, by, account.ReviewPublication, id)
	if err != nil {
		return Release{}, err
	}
	if err := checkText("comment", text, MaxComment, true); err != nil {
		return Release{}, err
	}
	if p.State == Published || p.State == Withdrawn || len(p.Comments) >= 200 {
		return Release{}, fault.New(fault.Conflict, "fault.publication.state")
	}
	p.Comments = append(p.Comments, Comment{by.User, s.o.Now().UTC(), text})
	return p, s.store.Save(ctx, Change{Release: &p}, entry(by, "release.comment", "release", p.ID))
}

// SendBack returns what was handed in, with what is to be done. The comment is required.
func (s *Service) SendBack(ctx context.Context, by account.Actor, id string, findings []Finding, comment string) (Release, error) {
	p, err := s.deciding(ctx, by, id, findings)
	if err != nil {
		return Release{}, err
	}
	if err := checkText("comment", comment, MaxComment, true); err != nil {
		return Release{}, err
	}
	now := s.o.Now().UTC().Truncate(time.Second)
	p.State, p.DecidedBy, p.DecidedAt, p.Findings = SentBack, by.User, now, findings
	p.Comments = append(p.Comments, Comment{by.User, now, comment})
	return p, s.store.Save(ctx, Change{Release: &p}, entry(by, "release.send-back", "release", p.ID, "content", p.Content))
}

// Approve approves what was handed in. Every point of the checklist has to be answered and found in order. The server signs that the actor did it.
//
// Faults: Forbidden if the actor had any part in preparing it; Conflict if it is not handed in, or if another release of the data set was published since
// the run was made, with which it was not compared.
func (s *Service) Approve(ctx context.Context, by account.Actor, id string, findings []Finding, comment string) (Release, error) {
	p, err := s.deciding(ctx, by, id, findings)
	if err != nil {
		return Release{}, err
	}
	for _, point := range Checklist(p.Method) {
		if !slices.ContainsFunc(findings, func(a Finding) bool { return a.Point == point.ID && a.OK }) {
			return Release{}, fault.New(fault.Invalid, "fault.publication.check").At(point.ID)
		}
	}
	if err := s.current(ctx, p); err != nil {
		return Release{}, err
	}
	now := s.o.Now().UTC().Truncate(time.Second)
	signature, err := s.sign(ctx, by, release.ActApproved, p.Content, now)
	if err != nil {
		return Release{}, err
	}
	p.State, p.DecidedBy, p.DecidedAt, p.Findings = Approved, by.User, now, findings
	p.Signatures = append(p.Signatures[:1:1], signature)
	if comment != "" {
		p.Comments = append(p.Comments, Comment{by.User, now, comment})
	}
	return p, s.store.Save(ctx, Change{Release: &p}, entry(by, "release.approve", "release", p.ID, "content", p.Content))
}

// deciding returns a release that the actor may decide on.
func (s *Service) deciding(ctx context.Context, by account.Actor, id string, findings []Finding) (Release, error) {
	p, err := s.release(ctx, by, account.ApprovePublication, id)
	if err != nil {
		return Release{}, err
	}
	if by.User == "" || slices.Contains(p.Prepared, by.User) || p.HandedInBy == by.User {
		return Release{}, fault.New(fault.Forbidden, "fault.publication.own")
	}
	if p.State != HandedIn {
		return Release{}, fault.New(fault.Conflict, "fault.publication.state")
	}
	for _, a := range findings {
		if err := checkText(a.Point, a.Note, MaxComment, false); err != nil {
			return Release{}, err
		}
	}
	return p, nil
}

// current refuses a release that was not compared with all that was published before it.
func (s *Service) current(ctx context.Context, p Release) error {
	if p.Method != string(release.MethodKAnonymity) {
		return nil
	}
	earlier, err := s.earlier(ctx, p.Dataset)
	if err != nil {
		return err
	}
	var hashes []string
	for _, e := range earlier {
		hashes = append(hashes, e.Manifest)
	}
	if !slices.Equal(hashes, p.Previous) {
		return fault.New(fault.Conflict, "fault.publication.stale")
	}
	return nil
}

// Publish makes an approved release public, under the next number of its data set, and erases the upload it was made of. Both signatures
// go into its manifest.
func (s *Service) Publish(ctx context.Context, by account.Actor, id string) (Release, error) {
	p, err := s.release(ctx, by, account.ReviewPublication, id)
	if err != nil {
		return Release{}, err
	}
	if p.State != Approved {
		return Release{}, fault.New(fault.Conflict, "fault.publication.state")
	}
	d, err := s.store.Dataset(ctx, p.Dataset)
	if err != nil {
		return Release{}, err
	}
	if err := s.current(ctx, p); err != nil { // after d was read: whoever publishes meanwhile changes its version
		return Release{}, err
	}
	list, err := s.store.Releases(ctx, Query{Dataset: p.Dataset})
	if err != nil {
		return Release{}, err
	}
	p.Number = 1
	for _, other := range list {
		p.Number = max(p.Number, other.Number+1)
	}
	if err := s.sealManifest(ctx, &p); err != nil {
		return Release{}, err
	}
	p.State, p.PublishedAt = Published, s.o.Now().UTC().Truncate(time.Second)
	e := entry(by, "release.publish", "release", p.ID, "dataset", p.Dataset, "number", fmt.Sprint(p.Number), "manifest", p.Manifest)
	if err := s.store.Save(ctx, Change{Release: &p, Dataset: &d}, e); err != nil {
		return Release{}, err
	}
	s.eraseSource(context.WithoutCancel(ctx), p)
	return p, nil
}

// eraseSource erases the upload of a release. If that fails now it is erased when its time has come.
func (s *Service) eraseSource(ctx context.Context, p Release) {
	r, err := s.store.Run(ctx, p.Run)
	if err == nil {
		var u Upload
		if u, err = s.store.Upload(ctx, r.Upload); err == nil {
			err = s.erase(ctx, u, system())
		}
	}
	if err != nil {
		s.o.Log.Error("upload of a published release cannot be erased yet", "release", p.ID)
	}
}

// sealManifest puts the signatures into the manifest, and the manifest in place of the one without.
func (s *Service) sealManifest(ctx context.Context, p *Release) error {
	dir, err := s.copyFiles(ctx, p.Files)
	if err != nil {
		return err
	}
	b, err := release.Open(dir)
	if err != nil {
		return err
	}
	content, err := b.Manifest.Content()
	if err != nil || content != p.Content {
		return errors.Join(errors.New("publish: the files are not those that were approved"), err)
	}
	var notes []string
	for _, n := range p.Signatures {
		notes = append(notes, string(n))
	}
	text, err := b.Manifest.WithApprovals(notes)
	if err != nil {
		return err
	}
	hash, size, err := s.store.PutBlob(ctx, bytes.NewReader(text))
	if err != nil {
		return err
	}
	p.Manifest = hash
	files := slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool { return f.Name == release.ManifestFile })
	p.Files = append(files, File{release.ManifestFile, size, hash})
	return nil
}

// Withdraw takes a published release back, with a notice for its readers that stays where it was. Its files are no longer given out; later releases
// are still compared with it, since people have it.
func (s *Service) Withdraw(ctx context.Context, by account.Actor, id, notice string) (Release, error) {
	p, err := s.release(ctx, by, account.WithdrawPublication, id)
	if err != nil {
		return Release{}, err
	}
	if err := checkText("notice", notice, MaxNotice, true); err != nil {
		return Release{}, err
	}
	if p.State != Published {
		return Release{}, fault.New(fault.Conflict, "fault.publication.state")
	}
	p.State, p.Notice, p.WithdrawnAt = Withdrawn, notice, s.o.Now().UTC().Truncate(time.Second)
	return p, s.store.Save(ctx, Change{Release: &p}, entry(by, "release.withdraw", "release", p.ID, "dataset", p.Dataset))
}

// copyOf returns a folder with the files of a published release.
func (s *Service) copyOf(ctx context.Context, p Release) (string, error) {
	return s.copyFiles(ctx, p.Files)
}

// copyFiles returns a folder of this instance with files from the database: a copy, which may be removed whenever nobody reads it.
func (s *Service) copyFiles(ctx context.Context, files []File) (string, error) {
	name := ""
	for _, f := range files {
		if f.Name == release.ManifestFile {
			name = f.SHA256
		}
	}
	if name == "" {
		return "", errors.New("copy release: there is no manifest")
	}
	place := filepath.Join(s.folder(copiesFolder), name)
	if _, err := os.Stat(place); err == nil {
		return place, nil
	}
	part, err := os.MkdirTemp(s.folder(copiesFolder), ".part-")
	if err != nil {
		return "", fmt.Errorf("copy release: %w", err)
	}
	defer func() { _ = os.RemoveAll(part) }()
	for _, f := range files {
		if err := s.copyBlob(ctx, f.SHA256, filepath.Join(part, f.Name)); err != nil {
			return "", err
		}
	}
	if err := os.Rename(part, place); err != nil {
		if _, e := os.Stat(place); e == nil { // somebody else was faster
			return place, nil
		}
		return "", fmt.Errorf("copy release: %w", err)
	}
	return place, nil
}

func (s *Service) copyBlob(ctx context.Context, hash, path string) (err error) {
	in, _, err := s.store.Blob(ctx, hash)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy release: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copy release: %w", err)
	}
	return nil
}
