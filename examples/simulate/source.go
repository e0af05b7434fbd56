package main

// The four sources.
const (
	caseManagement = iota
	hotline
	government
	shelters
	sourceCount
)

// Columns that a source may or may not fill.
const (
	colGender = iota
	colAge
	colMinor
	colMarital
	colChildren
	colCitizenship
	colRecruited
	colExploitation
	colMonths
	colStatus
	colDecider
	colRecruiter
	colMethod
	colMeans
	colLabour
	colIndustry
	colSex
	colCase
	columnCount
)

// source is how an organisation records: what it knows, and how it writes it.
type source struct {
	name     string
	filled   [columnCount]int // chance of 1000 that the column is filled for a group, where there is something to fill in
	yes, no  [flagCount]int   // chance of 1000 that a flag which is true, or not, is recorded for a group
	missed   int              // chance of 1000 that a means of control stays unknown
	missing  [2]choiceOfText  // what stands for a missing value: before 2016, and since
	thorough int              // chance of 1000 that a person or a few are asked about everything
	country  int              // the column of countries that it asks everybody about
	offices  int
	since    int
	until    int
	yesText  string
	noText   string
	genders  [3]string
	between  string // labels of one cell
	means    []string
	labour   []string
	sex      []string
	statuses [2]int // weights of actual and possible victim
	partners [sourceCount]int
}

// choiceOfText is a list of texts with weights.
type choiceOfText struct {
	texts   []string
	weights []int
}

// all is the chance of every flag alike.
func all(chance int) (c [flagCount]int) {
	for i := range c {
		c[i] = chance
	}
	return c
}

// butFor is the chance of every flag alike, but for slavery and similar practices, which few forms have a box for.
func butFor(slaveryChance, chance int) [flagCount]int {
	c := all(chance)
	c[slavery] = slaveryChance
	return c
}

// sources are the four, each with its own habits. A hotline knows where the caller is and seldom what passport they
// hold; case management after return knows the reverse. Six shares are set near those of CTDC's k-anonymised data
// set of 15 July 2021: of case management and hotline records there, 4 and 81 % have no citizenship, 52 and 2 % no country of
// exploitation, 63 and 7 % nothing on forced labour. Means of control are blank for most, as they are there (84 to 96 %).
// All other chances are invented. Forms are filled by group, so what comes out differs by a few percentage points.
var sources = [sourceCount]source{
	caseManagement: {
		name: "Case Management", since: firstYear, until: lastYear, offices: 42,
		filled: [columnCount]int{
			colGender: 998, colAge: 780, colMinor: 420, colMarital: 180, colChildren: 160,
			colCitizenship: 960, colRecruited: 240, colExploitation: 480, colMonths: 100, colStatus: 240, colDecider: 120,
			colRecruiter: 80, colMethod: 90, colMeans: 180, colLabour: 240, colIndustry: 50, colSex: 300, colCase: 950,
		},
		yes: butFor(150, 460), no: all(110), missed: 12, thorough: 20, country: colCitizenship,
		missing: [2]choiceOfText{{[]string{"-99", ""}, []int{70, 30}}, {[]string{"", "Unknown"}, []int{92, 8}}},
		yesText: "1", noText: "0", genders: [3]string{"Female", "Male", "Transgender/NonConforming"}, between: ";",
		means: meansLabels, labour: labourLabels, sex: sexLabels, statuses: [2]int{85, 15},
		partners: [sourceCount]int{20, 5, 25, 50},
	},
	hotline: {
		name: "Hotline", since: 2015, until: lastYear, offices: 6,
		filled: [columnCount]int{
			colGender: 930, colAge: 240, colMinor: 880, colCitizenship: 215, colRecruited: 110, colExploitation: 980,
			colMonths: 20, colStatus: 500, colRecruiter: 80, colMethod: 80, colMeans: 130, colLabour: 440, colSex: 430, colCase: 500,
		},
		// A hotline that works by a narrower law records no other kinds than these two.
		yes: [flagCount]int{forcedLabour: 930, sexualExploit: 930}, no: [flagCount]int{forcedLabour: 930, sexualExploit: 930}, missed: 40, thorough: 20, country: colExploitation,
		missing: [2]choiceOfText{{[]string{"Unknown", ""}, []int{50, 50}}, {[]string{"Unknown", ""}, []int{40, 60}}},
		yesText: "Yes", noText: "No", genders: [3]string{"Female", "Male", "Transgender/NonConforming"}, between: ";",
		means: meansLabels, labour: labourLabels, sex: sexLabels, statuses: [2]int{25, 75},
		partners: [sourceCount]int{30, 10, 30, 30},
	},
	government: {
		name: "Government", since: firstYear, until: lastYear, offices: 11,
		filled: [columnCount]int{
			colGender: 990, colAge: 420, colMinor: 700, colMarital: 60, colChildren: 40,
			colCitizenship: 970, colRecruited: 120, colExploitation: 880, colMonths: 60, colStatus: 700, colDecider: 500,
			colRecruiter: 40, colMethod: 30, colMeans: 70, colLabour: 220, colIndustry: 420, colSex: 220, colCase: 260,
		},
		yes: butFor(420, 780), no: all(740), missed: 25, thorough: 15, country: colCitizenship,
		missing: [2]choiceOfText{{[]string{"NULL", ""}, []int{60, 40}}, {[]string{"NULL", ""}, []int{30, 70}}},
		yesText: "Y", noText: "N", genders: [3]string{"Feminine", "Masculine", "TransgenderFeminine"}, between: ";",
		means: meansCodes, labour: labourLabels, sex: sexCodes, statuses: [2]int{90, 10},
		partners: [sourceCount]int{45, 5, 10, 40},
	},
	shelters: {
		name: "Shelter Network", since: 2012, until: 2021, offices: 23,
		filled: [columnCount]int{
			colGender: 995, colAge: 960, colMinor: 450, colMarital: 420, colChildren: 400,
			colCitizenship: 900, colRecruited: 240, colExploitation: 850, colMonths: 180, colStatus: 280, colDecider: 160,
			colRecruiter: 220, colMethod: 160, colMeans: 420, colLabour: 560, colIndustry: 0, colSex: 560, colCase: 900,
		},
		yes: butFor(300, 620), no: all(160), missed: 20, thorough: 45, country: colExploitation,
		missing: [2]choiceOfText{{[]string{"", "Not collected"}, []int{85, 15}}, {[]string{"", "Not collected"}, []int{85, 15}}},
		yesText: "yes", noText: "no", genders: [3]string{"F", "M", "Trans"}, between: "; ",
		means: meansLabels, labour: labourLabels, sex: sexLabels, statuses: [2]int{60, 40},
		partners: [sourceCount]int{45, 10, 40, 5},
	},
}

// refer draws the source that registers a person again.
func refer(d dice, from, year int) int {
	to := d.pick(sources[from].partners[:])
	if !works(to, year) {
		return caseManagement
	}
	return to
}

// works reports whether a source registers people in a year, counted from the first of the file.
func works(source, year int) bool {
	return sources[source].since <= firstYear+year && firstYear+year <= sources[source].until
}
