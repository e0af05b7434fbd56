package publication

import (
	"context"
	"io"
	"time"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/job"
)

// Change is what one action changes. What is nil stays. All of it, and its entry of the
// audit log, is saved in one transaction or not at all.
//
// A thing of Version 0 is inserted, and any other replaces that of its version; the store
// raises the version. A thing that was changed meanwhile, or an ID that is taken, is a
// fault of kind Conflict.
//
// Drafts and runs can also be removed, of the version that they have: then nothing of them is left.
type Change struct {
	Dataset *Dataset
	Upload  *Upload
	Draft   *Draft
	Run     *Run
	Release *Release

	RemovedDraft *Draft
	RemovedRun   *Run

	// Job is put into the queue.
	Job *job.Job
	// Held is a job that has to be running still, begun no more often and held by the same runner, or the change is a Conflict: whoever
	// was silent for so long that the job was taken from it changes nothing any more.
	Held *job.Job
	// Written is a holder whose mark of the upload (see MarkWriting) has to be there, or the change is a Conflict. It ends with the change.
	Written string
}

// Query selects things for a list, newest first. Empty fields select all.
type Query struct {
	Organisation string
	Dataset      string
	Parent       string // upload of drafts, draft of runs, run of releases
	State        string
	Instance     string    // of uploads and runs
	Token        string    // of uploads
	Before       time.Time // EraseAt of uploads is before
	Limit        int       // 0: 1000
}

// Store keeps what the service works on. Nothing found is a fault of kind NotFound.
type Store interface {
	// Save makes a change. The versions in it are raised.
	Save(ctx context.Context, c Change, e audit.Entry) error

	Dataset(ctx context.Context, id string) (Dataset, error)
	Datasets(ctx context.Context, q Query) ([]Dataset, error)
	// MarkWriting says that a holder (see job.Lives) writes the file of an upload that has no row yet. It is a Conflict if the holder counts
	// as gone, and ends with the holder.
	MarkWriting(ctx context.Context, upload, holder string) error
	EndWriting(ctx context.Context, upload string) error
	// Writing returns the uploads that are being written, by all holders.
	Writing(ctx context.Context) ([]string, error)
	Upload(ctx context.Context, id string) (Upload, error)
	Uploads(ctx context.Context, q Query) ([]Upload, error)
	Draft(ctx context.Context, id string) (Draft, error)
	Drafts(ctx context.Context, q Query) ([]Draft, error)
	Run(ctx context.Context, id string) (Run, error)
	Runs(ctx context.Context, q Query) ([]Run, error)
	Release(ctx context.Context, id string) (Release, error)
	Releases(ctx context.Context, q Query) ([]Release, error)

	// Generation rises with every release that is published or withdrawn, and every data set
	// that changes: what is public is the same as long as it is.
	Generation(ctx context.Context) (int64, error)

	// PutBlob keeps bytes under their SHA-256 (lower-case hexadecimal), which it returns with
	// their number. What is there already is not written again. A blob is there whole or not
	// at all.
	PutBlob(ctx context.Context, r io.Reader) (hash string, size int64, err error)
	// Blob opens bytes that are kept. The caller closes it.
	Blob(ctx context.Context, hash string) (io.ReadSeekCloser, int64, error)
	// SweepBlobs removes blobs that no run and no release names and that are older than a time.
	SweepBlobs(ctx context.Context, before time.Time) error
}
