package release

import (
	"context"
	"fmt"
	"runtime"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/table"
)

// VerifyOptions of Verify. The zero value checks what the files of the bundle alone can show.
type VerifyOptions struct {
	// Sensitive are the records that the release was made of, read by the schema of its policy. With them the whole guarantee is checked.
	Sensitive *table.Table
	// Policy is the one that Sensitive was read by. Nil: the bundle is not compared with it, nor the totals in its codebook.
	Policy *Policy
	// Ledger is the ledger file of the data set, for a differential release. Nil: it is not asked whether the release stands there.
	Ledger *budget.File
	// Previous are earlier releases of the same people, in any order. With them it is checked that no difference tells of few people.
	Previous []*Bundle
	// Software is the program that verifies, as [Options] name it. If it also made the release, its explorer must have the program of this one; else, or if this is empty, that cannot be compared.
	Software string
	// Keys are public keys, as [ApprovalKey] writes them, of servers that may sign for who handed a release in and who approved it. With them a release must have
	// been handed in and approved, by two persons. Nil: approvals are not checked.
	Keys     []string
	Workers  int                                // default: the processors that Go may use
	Progress func(what string, done, total int) // may be called from several goroutines; may be nil
}

// Verification is the outcome of Verify.
type Verification struct {
	Title  string `json:"title"`
	SHA256 string `json:"sha256"` // of the manifest
	// Differential says that the release is differentially private, and has other checks in part.
	Differential bool    `json:"differential,omitempty"`
	Checks       []Check `json:"checks"`
}

// Failed returns how many checks failed.
func (v *Verification) Failed() int {
	n := 0
	for _, c := range v.Checks {
		if c.Status == Failed {
			n++
		}
	}
	return n
}

// Check is one thing that is looked at.
type Check struct {
	Name   string `json:"name"`  // one word or two, for programs
	Shows  string `json:"shows"` // what holds if it passed, in plain words
	Status Status `json:"status"`
	// Detail says what is wrong, or why the check was not possible. It holds no number of people but published ones, and of the sensitive
	// records nothing but that they disagree, so that it can be shown to whoever made the release.
	Detail   string   `json:"detail,omitempty"`
	Examples []string `json:"examples,omitempty"` // at most five places
}

// Status of a check.
type Status string

// What can become of a check.
const (
	Passed      Status = "ok"
	Failed      Status = "failed"
	NotPossible Status = "not possible"
)

// The names of the checks, in order.
const (
	checkManifest    = "manifest"
	checkFiles       = "files"
	checkExtra       = "nothing else"
	checkCountsForm  = "counts"
	checkRecordsForm = "records"
	checkCodebook    = "codebook"
	checkPackage     = "data package"
	checkQuality     = "quality"
	checkPages       = "pages"
	checkExplorer    = "explorer"
	checkApproved    = "approvals"
	checkValues      = "values"
	checkRounding    = "rounding"
	checkMonotone    = "inclusion"
	checkClosed      = "closed"
	checkSums        = "sums"
	checkNumber      = "number"
	checkCovered     = "covered"
	checkExcess      = "excess"
	checkOrder       = "order"
	checkPrevious    = "previous"
	checkPolicy      = "policy"
	checkExact       = "exact counts"
	checkComplete    = "complete"
	checkSupport     = "support"
	checkRare        = "no rare value"
	checkHidden      = "exact number"
	checkTotals      = "totals"
)

// The names of the checks that only differential releases have, in order.
const (
	checkLedger     = "ledger"
	checkNoise      = "noise"
	checkMargins    = "margins"
	checkImpossible = "impossible"
	checkEntry      = "ledger file"
	checkCoverage   = "coverage"
	checkInexact    = "inexact"
)

// Verify proves of a bundle what can be proved. Every check looks at everything, none at a sample.
//
// The first checks are those of [Open], which a bundle that was opened has passed. The next follow from the files alone: if the counts are what
// the manifest says, they are multiples of k, no combination has more people than its parts, and so on; a bundle that fails one of them
// is wrong, but one that passes can still be invented from beginning to end. The last need the sensitive records and show the whole
// guarantee: that every count is right and every record is shared by at least k people.
//
// A differential release has other checks in part: that its ledger adds up and keeps the promise, that margins and counts are consistent, that records hold nothing
// that nobody can have. That noise was drawn as the ledger says cannot be seen in files. With the sensitive records it is only seen whether the
// margins hold the true numbers, and that counts are not simply exact.
//
// An error means that the work could not be done, not that a check failed. A cancelled context gives its cause.
func Verify(ctx context.Context, b *Bundle, o VerifyOptions) (*Verification, error) {
	return verify(ctx, b, nil, o)
}

