// Package work is what the server's worker process does with case records: it holds an
// upload open and answers questions about it, makes releases, and checks bundles that
// were made elsewhere. Only this process ever sees a record.
//
// [Main] talks with its parent through standard input and output, one JSON value in
// a line: a [Spec] first, then [Request] and [Response] for an upload that is held, or
// [Event] after [Event] while a job is done. Keys of uploads come through the same pipe; nothing
// sensitive is in arguments, the environment, files or messages of errors.
package work

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/upload"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// Task is what a worker is started for.
type Task string

// The tasks.
const (
	Hold    Task = "hold"    // hold an upload and answer questions
	Release Task = "release" // make a release
	Check   Task = "check"   // unpack and verify a bundle
)

// Spec tells a worker what to do.
type Spec struct {
	Task   Task
	Source Source

	// Of Release and Check:
	Out      string   // an empty folder: gets "bundle" and "private.sealed"
	Software string   // for the manifest
	Policy   []byte   // YAML
	Story    []byte   // JSON of the data story that the explorer shows first; nil for none
	Previous []string // folders of earlier releases to compare with
	Suppress bool
	Ledger   []byte // content of the ledger file; nil: none is kept
	FreeDisk int64  // bytes that have to stay free on the disk
	At       int64  // Unix seconds of an entry in it
}

// Source is a sealed upload.
type Source struct {
	Dir    string
	ID     string
	Key    []byte
	Format upload.Format
	Name   string // as messages name it
}

// Event is what a worker says while it does a job.
type Event struct {
	Stage       string // key of a text: "job.stage.read"
	Done, Total int64
	Result      *Result  // the last event of a job that succeeded
	Problem     *Problem // the last event of one that did not
}

// Result is what came of a job.
type Result struct {
	Figures Figures
	Content string // release.Manifest.Content
	Ledger  []byte // content of the ledger file with the release in it; nil if none was given
	Private bool   // there is a private part
	Title   string // of the manifest
}

// Figures describe a bundle, for comparison with others. They hold published numbers only.
type Figures struct {
	Method   string // "k-anonymity" or "differential"
	K        int
	Length   int
	Epsilon  string
	Delta    string
	Columns  []string // names of the released columns
	Values   int      // released values of all columns
	People   int      // as published
	Records  int      // synthetic records
	Counts   []int    // published combinations by length, from 1
	Errors   []Error  // how far counts taken from the synthetic records are off
	Withheld bool     // combinations are left out because of an earlier release
	Bytes    int64    // of the bundle
	Checks   int      // checks of release.Verify that passed; none failed
}

// Error is how far counts of one length are off.
type Error struct {
	Length   int
	Mean     float64 // mean absolute difference, in people
	Relative float64 // sum of absolute differences divided by the sum of counts
	Kept     float64 // share of common combinations that the synthetic records show; -1: not known
}

// Problem says what went wrong. Detail may name rows and columns of the file: it is for
// its owners alone.
type Problem struct {
	Key    string
	Detail string
	Lines  []Line // of a policy
}

// Line is something wrong in a policy file.
type Line struct {
	Line, Column int
	Text, Hint   string
}

// Main is the worker: it returns the status to exit with.
func Main(ctx context.Context, in io.Reader, out io.Writer) int {
	job.Confine()
	ctx, pipe := job.Serve(ctx, in, out)
	var spec Spec
	if err := pipe.Receive(&spec); err != nil {
		return 3
	}
	var err error
	switch spec.Task {
	case Hold:
		err = serve(ctx, pipe, &spec)
	case Release, Check:
		err = do(ctx, pipe, &spec)
	default:
		return 3
	}
	if err != nil {
		return 1
	}
	return 0
}

// do does a job and says what came of it.
func do(ctx context.Context, pipe *job.Pipe, spec *Spec) error {
	w := &worker{spec: spec, pipe: pipe}
	run := w.release
	if spec.Task == Check {
		run = w.check
	}
	result, err := run(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return pipe.Send(Event{Problem: problemOf(err)})
	}
	return pipe.Send(Event{Result: result})
}

// problemOf says what an error is about. Of an error that is not known nothing but its type is
// passed on: its text could quote anything.
func problemOf(err error) *Problem {
	var (
		input    *table.InputError
		policy   *release.PolicyError
		exposure *release.ExposureError
		spent    *budget.ExhaustedError
		method   *release.MethodError
		missing  *release.MissingReleaseError
		known    *knownError
		story    *explorer.StoryError
	)
	withHint := func(key string, err error, hint string) *Problem {
		text := err.Error()
		if hint != "" {
			text += "\n" + hint
		}
		return &Problem{Key: "publication.problem." + key, Detail: text}
	}
	switch {
	case errors.As(err, &known):
		return &Problem{Key: "publication.problem." + known.key, Detail: known.detail}
	case errors.As(err, &input):
		return withHint("file", input, input.Hint())
	case errors.As(err, &policy):
		p := withHint("policy", policy, "")
		for _, l := range policy.Problems {
			p.Lines = append(p.Lines, Line{l.Line, l.Column, l.Text, l.Hint})
		}
		return p
	case errors.As(err, &exposure):
		return withHint("exposure", exposure, exposure.Hint())
	case errors.As(err, &story):
		return withHint("story", story, story.Hint())
	case errors.As(err, &spent):
		return withHint("budget", spent, "")
	case errors.As(err, &method):
		return withHint("method", method, method.Hint())
	case errors.As(err, &missing):
		return withHint("missing", missing, "")
	case errors.Is(err, upload.ErrDamaged):
		return &Problem{Key: "publication.problem.damaged"}
	case isFull(err):
		return &Problem{Key: "publication.problem.full"}
	}
	return &Problem{Key: "publication.problem.internal", Detail: fmt.Sprintf("%T", err)}
}

// knownError is one of our own.
type knownError struct{ key, detail string }

func (e *knownError) Error() string { return e.key }
