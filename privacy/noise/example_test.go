package noise_test

import (
	"fmt"
	"math/big"

	"github.com/opencovey/covey/privacy/noise"
)

func ExampleGaussian() {
	// One person changes each of three counts by at most 1, so the vector by at most
	// sqrt(3): with sigma^2 = 150, rho = 3/(2*150) = 1/100.
	g, err := noise.NewGaussian(big.NewRat(150, 1))
	if err != nil {
		panic(err)
	}
	counts := []int64{120, 44, 3}
	g.Add(noise.NewSource(), counts)
	fmt.Println(len(counts), "noisy counts")
	// Output: 3 noisy counts
}

func ExampleLaplace() {
	l, err := noise.NewLaplace(big.NewRat(2, 1)) // epsilon 1/2 for a count
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Scale())
	// Output: 2/1
}

func ExampleExponential() {
	// Which of three columns fits worst? Scores change by at most 1 with one person.
	e, err := noise.NewExponential(big.NewRat(1, 2), big.NewRat(1, 1))
	if err != nil {
		panic(err)
	}
	i, err := e.Choose(noise.NewSource(), []int64{5, 900, 7})
	fmt.Println(i, err)
	// Output: 1 <nil>
}
