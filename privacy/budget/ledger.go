package budget

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
)

// Budget is a promise about everything that is computed from some records.
type Budget struct {
	// Epsilon and Delta are the promise. Both must be given: see [Accounting.Rho] for
	// the numbers allowed.
	Epsilon, Delta *big.Rat
	// Accounting is how spendings are added up; "" means [Concentrated].
	Accounting Accounting
}

// Relation says which records are neighbours. There is only one such relation here.
const Relation = "add or remove one person"

// ErrExhausted is in the chain of the error with which a ledger refuses a spending.
var ErrExhausted = errors.New("privacy budget exhausted")

// ExhaustedError says which spending was refused, and by how much it exceeds what is
// left.
type ExhaustedError struct {
	What         string   // description of the spending, or name of the release
	Needed, Left *big.Rat // rho, or delta if Delta is true
	Delta        bool
}

// Error says so in one line, with six digits.
func (e *ExhaustedError) Error() string {
	unit := "rho"
	if e.Delta {
		unit = "delta"
	}
	left := "nothing"
	if e.Left.Sign() > 0 {
		left = decimal(roundDownRat(e.Left))
	}
	return fmt.Sprintf("spend on %s: needs %s %s, but %s is left: %v", e.What, unit, decimal(roundUpRat(e.Needed)), left, ErrExhausted)
}

// Unwrap returns [ErrExhausted].
func (e *ExhaustedError) Unwrap() error { return ErrExhausted }

// Hint says what can be done.
func (e *ExhaustedError) Hint() string {
	return "promise a larger epsilon, add more noise, or publish less; what is already published cannot be taken back"
}

// Ledger is the account of one release. It may be used by several goroutines. Make it
// with [NewLedger] or [File.Ledger].
type Ledger struct {
	mu        sync.Mutex
	account   account
	spendings []Spending
	entered   bool // in a file, as a release: nothing more may be spent

	file  *File   // nil, or the account of all releases, which must agree
	outer account // of the file, with the spendings of this ledger
	seal  string  // of the file that outer is based on
}

// NewLedger opens an account for a release. The budget is copied.
func NewLedger(b Budget) (*Ledger, error) {
	a, err := newAccount(b)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return &Ledger{account: a}, nil
}

// Spend enters a spending, or refuses it and leaves the ledger as it was. Call it
// before the mechanism looks at the data, and do not run the mechanism if it fails.
func (l *Ledger) Spend(s Spending) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entered {
		return fmt.Errorf("spend on %s: the release was entered in the ledger file already", s.what)
	}
	after, err := l.account.plus(s)
	if err != nil {
		return err
	}
	if l.file != nil {
		if err := l.spendOuter(s); err != nil {
			return fmt.Errorf("ledger of all releases: %w", err)
		}
	}
	l.account, l.spendings = after, append(l.spendings, s)
	return nil
}

// spendOuter keeps the account of the file with this ledger's spendings.
func (l *Ledger) spendOuter(s Spending) error {
	base, seal, err := l.file.state()
	if err != nil {
		return err
	}
	if seal != l.seal { // another release was entered in the meantime
		for _, before := range l.spendings {
			if base, err = base.plus(before); err != nil {
				return err
			}
		}
		l.outer, l.seal = base, seal
	}
	after, err := l.outer.plus(s)
	if err == nil {
		l.outer = after
	}
	return err
}

// Budget returns a copy of the promise.
func (l *Ledger) Budget() Budget { return l.account.promise() }

// Spendings returns what was entered, in that order.
func (l *Ledger) Spendings() []Spending {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.spendings)
}

// Remaining returns what is left of rho for this release, at least 0. Entering a
// threshold makes it smaller, since the rest of delta then allows less. Of a ledger
// under a [File], the file may allow less than this.
func (l *Ledger) Remaining() *big.Rat {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.account.left()
}

// Spent returns the loss so far: rho, the part of delta taken by thresholds, and the
// least epsilon that holds with the delta of the promise.
func (l *Ledger) Spent() (rho, delta, epsilon *big.Rat, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.account.loss()
}

