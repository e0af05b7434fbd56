package pgm

import "math"

// tuning are the constants of the method. None depends on the data; docs/method.md says how they were found.
type tuning struct {
	single   float64 // share of rho for counts of all columns
	rare     float64 // and for counts of columns with rare codes once more
	rareness float64 // standard deviations that the noisy count of a code must reach for a value of its own
	rounds   float64 // rounds per column that the first noise level would allow
	measured float64 // share of a round for noise; the rest is for the choice
	rows     int     // sampled rows that stand for the model where its tables are not at hand
	drafted  int     // candidates of one round
	first    int     // sweeps of the fit before the first choice,
	sweeps   int     // in each round,
	last     int     // and at the end
	agree    int     // rounds of taking negative counts away and making tables agree again
	// softness says how far from its count a potential of one e-fold holds a cell, for targets of 1, 2, 3 and more
	// nodes: as a share of the noise that twenty tables which share rho have. Tables of more nodes are held
	// less firmly: more of what they show beyond the smaller ones is noise.
	softness [3]float64
}

var standard = tuning{
	single: 0.06, rare: 0.06, rareness: 3,
	rounds: 5, measured: 0.9, rows: 100_000, drafted: 600,
	first: 50, sweeps: 15, last: 100, agree: 40, softness: [3]float64{0.03, 0.3, 3},
}

// stiffness is the softness of a target with some variance in people.
func (f *fitter) stiffness(variance float64, nodes int) float64 {
	typical := math.Sqrt(10 / float(f.Rho))
	return f.softness[min(nodes, 3)-1] * variance / typical
}
