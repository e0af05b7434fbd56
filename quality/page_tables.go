package quality

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// heatChart draws the associations of pairs of columns: both tables in one square, and their difference in another.
type heatChart struct {
	Some, Side, Left, Width, Height int // Some: only so many columns are drawn, if not 0
	Labels                          []heatLabel
	Both, Difference                []heatCell
	Rows                            []heatRow
	Strengths, Changes              []key
}

// heatSquare is one of the two squares.
type heatSquare struct {
	Heat  *heatChart
	What  string
	Cells []heatCell
}

// X returns where a cell is drawn.
func (h *heatChart) X(at int) int { return h.Left + at*heatSide }

// Y returns where a cell is drawn.
func (h *heatChart) Y(at int) int { return 22 + at*heatSide }

// Span is the length of the sides of the square.
func (h *heatChart) Span() int { return len(h.Labels) * heatSide }

type heatLabel struct {
	Number, At int
	Text, Full string
}

type heatCell struct {
	X, Y  int
	Class string
	Title string
}

type heatRow struct {
	A, B                            string
	Original, Synthetic, Difference float64
}

const (
	heatColumns = 40 // most columns drawn
	heatSide    = 14
	heatLetters = 34
)

func (p *page) heatChart() *heatChart {
	a := p.Figures.Association
	if len(a.Columns) < 2 {
		return nil
	}
	chosen := mostDifferent(a, heatColumns)
	h := &heatChart{Side: heatSide}
	if len(chosen) < len(a.Columns) {
		h.Some = len(chosen)
	}
	h.legends()
	letters := 0
	for i, c := range chosen {
		l := heatLabel{Number: i + 1, At: i, Text: a.Columns[c], Full: a.Columns[c]}
		if r := []rune(l.Text); len(r) > heatLetters {
			l.Text = string(r[:heatLetters-1]) + "…"
		}
		letters = max(letters, len([]rune(l.Text)))
		h.Labels = append(h.Labels, l)
	}
	h.Left = 34 + letters*13/2
	h.Width, h.Height = h.Left+len(chosen)*heatSide+8, 22+len(chosen)*heatSide+4
	for i := range chosen {
		for j := range i {
			h.pair(p, a, chosen, i, j)
		}
	}
	slices.SortStableFunc(h.Rows, func(a, b heatRow) int {
		return cmp.Compare(math.Abs(b.Difference), math.Abs(a.Difference))
	})
	return h
}

// pair draws the pair of the i-th and the j-th chosen column.
func (h *heatChart) pair(p *page, a PublicAssociation, chosen []int, i, j int) {
	o, s := a.Original[chosen[i]][chosen[j]], a.Synthetic[chosen[i]][chosen[j]]
	first, second := a.Columns[chosen[j]], a.Columns[chosen[i]]
	title := p.text("association-cell", "a", first, "b", second, "o", significant(o, 2), "s", significant(s, 2))
	if class := strength(o); class > 0 {
		h.Both = append(h.Both, heatCell{j, i, fmt.Sprint("v", class), title})
	}
	if class := strength(s); class > 0 {
		h.Both = append(h.Both, heatCell{i, j, fmt.Sprint("v", class), title})
	}
	if class := change(s - o); class != "" {
		h.Difference = append(h.Difference, heatCell{j, i, class, title})
	}
	h.Rows = append(h.Rows, heatRow{first, second, o, s, s - o})
}

// mostDifferent returns the columns whose associations differ most, at most n, in order.
func mostDifferent(a PublicAssociation, n int) []int {
	off := make([]float64, len(a.Columns))
	chosen := make([]int, len(a.Columns))
	for i := range a.Columns {
		chosen[i] = i
		for j := range i {
			d := math.Abs(a.Original[i][j] - a.Synthetic[i][j])
			off[i] += d
			off[j] += d
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return cmp.Compare(off[b], off[a]) })
	chosen = chosen[:min(n, len(chosen))]
	slices.Sort(chosen)
	return chosen
}

// strength returns the class of colour of an association, 0 (none) to 9.
func strength(v float64) int { return over(v, strengths) }

// Thresholds of the classes of colour.
var (
	strengths = []float64{0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6}
	changes   = []float64{0.01, 0.03, 0.06, 0.1, 0.2}
)

func (h *heatChart) legends() {
	for i, v := range strengths {
		h.Strengths = append(h.Strengths, key{fmt.Sprint("v", i+1), significant(v, 2) + "+"})
	}
	for i := len(changes) - 1; i >= 0; i-- {
		h.Changes = append(h.Changes, key{fmt.Sprint("w", i+1), "−" + significant(changes[i], 2)})
	}
	for i, v := range changes {
		h.Changes = append(h.Changes, key{fmt.Sprint("s", i+1), "+" + significant(v, 2)})
	}
}

// change returns the class of colour of a difference, "" for none.
func change(d float64) string {
	class := over(math.Abs(d), changes)
	switch {
	case class == 0:
		return ""
	case d < 0:
		return fmt.Sprint("w", class)
	}
	return fmt.Sprint("s", class)
}

// over returns how many of the thresholds a value reaches.
func over(x float64, thresholds []float64) int {
	n := 0
	for n < len(thresholds) && x >= thresholds[n]-1e-9 {
		n++
	}
	return n
}

// samplesView is the comparison with random samples.
type samplesView struct {
	Text    string
	Width   Percent // of the bar
	Samples []PublicSample
	Score   float64
}