// VerifyFolder is Open and Verify in one: what is wrong with the form of the files fails a check, too, and what can still be checked is. Only
// a folder without a readable manifest is an error.
func VerifyFolder(ctx context.Context, dir string, o VerifyOptions) (*Verification, error) {
	b, faults := load(dir)
	if b.Manifest == nil {
		return nil, faults[0].in(dir)
	}
	return verify(ctx, b, faults, o)
}

func verify(ctx context.Context, b *Bundle, faults []fault, o VerifyOptions) (*Verification, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	v := &verifier{Bundle: b, faults: faults, o: o, k: b.Manifest.Protection.K}
	v.result = &Verification{Title: b.Manifest.Title, SHA256: b.SHA256, Differential: b.Manifest.Differential()}
	parts := []func(context.Context) error{v.files, v.counts, v.records, v.previous, v.sensitive}
	switch {
	case b.Manifest.Differential() && len(o.Previous) > 0:
		return nil, &MethodError{
			"a differential release is not compared with earlier ones: what several of them tell together is limited by a ledger",
			"leave out the earlier releases, and give the ledger file of the data set",
		}
	case b.Manifest.Differential():
		parts = []func(context.Context) error{v.files, v.noisedCounts, v.noisedRecords, v.account, v.noisedSensitive}
	case o.Ledger != nil:
		return nil, &MethodError{"only a differential release stands in a ledger", "leave out the ledger"}
	}
	for _, b := range o.Previous {
		if b.Manifest.Differential() {
			return nil, errMixed(b.Dir)
		}
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return v.result, nil
}

// verifier is the state of one verification.
type verifier struct {
	*Bundle
	faults []fault
	o      VerifyOptions
	k      int
	result *Verification
}

// maxExamples is how many places a check names.
const maxExamples = 5

// finding collects what a check finds wrong.
type finding struct {
	n        int
	examples []string
}

func (f *finding) add(format string, args ...any) {
	if f.n++; len(f.examples) < maxExamples {
		f.examples = append(f.examples, fmt.Sprintf(format, args...))
	}
}

// check adds a check that was made. The detail says what the n places have in common.
func (v *verifier) check(name, shows string, f finding, detail string) {
	c := Check{Name: name, Shows: shows, Status: Passed}
	if f.n > 0 {
		c.Status, c.Examples = Failed, f.examples
		c.Detail = fmt.Sprintf("%s: %s", places(f.n), detail)
	}
	v.result.Checks = append(v.result.Checks, c)
}

// skip adds a check that could not be made.
func (v *verifier) skip(name, shows, why string) {
	v.result.Checks = append(v.result.Checks, Check{Name: name, Shows: shows, Status: NotPossible, Detail: why})
}

// form adds a check that was made while reading. It reports whether it passed.
func (v *verifier) form(name, shows string) bool {
	var f finding
	for _, fault := range v.faults {
		if fault.check == name {
			f.add("%v", fault.err)
		}
	}
	c := Check{Name: name, Shows: shows, Status: Passed}
	if f.n > 0 {
		c.Status, c.Detail = Failed, f.examples[0]
		if f.n > 1 {
			c.Detail, c.Examples = places(f.n), f.examples
		}
	}
	v.result.Checks = append(v.result.Checks, c)
	return f.n == 0
}

func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return grouped(n) + " places"
}

// combination writes a combination as people read it.
func (a *Aggregates) combination(items []int32) string {
	if len(items) == 0 {
		return "all people"
	}
	text := ""
	for i, at := range items {
		if i > 0 {
			text += ", "
		}
		column, value := a.Name(a.attrs[at])
		text += column + ": " + value
	}
	return text
}

// without copies a combination but for the attribute at one place.
func without(dst, combination []int32, place int) []int32 {
	dst = append(dst[:0], combination[:place]...)
	return append(dst, combination[place+1:]...)
}