// account is a promise and what was spent under it. It is a value: adding to it makes
// another.
type account struct {
	epsilon, delta *big.Rat
	accounting     Accounting
	allowed        *big.Rat // rho that may be spent in all, with the delta left by thresholds

	rho, spentDelta *big.Rat
	cells           *big.Rat // sum of squared sensitivities, for the Gaussian curve
}

func newAccount(b Budget) (account, error) {
	if b.Accounting == "" {
		b.Accounting = Concentrated
	}
	for _, r := range []*big.Rat{b.Epsilon, b.Delta} {
		if r != nil && tooLong(r) {
			return account{}, fmt.Errorf("read promise: more than %d bits above or below the line", maxBits)
		}
	}
	allowed, err := b.Accounting.Rho(b.Epsilon, b.Delta)
	if err != nil {
		return account{}, err
	}
	return account{
		epsilon: new(big.Rat).Set(b.Epsilon), delta: new(big.Rat).Set(b.Delta), accounting: b.Accounting,
		allowed: allowed, rho: new(big.Rat), spentDelta: new(big.Rat), cells: new(big.Rat),
	}, nil
}

func (a account) promise() Budget {
	return Budget{new(big.Rat).Set(a.epsilon), new(big.Rat).Set(a.delta), a.accounting}
}

// maxSumBits bounds the exact sum of costs. It has room for some thousand spendings
// with unrelated denominators, and for any number of equal ones.
const maxSumBits = 1 << 17

// plus returns the account after a spending.
func (a account) plus(s Spending) (account, error) {
	cost, err := s.Rho(a.accounting)
	if err != nil {
		return a, err
	}
	before := a
	if s.mechanism == Threshold {
		a.spentDelta = new(big.Rat).Add(a.spentDelta, s.delta)
		rest := new(big.Rat).Sub(a.delta, a.spentDelta)
		if rest.Cmp(minDelta) < 0 {
			return before, &ExhaustedError{s.what, s.Delta(), new(big.Rat).Sub(a.delta, before.spentDelta), true}
		}
		if a.allowed, err = a.accounting.Rho(a.epsilon, rest); err != nil {
			return before, fmt.Errorf("spend on %s: %w", s.what, err)
		}
	}
	a.rho = new(big.Rat).Add(a.rho, cost)
	if a.rho.Denom().BitLen() > maxSumBits {
		return before, fmt.Errorf("spend on %s: too many costs with unrelated denominators; round them", s.what)
	}
	if a.rho.Cmp(a.allowed) > 0 {
		return before, before.exhausted(s, cost)
	}
	if a.accounting == GaussianCurve && s.mechanism == DiscreteGaussian {
		a.cells = new(big.Rat).Add(a.cells, s.sensitivity)
		if a.cells.Cmp(big.NewRat(maxCells, 1)) > 0 {
			return before, fmt.Errorf("spend on %s: squared sensitivities add up to more than %d; use the accounting %q", s.what, maxCells, Concentrated)
		}
	}
	return a, nil
}

// exhausted is the error for a spending that does not fit. A threshold has no rho, but
// with less delta the rho already spent may be too much.
func (a account) exhausted(s Spending, cost *big.Rat) error {
	if s.mechanism != Threshold {
		return &ExhaustedError{s.what, cost, a.left(), false}
	}
	left := new(big.Rat).Sub(a.delta, a.spentDelta)
	if needed, err := a.accounting.Delta(a.rho, a.epsilon); err == nil {
		left.Sub(left, needed)
	}
	return &ExhaustedError{s.what, s.Delta(), left, true}
}

// left is what may still be spent, with the present delta.
func (a account) left() *big.Rat { return new(big.Rat).Sub(a.allowed, a.rho) }

func (a account) loss() (rho, delta, epsilon *big.Rat, err error) {
	rho, delta = new(big.Rat).Set(a.rho), new(big.Rat).Set(a.spentDelta)
	counted := rho
	if rho.Sign() > 0 && rho.Cmp(minRho) < 0 {
		counted = minRho
	}
	epsilon, err = a.accounting.Epsilon(counted, new(big.Rat).Sub(a.delta, a.spentDelta))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("compute loss: %w", err)
	}
	return rho, delta, epsilon, nil
}

// decimal writes a number of twelve digits for people.
func decimal(r *big.Rat) string {
	f, _ := r.Float64()
	return fmt.Sprintf("%.6g", f)
}
