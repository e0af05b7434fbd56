package work

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// Question is what is asked about an upload that is held.
type Question string

// The questions.
const (
	Guess   Question = "guess"   // a first policy, and the report by it
	Report  Question = "report"  // the whole report by a policy
	Effect  Question = "effect"  // how many stand out by a policy: quick, after each change
	Columns Question = "columns" // what the columns of the file hold, and how they might be read
	Plan    Question = "plan"    // what accuracy a budget buys; looks at no record
)

// Request asks something about an upload that is held.
type Request struct {
	Ask      Question
	Policy   []byte   // YAML; not for Guess and Columns
	K        int      // of Guess; 0: the default
	People   int      // of Plan: a guess
	Epsilons []string // of Plan, beside that of the policy
}

// Response is the answer to one request, in turn.
type Response struct {
	Inspection *release.Inspection
	Advice     []Advice // of the inspection, for other languages
	Effect     *EffectOf
	Draft      []byte // of Guess: YAML
	Columns    []table.ColumnProfile
	Plan       []Outlook
	Rows       int
	Millis     int64
	Problem    *Problem
}

// Advice is an advice of an inspection without its English text.
type Advice struct {
	Kind     release.AdviceKind
	Columns  []string
	From, To int
}

// EffectOf is how many people stand out. All of it is exact: for the stewards alone.
type EffectOf struct {
	People  int
	Rare    int
	Unique  int
	Lengths []release.InspectLength
	K       int
	Length  int
}

// Outlook is what one epsilon buys, on fictional people.
type Outlook struct {
	Epsilon string
	Chosen  bool
	People  int // margin of the number of people
	Lengths []dp.LengthOutlook
}

// serve answers questions until the parent ends.
func serve(ctx context.Context, pipe *job.Pipe, spec *Spec) error {
	s := &server{source: &spec.Source}
	for {
		var q Request
		if err := pipe.Receive(&q); err != nil {
			return nil
		}
		begun := time.Now()
		r, err := s.answer(ctx, &q)
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r = &Response{Problem: problemOf(err)}
		}
		r.Millis = time.Since(begun).Milliseconds()
		if s.held != nil {
			r.Rows = s.held.rows
		}
		if err := pipe.Send(r); err != nil {
			return err
		}
	}
}

// server holds one upload.
type server struct {
	source *Source
	held   *held
}

func (s *server) answer(ctx context.Context, q *Request) (*Response, error) {
	var policy *release.Policy
	if q.Policy != nil {
		var err error
		if policy, err = release.ParsePolicy("policy", bytes.NewReader(q.Policy)); err != nil {
			return nil, err
		}
	} else if q.Ask != Guess && q.Ask != Columns {
		return nil, errors.New("the request has no policy")
	}
	if q.Ask == Plan {
		return plan(ctx, policy, q)
	}
	var layout release.PolicyInput
	if policy != nil {
		layout = policy.Input
	}
	if err := s.load(ctx, layout); err != nil {
		return nil, err
	}
	key, ok := answerKey(q, policy)
	if r := s.held.answers.get(key); ok && r != nil {
		return r, nil
	}
	r, err := s.measure(ctx, q, policy)
	if err == nil && ok {
		s.held.answers.put(key, r)
	}
	return r, err
}

// measure answers what is asked about the records.
func (s *server) measure(ctx context.Context, q *Request, policy *release.Policy) (*Response, error) {
	switch q.Ask {
	case Guess:
		return s.guess(ctx, q)
	case Report:
		return s.report(ctx, policy)
	case Effect:
		return s.effect(ctx, policy)
	case Columns:
		columns, err := table.ProfileRows(ctx, s.held.read(false), table.ProfileOptions{Rare: q.K, Top: 200})
		return &Response{Columns: columns}, err
	}
	return nil, errors.New("nobody knows the question")
}

// load reads the file, unless it is held in the wanted layout.
func (s *server) load(ctx context.Context, layout release.PolicyInput) error {
	if s.held != nil && s.held.input == layout {
		return nil
	}
	s.held = nil
	in, err := s.source.open(layout)
	if err != nil {
		return err
	}
	defer in.Close()
	s.held, err = hold(ctx, in, layout)
	return err
}

func (s *server) guess(ctx context.Context, q *Request) (*Response, error) {
	var draft bytes.Buffer
	r, err := release.Inspect(ctx, release.InspectOptions{
		File: s.source.Name, Draft: &draft, K: q.K,
		Open: func(release.PolicyInput) (table.Rows, error) { return s.held.read(false), nil },
	})
	if err != nil {
		return nil, err
	}
	return &Response{Inspection: r, Advice: adviceOf(r), Draft: draft.Bytes()}, nil
}

func (s *server) report(ctx context.Context, p *release.Policy) (*Response, error) {
	t, stats, err := s.held.table(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := release.InspectTable(ctx, t, stats, release.InspectOptions{File: s.source.Name, Policy: p})
	if err != nil {
		return nil, err
	}
	return &Response{Inspection: r, Advice: adviceOf(r)}, nil
}

// effect counts who stands out, and not what would help.
func (s *server) effect(ctx context.Context, p *release.Policy) (*Response, error) {
	t, err := s.held.quick(ctx, p)
	if errors.Is(err, errWhole) {
		t, _, err = s.held.table(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	k := cmp.Or(p.Protection.K, release.DefaultK)
	risk, err := quality.Risk(ctx, t, quality.RiskOptions{K: k, Length: p.Protection.Length, Brief: true})
	if err != nil {
		return nil, err
	}
	e := &EffectOf{People: risk.People, Rare: risk.Rare, Unique: risk.Unique, K: risk.K, Length: risk.Length}
	for _, l := range risk.Lengths {
		e.Lengths = append(e.Lengths, release.InspectLength(l))
	}
	return &Response{Effect: e}, nil
}

func adviceOf(r *release.Inspection) []Advice {
	var list []Advice
	for _, a := range r.Advice {
		list = append(list, Advice{a.Kind, a.Columns, a.From, a.To})
	}
	return list
}

// mostPlanned bounds the fictional people of a plan.
const mostPlanned = 2_000_000

// plan says what accuracy a budget buys. It looks at the policy alone.
func plan(ctx context.Context, p *release.Policy, q *Request) (*Response, error) {
	if p.Protection.Method != release.MethodDifferential || q.People < 1 || q.People > mostPlanned {
		return nil, &knownError{key: "plan"}
	}
	domain, err := p.Domain()
	if err != nil {
		return nil, &knownError{key: "plan", detail: err.Error()}
	}
	epsilons := []*big.Rat{p.Protection.Epsilon}
	for _, text := range q.Epsilons {
		x, err := budget.Number(text)
		if err != nil || x.Sign() <= 0 || x.Cmp(big.NewRat(release.MaxEpsilon, 1)) > 0 {
			return nil, &knownError{key: "plan"}
		}
		if x.Cmp(p.Protection.Epsilon) != 0 {
			epsilons = append(epsilons, x)
		}
	}
	outlooks, err := dp.Plan(ctx, domain, dp.PlanOptions{
		People: q.People, Epsilons: epsilons, Delta: p.Protection.Delta, Length: p.Protection.Length,
		Limit: p.Protection.Limit, Source: noise.NewSource(),
	})
	if err != nil {
		return nil, err
	}
	r := &Response{}
	for _, o := range outlooks {
		r.Plan = append(r.Plan, Outlook{
			Epsilon: budget.Text(o.Epsilon), Chosen: o.Epsilon.Cmp(p.Protection.Epsilon) == 0, People: o.People, Lengths: o.Lengths,
		})
	}
	return r, nil
}
