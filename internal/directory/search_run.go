package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/fold"
)

// Search answers a query.
func (x *Index) Search(q Query) Result {
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	if q.Now.IsZero() {
		q.Now = x.newest
	}
	f := x.filter(q, s)
	defer f.release(s)
	page := x.page(q, f, s)
	page.Of = len(x.shown)
	page.Facets = x.facetCounts(q, f, s)
	page.Checked = x.checkedCounts(q, f, s)
	page.Understood = f.understood
	return page
}

// filtered are the entries that a query finds, and what it finds without one of
// its parts.
type filtered struct {
	tokens     []token
	understood Understood
	scored     bool
	text       bitset            // by the text alone
	checked    bitset            // by Checked alone; nil if it is not chosen
	chosen     map[Facet]bitset  // by one facet alone
	all        bitset            // by everything
	dates      map[string]bitset // by state of the check
}

func (f *filtered) release(s *scratch) {
	s.release(f.text, f.all)
	for _, b := range f.chosen {
		s.release(b)
	}
	for _, b := range f.dates {
		s.release(b)
	}
}

// filter finds the entries, and scores them in the scratch.
func (x *Index) filter(q Query, s *scratch) *filtered {
	f := &filtered{chosen: map[Facet]bitset{}}
	f.text = s.bits()
	x.filterText(q.Text, f, s)
	x.filterDates(q.Now, f, s)
	f.checked = f.dates[q.Checked]
	for facet, codes := range q.Terms {
		if len(codes) == 0 {
			continue
		}
		set := s.bits()
		for _, code := range codes {
			if n, ok := x.lexicon.number[TermRef{facet, code}]; ok && x.having[n] != nil {
				set.or(x.having[n])
			}
		}
		f.chosen[facet] = set
	}
	f.all = s.bits()
	copy(f.all, f.text)
	if f.checked != nil {
		f.all.and(f.checked)
	}
	for _, set := range f.chosen {
		f.all.and(set)
	}
	return f
}

// filterDates finds the entries by when they were checked.
func (x *Index) filterDates(now time.Time, f *filtered, s *scratch) {
	f.dates = map[string]bitset{CheckedYear: s.bits(), CheckedOlder: s.bits(), CheckedNever: s.bits()}
	f.dates[CheckedNever].or(x.never)
	from, _ := slices.BinarySearch(x.checked, now.AddDate(-1, 0, 0).UnixNano())
	for _, i := range x.byChecked[:from] {
		f.dates[CheckedOlder].set(i)
	}
	for _, i := range x.byChecked[from:] {
		f.dates[CheckedYear].set(i)
	}
}

// filterText finds the entries that have all words of a text, or if none has, those
// that have most.
func (x *Index) filterText(text string, f *filtered, s *scratch) {
	f.tokens = x.tokens(cutText(text, MaxQueryText), maxTokens)
	if len(f.tokens) == 0 {
		f.text.fill(len(x.shown))
		return
	}
	f.scored = true
	clear(s.scores)
	clear(s.counts)
	f.text.fill(len(x.shown))
	for _, t := range f.tokens {
		s.token.clear()
		x.match(t, s.token, s.scores)
		f.text.and(s.token)
		if len(f.tokens) > 1 {
			s.token.each(func(i uint32) { s.counts[i]++ })
		}
	}
	x.bonus(text, s.scores, f.text)
	if len(f.tokens) > 1 && f.text.count() == 0 {
		x.relax(f, s)
	}
	x.understand(f)
}

// bonus lifts the entries that are called exactly what was asked for.
func (x *Index) bonus(text string, scores []float32, found bitset) {
	for _, i := range x.names[nameKey(text)] {
		scores[i] += exactName
		found.set(i)
	}
}

// relax takes the entries that have most of the words.
func (x *Index) relax(f *filtered, s *scratch) {
	most := uint8(0)
	for _, n := range s.counts {
		most = max(most, n)
	}
	if most == 0 {
		return
	}
	f.understood.Some = true
	least := max(1, most-most/4)
	for i, n := range s.counts {
		if n >= least {
			f.text.set(uint32(i))
			share := float32(n) / float32(len(f.tokens))
			s.scores[i] *= share * share
		}
	}
}

// understand says what the words of a text were taken for.
func (x *Index) understand(f *filtered) {
	f.understood.Terms = x.named(f.tokens)
	corrected := make([]string, len(f.tokens))
	changed := false
	for i, t := range f.tokens {
		corrected[i] = t.word
		if t.unknown && !t.spanned {
			f.understood.Unknown = append(f.understood.Unknown, t.word)
		}
		if len(t.instead) > 0 && x.knows(t) == 0 {
			corrected[i], changed = x.spelled(t.instead[0].stem), true
		}
	}
	if changed {
		f.understood.Meant = strings.Join(corrected, " ")
	}
}

