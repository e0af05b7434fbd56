package dp

import (
	"math"
	"math/bits"

	"github.com/opencovey/covey/privacy/noise"
	"github.com/opencovey/covey/synth/dp/coded"
	"github.com/opencovey/covey/synth/dp/tally"
)

// check finds out the errors of estimates of three attributes, from a sample of them.
func (m *maker) check(triples []candidate) error {
	sample := choose(triples, m.Source)
	list := make([][]int32, len(sample))
	for i, c := range sample {
		list[i] = c.attributes
	}
	limit := max(m.Limit, 3) // with less, nobody would be counted
	counts, variance, err := m.teller.Listed(m.Ledger.Remaining(), limit, list)
	if err != nil {
		return err
	}
	counted := m.model.Counted(limit, 3)
	sums := make([]bandSums, len(edges))
	missed := make([]float64, len(edges)) // sum of shares of people not counted
	for i, c := range sample {
		share := counted.Share(c.attributes...)
		b := bandOf(c.estimate)
		sums[b].add(float64(counts[i])/share-c.estimate, variance/(share*share))
		missed[b] += 1 - share
	}
	errors := judge(sums)
	for i := range triples {
		c := &triples[i]
		b := bandOf(c.estimate)
		c.error = math.Hypot(errors[b], m.doubt(3)*c.estimate*missed[b]/sums[b].n)
	}
	return nil
}

// choose returns at most perBand candidates of each band, at random.
func choose(all []candidate, src *noise.Source) []*candidate {
	byBand := make([][]*candidate, len(edges))
	for i := range all {
		b := bandOf(all[i].estimate)
		byBand[b] = append(byBand[b], &all[i])
	}
	var chosen []*candidate
	for _, band := range byBand {
		for i := range min(perBand, len(band)) {
			k := i + below(src, len(band)-i)
			band[i], band[k] = band[k], band[i]
		}
		chosen = append(chosen, band[:min(perBand, len(band))]...)
	}
	return chosen
}

func below(src *noise.Source, n int) int {
	hi, _ := bits.Mul64(src.Uint64(), uint64(n))
	return int(hi)
}

// bandSums adds up squared distances to noisy counts, less the variance of the noise.
type bandSums struct{ n, squares, fourths float64 }

func (s *bandSums) add(distance, variance float64) {
	x := distance*distance - variance
	s.n++
	s.squares += x
	s.fourths += x * x
}

// judge turns sums into errors, on the safe side: each mean squared error is at least 0 and raised by some of its standard errors. A band of less than
// thirty combinations is judged together with smaller ones.
func judge(sums []bandSums) []float64 {
	errors := make([]float64, len(sums))
	for b := range sums {
		all := sums[b]
		for k := b - 1; k >= 0 && all.n < 30; k-- {
			all.n += sums[k].n
			all.squares += sums[k].squares
			all.fourths += sums[k].fourths
		}
		mean := all.squares / all.n
		errors[b] = math.Sqrt(math.Max(mean, 0) + sure*math.Sqrt(math.Max(all.fourths/all.n-mean*mean, 0)/all.n))
		if all.n < 2 {
			errors[b] = math.Inf(1)
		}
	}
	return errors
}

// inRecords counts combinations in synthetic records.
func inRecords(s *tally.Space, r *coded.Records, list [][]int32) []float64 {
	at := make(map[[3]int32]int32, len(list))
	for i, c := range list {
		at[attributeKey(c)] = int32(i)
	}
	counts := make([]float64, len(list))
	add := func(c [3]int32) {
		if i, ok := at[c]; ok {
			counts[i]++
		}
	}
	var row []int32
	for i := range r.Len() {
		row = row[:0]
		for j, codes := range r.Codes {
			if a := s.Attribute(j, codes[i]); a >= 0 {
				row = append(row, int32(a))
			}
		}
		for i, a := range row {
			add([3]int32{a, -1, -1})
			for k, b := range row[i+1:] {
				add([3]int32{a, b, -1})
				for _, c := range row[i+k+2:] {
					add([3]int32{a, b, c})
				}
			}
		}
	}
	return counts
}

// errors lists the errors of what is published. That of counts of the records adds the distance of the records to the estimates.
func (m *maker) errors(published []candidate) []Error {
	list := make([][]int32, len(published))
	for i, c := range published {
		list[i] = c.attributes
	}
	type sums struct{ n, estimates, records float64 }
	bands := make([][]sums, m.Length)
	for l := range bands {
		bands[l] = make([]sums, len(edges))
	}
	for i, inRows := range inRecords(m.space, m.rows, list) {
		c := published[i]
		s := &bands[len(c.attributes)-1][bandOf(c.estimate)]
		s.n++
		s.estimates += c.error * c.error
		s.records += c.error*c.error + (inRows-c.estimate)*(inRows-c.estimate)
	}
	var all []Error
	for l := range bands {
		for b, s := range bands[l] {
			if s.n == 0 {
				continue
			}
			e := Error{
				Length: l + 1, From: int(edges[b]), Cells: int(s.n),
				Estimates: round3(math.Sqrt(s.estimates / s.n)), Records: round3(math.Sqrt(s.records / s.n)),
			}
			if b+1 < len(edges) {
				e.To = int(edges[b+1])
			}
			all = append(all, e)
		}
	}
	return all
}

// round3 keeps three digits: no more are known.
func round3(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-2)
	return math.Round(x/unit) * unit
}
