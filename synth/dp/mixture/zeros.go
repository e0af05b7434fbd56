package mixture

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/opencovey/covey/synth/dp/coded"
)

// zero is a structural zero: for each column that it is about, the codes that fulfil its condition.
type zero []condition

type condition struct {
	column int
	holds  []bool // by code
}

func newZeros(d *coded.Domain) []zero {
	var zeros []zero
	for _, z := range d.Zeros {
		if len(z) == 0 {
			continue
		}
		var all zero
		for _, c := range z {
			holds := make([]bool, d.Columns[c.Column].Size)
			for _, code := range c.Codes {
				holds[code] = true
			}
			all = append(all, condition{c.Column, holds})
		}
		zeros = append(zeros, all)
	}
	return zeros
}

func (z zero) has(row []uint16) bool {
	for _, c := range z {
		if !c.holds[row[c.column]] {
			return false
		}
	}
	return true
}

// violated returns how many zeros a row has, and the first one.
func violated(zeros []zero, row []uint16) (n int, first zero) {
	for _, z := range zeros {
		if z.has(row) {
			if n++; n == 1 {
				first = z
			}
		}
	}
	return n, first
}

// keepZeros sees to it that no record has a structural zero. Most were avoided before. What is left is mended, or else becomes like
// another record, of its class if possible.
func (m *Model) keepZeros(ctx context.Context, r *coded.Records, start []int) error {
	zeros := newZeros(m.space.Domain)
	if len(zeros) == 0 {
		return nil
	}
	row := make([]uint16, len(r.Codes))
	good := -1
	var bad []int // before the first good one
	for k := range m.classes {
		for i := start[k]; i < start[k+1]; i++ {
			if i%1024 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			readRow(r, i, row)
			switch {
			case m.mend(row, k, zeros):
				good = i
				writeRow(r, i, row)
			case good >= 0:
				readRow(r, good, row)
				writeRow(r, i, row)
			default:
				bad = append(bad, i)
			}
		}
	}
	if len(bad) == 0 {
		return nil
	}
	readRow(r, max(good, 0), row)
	if good < 0 && !m.search(row, zeros) {
		return errors.New("make records: every combination of values that was tried is impossible by the domain")
	}
	for _, i := range bad {
		writeRow(r, i, row)
	}
	return nil
}

func readRow(r *coded.Records, i int, row []uint16) {
	for j, codes := range r.Codes {
		row[j] = codes[i]
	}
}

func writeRow(r *coded.Records, i int, row []uint16) {
	for j, codes := range r.Codes {
		codes[i] = row[j]
	}
}

// mend changes values of a row of class k, one after the other, until it has no zero, if there is a way on which each
// change leaves fewer zeros. Among those the most probable value is taken.
func (m *Model) mend(row []uint16, k int, zeros []zero) bool {
	n, z := violated(zeros, row)
	for n > 0 {
		least, column, value, best := n, -1, uint16(0), float32(0)
		for _, c := range z {
			was := row[c.column]
			for code, holds := range c.holds {
				chance := m.chance(k, c.column, uint16(code))
				if holds || chance <= 0 {
					continue
				}
				row[c.column] = uint16(code)
				left, _ := violated(zeros, row)
				if left < least || left == least && column >= 0 && chance > best {
					least, column, value, best = left, c.column, uint16(code), chance
				}
			}
			row[c.column] = was
		}
		if column < 0 {
			return false
		}
		row[column] = value
		n, z = violated(zeros, row)
	}
	return true
}

// chance returns the probability of a code in class k; 0 for values that the model has not.
func (m *Model) chance(k, column int, code uint16) float32 {
	a := m.space.Attribute(column, code)
	if a < 0 {
		return m.blank[k*(len(m.first)-1)+column]
	}
	if i, ok := m.position(int32(a)); ok {
		return m.p[k*len(m.kept)+i]
	}
	return 0
}

// mostTries is after how many tries search gives up: to find a possible record can be as hard as any puzzle.
const mostTries = 1_000_000

// search changes a row to one that has no zero, values that the model expects most before others, and reports whether it found one.
func (m *Model) search(row []uint16, zeros []zero) bool {
	var columns []int
	codes := map[int][]uint16{}
	for _, z := range zeros {
		for _, c := range z {
			if codes[c.column] == nil {
				columns = append(columns, c.column)
				codes[c.column] = m.byChance(c.column)
			}
		}
	}
	tries := 0
	set := make([]bool, len(row))
	var from func(at int) bool
	from = func(at int) bool {
		if at == len(columns) {
			return true
		}
		set[columns[at]] = true
		for _, code := range codes[columns[at]] {
			if tries++; tries > mostTries {
				return false
			}
			if row[columns[at]] = code; !hasSet(zeros, row, set) && from(at+1) {
				return true
			}
		}
		set[columns[at]] = false
		return false
	}
	return from(0)
}

// hasSet reports whether a row has a zero that is only about columns that are set.
func hasSet(zeros []zero, row []uint16, set []bool) bool {
	return slices.ContainsFunc(zeros, func(z zero) bool {
		return z.has(row) && !slices.ContainsFunc(z, func(c condition) bool { return !set[c.column] })
	})
}

// byChance returns the codes of a column, those first that are expected most.
func (m *Model) byChance(column int) []uint16 {
	chances := make([]float32, m.space.Domain.Columns[column].Size)
	codes := make([]uint16, len(chances))
	for code := range codes {
		codes[code] = uint16(code)
		for k, share := range m.share {
			chances[code] += share * m.chance(k, column, uint16(code))
		}
	}
	slices.SortStableFunc(codes, func(x, y uint16) int { return cmp.Compare(chances[y], chances[x]) })
	return codes
}
