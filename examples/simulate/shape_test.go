package main

import (
	"slices"
	"strings"
	"testing"
)

// blankTexts are the texts that stand for a missing value.
var blankTexts = []string{"", "-99", "Unknown", "NULL", "00", "Not collected", "Not Specified"}

// The tests below look at the one committed file, so they are exact and raise no false alarm. Their ranges say
// what an example must have to be worth anything; most hold for other seeds too.

func TestSourcesLeaveDifferentBlanks(t *testing.T) {
	rows := records(t)
	source := column(t, rows, "dataSource")
	tests := []struct {
		source, column string
		low, high      int // share of blanks, in percent
	}{
		// Near the two sources of CTDC, where it is 4, 52, 63 and 81, 2, 7 %.
		{"Case Management", "citizenship", 1, 6},
		{"Case Management", "countryOfExploitation", 47, 57},
		{"Case Management", "isForcedLabour", 58, 68},
		{"Hotline", "citizenship", 76, 86},
		{"Hotline", "countryOfExploitation", 1, 4},
		{"Hotline", "isForcedLabour", 4, 10},
		{"Hotline", "isForcedMarriage", 100, 100},
		{"Hotline", "age", 65, 85},
		{"Hotline", "majorityStatusAtExploit", 12, 32},
		// Means of control are blank in 84 to 96 % of CTDC's records, column by column.
		{"Case Management", "meansOfControl", 70, 85},
		{"Hotline", "meansOfControl", 80, 94},
		{"Government", "meansOfControl", 85, 97},
		{"Government", "labourIndustry", 60, 85},
		{"Shelter Network", "meansOfControl", 35, 70},
		{"Shelter Network", "labourIndustry", 100, 100},
		{"Shelter Network", "registrationDate", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.source+" "+test.column, func(t *testing.T) {
			c, all, blank := column(t, rows, test.column), 0, 0
			for _, row := range rows[1:] {
				if row[source] != test.source {
					continue
				}
				all++
				if slices.Contains(blankTexts, strings.TrimSpace(row[c])) {
					blank++
				}
			}
			if all < 1000 {
				t.Fatalf("only %d rows", all)
			}
			if blank*100 < test.low*all || blank*100 > test.high*all {
				t.Errorf("%d of %d cells are blank, want %d to %d %%", blank, all, test.low, test.high)
			}
		})
	}
}

func TestSomePeopleHaveSeveralRows(t *testing.T) {
	rows := records(t)
	count, whole := map[string]int{}, map[string]int{}
	for _, row := range rows[1:] {
		count[row[0]]++
		whole[strings.Join(row, "\x00")]++
	}
	by := map[int]int{}
	for _, n := range count {
		by[n]++
	}
	if len(count) != 20000 {
		t.Errorf("%d people, want 20,000", len(count))
	}
	if by[2] < 1400 || by[2] > 2200 || by[3] < 50 {
		t.Errorf("people by number of rows: %v", by)
	}
	twice := 0
	for _, n := range whole {
		twice += n - 1
	}
	if twice < 10 || twice > 100 {
		t.Errorf("%d rows are entered twice", twice)
	}
}

func TestDirtIsThere(t *testing.T) {
	rows := records(t)
	tests := []struct {
		name, column, text string
		whole              bool // the cell is the text, and does not only contain it
		low, high          int  // cells
	}{
		{"label in other case", "meansOfControl", "Physical abuse", false, 10, 400},
		{"label cut off", "meansOfControl", "Withholds necessitie", false, 10, 4000},
		{"blank after a code", "meansOfControl", "DebtBondage ", false, 10, 400},
		{"semicolon and blank", "meansOfControl", "; ", false, 300, 3000},
		{"semicolon", "meansOfControl", ";", false, 2500, 6000},
		{"not specified", "meansOfControl", "Not Specified", true, 20, 500},
		{"sector in other case", "typeOfLabour", "Domestic work", false, 20, 300},
		{"gender in other case", "gender", "female", true, 20, 200},
		{"HTCDS code of gender", "gender", "Feminine", true, 1000, 4000},
		{"minus ninety-nine", "age", "-99", true, 50, 1500},
		{"NULL", "age", "NULL", true, 50, 1500},
		{"Unknown", "age", "Unknown", true, 300, 2500},
		{"not collected", "age", "Not collected", true, 2, 100},
		{"country zero", "citizenship", "00", true, 20, 200},
		{"country with blank", "citizenship", " ", false, 30, 800},
		{"country in two letters", "citizenship", "VN", true, 50, 900},
		{"country in three letters", "citizenship", "VNM", true, 20, 600},
		{"country as a name", "citizenship", "Vietnam", true, 10, 400},
		{"country by a nickname", "countryOfExploitation", "Holland", true, 5, 200},
		{"date day first", "registrationDate", "/2019", false, 100, 900},
		{"month alone", "registrationDate", "2019-04", true, 2, 60},
		{"day", "registrationDate", "2019-04-", false, 30, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, n := column(t, rows, test.column), 0
			for _, row := range rows[1:] {
				if row[c] == test.text || !test.whole && strings.Contains(row[c], test.text) {
					n++
				}
			}
			if n < test.low || n > test.high {
				t.Errorf("%d cells, want %d to %d", n, test.low, test.high)
			}
		})
	}
}

