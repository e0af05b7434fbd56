package dp

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/privacy/budget"
)

// TestPrivacyDocument holds docs/privacy.md to what is true: the numbers of its tables are computed here, and each test that it names exists.
func TestPrivacyDocument(t *testing.T) {
	root := testenv.ModuleRoot(t)
	text := string(attackMust(os.ReadFile(filepath.Join(root, "docs", "privacy.md"))))
	for _, line := range slices.Concat(oddsTable(), groupTable(), sharesTable()) {
		if !strings.Contains(text, line) {
			t.Errorf("docs/privacy.md lacks\n%s", line)
		}
	}
	named := regexp.MustCompile("`([a-z/_]+_test\\.go)` ((?:`Test\\w+`,? ?)+)").FindAllStringSubmatch(text, -1)
	if len(named) < 20 {
		t.Errorf("docs/privacy.md names %d files of tests", len(named))
	}
	for _, n := range named {
		code, err := os.ReadFile(filepath.Join(root, n[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(n[2], -1) {
			if !strings.Contains(string(code), "func "+name+"(") {
				t.Errorf("%s has no %s", n[1], name)
			}
		}
	}
}

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// tableDelta is the delta of the tables.
var tableDelta = big.NewRat(1, 1_000_000)

// odds says what a belief of p can become if the odds change by a factor.
func odds(p, factor float64) float64 { return p * factor / (1 - p + p*factor) }

func percent(p float64) string {
	if p >= 0.1 {
		return fmt.Sprintf("%.0f %%", 100*p)
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}

func oddsTable() (lines []string) {
	for _, e := range []*big.Rat{big.NewRat(1, 2), big.NewRat(1, 1), big.NewRat(2, 1), big.NewRat(4, 1)} {
		epsilon, _ := e.Float64()
		rho, _ := attackMust(budget.GaussianCurve.Rho(e, tableDelta)).Float64()
		mu, factor := math.Sqrt(2*rho), math.Exp(epsilon)
		lines = append(lines, fmt.Sprintf("| %g | %.2f | %.1f | %s | %s | %s | %.0e | %s |", epsilon, mu, factor,
			percent(odds(.01, factor)), percent(odds(.1, factor)), percent(odds(.5, factor)), normal(mu/2-epsilon/mu), percent(normal(mu-attackQuantile(.99)))))
	}
	return lines
}

// sharesTable has the beginnings of lines.
func sharesTable() []string {
	x := sharesOfRho()
	percent := func(x float64) float64 { return math.Round(1000*x) / 10 }
	return []string{
		fmt.Sprintf("number of people | %g %% |", percent(x[0])),
		fmt.Sprintf("| people by the number of their values, in a few ranges above `limit` | %g %%, if", percent(ratio(filledShare))),
		fmt.Sprintf("| people by one value | %g %%, or %g %% if everybody has a value in every column | weights of the heaviest columns, %g times `limit` |", percent(x[1]), percent(ratio(fullShare)), singlesMore),
		fmt.Sprintf("| people by two values | the rest, %g %% or more |", percent(x[2]-ratio(filledShare))),
		fmt.Sprintf("| people by three values, of a sample of combinations, if `length` is 3 | %g %% |", percent(x[3])),
	}
}

func ratio(r *big.Rat) float64 {
	x, _ := r.Float64()
	return x
}

func groupTable() (lines []string) {
	for _, e := range []*big.Rat{big.NewRat(1, 2), big.NewRat(1, 1), big.NewRat(2, 1), big.NewRat(4, 1)} {
		rho := attackMust(budget.GaussianCurve.Rho(e, tableDelta))
		line := "| " + budget.Text(e) + " |"
		for _, people := range []int64{2, 3, 5, 10} {
			all, _ := attackMust(budget.GaussianCurve.Epsilon(new(big.Rat).Mul(rho, big.NewRat(people*people, 1)), tableDelta)).Float64()
			line += fmt.Sprintf(" %.1f |", math.Ceil(all*10)/10)
		}
		lines = append(lines, line)
	}
	return lines
}
