package main

// region groups countries, so that corridors can be drawn between neighbours and along long routes. The groups
// serve the simulation only.
type region int

const (
	eastAfrica region = iota
	westAfrica
	northAfrica
	gulf
	southAsia
	southEastAsia
	eastAsia
	eastEurope
	centralAsia
	westEurope
	latinAmerica
	pacificAndNorthAmerica
	regionCount
)

// country is a country in the three forms that the sources write.
type country struct {
	alpha2, alpha3, name string
	region               region
}

// countries are those that may occur. Which do, and how often, is decided by lot.
var countries = []country{
	{"ET", "ETH", "Ethiopia", eastAfrica},
	{"KE", "KEN", "Kenya", eastAfrica},
	{"UG", "UGA", "Uganda", eastAfrica},
	{"TZ", "TZA", "Tanzania", eastAfrica},
	{"BI", "BDI", "Burundi", eastAfrica},
	{"MG", "MDG", "Madagascar", eastAfrica},
	{"MZ", "MOZ", "Mozambique", eastAfrica},
	{"ZM", "ZMB", "Zambia", eastAfrica},
	{"NG", "NGA", "Nigeria", westAfrica},
	{"GH", "GHA", "Ghana", westAfrica},
	{"SN", "SEN", "Senegal", westAfrica},
	{"ML", "MLI", "Mali", westAfrica},
	{"CI", "CIV", "Ivory Coast", westAfrica},
	{"GN", "GIN", "Guinea", westAfrica},
	{"TG", "TGO", "Togo", westAfrica},
	{"BJ", "BEN", "Benin", westAfrica},
	{"MA", "MAR", "Morocco", northAfrica},
	{"TN", "TUN", "Tunisia", northAfrica},
	{"EG", "EGY", "Egypt", northAfrica},
	{"JO", "JOR", "Jordan", northAfrica},
	{"LB", "LBN", "Lebanon", northAfrica},
	{"TR", "TUR", "Türkiye", northAfrica},
	{"AE", "ARE", "United Arab Emirates", gulf},
	{"SA", "SAU", "Saudi Arabia", gulf},
	{"QA", "QAT", "Qatar", gulf},
	{"KW", "KWT", "Kuwait", gulf},
	{"OM", "OMN", "Oman", gulf},
	{"BH", "BHR", "Bahrain", gulf},
	{"IN", "IND", "India", southAsia},
	{"NP", "NPL", "Nepal", southAsia},
	{"BD", "BGD", "Bangladesh", southAsia},
	{"LK", "LKA", "Sri Lanka", southAsia},
	{"PK", "PAK", "Pakistan", southAsia},
	{"PH", "PHL", "Philippines", southEastAsia},
	{"ID", "IDN", "Indonesia", southEastAsia},
	{"VN", "VNM", "Vietnam", southEastAsia},
	{"KH", "KHM", "Cambodia", southEastAsia},
	{"LA", "LAO", "Laos", southEastAsia},
	{"MM", "MMR", "Myanmar", southEastAsia},
	{"TH", "THA", "Thailand", southEastAsia},
	{"MY", "MYS", "Malaysia", southEastAsia},
	{"SG", "SGP", "Singapore", southEastAsia},
	{"CN", "CHN", "China", eastAsia},
	{"KR", "KOR", "South Korea", eastAsia},
	{"JP", "JPN", "Japan", eastAsia},
	{"MN", "MNG", "Mongolia", eastAsia},
	{"RO", "ROU", "Romania", eastEurope},
	{"BG", "BGR", "Bulgaria", eastEurope},
	{"MD", "MDA", "Moldova", eastEurope},
	{"UA", "UKR", "Ukraine", eastEurope},
	{"HU", "HUN", "Hungary", eastEurope},
	{"PL", "POL", "Poland", eastEurope},
	{"AL", "ALB", "Albania", eastEurope},
	{"SK", "SVK", "Slovakia", eastEurope},
	{"LT", "LTU", "Lithuania", eastEurope},
	{"GE", "GEO", "Georgia", eastEurope},
	{"UZ", "UZB", "Uzbekistan", centralAsia},
	{"KG", "KGZ", "Kyrgyzstan", centralAsia},
	{"TJ", "TJK", "Tajikistan", centralAsia},
	{"KZ", "KAZ", "Kazakhstan", centralAsia},
	{"DE", "DEU", "Germany", westEurope},
	{"FR", "FRA", "France", westEurope},
	{"IT", "ITA", "Italy", westEurope},
	{"ES", "ESP", "Spain", westEurope},
	{"GB", "GBR", "UK", westEurope},
	{"NL", "NLD", "Netherlands", westEurope},
	{"BE", "BEL", "Belgium", westEurope},
	{"AT", "AUT", "Austria", westEurope},
	{"SE", "SWE", "Sweden", westEurope},
	{"NO", "NOR", "Norway", westEurope},
	{"PT", "PRT", "Portugal", westEurope},
	{"GR", "GRC", "Greece", westEurope},
	{"IE", "IRL", "Ireland", westEurope},
	{"MX", "MEX", "Mexico", latinAmerica},
	{"GT", "GTM", "Guatemala", latinAmerica},
	{"HN", "HND", "Honduras", latinAmerica},
	{"SV", "SLV", "El Salvador", latinAmerica},
	{"CO", "COL", "Colombia", latinAmerica},
	{"PE", "PER", "Peru", latinAmerica},
	{"BO", "BOL", "Bolivia", latinAmerica},
	{"EC", "ECU", "Ecuador", latinAmerica},
	{"BR", "BRA", "Brazil", latinAmerica},
	{"AR", "ARG", "Argentina", latinAmerica},
	{"CL", "CHL", "Chile", latinAmerica},
	{"DO", "DOM", "Dominican Republic", latinAmerica},
	{"PY", "PRY", "Paraguay", latinAmerica},
	{"US", "USA", "USA", pacificAndNorthAmerica},
	{"CA", "CAN", "Canada", pacificAndNorthAmerica},
	{"AU", "AUS", "Australia", pacificAndNorthAmerica},
	{"NZ", "NZL", "New Zealand", pacificAndNorthAmerica},
}

