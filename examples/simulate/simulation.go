package main

import "io"

// simulation is the state of one run. Its size does not depend on how many people are drawn.
type simulation struct {
	out  io.Writer
	dice dice
	*world
	row       []byte
	waiting   [1024]again // second rows, by when they are entered
	err       error
	met       group // whoever is being registered together
	metIn     int   // in which year
	referrals [sourceCount]form
}

// again is a person who will be registered again.
type again struct {
	person person
	from   int // source of the row before
	due    bool
}

func newSimulation(out io.Writer, seed uint64) *simulation {
	return &simulation{out: out, dice: newDice(seed), world: newWorld(), row: make([]byte, 0, 1024)}
}

// run writes the file.
func (s *simulation) run(people int) error {
	s.row = append(s.row[:0], header...)
	s.emit()
	share, total := 0, 0
	for _, n := range s.people {
		total += n
	}
	var p person
	for year, n := range s.people {
		from, to := people*share/total, people*(share+n)/total
		share += n
		for i := from; i < to && s.err == nil; i++ {
			// Entry lags registration by up to three weeks, so the file is only nearly in the order of dates.
			day := year*365 + max(0, (i-from)*365/(to-from)-s.dice.under(21))
			g := s.next(year)
			p.id = i + 1
			s.draw(s.dice, &p, g, year, day)
			s.enter(&p, g.source)
			s.repeat(i)
		}
	}
	for i := range s.waiting { // what is still waiting when the file ends
		s.repeat(people + i)
	}
	return s.err
}

// next returns the group of the next person: a programme, or one found at the time.
func (s *simulation) next(year int) *group {
	if s.dice.happens(inProgrammes) {
		return &s.programmes[s.dice.pick(s.programmeWeights[year])].group
	}
	if s.met.left == 0 || s.metIn != year {
		s.meet(s.dice, &s.met, year)
		s.metIn = year
	}
	s.met.left--
	return &s.met
}

// enter writes a row of a person by a source, and arranges for the next.
func (s *simulation) enter(p *person, source int) {
	p.rows++
	s.row = s.record(s.row[:0], p, source)
	s.emit()
	if s.dice.happens(2) {
		s.emit() // entered twice
	}
	if chance := []int{90, 110, 0}[min(p.rows-1, 2)]; s.dice.happens(chance) {
		s.wait(p, source)
	}
}

// wait puts a person where one of the next rows will find them.
func (s *simulation) wait(p *person, source int) {
	at := p.id + s.dice.between(20, 600)
	for range s.waiting {
		if slot := &s.waiting[at%len(s.waiting)]; !slot.due {
			*slot = again{*p, source, true}
			return
		}
		at++
	}
}

// repeat registers again whoever is due at this place of the file.
func (s *simulation) repeat(at int) {
	slot := &s.waiting[at%len(s.waiting)]
	if !slot.due {
		return
	}
	slot.due = false
	p := slot.person
	later := min(s.dice.between(12, 420), years*365-1-p.day)
	p.age += (p.day%365 + later) / 365 // birthdays are on new year's day, which nobody will notice
	p.day += later
	p.year = p.day / 365
	// Something else may come to light: another country, a longer time, more means.
	if s.dice.happens(20) {
		p.exploitation = s.destinations[s.dice.under(len(s.destinations))]
	}
	if s.dice.happens(100) {
		p.months += s.dice.between(1, 9)
	}
	if s.dice.happens(60) {
		p.means |= 1 << s.dice.under(meansCount)
	}
	source := refer(s.dice, slot.from, p.year)
	p.form = s.referral(source)
	s.enter(&p, source)
}

// referral returns the form by which a source registers those whom others sent. It changes now and then.
func (s *simulation) referral(source int) form {
	if f := &s.referrals[source]; *f == (form{}) || s.dice.happens(15) {
		*f = drawForm(s.dice, source)
	}
	return s.referrals[source]
}

func (s *simulation) emit() {
	if s.err == nil {
		_, s.err = s.out.Write(s.row)
	}
}
