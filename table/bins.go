package table

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

// numberLabels names the bins of a number column: one for values below the first edge, then one per edge.
func (b *Bins) numberLabels() []string {
	labels := make([]string, len(b.Numbers)+1)
	whole := true
	for _, e := range b.Numbers {
		whole = whole && e == math.Trunc(e)
	}
	text := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	labels[0] = "<" + text(b.Numbers[0])
	for i, e := range b.Numbers {
		switch {
		case i < len(b.Labels):
			labels[i+1] = b.Labels[i]
		case i == len(b.Numbers)-1:
			labels[i+1] = text(e) + "+"
		case whole && b.Numbers[i+1] == e+1:
			labels[i+1] = text(e)
		case whole:
			labels[i+1] = text(e) + "--" + text(b.Numbers[i+1]-1)
		default:
			labels[i+1] = text(e) + " to <" + text(b.Numbers[i+1])
		}
	}
	return labels
}

// dateLabels is numberLabels for a date column with declared edges.
func (b *Bins) dateLabels() []string {
	labels := make([]string, len(b.Dates)+1)
	const layout = "2006-01-02"
	labels[0] = "<" + b.Dates[0].Format(layout)
	for i, e := range b.Dates {
		switch {
		case i < len(b.Labels):
			labels[i+1] = b.Labels[i]
		case i == len(b.Dates)-1:
			labels[i+1] = e.Format(layout) + "+"
		default:
			labels[i+1] = e.Format(layout) + "--" + b.Dates[i+1].AddDate(0, 0, -1).Format(layout)
		}
	}
	return labels
}

// number returns the position in numberLabels of the bin that x falls in.
func (b *Bins) number(x float64) int {
	return sort.Search(len(b.Numbers), func(i int) bool { return b.Numbers[i] > x })
}

// date returns the position in dateLabels of the bin that t falls in.
func (b *Bins) date(t time.Time) int {
	return sort.Search(len(b.Dates), func(i int) bool { return b.Dates[i].After(t) })
}

// label names the calendar unit that t falls in.
func (p Period) label(t time.Time) string {
	switch p {
	case Decade:
		return fmt.Sprintf("%ds", t.Year()/10*10)
	case Quarter:
		return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3)
	case Month:
		return t.Format("2006-01")
	default:
		return t.Format("2006")
	}
}

// calendarLabels names the bins of a date column with a first and a last calendar unit; check has bounded them.
func (b *Bins) calendarLabels() []string {
	first, last := b.Every.count(b.From), b.Every.count(b.To)
	labels := make([]string, last-first+1)
	for i := range labels {
		labels[i] = b.Every.label(b.Every.start(first + i))
	}
	labels[0] += " or earlier"
	labels[len(labels)-1] += " or later"
	return labels
}

// calendar returns the position in calendarLabels of the bin that t falls in.
func (b *Bins) calendar(t time.Time) int {
	first, last := b.Every.count(b.From), b.Every.count(b.To)
	return min(max(b.Every.count(t), first), last) - first
}

// count numbers the units of the calendar: units that follow each other have numbers that do.
func (p Period) count(t time.Time) int {
	return (12*t.Year() + int(t.Month()) - 1) / p.months() // dates are read from the year 0 on
}

// start is the first day of the unit of that number.
func (p Period) start(count int) time.Time {
	return time.Date(0, time.Month(count*p.months()+1), 1, 0, 0, 0, 0, time.UTC)
}

// months is the length of the unit.
func (p Period) months() int {
	switch p {
	case Decade:
		return 120
	case Quarter:
		return 3
	case Month:
		return 1
	default:
		return 12
	}
}

// isLabel reports whether a text has the form of the unit's labels.
func (p Period) isLabel(text string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, text)
	switch p {
	case Decade:
		return digits == "0000s"
	case Quarter:
		return digits == "0000-Q0"
	case Month:
		return digits == "0000-00"
	default:
		return digits == "0000"
	}
}
