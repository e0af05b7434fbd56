package kanon

import (
	"context"
	"fmt"
	"runtime"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// DefaultRounds is how often records are exchanged and given attributes when Options do not say. What further rounds gain is in
// docs/method.md.
const DefaultRounds = 2

// Options of Synthesize. The zero value works.
type Options struct {
	Workers  int                                 // default: the processors that Go may use
	Rounds   int                                 // rounds of exchanging and giving; default DefaultRounds
	Hidden   [][]marginal.Attribute              // combinations that must not occur though k persons share them
	Progress func(stage string, done, total int) // called as work is done, from one goroutine; may be nil
}

// Synthesize makes k-anonymous records. Every record of the result, and so every combination of attributes in it, of any
// length, is shared by at least k persons of the input; there are as many records as persons, rounded down to a multiple of k. Columns hold
// only values that at least k persons have. The result is in the order of its codes and the same for the same input, k, rounds and
// hidden combinations, whatever the order of the input and the number of workers.
//
// Method. Every record of the input is cut down, in two ways, to attributes that at least k persons share: taking the rarest first, and
// the most common first. The outcomes are a pool of sets that records may have, and the former are the first records. Then, in
// rounds, records that are missed least are exchanged for those of the pool that are worth most, and attributes are given to records where at
// least k persons share the outcome. What a record is worth is measured on single attributes, pairs and triples, against targets taken
// from their protected counts (see type balance). At last, values that occur too often are taken from records.
//
// It fails if k is less than 2, if there are fewer than k persons or more than 2^30, or if more than 2^21-2 values are common enough. A
// cancelled context gives its cause.
//
// Cost: linear in the number of distinct records, and cubic in the attributes that a record keeps. Very large or wide input is
// not looked at in every detail: see the limits in forms.go, give.go, prober.go and window.go. They bear on accuracy alone.
func Synthesize(ctx context.Context, t *table.Table, k int, o Options) (*table.Table, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Rounds <= 0 {
		o.Rounds = DefaultRounds
	}
	if k < 2 {
		return nil, fmt.Errorf("synthesize records: k is %d and must be at least 2", k)
	}
	if t.People() < k {
		return nil, fmt.Errorf("synthesize records: there are fewer than k = %d persons", k)
	}
	records, err := synthesize(ctx, t, k, o)
	if err != nil {
		return nil, fmt.Errorf("synthesize records: %w", err)
	}
	return records, nil
}

func synthesize(ctx context.Context, t *table.Table, k int, o Options) (*table.Table, error) {
	done := 0
	stage := func(name string) {
		if o.Progress != nil {
			o.Progress(name, done, 2*o.Rounds+4)
		}
		done++
	}
	stage("counting combinations")
	m, err := newMaker(ctx, t, k, o)
	if err != nil {
		return nil, err
	}
	stage("cutting records down")
	if err := m.forms(ctx); err != nil {
		return nil, err
	}
	for range o.Rounds {
		stage("exchanging records")
		if err := m.exchange(ctx); err != nil {
			return nil, err
		}
		stage("giving attributes")
		if err := m.give(ctx); err != nil {
			return nil, err
		}
	}
	stage("exchanging records")
	if err := m.exchange(ctx); err != nil {
		return nil, err
	}
	stage("trimming")
	if err := m.trim(ctx); err != nil {
		return nil, err
	}
	m.drop(t.People() - Round(t.People(), k))
	records := m.table(t.Columns)
	stage("done")
	return records, nil
}
