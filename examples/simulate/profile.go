package main

// profile is a kind of case: what tends to occur together. It is never written to the file.
type profile struct {
	name         string
	first, last  int            // share of people in 2010 and in 2024, of 100,000; in between on a straight line
	since        int            // year in which the line begins; 0: 2010
	groups       []band         // how many are found together
	women, trans int            // of 1000
	menOlder     int            // years by which men are older than the ages say
	ages         []band         // at registration
	lanes        []lane         // where people are taken
	domestic     int            // share of those who stay in their country, beside the shares of the lanes
	months       []band         // duration
	bundles      []choice       // means of control that come together
	means        []choice       // further means: chance of 1000 in a case of middle severity
	womenMeans   choice         // the same for women alone
	flags        [flagCount]int // chance of 1000
	labour       []choice
	sex          []choice
	sexOfWomen   int // chance of 1000 that sexual exploitation, where it occurs, spares men
	recruiter    []choice
	method       []choice
	sources      [sourceCount]int
}

// lane is a route between regions with a number of corridors drawn by lot.
type lane struct {
	from, to  region
	share     int
	corridors int
}

// weightIn returns the share of the profile in a year.
func (p *profile) weightIn(year int) int {
	start := max(p.since, firstYear)
	if year < start {
		return 0
	}
	return p.first + (p.last-p.first)*(year-start)/(lastYear-start)
}
