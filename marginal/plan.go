package marginal

// Costs in nanoseconds, of BenchmarkCount on the machine of docs/performance.md. They decide how combinations are
// counted, never what the counts are, and a factor of two in them matters little.
const (
	costVisit = 1.3 // one attribute of one record
	costWord  = 0.5 // 64 records of two sets
	costBit   = 2   // one bit set
)

// minRecords is the fewest records for which bitmaps are thought about.
const minRecords = 128

// plan tells from where on attributes are better combined among each other by bitmaps than by lists: a position in found that
// begins a column, or len(found) for nowhere. persons hold each attribute, of the total who share the records; combinations of
// up to rest attributes are to be counted.
//
// The work with lists grows with the attributes that records have, as if attributes were independent; that with bitmaps, with the combinations
// that there can be, whether anybody has them or not. So columns with few, frequent values, at the end, are for bitmaps.
func plan[T tally](after, found []int32, persons []T, records int, total float64, rest int) int {
	best, saving := len(found), 0.0
	if records < minRecords || rest < 2 {
		return best
	}
	n, words := float64(records), float64(records)/64+1
	var perRecord, possible [MaxLength + 1]float64 // combinations of the attributes from lo on, by length
	perRecord[0], possible[0] = 1, 1
	for hi := len(found); hi > 0; {
		lo, share := hi, 0.0
		for column := after[found[hi-1]]; lo > 0 && after[found[lo-1]] == column; lo-- {
			share += people(persons[lo-1]) / total
		}
		for l := rest; l > 0; l-- {
			perRecord[l] += share * perRecord[l-1]
			possible[l] += float64(hi-lo) * possible[l-1]
		}
		lists, bitmaps := 0.0, n*perRecord[1]*costBit+words*possible[1]*costWord
		for l := 2; l <= rest; l++ {
			lists += n * perRecord[l] * costVisit
			bitmaps += words * possible[l] * costWord
		}
		if lists-bitmaps > saving {
			best, saving = lo, lists-bitmaps
		}
		hi = lo
	}
	return best
}

// plan is the function plan for what was found among some records.
func (w *walker[T, I]) plan(l *depth[T], records []occurrence[T], rest int) int {
	if len(records) < minRecords {
		return len(l.found)
	}
	total := 0.0
	for _, r := range records {
		total += people(r.weight)
	}
	return plan(w.ix.after, l.found, l.persons, len(records), total, rest)
}
