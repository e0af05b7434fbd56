// Package publication is the way of a data set from a file of case records to a
// public page: prepared by a steward, judged and approved by another person,
// published, and answered for.
//
//	data set ── upload (sealed, erased in time) ── draft (the policy)
//	         ── run (a job: bundle and exact report) ── release (handed in,
//	            sent back or approved, published as number 1, 2, ..., withdrawn)
//
// [Service] holds the rules; [Store] is where things live. What is exact or rare is
// in the upload and in the private part of a run, which are sealed with a key that
// is destroyed with the upload, and in the answers that are given to the data set's own
// stewards. No other type of this package, no fault and no log line holds any of it.
//
// Another organisation's data sets look as if they were not there: NotFound.
package publication

import (
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication/work"
	"github.com/opencovey/covey/internal/upload"
)

// Dataset is what releases are made of again and again: the records of one
// organisation about one thing.
type Dataset struct {
	ID           string // lower-case words joined by "-": its public address; never given again
	Organisation string // ID of the owner
	Title        string
	Description  string
	Publisher    string
	Licence      string // SPDX identifier or terms in words
	Citation     string
	Contact      string   // an address that is meant for the public
	Languages    []string // BCP 47, of the texts
	Created      time.Time
	Version      int // rises with each change; a change of an older version is a Conflict

	// Ledger is the content of the data set's ledger file (package budget), nil until
	// one is opened. It holds noise, names of releases and times, nothing of the records.
	Ledger []byte
}

// UploadState is what has become of an upload.
type UploadState string

// The states of an upload.
const (
	Held   UploadState = "held"   // sealed in the folder of one instance
	Erased UploadState = "erased" // key and file are destroyed
)

// Upload is a file of case records, sealed.
type Upload struct {
	ID           string
	Dataset      string
	Organisation string
	Token        string      // given by the form: the same token is the same upload
	Name         []byte      // sealed name of the file; see Service.UploadName
	Format       string      // "csv" or "xlsx"; of a bundle "zip" or "tar"
	Size         int64       // bytes of the file as it was sent
	Key          []byte      // sealed key of the file; nil when erased
	Instance     string      // in whose folder it lies
	State        UploadState // Held or Erased
	By           string      // user ID
	Created      time.Time
	EraseAt      time.Time // at the latest
	Version      int
}

// Bundle tells whether it is the archive of a bundle made elsewhere, and not case records.
func (u Upload) Bundle() bool { return upload.Format(u.Format).Archive() }

// Draft is a policy in the making, for one upload.
type Draft struct {
	ID           string
	Dataset      string
	Organisation string
	Upload       string
	Title        string
	Policy       []byte // sealed YAML; nil until the first guess is there. See Service.Policy
	By           string
	Editors      []string // user IDs of all who changed it
	Created      time.Time
	Updated      time.Time
	Version      int
}

// RunState is how far a run is.
type RunState string

// The states of a run.
const (
	Queued  RunState = "queued"
	Running RunState = "running"
	Done    RunState = "done"    // there is a bundle
	Failed  RunState = "failed"  // Problem says why
	Stopped RunState = "stopped" // by a person
	Lost    RunState = "lost"    // the server ended in the middle
)

// Ended tells whether nothing more will come of a run.
func (s RunState) Ended() bool { return s != Queued && s != Running }

// Run is one making of a release from a draft, or the check of a bundle that was made
// elsewhere. It can be seen by the data set's stewards, and by its approvers once it is
// handed in.
type Run struct {
	ID           string
	Dataset      string
	Organisation string
	Draft        string // "" if the bundle was made elsewhere
	Upload       string // of the draft; of a bundle made elsewhere, of its archive
	Label        string // "k = 10, without occupation", as the steward calls it
	State        RunState
	Instance     string // in whose folder its bundle and private part lie
	Folder       string // their folder, which one attempt at it has made; "" for one called like the run
	By           string
	Editors      []string // all who had a part in its policy
	Created      time.Time
	Ended        time.Time
	Spent        bool     // budget of the ledger is spent on it, whatever became of it
	Suppress     bool     // what a comparison with earlier releases would expose is withheld
	Previous     []string // manifest hashes of the releases it was compared with
	Problem      *Problem // of a failed, stopped or lost run
	Figures      *Figures // of a run that is done
	Policy       []byte   // sealed YAML that it was made by; nil if made elsewhere
	Story        []byte   // sealed JSON of the data story that its explorer shows first; nil for none
	Content      string   // of the manifest without approvals, see release.Manifest.Content
	Files        []File   // blobs of the bundle
	HasPrivate   bool     // the private part is still there
	Version      int
}

