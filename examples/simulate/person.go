package main

// person is what is true of a person, whatever a source comes to know of it.
type person struct {
	id           int
	year, day    int // of first registration; day counts from the first day of the file, 365 to a year
	gender       int
	age          int // at first registration
	minor        bool
	marital      int
	children     int
	citizenship  int
	recruited    int
	exploitation int
	months       int
	means        int
	flags        int
	labour       int
	industry     int // position in industries, or -1
	sex          int
	recruiter    int
	method       int
	form         form
	rows         int // how many rows were written
}

// draw makes a person of a group who is registered on a day.
func (w *world) draw(d dice, p *person, g *group, year, day int) {
	pr := &profiles[g.profile]
	*p = person{id: p.id, year: year, day: day, gender: g.gender, form: g.form, industry: -1}
	if d.happens(50) {
		p.gender = pr.drawGender(d)
	}
	p.drawAge(d, pr, g)
	w.drawCountries(d, p, g)
	p.drawFamily(d)
	p.drawExploitation(d, pr, g)
	p.means = p.varyMeans(d, pr, g.means)
	p.recruiter, p.method = g.recruiter, g.method
	if d.happens(25) {
		p.recruiter = d.choose(pr.recruiter)
	}
	if d.happens(100) {
		p.method = d.choose(pr.method)
	}
}

// drawGender draws a gender of the profile.
func (pr *profile) drawGender(d dice) int {
	if at := d.under(1000); at < pr.women {
		return female
	} else if at < pr.women+pr.trans {
		return transgender
	}
	return male
}

// drawAge draws age and duration.
func (p *person) drawAge(d dice, pr *profile, g *group) {
	ages, months := g.ages, g.months
	if d.happens(50) {
		ages = d.band(pr.ages)
	}
	if d.happens(40) {
		months = d.band(pr.months)
	}
	p.age = d.between(ages.lo, ages.hi)
	if p.gender == male {
		p.age += pr.menOlder
	}
	if d.happens(2) {
		p.age = d.between(0, 79) // a few are of an age that nobody expects
	}
	// Nobody is exploited for longer than they have lived.
	p.months = min(d.between(months.lo, months.hi), p.age*12+6)
	p.minor = p.age*12-p.months-d.under(12) < 18*12
}

// drawCountries draws where the person comes from, was recruited, and is exploited.
func (w *world) drawCountries(d dice, p *person, g *group) {
	p.citizenship, p.exploitation = g.citizenship, g.exploitation
	if d.happens(80) { // some are there from elsewhere
		c := &w.corridors[g.profile][d.pick(w.corridorWeights[g.profile])]
		p.citizenship = c.citizenship
	}
	if d.happens(8) { // a way that hardly anybody else went
		p.citizenship = w.origins[d.under(len(w.origins))]
	}
	if d.happens(5) {
		p.exploitation = w.destinations[d.under(len(w.destinations))]
	}
	p.recruited = p.citizenship
	switch at := d.under(100); {
	case at < 7:
		p.recruited = p.exploitation
	case at < 9:
		p.recruited = w.origins[d.under(len(w.origins))]
	}
}

// drawFamily draws marital state and children, which follow age.
func (p *person) drawFamily(d dice) {
	p.marital, p.children = 0, 0
	switch {
	case p.age >= 28:
		p.marital = d.pick([]int{30, 42, 5, 9, 12, 2})
		p.children = d.pick([]int{24, 24, 26, 14, 8, 4})
	case p.age >= 17:
		p.marital = d.pick([]int{74, 19, 1, 2, 3, 1})
		p.children = d.pick([]int{70, 20, 8, 2})
	}
}

// drawFlags draws the kinds of exploitation.
func (pr *profile) drawFlags(d dice) (flags int) {
	for i, chance := range pr.flags {
		if d.happens(chance) {
			flags |= 1 << i
		}
	}
	return flags
}

// drawExploitation draws the kinds of exploitation and their sectors: those of the group, with few exceptions.
func (p *person) drawExploitation(d dice, pr *profile, g *group) {
	p.flags = g.flags
	labour, sex := g.labour, g.sex
	if d.happens(25) {
		p.flags, labour, sex = pr.drawFlags(d), d.choose(pr.labour), d.choose(pr.sex)
	}
	if p.flags&(1<<sexualExploit) != 0 && p.gender == male && d.happens(pr.sexOfWomen) {
		p.flags &^= 1 << sexualExploit
	}
	if p.flags&(1<<sexualExploit) != 0 {
		p.sex = sex
	}
	if p.flags&(1<<forcedLabour) == 0 {
		return
	}
	p.labour = labour
	for i, code := range industries {
		if code != "" && p.labour&(1<<i) != 0 {
			p.industry = i
			return
		}
	}
}

// drawMeans draws the means of control of a group: a bundle or two, and further means whose chances rise with severity.
func (pr *profile) drawMeans(d dice, g *group) int {
	severity := d.pick([]int{6, 3, 1}) // low, middle, high
	if g.months.lo > 24 && severity < 2 && d.happens(400) {
		severity++
	}
	means := d.choose(pr.bundles)
	if severity == 2 {
		means |= d.choose(pr.bundles)
	}
	for i := range pr.means {
		if d.happens(pr.means[i].weight * severity / 3) {
			means |= pr.means[i].labels
		}
	}
	if g.gender != male && d.happens(pr.womenMeans.weight*(severity+1)/3) {
		means |= pr.womenMeans.labels
	}
	return means
}

// varyMeans draws how the means of one person differ from those of the group: mostly not.
func (p *person) varyMeans(d dice, pr *profile, means int) int {
	if d.happens(30) {
		means |= d.choose(pr.means)
	}
	if d.happens(8) {
		means |= 1 << d.under(meansCount)
	}
	return means
}
