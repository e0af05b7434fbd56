package main

import "strconv"

// record appends the row by which a source registers a person.
func (s *simulation) record(b []byte, p *person, source int) []byte {
	b = append(b, "CV-"...)
	b = digits(b, p.id, 7)
	b = append(b, ',')
	b = s.office(b, source)
	b = append(b, ',')
	b = append(b, sources[source].name...)
	b = append(b, ',')
	b = date(b, p.day, source)

	r := row{simulation: s, p: p, source: &sources[source], number: source, b: b}
	r.about()
	r.journey()
	r.exploitation()
	return append(r.b, '\n')
}

// office appends the code of the office that made the row, which a release must leave out.
func (s *simulation) office(b []byte, source int) []byte {
	b = append(b, "KHGS"[source])
	return digits(b, 1+s.dice.under(sources[source].offices), 2)
}

// row is a row in the making.
type row struct {
	*simulation
	p      *person
	source *source
	number int // of the source
	b      []byte
}

// knows begins a cell and reports whether the source fills it. If not, the cell holds what the source writes then.
func (r *row) knows(column int, exists bool) bool {
	r.b = append(r.b, ',')
	if exists && r.p.form.columns&(1<<column) != 0 && !r.dice.happens(12) {
		return true
	}
	missing := &r.source.missing[0]
	if firstYear+r.p.year >= 2016 {
		missing = &r.source.missing[1]
	}
	r.b = append(r.b, missing.texts[r.dice.pick(missing.weights)]...)
	return false
}

// about writes what the person is.
func (r *row) about() {
	p := r.p
	if r.knows(colGender, true) {
		text := r.source.genders[p.gender]
		if r.dice.happens(5) {
			text = [3]string{"female", "male", "transgender/nonconforming"}[p.gender]
		}
		r.b = append(r.b, text...)
	}
	if r.knows(colAge, true) {
		r.b = strconv.AppendInt(r.b, int64(p.age), 10)
	}
	if r.knows(colMinor, true) {
		if p.minor {
			r.b = append(r.b, "Minor"...)
		} else {
			r.b = append(r.b, "Adult"...)
		}
	}
	r.code(colMarital, maritalCodes, p.marital)
	if r.knows(colChildren, p.age >= 12) {
		r.b = strconv.AppendInt(r.b, int64(p.children), 10)
	}
}

// journey writes countries, duration, identification and recruitment.
func (r *row) journey() {
	p := r.p
	r.country(colCitizenship, p.citizenship)
	r.country(colRecruited, p.recruited)
	r.country(colExploitation, p.exploitation)
	if r.knows(colMonths, true) {
		r.b = strconv.AppendInt(r.b, int64(p.months), 10)
	}
	r.code(colStatus, statusCodes, r.dice.pick(r.source.statuses[:]))
	r.code(colDecider, deciderCodes, r.dice.pick([]int{40, 34, 8, 15, 3}))
	r.labels(colRecruiter, recruiterLabels, p.recruiter)
	r.labels(colMethod, methodCodes, p.method)
}

// exploitation writes means, kinds and sectors.
func (r *row) exploitation() {
	p := r.p
	known := p.means
	for m := known; m != 0; m &= m - 1 {
		if r.dice.happens(r.source.missed) {
			known &^= m & -m
		}
	}
	r.labels(colMeans, r.source.means, known)
	for i := range flagCount {
		r.flag(i, p.flags&(1<<i) != 0)
	}
	r.labels(colLabour, r.source.labour, p.labour)
	r.code(colIndustry, industries, p.industry)
	r.labels(colSex, r.source.sex, p.sex)
	r.code(colCase, caseCodes, r.dice.pick([]int{15, 20, 50, 15}))
}

// code writes one of a list. A position below zero is nothing to write.
func (r *row) code(column int, codes []string, position int) {
	if r.knows(column, position >= 0) {
		r.b = append(r.b, codes[position]...)
	}
}

// flag writes yes or no. What is not recorded stays empty, so that a blank is no evidence of a no.
func (r *row) flag(flag int, is bool) {
	r.b = append(r.b, ',')
	switch {
	case is && r.p.form.yes&(1<<flag) != 0:
		r.b = append(r.b, r.source.yesText...)
	case !is && r.p.form.no&(1<<flag) != 0:
		r.b = append(r.b, r.source.noText...)
	}
}

// country writes a country as the source does: alpha-2, names, alpha-3, or a mix.
func (r *row) country(column, at int) {
	if r.number == government && r.dice.happens(8) {
		r.b = append(r.b, ",00"...) // a dictionary's code for "none"
		return
	}
	if !r.knows(column, true) {
		return
	}
	c := &countries[at]
	text := c.alpha2
	switch {
	case r.number == government:
		text = c.alpha3
	case r.number == hotline, r.number == shelters && r.dice.happens(500):
		text = c.name
		if c.alpha2 == "NL" && r.dice.happens(300) {
			text = "Holland"
		}
	}
	r.b = append(r.b, text...)
	if r.dice.happens(3) {
		r.b = append(r.b, ' ')
	}
}

// labels writes the labels of a set of bits in one cell, with the faults of real exports.
func (r *row) labels(column int, labels []string, set int) {
	if column == colMeans && r.number <= hotline && r.p.form.columns&(1<<column) == 0 && r.dice.happens(15) {
		r.b = append(r.b, ",Not Specified"...)
		return
	}
	if !r.knows(column, set != 0) {
		return
	}
	between, first := r.source.between, true
	if r.dice.happens(30) { // typed by hand: the separators are mixed
		between = "; "
	}
	for i := range labels {
		if set&(1<<i) == 0 {
			continue
		}
		if !first {
			if between == "; " && r.dice.happens(30) {
				r.b = append(r.b, ';')
			} else {
				r.b = append(r.b, between...)
			}
		}
		first = false
		r.b = append(r.b, r.spelling(column, labels[i])...)
	}
}

// spelling returns a label, now and then misspelt as in published files.
func (r *row) spelling(column int, label string) string {
	switch {
	case column == colMeans && label == "Physical Abuse" && r.number == hotline && r.dice.happens(250):
		return "Physical abuse"
	case column == colMeans && label == "Withholds Necessities" && r.dice.happens(60):
		return "Withholds necessitie"
	case column == colMeans && label == "DebtBondage" && r.dice.happens(300):
		return "DebtBondage "
	case column == colLabour && label == "Domestic Work" && r.dice.happens(60):
		return "Domestic work"
	}
	return label
}

// date appends the date that a day of the file falls on: ISO, or day first for the government, or a month for shelters.
// A year has 365 days here; 29 February does not occur.
func date(b []byte, day, source int) []byte {
	year, month, left := firstYear+day/365, 0, day%365
	for left >= monthDays[month] {
		left -= monthDays[month]
		month++
	}
	switch source {
	case government:
		b = append(digits(b, left+1, 2), '/')
		b = append(digits(b, month+1, 2), '/')
		return digits(b, year, 4)
	case shelters:
		b = append(digits(b, year, 4), '-')
		return digits(b, month+1, 2)
	default:
		b = append(digits(b, year, 4), '-')
		b = append(digits(b, month+1, 2), '-')
		return digits(b, left+1, 2)
	}
}

var monthDays = [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// digits appends a number with leading zeros; one that needs more places gets them.
func digits(b []byte, n, places int) []byte {
	for limit := 10; places > 1; places-- {
		if n < limit {
			for range places - 1 {
				b = append(b, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}
