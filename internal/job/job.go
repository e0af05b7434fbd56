// Package job is the queue of long work, and the process that does it.
//
// A job is a row of the database: it keeps its place in the queue when the server
// restarts. A [Runner] takes one after another that belong to its instance and
// hands each to its kind's [Work]. An instance is a folder with what the jobs are about; several runners, on several machines, may
// share one. While a job runs it is held by one of them, its holder, which shows that it lives ([Lives]). What a silent holder leaves is
// taken from it: from then on nothing that it does about the job counts, also when it comes back. The work itself is done by a child process
// ([Process]) with a limit of memory and low priority, so that the pages stay quick
// and a crash is the child's alone.
package job

import (
	"context"
	"time"
)

// State is how far a job is.
type State string

// The states.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Stopped State = "stopped" // by a person
	Lost    State = "lost"    // the server ended in the middle, and the work is not to be done again
)

// Ended tells whether nothing more happens to a job.
func (s State) Ended() bool { return s != Queued && s != Running }

// Job is a piece of long work. It holds nothing sensitive.
type Job struct {
	ID           string
	Kind         string // names the [Work]
	Organisation string
	By           string // user ID
	Subject      string // what it is about: an ID that the work knows
	Instance     string // that has to do it
	Holder       string // the runner that does it while it runs; "" before
	Exclusive    string // of jobs with the same word only one runs at a time; "" for no such rule
	State        State
	Stage        string // what it is doing, a key of the catalogues: "job.stage.read"
	Done, Total  int64  // of the stage; a Total of 0 is not known
	Tries        int    // how often it was begun
	Stop         bool   // somebody wants it to stop
	Created      time.Time
	Begun        time.Time
	Beat         time.Time // last sign of life while running
	Ended        time.Time
	Peak         int64 // most memory of its process, bytes
	Version      int
}

// Store keeps jobs. Nothing found is a fault of kind NotFound.
type Store interface {
	// AddJob puts a job at the end of the queue.
	AddJob(ctx context.Context, j Job) error
	Job(ctx context.Context, id string) (Job, error)
	// Jobs returns jobs in a state ("": all that have not ended) of an instance ("": all), in the order of the queue.
	Jobs(ctx context.Context, state State, instance string) ([]Job, error)
	// NextJob marks the first queued job of an instance as running that no rule holds back, and returns it; false if there is none, or
	// if the holder counts as gone.
	NextJob(ctx context.Context, instance, holder string, now time.Time) (Job, bool, error)
	// TakeJobs gives a holder the running jobs whose own holder is gone: those of its instance, and those of instances that nobody is left
	// of and that were last heard of before a time. Each is given once, whoever asks at the same moment, and its version rises.
	TakeJobs(ctx context.Context, instance, holder string, abandoned time.Time) ([]Job, error)
	// SaveJob replaces a job of a version, or is a Conflict, and raises the version. Stop is not changed by it.
	SaveJob(ctx context.Context, j Job) error
	// StopJob asks a job to stop; one that is queued is stopped at once. It reports what it is now.
	StopJob(ctx context.Context, id string, now time.Time) (Job, error)
	// Place returns how many jobs of its instance are before a queued job, the running one included; 0 is the next one.
	Place(ctx context.Context, id string) (int, error)
	// SweepJobs removes jobs that ended before a time.
	SweepJobs(ctx context.Context, before time.Time) error
	Lives
}

// Lives keeps who lives. Times are those of the database, so that the clocks of the machines do not matter.
type Lives interface {
	// Join enters a holder that works on an instance. Alone says that there can be no other: all who were there are gone.
	Join(ctx context.Context, holder, instance string, alone bool) error
	// Beat is a sign of life. It is a Conflict if the holder counts as gone: then it must drop all that it holds.
	Beat(ctx context.Context, holder string) error
	// Leave says that a holder is gone.
	Leave(ctx context.Context, holder string) error
	// Forget counts those as gone who were silent for longer, and returns how many.
	Forget(ctx context.Context, silent time.Duration) (int, error)
}
