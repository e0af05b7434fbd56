package kanon_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/opencovey/covey/table"
)

// simulated draws case records of an invented world: 35 columns, a handful of profiles that decide what goes together, four
// sources that leave different columns blank, a long tail of countries. Most records of few people are unique.
func simulated(seed uint64, people int) *table.Table {
	const profiles, flags = 12, 26
	world := rand.New(rand.NewPCG(99, 99)) // the same for every seed
	var share [profiles][flags]float64
	for p := range share {
		for f := range share[p] {
			if share[p][f] = 0.03; world.IntN(4) == 0 {
				share[p][f] = 0.3 + 0.6*world.Float64()
			}
		}
	}
	names := []string{"year", "gender", "age", "minor", "duration", "citizenship", "country", "recruiter", "status"}
	sizes := []int{15, 3, 9, 2, 4, 120, 80, 5, 6}
	columns := make([]table.Column, 0, len(names)+flags)
	for i, name := range names {
		c := table.Column{Name: name, Field: name}
		for v := range sizes[i] {
			c.Values = append(c.Values, fmt.Sprintf("%s %d", name, v))
		}
		columns = append(columns, c)
	}
	for f := range flags {
		name := fmt.Sprintf("means %d", f)
		columns = append(columns, table.Column{Name: name, Field: name, Kind: table.Flag, Values: []string{"yes"}})
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	b := table.NewBuilder(columns)
	row := make([]uint16, len(columns))
	for range people {
		profile, source := rng.IntN(profiles), rng.IntN(4)
		for i, size := range sizes {
			u := rng.Float64()
			if rng.IntN(3) > 0 { // what is usual for the profile
				u = float64((profile*7+i*5)%11) / 11
			}
			row[i] = uint16(1 + u*u*float64(size))
			if (source+i)%4 == 0 && rng.IntN(10) > 0 {
				row[i] = 0
			}
		}
		for f := range flags {
			row[len(sizes)+f] = 0
			if rng.Float64() < share[profile][f] && (source+f)%5 > 0 {
				row[len(sizes)+f] = 1
			}
		}
		b.Add(row, 1)
	}
	return b.Table()
}
