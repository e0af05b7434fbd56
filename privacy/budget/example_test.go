package budget_test

import (
	"fmt"
	"math/big"

	"github.com/opencovey/covey/privacy/budget"
)

func ExampleLedger() {
	l, err := budget.NewLedger(budget.Budget{Epsilon: big.NewRat(1, 1), Delta: big.NewRat(1, 1_000_000)})
	if err != nil {
		panic(err)
	}
	// A third of the budget for counts of which one person is in at most five.
	share := new(big.Rat).Mul(l.Remaining(), big.NewRat(1, 3))
	variance, err := budget.Concentrated.Variance(big.NewRat(5, 1), share)
	if err != nil {
		panic(err)
	}
	s, err := budget.Gaussian("counts of single values", big.NewRat(5, 1), variance)
	if err != nil {
		panic(err)
	}
	fmt.Println(s)
	for range 4 {
		fmt.Println(l.Spend(s))
	}
	// Output:
	// counts of single values: discrete gaussian, squared sensitivity 5, variance 307.932712554931640625
	// <nil>
	// <nil>
	// <nil>
	// spend on counts of single values: needs rho 0.00811866, but 6.40021e-11 is left: privacy budget exhausted
}

func ExampleAccounting() {
	epsilon, delta := big.NewRat(1, 1), big.NewRat(1, 1_000_000)
	for _, a := range []budget.Accounting{budget.Concentrated, budget.GaussianCurve} {
		rho, err := a.Rho(epsilon, delta)
		if err != nil {
			panic(err)
		}
		fmt.Println(a, budget.Text(rho))
	}
	// Output:
	// zcdp 0.0243559703595
	// gaussian 0.0280144819094
}
