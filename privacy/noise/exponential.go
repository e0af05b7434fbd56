package noise

import (
	"errors"
	"fmt"
	"math/big"
)

// Exponential is the exponential mechanism (McSherry, Talwar 2007): it chooses
// candidate c with probability proportional to exp(epsilon*score(c)/(2*sensitivity)).
//
// If adding or removing one person changes no score by more than the sensitivity,
// the choice is epsilon-differentially private, and more: the privacy loss of all
// candidates lies within an interval of length epsilon (bounded range), so it
// satisfies epsilon^2/8-concentrated differential privacy (Cesar, Rogers 2021).
// That is why it stands here and not permute-and-flip or report-noisy-max, which are
// epsilon-differentially private too but are only known to cost epsilon^2/2.
//
// Scores must be whole numbers before they come here. Whoever rounds real-valued
// scores must count what rounding does to the sensitivity: parts that come from
// policy and noise alone can be rounded freely, parts that come from the data must
// be whole to begin with.
type Exponential struct {
	rate rational
}

// NewExponential returns the mechanism. Epsilon and sensitivity are rational and
// above 0; the rate epsilon/(2*sensitivity) has at most 256 bits above and below the
// line and is at most 2^64.
func NewExponential(epsilon, sensitivity *big.Rat) (*Exponential, error) {
	if _, err := newPositive("epsilon", epsilon, maxBits); err != nil {
		return nil, err
	}
	if _, err := newPositive("sensitivity", sensitivity, maxBits); err != nil {
		return nil, err
	}
	rate := new(big.Rat).Quo(epsilon, sensitivity)
	r, err := newPositive("epsilon/(2*sensitivity)", rate.Mul(rate, big.NewRat(1, 2)), 64)
	if err != nil {
		return nil, err
	}
	return &Exponential{r}, nil
}

// Choose returns the index of the chosen candidate. It needs at least one score.
// Candidates that public facts rule out must be left out, not given a low score.
//
// It draws candidates evenly and keeps one with probability
// exp(rate*(score - best score)): on average at most one try for each candidate.
func (e *Exponential) Choose(s *Source, scores []int64) (int, error) {
	if len(scores) == 0 {
		return 0, fmt.Errorf("choose candidate: %w", ErrNoCandidates)
	}
	return e.choose(s, scores), nil
}

// ErrNoCandidates is returned when there is nothing to choose from.
var ErrNoCandidates = errors.New("no candidates")

func (e *Exponential) choose(d dice, scores []int64) int {
	best := scores[0]
	for _, score := range scores {
		best = max(best, score)
	}
	for {
		if i, ok := e.try(d, scores, best); ok {
			return i
		}
	}
}

// try draws one candidate and says whether to keep it.
func (e *Exponential) try(d dice, scores []int64, best int64) (i int, ok bool) {
	i = int(d.below(uint64(len(scores))))
	// The difference fits into 64 bits without a sign, whatever the scores.
	return i, e.rate.expTimes(d, uint64(best)-uint64(scores[i]))
}