// The world is drawn once, from a number that is not the seed: files with other seeds hold other people of the same
// world, which is what a held-out control needs. Worlds differ much, since a few programmes are large: this number was
// picked among some because online scams grow in its world, as their profile says.
const worldLot = 20240930

// corridor is a way that people are taken, and how much of its profile it carries.
type corridor struct {
	citizenship, exploitation int // positions in countries
	weight                    int
	since, until              int // years in which it is in use
}

// world is everything that is drawn by lot.
type world struct {
	corridors             [][]corridor       // by profile
	origins, destinations []int              // countries that occur as either in a corridor
	attention             [][sourceCount]int // by country: how much each source works there
	profileWeights        [years][]int       // by year
	groupWeights          [years][]int       // the same for groups of a profile, which are fewer where they are large
	programmes            []programme
	programmeWeights      [years][]int // of programmes, by year
	people                [years]int   // how the people of a file are spread over the years
	corridorWeights       [][]int      // weights of corridors, for drawing
}

func newWorld() *world {
	w := &world{people: [years]int{60, 68, 75, 82, 88, 100, 112, 124, 132, 140, 96, 118, 142, 150, 156}}
	w.corridors, w.corridorWeights = make([][]corridor, len(profiles)), make([][]int, len(profiles))
	d := newDice(worldLot)
	size := make([]int, len(countries)) // how often the lot falls on a country
	for i := range size {
		size[i] = []int{1, 2, 3, 7, 16, 40}[d.under(6)]
	}
	for p := range profiles {
		for _, l := range profiles[p].lanes {
			w.addCorridors(d, p, l, size)
		}
		w.addDomestic(d, p, size)
	}
	w.listCountries()
	w.attention = make([][sourceCount]int, len(countries))
	for i := range w.attention {
		w.attention[i] = [sourceCount]int{d.between(3, 7), 1 + 13*d.under(2), 2 + 6*(d.under(4)/3), d.between(1, 6)}
	}
	for y := range years {
		for p := range profiles {
			weight := profiles[p].weightIn(firstYear + y)
			w.profileWeights[y] = append(w.profileWeights[y], weight)
			w.groupWeights[y] = append(w.groupWeights[y], weight*10000/profiles[p].meanSize())
		}
	}
	w.addProgrammes(d)
	return w
}

// addCorridors draws the corridors of a lane. The n-th is used in proportion to 1/n(n+2), so that a few are large and
// many have a handful of people.
func (w *world) addCorridors(d dice, profile int, l lane, size []int) {
	for n := 1; n <= l.corridors; n++ {
		from, to := lot(d, l.from, size), lot(d, l.to, size)
		if from == to {
			continue
		}
		c := corridor{from, to, l.share * 600 / (n * (n + 2)), firstYear, lastYear}
		switch d.under(10) {
		case 0:
			c.since = firstYear + d.between(4, 10)
		case 1:
			c.until = lastYear - d.between(3, 9)
		}
		w.add(profile, c)
	}
}

// addDomestic draws the countries in which people of a profile are exploited at home.
func (w *world) addDomestic(d dice, profile int, size []int) {
	lanes := profiles[profile].lanes
	const places = 8
	for n := 1; n <= places; n++ {
		at := lot(d, lanes[d.under(len(lanes))].from, size)
		w.add(profile, corridor{at, at, profiles[profile].domestic * 600 / (n * (n + 2)), firstYear, lastYear})
	}
}

func (w *world) add(profile int, c corridor) {
	if c.weight > 0 {
		w.corridors[profile] = append(w.corridors[profile], c)
		w.corridorWeights[profile] = append(w.corridorWeights[profile], c.weight)
	}
}

// lot draws a country of a region.
func lot(d dice, r region, size []int) int {
	weights := make([]int, len(countries))
	for i, c := range countries {
		if c.region == r {
			weights[i] = size[i]
		}
	}
	return d.pick(weights)
}

// listCountries finds where corridors begin and end.
func (w *world) listCountries() {
	var from, to [200]bool
	for _, corridors := range w.corridors {
		for _, c := range corridors {
			from[c.citizenship], to[c.exploitation] = true, true
		}
	}
	for i := range countries {
		if from[i] {
			w.origins = append(w.origins, i)
		}
		if to[i] {
			w.destinations = append(w.destinations, i)
		}
	}
}
