package kanon_test

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// Twelve persons make ten records and counts in tens, of what at least five of them share.
func Example() {
	b := table.NewBuilder([]table.Column{
		{Name: "gender", Values: []string{"Female", "Male"}},
		{Name: "citizenship", Values: []string{"KEN", "PHL", "TUV"}},
	})
	b.Add([]uint16{1, 2}, 7) // seven women of the Philippines
	b.Add([]uint16{2, 1}, 4)
	b.Add([]uint16{2, 3}, 1)
	persons := b.Table()

	ctx := context.Background()
	exact, err := marginal.Count(ctx, persons, marginal.Options{Length: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	counts, err := kanon.Protect(exact, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	records, err := kanon.Synthesize(ctx, persons, 5, kanon.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(counts.People(), "persons")
	for length := 1; length <= 2; length++ {
		for combination, n := range counts.All(length) {
			fmt.Print(n)
			for _, a := range combination {
				_, value := counts.Name(a)
				fmt.Print(" ", value)
			}
			fmt.Println()
		}
	}
	for codes, n := range records.Rows() {
		fmt.Print(n, " records:")
		for i, code := range codes {
			if code > 0 {
				fmt.Print(" ", records.Columns[i].Values[code-1])
			}
		}
		fmt.Println()
	}
	// Output:
	// 10 persons
	// 5 Female
	// 5 Male
	// 5 PHL
	// 5 Female PHL
	// 6 records: Female PHL
	// 4 records: Male
}
