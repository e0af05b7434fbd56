package quality

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// lengthRow is how combinations of one length fare.
type lengthRow struct {
	Name          string
	Kept, Present Percent
	Lost, Full    string // paths of a square of 10 × 10: what is lost, what is kept
	Title         string
}

func (p *page) lengthRows() []lengthRow {
	var rows []lengthRow
	for _, c := range p.Figures.Combinations {
		if c.Length == 0 || c.Kept == nil {
			continue
		}
		r := lengthRow{Name: p.text(lengthKey(c.Length)), Kept: *c.Kept, Present: 100 - *c.Suppressed}
		full := int(math.Round(float64(r.Kept)))
		r.Full, r.Lost = waffle(0, full), waffle(full, 100)
		r.Title = p.text("waffle", "length", r.Name, "kept", p.percent(r.Kept))
		rows = append(rows, r)
	}
	return rows
}

func lengthKey(length int) string { return "length-" + strconv.Itoa(length) }

// waffle returns the path of the small squares from one to below another, of 100 that fill a square of side 100 row by row.
func waffle(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "M%d %dh8v8h-8z", i%10*10+1, i/10*10+1)
	}
	return b.String()
}

// bandChart draws the preservation by size of the count, a line for each length.
type bandChart struct {
	Width, Height, Left, Right, Top, Bottom int
	X, Y                                    []tick
	Lines                                   []bandLine
	Rows                                    []bandRow
	Lengths                                 []string
}

type tick struct {
	At   float64
	Text string
}

type bandLine struct {
	Class int // of colour and shape
	Name  string
	Path  string
	Marks []mark
	Key   string // path of the mark at (8, 8), for the legend
}

type mark struct{ Path, Title string }

// bandRow is a band in the table below the chart.
type bandRow struct {
	From, To string
	Cells    []*Percent // by length
}

const bandWidth = 46

func (p *page) bandChart() *bandChart {
	var froms []int
	for _, b := range p.Figures.Bands {
		if b.Length > 0 && !slices.Contains(froms, b.From) {
			froms = append(froms, b.From)
		}
	}
	if len(froms) == 0 {
		return nil
	}
	first, last := slices.Min(froms), slices.Max(froms)
	bands := int(math.Round(math.Log2(float64(last)/float64(first)))) + 1
	c := &bandChart{Left: 52, Top: 12, Height: 300}
	c.Right, c.Bottom = c.Left+bands*bandWidth, c.Height-48
	c.Width = max(c.Right+28, 320)
	place := func(b PublicBand) (x, y float64) {
		x = float64(c.Left) + bandWidth*(0.5+math.Log2(float64(b.From)/float64(first)))
		return x, float64(c.Bottom) - float64(b.Kept)/100*float64(c.Bottom-c.Top)
	}
	for i := range bands + 1 {
		c.X = append(c.X, tick{float64(c.Left + i*bandWidth), short(first << i)})
	}
	for _, y := range []int{0, 25, 50, 75, 100} {
		c.Y = append(c.Y, tick{float64(c.Bottom) - float64(y)/100*float64(c.Bottom-c.Top), p.text("percent", "n", y)})
	}
	for length := 1; length <= p.Figures.Length; length++ {
		line := bandLine{Class: length, Name: p.text(lengthKey(length)), Key: shape(length, 8, 8)}
		step := "M"
		for _, b := range p.Figures.Bands {
			if b.Length == length {
				x, y := place(b)
				line.Path += fmt.Sprintf("%s%.1f %.1f", step, x, y)
				step = "L"
				title := p.text("kept-title", "name", line.Name, "from", grouped(strconv.Itoa(b.From)), "to", grouped(strconv.Itoa(2*b.From-1)), "kept", p.percent(b.Kept))
				line.Marks = append(line.Marks, mark{shape(length, x, y), title})
			}
		}
		if line.Marks != nil {
			c.Lines = append(c.Lines, line)
		}
	}
	c.table(p, first, bands)
	return c
}

func (c *bandChart) table(p *page, first, bands int) {
	for length := 1; length <= p.Figures.Length; length++ {
		c.Lengths = append(c.Lengths, p.text(lengthKey(length)))
	}
	for i := range bands {
		from := first << i
		row := bandRow{grouped(strconv.Itoa(from)), grouped(strconv.Itoa(2*from - 1)), make([]*Percent, p.Figures.Length)}
		for _, b := range p.Figures.Bands {
			if b.From == from && b.Length > 0 {
				row.Cells[b.Length-1] = &b.Kept
			}
		}
		c.Rows = append(c.Rows, row)
	}
}

// shape returns the path of the mark of a length around a point: a different one for each, so that colour is not needed to tell them apart.
func shape(length int, x, y float64) string {
	switch length {
	case 1: // circle
		return fmt.Sprintf("M%.1f %.1fa4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", x-4.5, y)
	case 2: // square
		return fmt.Sprintf("M%.1f %.1fh8v8h-8z", x-4, y-4)
	case 3: // triangle
		return fmt.Sprintf("M%.1f %.1fl5.2 9h-10.4z", x, y-5.5)
	case 4: // diamond
		return fmt.Sprintf("M%.1f %.1fl5.5 5.5l-5.5 5.5l-5.5 -5.5z", x, y-5.5)
	case 5: // triangle on its head
		return fmt.Sprintf("M%.1f %.1fl5.2 -9h-10.4z", x, y+5.5)
	}
	return fmt.Sprintf("M%.1f %.1fh2.6v-3.4h3.4v3.4h2.6v3.2h-2.6v3.4h-3.4v-3.4h-2.6z", x-4.3, y-1.6) // cross
}