// named returns the terms that tokens name, each once; a place stands for itself
// as a place of use alone.
func (x *Index) named(tokens []token) []TermRef {
	var refs []TermRef
	for _, t := range tokens {
		for _, c := range t.concepts {
			if ref := x.lexicon.refs[c.term]; c.first && ref.Facet != MadeIn && !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// Understand returns the terms that a text names, in any language or wording.
func (x *Index) Understand(text string) []TermRef {
	return x.named(x.tokens(cutText(text, MaxPlanText), maxPlanTokens))
}

// spelled returns a word that a stem is of, as people write it.
func (x *Index) spelled(s string) string {
	if w, ok := x.lexicon.written[s]; ok {
		return w
	}
	number, ok := x.words[s]
	if !ok || len(x.of(number)) == 0 {
		return s
	}
	best := ""
	t := x.shown[x.of(number)[0].document].tool
	for _, text := range []string{t.Name, strings.Join(t.OtherNames, " "), strings.Join(t.Organisations, " "), t.Description} {
		fold.Each(text, func(w string, _, _ int) {
			if best == "" && stem(w) == s {
				best = w
			}
		})
	}
	return cmp.Or(best, s)
}

// page sorts what was found and makes the hits of one page.
func (x *Index) page(q Query, f *filtered, s *scratch) Result {
	per := q.PerPage
	if per <= 0 {
		per = DefaultPerPage
	}
	per = min(per, MaxPerPage)
	r := Result{Total: f.all.count()}
	r.Pages = max(1, (r.Total+per-1)/per)
	r.Page = min(max(1, q.Page), r.Pages)
	from := (r.Page - 1) * per
	to := min(from+per, r.Total)
	m, meant := x.marker(f.tokens), x.meant(f.tokens)
	for _, i := range x.sortedPart(q, f, s, from, to) {
		h := Hit{Tool: x.shown[i].tool, Stale: Stale(x.shown[i].tool, q.Now)}
		if f.scored {
			h.Score = float64(s.scores[i])
		}
		h.Name, h.Description = m.mark(h.Tool.Name), m.mark(h.Tool.Description)
		h.Matched = x.matched(meant, i)
		r.Hits = append(r.Hits, h)
	}
	return r
}

// sortedPart returns the places from and to of what was found, in order.
func (x *Index) sortedPart(q Query, f *filtered, s *scratch, from, to int) []uint32 {
	order := x.byDefault
	switch {
	case q.Sort == ByUpdated:
		order = x.byUpdated
	case q.Sort == ByName:
		order = nil
	case f.scored:
		return byScore(f.all, s.scores, from, to)
	}
	part := make([]uint32, 0, to-from)
	at := 0
	take := func(i uint32) {
		if at >= from && at < to {
			part = append(part, i)
		}
		at++
	}
	if order == nil { // numbers are in the order of names
		f.all.each(take)
		return part
	}
	for _, i := range order {
		if at == to {
			break
		}
		if f.all.has(i) {
			take(i)
		}
	}
	return part
}

// byScore returns a part of a set in the order of scores, equal ones by number. It
// sorts no more than that part.
func byScore(set bitset, scores []float32, from, to int) []uint32 {
	keys := make([]uint64, 0, set.count())
	set.each(func(i uint32) {
		// Scores are not negative, so that their bits are in their order.
		keys = append(keys, uint64(^math.Float32bits(scores[i]))<<32|uint64(i))
	})
	if to < len(keys) {
		selectSmallest(keys, to)
		keys = keys[:to]
	}
	if from > 0 {
		selectSmallest(keys, from)
	}
	keys = keys[from:]
	slices.Sort(keys)
	part := make([]uint32, len(keys))
	for i, k := range keys {
		part[i] = uint32(k)
	}
	return part
}

// selectSmallest moves the n smallest keys to the front (Hoare's selection). The
// keys are different from one another.
func selectSmallest(keys []uint64, n int) {
	lo, hi := 0, len(keys)-1
	for lo < hi {
		pivot := median(keys[lo], keys[(lo+hi)/2], keys[hi])
		i, j := lo, hi
		for i <= j {
			for keys[i] < pivot {
				i++
			}
			for keys[j] > pivot {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				i++
				j--
			}
		}
		switch {
		case n-1 <= j:
			hi = j
		case n-1 >= i:
			lo = i
		default:
			return
		}
	}
}

func median(a, b, c uint64) uint64 { return max(min(a, b), min(max(a, b), c)) }

// checkedState is CheckedState with the beginning of the year worked out.
func checkedState(checked, year time.Time) string {
	switch {
	case checked.IsZero():
		return CheckedNever
	case checked.Before(year):
		return CheckedOlder
	}
	return CheckedYear
}