// allowed lists what a cell may hold, as published: HTCDS 2.0, and the code books of CTDC of 2021 and 2025. It is
// written out here on purpose, apart from the simulator's own lists. The last line of an entry is dirt, where there is any.
var allowed = map[string]string{
	"dataSource": "Case Management|Hotline|Government|Shelter Network",
	"gender": "Female|Male|Transgender/NonConforming|Feminine|Masculine|TransgenderFeminine|" +
		"F|M|Trans|female|male|transgender/nonconforming",
	"majorityStatusAtExploit": "Minor|Adult",
	"maritalStatus":           "Single|Married|Widowed|Divorced|Separated|RegisteredPartnership",
	"traffickingStatus":       "PossibleVictimOfTrafficking|ActualVictimOfTrafficking",
	"identifiedBy":            "Police|NGO|CourtOrProsecution|NonPoliceGovernmentalOrganization|Other",
	"recruiterRelation":       "Intimate Partner|Friend/Acquaintance|Family/Relative|Other",
	"methodOfRecruitment": "AtAPlaceOfBusiness|AtAnEducationalInstitution|AtWork|ThroughOnlineSocialNetworks|ThroughAnOnlineAdvertisement|" +
		"ThroughATelevisionAdvert|ThroughANewspaperAdvert|ThroughFamilyOrFamilyEvents|ThroughFriendsOrSocialEvents|Other",
	"meansOfControl": "Debt Bondage|Takes Earnings|Restricts Financial Access|Threats|Psychological Abuse|Physical Abuse|Sexual Abuse|" +
		"False Promises|Psychoactive Substances|Restricts Movement|Restricts Medical Care|Excessive Working Hours|Uses Children|" +
		"Threat of Law Enforcement|Withholds Necessities|Withholds Documents|Other|Not Specified|" +
		"PhysicalThreats|ThreatsLawEnforcement|ThreatensChildrenFamily|DebtBondage|FalsePromises|PhysicalAbuse|SexualAbuse|TakesEarnings|" +
		"RestrictsFinancialAccess|RestrictsMedicalCare|WithholdsNecessities|PsychologicalAbuse|PsychoactiveSubstance|ExcessiveWorkingHours|" +
		"WithholdsDocuments|RestrictsMovement|" +
		"Physical abuse|Withholds necessitie",
	"typeOfLabour": "Agriculture|Aquafarming|Begging|Construction|Domestic Work|Hospitality|Illicit Activities|Manufacturing|Mining or Drilling|" +
		"Peddling|Transportation|Other|" +
		"Domestic work",
	"labourIndustry": "A_AgricultureForestryAndFishing|B_MiningAndQuarrying|C_Manufacturing|F_Construction|" +
		"G_WholesaleAndRetailTradeRepairOfMotorVehicles|H_TransportationAndStorage|I_AccommodationAndFoodServiceActivities|" +
		"S_OtherServiceActivities|T_ActivitiesOfHouseholdsAsEmployers",
	"typeOfSex":  "Prostitution|Pornography|Remote Interactive Services|Private Sexual Services|RemoteInteractiveServices|PrivateSexualServices",
	"caseStatus": "Active|FollowUp|Closed|ClosedReferred",
}

func TestLabelsArePublishedOnes(t *testing.T) {
	rows := records(t)
	flags := "1|0|Yes|No|Y|N|yes|no"
	for c, name := range rows[0] {
		list := allowed[name]
		if strings.HasPrefix(name, "is") {
			list = flags
		}
		if list == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			known := map[string]bool{}
			for _, text := range slices.Concat(strings.Split(list, "|"), blankTexts) {
				known[text] = true
			}
			for i, row := range rows[1:] {
				for label := range strings.SplitSeq(row[c], ";") {
					if !known[strings.TrimSpace(label)] {
						t.Fatalf("row %d: %q is in no code list", i+2, label)
					}
				}
			}
		})
	}
}

// A hotline that opened in 2015 has no record of before, and a network that closed in 2021 none of after.
func TestSourcesWorkInTheirYears(t *testing.T) {
	rows := records(t)
	source, day := column(t, rows, "dataSource"), column(t, rows, "registrationDate")
	for i, row := range rows[1:] {
		year := row[day][:4]
		if row[source] == "Government" {
			year = row[day][6:]
		}
		if year < "2010" || year > "2024" || row[source] == "Hotline" && year < "2015" ||
			row[source] == "Shelter Network" && (year < "2012" || year > "2021") {
			t.Errorf("row %d: %s in %s", i+2, row[source], year)
		}
	}
}
