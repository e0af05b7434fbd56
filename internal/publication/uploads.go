package publication

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/upload"
)

// The purposes that secrets are sealed for.
const (
	sealName    = "publication.upload.name"
	sealKey     = "publication.upload.key"
	sealPolicy  = "publication.policy"
	sealStory   = "publication.story"
	sealProblem = "publication.problem"
)

// UploadOptions describe a file that somebody sends.
type UploadOptions struct {
	Name   string        // of the file, for its owner
	Size   int64         // that the sender announced; 0: not known
	Token  string        // of the form: the same token again is the same upload, whatever comes with it
	Keep   time.Duration // until it is erased at the latest; 0 or more than the server's limit: that
	Bundle bool          // it is the archive of a bundle made elsewhere (zip, tar, tar.gz), and not case records
}

// MaxUpload is how many bytes a file may have.
func (s *Service) MaxUpload() int64 { return s.o.MaxUpload }

// Upload keeps a file for a data set: sealed, from the first byte. It reads r to its end.
//
// Faults: Invalid for a type that is not taken, an empty file, or one that was cut off; TooLarge; TooMany if too many are
// held; Gone for a token whose file was erased; Unavailable for a full disk. Whatever fails, nothing is left behind.
func (s *Service) Upload(ctx context.Context, by account.Actor, dataset string, o UploadOptions, r io.Reader) (Upload, error) {
	d, err := s.dataset(ctx, by, account.PreparePublication, dataset)
	if err != nil {
		return Upload{}, err
	}
	held, err := s.store.Uploads(ctx, Query{Dataset: d.ID, State: string(Held)})
	if err != nil {
		return Upload{}, err
	}
	if u, known, err := s.sentBefore(ctx, d.ID, o.Token); known || err != nil {
		return u, err
	}
	if len(held) >= MaxUploads {
		return Upload{}, fault.New(fault.TooMany, "fault.publication.uploads", "limit", MaxUploads)
	}
	u, key, err := s.newUpload(by, d, o)
	if err != nil {
		return Upload{}, err
	}
	limits := upload.Limits{Bytes: s.o.MaxUpload, Free: s.o.FreeDisk, Size: o.Size}
	if o.Bundle {
		limits.Formats = []upload.Format{upload.Tar, upload.Zip}
	}
	dir, last := s.folder(uploadsFolder), context.WithoutCancel(ctx)
	holder := s.runner.Holder()
	if err := s.store.MarkWriting(ctx, u.ID, holder); err != nil { // or the file would be tidied away
		return Upload{}, unavailable(err)
	}
	info, err := upload.Seal(dir, u.ID, key, &stopping{ctx, r}, limits)
	if err != nil {
		if fault.Of(err) == fault.Unavailable {
			s.o.Log.Error("an upload was refused: the disk is full", "upload", u.ID)
		}
		return Upload{}, errors.Join(err, s.store.EndWriting(last, u.ID))
	}
	u.Format, u.Size = string(info.Format), info.Size
	err = s.store.Save(last, Change{Upload: &u, Written: holder}, entry(by, "upload", "upload", u.ID, "dataset", d.ID))
	if err != nil {
		_ = s.store.EndWriting(last, u.ID)
		if e := upload.Erase(dir, u.ID); e != nil {
			s.o.Log.Error("upload cannot be erased", "upload", u.ID)
		}
		if again, known, e := s.sentBefore(ctx, d.ID, o.Token); known && e == nil { // the other of two at once was faster
			return again, nil
		}
		return Upload{}, unavailable(err)
	}
	return u, nil
}

// unavailable says what somebody sees whose server counted as gone meanwhile.
func unavailable(err error) error {
	if fault.Of(err) == fault.Conflict {
		return fault.New(fault.Unavailable, "fault.unavailable").Because(err)
	}
	return err
}

// sentBefore finds an upload by its form's token.
func (s *Service) sentBefore(ctx context.Context, dataset, token string) (Upload, bool, error) {
	if token == "" {
		return Upload{}, false, nil
	}
	list, err := s.store.Uploads(ctx, Query{Dataset: dataset, Token: token, Limit: 1})
	if err != nil || len(list) == 0 {
		return Upload{}, false, err
	}
	if list[0].State == Erased && !list[0].Bundle() { // what became of a bundle is seen at its run
		return Upload{}, true, fault.New(fault.Gone, "fault.upload.again")
	}
	return list[0], true, nil
}

