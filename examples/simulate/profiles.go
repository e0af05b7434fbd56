package main

import "slices"

// adults is the common shape of ages of grown workers.
var adults = []band{{16, 17, 3}, {18, 20, 12}, {21, 23, 16}, {24, 26, 16}, {27, 29, 12}, {30, 38, 24}, {39, 47, 12}, {48, 68, 5}}

// profiles are the kinds of case. The numbers are invented.
var profiles = slices.Concat(labourProfiles, sexualProfiles, otherProfiles)

// otherProfiles are the rest, the rare ones last.
var otherProfiles = []profile{
	{
		name: "children made to beg and peddle", groups: households, first: 5200, last: 3600, women: 410,
		ages:     []band{{2, 5, 10}, {6, 8, 24}, {9, 12, 38}, {13, 15, 20}, {16, 17, 8}},
		lanes:    []lane{{westAfrica, westAfrica, 32, 9}, {eastEurope, westEurope, 18, 10}, {southEastAsia, southEastAsia, 10, 6}},
		domestic: 40, months: []band{{1, 6, 22}, {7, 24, 42}, {25, 60, 28}, {61, 110, 8}},
		bundles: []choice{
			{46, takesEarnings | physicalAbuse | withholdsNecessities},
			{30, threats | takesEarnings},
			{24, psychologicalAbuse | restrictsMedical},
		},
		means: []choice{
			{340, excessiveHours},
			{300, physicalAbuse},
			{260, withholdsNecessities},
			{180, psychologicalAbuse},
			{120, restrictsMovement},
			{60, psychoactive},
		},
		flags:     [flagCount]int{forcedLabour: 960, slavery: 200, otherExploit: 120},
		labour:    []choice{{58, begging}, {22, begging | peddling}, {16, peddling}, {4, begging | illicitActivities}},
		recruiter: []choice{{64, family}, {20, otherRecruiter}, {12, friend}, {4, family | otherRecruiter}},
		method:    []choice{{66, throughFamily}, {14, atSchool}, {12, throughFriends}, {8, otherMethod}},
		sources:   [sourceCount]int{44, 6, 26, 24},
	},
	{
		name: "online scam compounds", groups: worksites, since: 2017, first: 400, last: 26000, women: 290, trans: 2,
		ages: []band{{16, 17, 4}, {18, 20, 14}, {21, 24, 30}, {25, 29, 30}, {30, 38, 18}, {39, 50, 4}},
		lanes: []lane{
			{southEastAsia, southEastAsia, 40, 12},
			{eastAsia, southEastAsia, 24, 8},
			{southAsia, southEastAsia, 18, 9},
			{eastAfrica, southEastAsia, 12, 8},
			{latinAmerica, southEastAsia, 3, 5},
			{westAfrica, southEastAsia, 3, 5},
		},
		domestic: 2, months: []band{{1, 3, 30}, {4, 8, 44}, {9, 14, 20}, {15, 30, 6}},
		bundles: []choice{
			{52, falsePromises | restrictsMovement | withholdsDocuments | excessiveHours},
			{28, debtBondage | threats | physicalAbuse},
			{20, restrictsMovement | physicalAbuse | withholdsNecessities},
		},
		means: []choice{
			{480, threats},
			{420, physicalAbuse},
			{360, debtBondage},
			{320, psychologicalAbuse},
			{280, takesEarnings},
			{220, withholdsNecessities},
			{160, restrictsMedical},
			{90, otherMeans},
		},
		flags:  [flagCount]int{forcedLabour: 900, otherExploit: 620, sexualExploit: 15},
		labour: []choice{{94, illicitActivities}, {6, illicitActivities | otherLabour}},
		sex:    []choice{{1, remoteServices}}, sexOfWomen: 700,
		recruiter: []choice{{38, friend}, {52, otherRecruiter}, {6, family}, {4, friend | otherRecruiter}},
		method:    []choice{{46, onlineAdvert}, {28, onlineNetwork}, {14, throughFriends}, {12, onlineAdvert | onlineNetwork}},
		sources:   [sourceCount]int{40, 28, 26, 6},
	},
	{
		name: "forced criminality of the young", groups: households, first: 1800, last: 3400, women: 190, trans: 3,
		ages:     []band{{10, 13, 12}, {14, 15, 28}, {16, 17, 36}, {18, 22, 18}, {23, 35, 6}},
		lanes:    []lane{{southEastAsia, westEurope, 34, 8}, {eastEurope, westEurope, 20, 8}, {northAfrica, westEurope, 12, 6}},
		domestic: 34, months: []band{{1, 6, 44}, {7, 12, 30}, {13, 48, 26}},
		bundles: []choice{{48, threats | debtBondage}, {30, psychoactive | falsePromises}, {22, physicalAbuse | restrictsMovement}},
		means: []choice{
			{320, threats},
			{240, threatOfLaw},
			{200, psychologicalAbuse},
			{200, withholdsNecessities},
			{160, takesEarnings},
		},
		flags:     [flagCount]int{forcedLabour: 780, otherExploit: 560},
		labour:    []choice{{80, illicitActivities}, {20, illicitActivities | agriculture}},
		recruiter: []choice{{46, friend}, {36, otherRecruiter}, {14, family}, {4, partner}},
		method:    []choice{{38, throughFriends}, {26, onlineNetwork}, {18, atSchool}, {18, otherMethod}},
		sources:   [sourceCount]int{14, 22, 52, 12},
	},
	{
		name: "street trade and transport", groups: households, first: 2200, last: 1800, women: 340, ages: adults,
		lanes:    []lane{{southAsia, gulf, 20, 6}, {eastAfrica, eastAfrica, 20, 6}, {eastEurope, westEurope, 20, 6}},
		domestic: 40, months: []band{{1, 6, 40}, {7, 24, 40}, {25, 72, 20}},
		bundles:   []choice{{60, takesEarnings | excessiveHours}, {40, debtBondage | threats}},
		means:     []choice{{280, threats}, {220, falsePromises}, {180, withholdsDocuments}, {120, restrictsFinances}},
		flags:     [flagCount]int{forcedLabour: 990},
		labour:    []choice{{60, peddling}, {40, transportation}},
		recruiter: []choice{{40, otherRecruiter}, {34, friend}, {26, family}},
		method:    []choice{{50, throughFriends}, {30, throughFamily}, {20, atBusiness}},
		sources:   [sourceCount]int{34, 30, 30, 6},
	},
	// The rare ones: about ten people each in a file of 20,000, and not of all is it recorded.
	{
		name: "organ removal", groups: alone, first: 110, last: 110, women: 260, ages: []band{{19, 26, 50}, {27, 41, 50}},
		lanes:    []lane{{southAsia, southAsia, 50, 4}, {northAfrica, northAfrica, 30, 3}},
		domestic: 20, months: []band{{1, 4, 100}},
		bundles:   []choice{{60, falsePromises | debtBondage}, {40, threats | falsePromises | withholdsDocuments}},
		means:     []choice{{400, restrictsMedical}, {300, threats}},
		flags:     [flagCount]int{organRemoval: 1000},
		recruiter: []choice{{80, otherRecruiter}, {20, friend}},
		method:    []choice{{50, onlineNetwork}, {50, throughFriends}},
		sources:   [sourceCount]int{50, 0, 50, 0},
	},
	{
		name: "forced military service", groups: alone, first: 130, last: 80, women: 150, ages: []band{{9, 13, 30}, {14, 17, 70}},
		lanes:    []lane{{westAfrica, westAfrica, 40, 3}, {eastAfrica, eastAfrica, 30, 3}},
		domestic: 30, months: []band{{3, 12, 50}, {13, 40, 50}},
		bundles:   []choice{{70, physicalAbuse | threats | restrictsMovement}, {30, psychoactive | threats}},
		means:     []choice{{500, psychologicalAbuse}, {300, withholdsNecessities}},
		flags:     [flagCount]int{forcedMilitary: 1000, slavery: 300},
		recruiter: []choice{{90, otherRecruiter}, {10, family}},
		method:    []choice{{70, otherMethod}, {30, atSchool}},
		sources:   [sourceCount]int{70, 0, 20, 10},
	},
	{
		name: "illegal adoption and surrogacy", groups: alone, first: 90, last: 180, women: 700, ages: []band{{0, 3, 60}, {20, 33, 40}},
		lanes:    []lane{{latinAmerica, westEurope, 30, 4}, {southEastAsia, eastAsia, 40, 4}},
		domestic: 30, months: []band{{1, 12, 100}},
		bundles:   []choice{{60, falsePromises}, {40, falsePromises | withholdsDocuments | restrictsMovement}},
		means:     []choice{{300, psychologicalAbuse}, {200, debtBondage}},
		flags:     [flagCount]int{otherExploit: 1000, slavery: 200},
		recruiter: []choice{{50, otherRecruiter}, {40, family}, {10, friend}},
		method:    []choice{{50, onlineAdvert}, {50, throughFamily}},
		sources:   [sourceCount]int{50, 0, 40, 10},
	},
}