// short writes a count in few characters.
func short(n int) string {
	switch {
	case n >= 1_000_000:
		return significant(float64(n)/1_000_000, 3) + "m"
	case n >= 10_000:
		return significant(float64(n)/1000, 3) + "k"
	}
	return grouped(strconv.Itoa(n))
}

// plotChart draws counts against counts, in half octaves.
type plotChart struct {
	Public                                        bool
	Side                                          int
	Width, Height, Left, Right, Top, Bottom, None int // None: where counts of 0 lie
	X, Y                                          []tick
	Cells                                         []plotSquare
	Line, Above, Below                            string
	Rows                                          []plotRow
	Legend                                        []key
	Worst                                         []Cell
}

// End is the bottom of the squares for counts of 0.
func (c *plotChart) End() int { return c.None + plotSide }

// key is an entry of a legend.
type key struct{ Class, Text string }

// cellTable is a table of single combinations.
type cellTable struct {
	Cells          []Cell
	Caption, First string
}

type plotSquare struct {
	X, Y, Class int
	Title       string
}

type plotRow struct {
	X, Y string
	N    int
}

const plotSide = 15

func (p *page) plotChart() *plotChart {
	c := &plotChart{Side: plotSide - 1}
	for i, text := range []string{"1", "2–9", "10–99", "100–999", "1,000+"} {
		c.Legend = append(c.Legend, key{strconv.Itoa(i + 1), text})
	}
	var cells []PlotCell
	switch {
	case p.Private != nil:
		cells = p.Private.Plot
	case p.Figures.Published != nil:
		cells, c.Worst, c.Public = p.Figures.Published.Plot, p.Figures.Published.Worst, true
	}
	sum := map[[2]int]int{}
	low, high := math.MaxInt, 0
	for _, cell := range cells {
		sum[[2]int{cell.Sensitive, cell.Synthetic}] += cell.Combinations
		low, high = min(low, cell.Sensitive), max(high, cell.Sensitive, cell.Synthetic)
		if cell.Synthetic >= 0 {
			low = min(low, cell.Synthetic)
		}
	}
	if len(sum) == 0 {
		return nil
	}
	c.frame(low, high)
	for x := low; x <= high; x++ {
		for y := -1; y <= high; y++ {
			if n := sum[[2]int{x, y}]; n > 0 {
				c.square(p, x, y, n, low)
			}
		}
	}
	return c
}

// frame lays out axes for the half octaves from low to high.
func (c *plotChart) frame(low, high int) {
	span := (high - low + 1) * plotSide
	c.Left, c.Top = 64, 10
	c.Right, c.Bottom = c.Left+span, c.Top+span
	c.None = c.Bottom + 8
	c.Width, c.Height = max(c.Right+20, 320), c.End()+44
	at := func(half float64) float64 { return (half - float64(low)) * plotSide }
	for n := 1; n < 1_000_000_000; n *= 10 {
		if half := 2 * math.Log2(float64(n)); half >= float64(low) && half <= float64(high+1) {
			c.X = append(c.X, tick{float64(c.Left) + at(half), short(n)})
			c.Y = append(c.Y, tick{float64(c.Bottom) - at(half), short(n)})
		}
	}
	c.Line = fmt.Sprintf("M%d %dL%d %d", c.Left, c.Bottom, c.Right, c.Top)
	c.Above = fmt.Sprintf("M%d %dL%d %d", c.Left, c.Bottom-2*plotSide, c.Right-2*plotSide, c.Top)
	c.Below = fmt.Sprintf("M%d %dL%d %d", c.Left+2*plotSide, c.Bottom, c.Right, c.Top+2*plotSide)
}

func (c *plotChart) square(p *page, x, y, n, low int) {
	class := min(4, int(math.Log10(float64(n)))+1) + 1 // 1, 2–9, 10–99, …
	if n == 1 {
		class = 1
	}
	s := plotSquare{X: c.Left + (x-low)*plotSide, Y: c.None, Class: class}
	count := p.text("plot-none")
	if y >= 0 {
		s.Y = c.Bottom - (y-low+1)*plotSide
		count = halfOctaveText(y)
	}
	s.Title = p.text("plot-cell", "x", halfOctaveText(x), "y", count, "n", grouped(strconv.Itoa(n)))
	c.Cells = append(c.Cells, s)
	c.Rows = append(c.Rows, plotRow{halfOctaveText(x), count, n})
}

// halfOctaveText writes the counts of a half octave.
func halfOctaveText(h int) string {
	from, to := int(math.Ceil(math.Exp2(float64(h)/2))), int(math.Ceil(math.Exp2(float64(h+1)/2)))-1
	if from >= to {
		return grouped(strconv.Itoa(from))
	}
	return grouped(strconv.Itoa(from)) + "–" + grouped(strconv.Itoa(to))
}
