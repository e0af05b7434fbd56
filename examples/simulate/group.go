package main

// group is people who come to notice together: those found in one raid, on one boat or in one household, those whom
// a programme brings home between two countries, or one caller. They share most of what is true of them, and all that
// the source's form asks. That is why records of real files repeat each other; files of independent people do not.
type group struct {
	profile, source           int
	citizenship, exploitation int
	gender                    int  // of most
	ages, months              band // of most
	flags, labour, sex        int
	recruiter, method, means  int
	form                      form
	left                      int // people still to come
}

// form is which columns a source fills for a group, as bits.
type form struct{ columns, yes, no int }

// programme is a group that goes on for years: a standing project of a source. Programmes are part of the world, so
// that files with other seeds hold other people of the same programmes.
type programme struct {
	group
	since, until int // years, counted from the first of the file
}

// How large groups are, by how people of a profile are found. Each doubling of the size is rarer than the one before.
var (
	alone      = []band{{1, 1, 900}, {2, 3, 85}, {4, 8, 15}}
	households = []band{{1, 1, 720}, {2, 4, 110}, {5, 12, 50}, {13, 40, 75}, {41, 120, 45}}
	worksites  = []band{{1, 1, 580}, {2, 4, 90}, {5, 12, 70}, {13, 40, 130}, {41, 120, 100}, {121, 300, 30}}
)

// What is drawn by lot for groups.
const (
	inProgrammes    = 565 // of 1000 people: those who come by a programme
	programmesAYear = 9   // that begin
	brief           = 440 // of 1000 people who come alone: those who are not asked much
	largestThorough = 4   // how many may be asked about everything the source ever records
	hotlineWeight   = 20  // how much likelier a hotline meets a group, since its groups are small and it has no programmes
)

// meanSize returns the mean size of the groups of a profile, in hundredths.
func (p *profile) meanSize() int {
	sum, weights := 0, 0
	for _, b := range p.groups {
		sum += (b.lo + b.hi) * 50 * b.weight
		weights += b.weight
	}
	return sum / weights
}

// addProgrammes draws the programmes. Those that began before the first year are in the file from then on.
func (w *world) addProgrammes(d dice) {
	for start := -4; start < years; start++ {
		for n := 1; n <= programmesAYear; n++ {
			p := programme{since: max(start, 0), until: min(start+d.between(1, 6), years-1)}
			for w.found(d, &p.group, d.pick(w.profileWeights[p.since]), p.since); !p.lasts(); {
				w.found(d, &p.group, d.pick(w.profileWeights[p.since]), p.since)
			}
			w.programmes = append(w.programmes, p)
			for y := range years {
				weight := 0
				if p.since <= y && y <= p.until && works(p.source, y) {
					weight = 1200 / (n + 1) // a few are large
				}
				w.programmeWeights[y] = append(w.programmeWeights[y], weight)
			}
		}
	}
}

// lasts reports whether a group may be a programme: not callers of a hotline, and no profile of people who come alone.
func (p *programme) lasts() bool {
	return p.source != hotline && profiles[p.profile].meanSize() > 200
}

// meet draws a group that is found in a year, and how many they are.
func (w *world) meet(d dice, g *group, year int) {
	w.found(d, g, d.pick(w.groupWeights[year]), year)
	g.left = d.within(profiles[g.profile].groups)
	if g.source == hotline {
		g.left = (g.left + 1) / 2
	}
	switch {
	case g.left <= largestThorough && d.happens(sources[g.source].thorough):
		g.form = thoroughForm(d, g.source)
	case g.left == 1 && d.happens(brief):
		g.form.columns &= 1<<colGender | 1<<colAge | 1<<sources[g.source].country
	}
}

// found draws what the people of a group share.
func (w *world) found(d dice, g *group, number, year int) {
	pr := &profiles[number]
	*g = group{profile: number, gender: pr.drawGender(d), ages: d.part(d.band(pr.ages), 3), months: d.band(pr.months)}
	w.drawCorridor(d, g, year)
	g.source = w.register(d, g, year)
	g.flags = pr.drawFlags(d)
	g.labour, g.sex = d.choose(pr.labour), d.choose(pr.sex)
	g.recruiter, g.method = d.choose(pr.recruiter), d.choose(pr.method)
	// Recruitment moved online over the years, in every profile.
	if d.happens(16 * year) {
		g.method |= onlineNetwork
	}
	g.means = pr.drawMeans(d, g)
	g.form = drawForm(d, g.source)
}

// drawCorridor draws where the group comes from and is exploited.
func (w *world) drawCorridor(d dice, g *group, year int) {
	c := &w.corridors[g.profile][d.pick(w.corridorWeights[g.profile])]
	for range 3 { // corridors that are not in use are mostly avoided
		if y := firstYear + year; c.since <= y && y <= c.until {
			break
		}
		c = &w.corridors[g.profile][d.pick(w.corridorWeights[g.profile])]
	}
	g.citizenship, g.exploitation = c.citizenship, c.exploitation
}

// register draws the source that registers a group: by profile, by country, and by who works in that year.
func (w *world) register(d dice, g *group, year int) int {
	var weights [sourceCount]int
	for s := range weights {
		if works(s, year) {
			weights[s] = profiles[g.profile].sources[s] * w.attention[g.exploitation][s]
		}
	}
	weights[hotline] *= hotlineWeight
	if weights == [sourceCount]int{} {
		return caseManagement
	}
	return d.pick(weights[:])
}

// drawForm draws which columns a source fills for a group.
func drawForm(d dice, source int) (f form) {
	s := &sources[source]
	for i, chance := range s.filled {
		if d.happens(chance) {
			f.columns |= 1 << i
		}
	}
	for i := range flagCount {
		if d.happens(s.yes[i]) {
			f.yes |= 1 << i
		}
		if d.happens(s.no[i]) {
			f.no |= 1 << i
		}
	}
	return f
}

// thoroughForm is the form of a case that was asked about everything the source ever records.
func thoroughForm(d dice, source int) (f form) {
	s := &sources[source]
	for i, chance := range s.filled {
		if chance > 0 && d.happens(880) {
			f.columns |= 1 << i
		}
	}
	for i := range flagCount {
		if s.yes[i] > 0 && d.happens(960) {
			f.yes |= 1 << i
			f.no |= 1 << i
		}
	}
	return f
}