func (p *page) samplesView() *samplesView {
	q := p.Figures.Pairs
	if q.Score == nil || len(q.Samples) == 0 {
		return nil
	}
	v := &samplesView{Width: *q.AsGoodAs, Samples: q.Samples, Score: *q.Score}
	switch v.Width {
	case 0:
		v.Text = p.text("sample-less", "least", p.percent(q.Samples[0].Percent))
	case 100:
		v.Text = p.text("sample-more", "most", p.percent(q.Samples[len(q.Samples)-1].Percent))
	default:
		v.Text = p.text("sample-text", "share", p.percent(v.Width))
	}
	return v
}

// attackGroup is all attacks of one name.
type attackGroup struct {
	Title, What string
	Rows        []attackRow
}

type attackRow struct {
	Name, Verdict string
	Leak          bool
	Members       *PublicRate
	Controls      *PublicRate
	Shares        string // of members, and of controls
}

// attackGroups also sets Tried and Leak.
func (p *page) attackGroups() []attackGroup {
	var groups []attackGroup
	last := ""
	for _, a := range p.Figures.Attacks {
		if a.Name != last {
			groups = append(groups, attackGroup{Title: p.text("attack-" + a.Name), What: p.text("attack-what-" + a.Name)})
			last = a.Name
		}
		row := attackRow{Leak: a.Leak, Members: a.Members, Controls: a.Controls}
		row.Name = p.text("attack-inference-detail", "detail", a.Detail)
		if a.Name != Inference {
			row.Name = p.text("attack-" + a.Name + "-" + a.Detail)
		}
		switch {
		case a.Members == nil:
			row.Verdict = p.text("verdict-untried")
		case a.Controls == nil:
			row.Verdict, row.Shares = p.text("verdict-alone"), p.percent(a.Members.Share)
		default:
			row.Verdict = p.text("verdict-none")
			if a.Leak {
				row.Verdict = p.text("verdict-leak")
			}
			row.Shares = p.text("attack-shares", "m", p.percent(a.Members.Share), "c", p.percent(a.Controls.Share))
			p.Tried++
		}
		p.Leak = p.Leak || a.Leak
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, row)
	}
	return groups
}

// Interval writes a rate with its interval.
func (p *page) Interval(r *PublicRate) string {
	if r == nil {
		return absent
	}
	return p.text("interval", "share", p.percent(r.Share), "low", p.percent(r.Low), "high", p.percent(r.High))
}

// KnownColumns lists what attackers know.
func (p *page) KnownColumns() string { return strings.Join(p.Figures.Known, ", ") }

// figureRow is a figure in the table of all.
type figureRow struct {
	Name, What string
	Values     []string
}

// LengthNames are the heads of the table by length.
func (p *page) LengthNames() []string {
	var names []string
	for _, c := range p.Figures.Combinations {
		names = append(names, p.text(lengthKey(c.Length)))
	}
	return append(names[1:], names[0])
}

func (p *page) row(key string, values ...string) figureRow {
	return figureRow{p.text(key), p.text(key+"-what", "k", p.Figures.K), values}
}

// figuresByLength are the figures of combinations: one value for each length, then for all.
func (p *page) figuresByLength() []figureRow {
	lengths := slices.Concat(p.Figures.Combinations[1:], p.Figures.Combinations[:1])
	each := func(key string, value func(c *PublicCombinations) string) figureRow {
		var values []string
		for i := range lengths {
			values = append(values, value(&lengths[i]))
		}
		return p.row(key, values...)
	}
	type of = *PublicCombinations
	return []figureRow{
		each("figure-combinations", func(c of) string { return p.number(c.Combinations) }),
		each("figure-kept", func(c of) string { return p.percent(c.Kept) }),
		each("figure-suppressed", func(c of) string { return p.percent(c.Suppressed) }),
		each("figure-suppressed-weight", func(c of) string { return p.percent(c.SuppressedWeight) }),
		each("figure-unsupported", func(c of) string { return p.percent(c.Unsupported) }),
		each("figure-unsupported-weight", func(c of) string { return p.percent(c.UnsupportedWeight) }),
		each("figure-mean-count", func(c of) string { return p.number(c.MeanCount) }),
		each("figure-mean-error", func(c of) string { return p.number(c.MeanError) }),
		each("figure-proportional-error", func(c of) string { return p.number(c.ProportionalError) }),
		each("figure-relative", func(c of) string { return p.number(c.RelativeL1) }),
	}
}

// figuresWhole are the figures of the tables as a whole.
func (p *page) figuresWhole() []figureRow {
	q := p.Figures
	rows := []figureRow{p.row("figure-supported", p.percent(q.Supported))}
	for _, m := range q.Marginals {
		what := "figure-marginal-what"
		if m.Sampled {
			what = "figure-marginal-sampled"
		}
		rows = append(rows, figureRow{p.text(fmt.Sprint("figure-marginal-", m.Columns)), p.text(what), []string{p.number(m.Mean)}})
	}
	filled := p.row("figure-filled-original", p.number(q.Records.FilledOriginal))
	if p.Private != nil {
		filled.What = p.text("figure-filled-original-exact")
	}
	rows = append(
		rows, p.row("figure-score", p.number(q.Pairs.Score)),
		p.row("figure-pmse", p.number(q.PMSE.Value)), p.row("figure-pmse-ratio", p.number(q.PMSE.Ratio)),
		p.row("figure-association", p.number(q.Association.MeanDifference)),
		filled, p.row("figure-filled-synthetic", p.number(q.Records.FilledSynthetic)),
	)
	return rows
}
