package release

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/quality"
)

// promiseText says in words what a differential release promises.
func promiseText(p *Policy) quality.Promise {
	epsilon, delta := p.Protection.Epsilon, p.Protection.Delta
	return quality.Promise{
		Epsilon: budget.Text(epsilon), Delta: budget.Text(delta),
		Statement: differentialStatement(epsilon, delta), Meaning: differentialMeaning(epsilon, delta),
	}
}

// differentialStatement is the promise in one sentence.
func differentialStatement(epsilon, delta *big.Rat) string {
	return fmt.Sprintf("Whatever anybody concludes from this release, the odds that a certain person is in the source records change by a factor of at most %s, "+
		"but with a probability of less than %s (epsilon %s, delta %s).",
		roundedUp(math.Exp(float(epsilon)), 3), smallUp(beyond(epsilon, delta)), budget.Text(epsilon), budget.Text(delta))
}

// beyond bounds the probability with which the odds change by a factor of more than e^epsilon. With Gaussian noise that allows mu, the logarithm of the factor is at worst
// normal with mean mu^2/2 and standard deviation mu (Dong, Roth, Su 2022), so that it is above epsilon with probability Phi(mu/2 - epsilon/mu), which is some times delta;
// thresholds take at most delta more.
func beyond(epsilon, delta *big.Rat) float64 {
	rho, err := DifferentialAccounting.Rho(epsilon, delta)
	if err != nil || rho.Sign() <= 0 {
		return 1
	}
	mu := math.Sqrt(2 * float(rho))
	return math.Min(1, math.Erfc((float(epsilon)/mu-mu/2)/math.Sqrt2)/2*(1+1e-6)+float(delta))
}

// smallUp writes a probability with two digits, rounded up.
func smallUp(x float64) string {
	places := 1 - int(math.Floor(math.Log10(x)))
	unit := math.Pow(10, float64(places))
	return strconv.FormatFloat(math.Ceil(x*unit)/unit, 'f', places, 64)
}

// weakEpsilon is from where on the promise alone says little.
const weakEpsilon = 5

// differentialMeaning explains the promise by an example: from odds of 1 to 9.
func differentialMeaning(epsilon, delta *big.Rat) string {
	factor := math.Exp(float(epsilon))
	least, most := 100/(1+9*factor), 100*factor/(factor+9)
	text := fmt.Sprintf("For example, somebody who thinks it 10 %% likely that a person is in the records can come to think it up to %s %% likely after reading "+
		"the release, or as little as %s %%; not more and not less, whatever else is known. With a probability of less than %s this may not hold, and then "+
		"mostly by little. Nearly all that follows from the release would follow without this person's record.",
		percentUp(most), percentDown(least), smallUp(beyond(epsilon, delta)))
	if float(epsilon) >= weakEpsilon {
		text += " With so large an epsilon, this promise is weak against somebody who knows the other people in the records; those who know less learn less."
	}
	return text
}

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// roundedUp writes a number of at least 1 with so many digits at least, and commas between thousands; never less than it is.
func roundedUp(x float64, digits int) string {
	places := max(0, digits-1-int(math.Log10(x)))
	unit := math.Pow(10, float64(places))
	text := strconv.FormatFloat(math.Ceil(x*unit*(1-1e-12))/unit, 'f', places, 64)
	whole, fraction, point := strings.Cut(text, ".")
	n, err := strconv.Atoi(whole)
	if err != nil { // beyond whole numbers
		return text
	}
	whole = grouped(n)
	if point {
		whole += "." + fraction
	}
	return whole
}

// percentUp writes a share below 100 with as many digits as it takes to stay below 100, rounded up.
func percentUp(x float64) string {
	for places := 1; places < 12; places++ {
		unit := math.Pow(10, float64(places))
		if up := math.Ceil(x*unit) / unit; up < 100 {
			return strconv.FormatFloat(up, 'f', places, 64)
		}
	}
	return "100"
}

// percentDown writes a share above 0 with as many digits as it takes to stay above 0, rounded down.
func percentDown(x float64) string {
	for places := 1; places < 12; places++ {
		unit := math.Pow(10, float64(places))
		if down := math.Floor(x*unit) / unit; down > 0 {
			return strconv.FormatFloat(down, 'f', places, 64)
		}
	}
	return "0"
}

// manifestProtection describes the protection of a differential release.
func (d *differential) manifestProtection(p *Policy) (ManifestProtection, error) {
	ledger, err := json.Marshal(d.ledger)
	if err != nil {
		return ManifestProtection{}, fmt.Errorf("write manifest: %w", err)
	}
	words := promiseText(p)
	return ManifestProtection{
		Method: string(MethodDifferential), Length: p.Protection.Length, Epsilon: words.Epsilon, Delta: words.Delta,
		Accounting: string(d.ledger.Budget().Accounting), Relation: budget.Relation, Statement: words.Statement, Meaning: words.Meaning,
		Impossible: manifestImpossible(p), Ledger: ledger, Seal: d.seal, Repeatable: d.repeatable,
	}, nil
}

// manifestImpossible lists what nobody can have, as the policy states it.
func manifestImpossible(p *Policy) [][]ManifestCondition {
	var list [][]ManifestCondition
	for _, rule := range p.Protection.Impossible {
		conditions := make([]ManifestCondition, len(rule))
		for i, c := range rule {
			conditions[i] = ManifestCondition(c)
		}
		list = append(list, conditions)
	}
	return list
}