func (s *Service) newUpload(by account.Actor, d Dataset, o UploadOptions) (Upload, []byte, error) {
	if utf8.RuneCountInString(o.Token) > 100 {
		return Upload{}, nil, fault.New(fault.Invalid, "fault.too.long", "limit", 100).At("token")
	}
	id, err := s.newID()
	if err != nil {
		return Upload{}, nil, err
	}
	key := make([]byte, upload.KeySize)
	if _, err := io.ReadFull(s.o.Rand, key); err != nil {
		return Upload{}, nil, err
	}
	if o.Keep <= 0 || o.Keep > s.o.Keep {
		o.Keep = s.o.Keep
	}
	now := s.o.Now().UTC()
	return Upload{
		ID: id, Dataset: d.ID, Organisation: d.Organisation, Token: o.Token, Name: s.o.Keys.Seal(sealName, id, []byte(fileName(o.Name))),
		Key: s.o.Keys.Seal(sealKey, id, key), Instance: s.o.Instance, State: Held, By: by.User, Created: now, EraseAt: now.Add(o.Keep),
	}, key, nil
}

// fileName is the last part of the name that a browser sends, of bearable length.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if letters := []rune(strings.ToValidUTF8(name, "")); len(letters) > 120 {
		return string(letters[:120])
	}
	return strings.ToValidUTF8(name, "")
}

// stopping stops reading when the context ends.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s *stopping) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.r.Read(p)
}

// Uploads returns the uploads of a data set that are held, newest first.
func (s *Service) Uploads(ctx context.Context, by account.Actor, dataset string) ([]Upload, error) {
	if _, err := s.dataset(ctx, by, account.PreparePublication, dataset); err != nil {
		return nil, err
	}
	return s.store.Uploads(ctx, Query{Dataset: dataset, State: string(Held)})
}

func (s *Service) upload(ctx context.Context, by account.Actor, id string) (Upload, error) {
	u, err := s.store.Upload(ctx, id)
	if err == nil {
		err = permit(by, account.PreparePublication, u.Organisation)
	}
	if err != nil {
		return Upload{}, err
	}
	return u, nil
}

// UploadName returns the name of the file as it was sent, for its stewards; "" after it was erased.
func (s *Service) UploadName(by account.Actor, u Upload) string {
	if permit(by, account.PreparePublication, u.Organisation) != nil {
		return ""
	}
	name, err := s.o.Keys.Open(sealName, u.ID, u.Name)
	if err != nil {
		return ""
	}
	return string(name)
}

// EraseUpload destroys the key of an upload and its file, and with it the private parts of its runs.
func (s *Service) EraseUpload(ctx context.Context, by account.Actor, id string) error {
	u, err := s.upload(ctx, by, id)
	if err != nil {
		return err
	}
	return s.erase(ctx, u, by)
}

// erase destroys the key first: what is left of the file afterwards is noise.
func (s *Service) erase(ctx context.Context, u Upload, by account.Actor) error {
	for u.State == Held {
		erased := u
		erased.State, erased.Key, erased.Name = Erased, nil, nil
		err := s.store.Save(ctx, Change{Upload: &erased}, entry(by, "upload.erase", "upload", u.ID))
		if err == nil {
			break
		}
		if fault.Of(err) != fault.Conflict {
			return err
		}
		if u, err = s.store.Upload(ctx, u.ID); err != nil { // most likely somebody else erased it a moment ago
			return err
		}
	}
	s.sessions.drop(u.ID)
	if u.Instance != s.o.Instance {
		return nil // its instance removes the noise when it sweeps
	}
	return upload.Erase(s.folder(uploadsFolder), u.ID)
}

// source is what a worker needs to read an upload.
func (s *Service) source(u Upload) (work.Source, error) {
	switch {
	case u.State != Held:
		return work.Source{}, fault.New(fault.Gone, "fault.publication.erased")
	case u.Instance != s.o.Instance:
		return work.Source{}, fault.New(fault.Unavailable, "fault.publication.elsewhere")
	}
	key, err := s.o.Keys.Open(sealKey, u.ID, u.Key)
	if err != nil {
		return work.Source{}, err
	}
	name, err := s.o.Keys.Open(sealName, u.ID, u.Name)
	if err != nil {
		return work.Source{}, err
	}
	return work.Source{Dir: s.folder(uploadsFolder), ID: u.ID, Key: key, Format: upload.Format(u.Format), Name: string(name)}, nil
}

func (s *Service) folder(name string) string { return filepath.Join(s.o.Dir, name) }