// Problem says what went wrong, as a text of the catalogues. Detail, and only it, may quote
// what stands in the file and is for the stewards of the data set alone: it is sealed.
type Problem struct {
	Key    string // "publication.problem.file"
	Detail []byte // sealed; nil for none. See Service.Detail
}

// Figures describe a finished run for comparison with others. They hold published
// numbers only.
type Figures = work.Figures

// Error is how far counts of one length, taken from the synthetic records, are off.
type Error = work.Error

// File is a file of a bundle, kept as a blob.
type File struct {
	Name   string
	Bytes  int64
	SHA256 string // names the blob
}

// ReleaseState is how far a release is.
type ReleaseState string

// The states of a release.
const (
	HandedIn  ReleaseState = "handed-in"
	SentBack  ReleaseState = "sent-back"
	Approved  ReleaseState = "approved"
	Published ReleaseState = "published"
	Withdrawn ReleaseState = "withdrawn" // was published; its notice stays
)

// Release is a run that was handed in.
type Release struct {
	ID           string
	Dataset      string
	Organisation string
	Run          string
	Number       int // 1, 2, ... within the data set; 0 before it is published
	State        ReleaseState
	Title        string
	Note         string   // what is new, for readers
	Content      string   // hash that both signatures are about
	Manifest     string   // hash of the manifest with its approvals; "" before it is published
	Method       string   // "k-anonymity" or "differential"
	Previous     []string // manifest hashes of releases it was compared with
	Figures      Figures
	Files        []File // with the final manifest once it is published
	Prepared     []string
	HandedInBy   string
	HandedInAt   time.Time
	DecidedBy    string
	DecidedAt    time.Time
	Findings     []Finding // of the approver, to [Checklist]
	Comments     []Comment
	Signatures   [][]byte // signed notes: handed in, approved
	PublishedAt  time.Time
	WithdrawnAt  time.Time
	Notice       string // of a withdrawal: what was wrong, for readers
	Version      int
}

// Finding is what an approver found about one point of the checklist.
type Finding struct {
	Point string // ID of a [Point]
	OK    bool
	Note  string
}

// Comment is what somebody wrote about a release in the making.
type Comment struct {
	By   string
	At   time.Time
	Text string
}

// Point is one thing that an approver looks at. Its texts are in the catalogues:
// "publication.check.ID".
type Point struct {
	ID       string
	Evidence string // where to look: "previous", "quality", "policy", "ledger", "files", ""
	Method   string // only for releases of this method; "" for all
}

// Checklist returns the points of disclosure control that an approver answers for a
// release of a method ("k-anonymity" or "differential").
func Checklist(method string) []Point {
	all := []Point{
		{"purpose", "", ""},                         // who needs it, and for what
		{"consent", "", ""},                         // the people, or the law, allow this use
		{"differencing", "previous", "k-anonymity"}, // nothing new about few people beside earlier releases
		{"budget", "ledger", "differential"},        // the loss, with all earlier ones, is acceptable
		{"untouched", "policy", "differential"},     // the policy was made without looking at the records
		{"groups", "quality", ""},                   // small groups, and what holds of a whole group
		{"columns", "policy", ""},                   // no column is there that no reader needs
		{"places", "policy", ""},                    // no place, date or trade points to one shelter, case or raid
		{"wording", "files", ""},                    // title, labels and description harm and stigmatise nobody
		{"accuracy", "quality", ""},                 // good enough for what it is meant for, and says where not
	}
	var list []Point
	for _, p := range all {
		if p.Method == "" || p.Method == method {
			list = append(list, p)
		}
	}
	return list
}

// subject is whose something is.
func subject(organisation string) account.Subject {
	return account.Subject{Organisation: organisation}
}
