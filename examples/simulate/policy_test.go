package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/quality"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

// people reads the committed file by the committed policy: every cell must be understood, and every conflict resolved.
func people(t *testing.T) (*release.Policy, *table.Table, *table.Stats) {
	t.Helper()
	f, err := os.Open("../cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	policy, err := release.ParsePolicy("cases.yaml", f)
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(committed)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := table.OpenCSV(in, "cases.csv", policy.Input.TableFormat())
	if err != nil {
		t.Fatal(err)
	}
	all, stats, err := table.Read(t.Context(), rows, policy.Schema(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return policy, all, stats
}

// columnOf returns the position of a column of the table.
func columnOf(t *testing.T, all *table.Table, name string) int {
	t.Helper()
	i := slices.IndexFunc(all.Columns, func(c table.Column) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no column %s", name)
	}
	return i
}

// counts returns how many people have each value of a column.
func counts(all *table.Table, c int) map[string]int {
	n := map[string]int{}
	for row, weight := range all.Rows() {
		if row[c] != 0 {
			n[all.Columns[c].Values[row[c]-1]] += weight
		}
	}
	return n
}

func TestPolicyReadsTheFile(t *testing.T) {
	policy, all, stats := people(t)
	if all.People() != 20000 || stats.Rows <= 21000 || stats.Repeated != stats.Rows-20000 {
		t.Errorf("%d people from %d rows, of which %d repeat", all.People(), stats.Rows, stats.Repeated)
	}
	for i := range policy.Columns {
		if c := &policy.Columns[i]; c.Ignore != slices.Contains(stats.Ignored, c.Name) {
			t.Errorf("column %s: ignored by the policy is %t, and by the reader the contrary", c.Name, c.Ignore)
		}
	}
	if len(stats.Ignored) != 10 {
		t.Errorf("ignored are %v", stats.Ignored)
	}
	if policy.Protection.K != 10 || policy.Protection.Length != 3 {
		t.Errorf("protection is %+v", policy.Protection)
	}
	for i := range policy.Columns {
		if c := &policy.Columns[i]; !c.Ignore && c.Label == "" {
			t.Errorf("column %s has no label", c.Name)
		}
	}
}

// Records must repeat each other as those of real files do: CTDC's synthetic file of 2021 has 0.32 distinct records
// for each record, and 5.9 attributes on average, without a source.
func TestRecordsRepeatEachOther(t *testing.T) {
	_, all, _ := people(t)
	filled, long, shared := 0, 0, 0
	for row, weight := range all.Rows() {
		n := 0
		for _, code := range row {
			if code != 0 {
				n++
			}
		}
		filled += n * weight
		if n >= 12 {
			long += weight
		}
		if weight >= 10 {
			shared += weight
		}
	}
	if all.Len() < 6000 || all.Len() > 9000 {
		t.Errorf("%d distinct records", all.Len())
	}
	if filled < 11*10000 || filled > 14*10000 {
		t.Errorf("%d attributes in all", filled)
	}
	if long < 400 || long > 1600 {
		t.Errorf("%d people with 12 attributes and more", long)
	}
	if shared < 7000 || shared > 13000 {
		t.Errorf("%d people whose whole record is shared by ten", shared)
	}
}

// The file must have what makes a release hard: people whom few attributes point at, and rare kinds of cases.
func TestRareCombinationsAreMany(t *testing.T) {
	_, all, _ := people(t)
	risk, err := quality.Risk(t.Context(), all, quality.RiskOptions{K: 10, Length: 3, Drops: -1})
	if err != nil {
		t.Fatal(err)
	}
	if risk.Unique < 2800 || risk.Rare < 6000 || risk.Rare > 9000 {
		t.Errorf("by three attributes, %d people are unique and %d in groups below 10", risk.Unique, risk.Rare)
	}
	for name, most := range map[string]int{"isOrganRemoval": 15, "isForcedMilitary": 20} {
		if n := counts(all, columnOf(t, all, name))["yes"]; n == 0 || n > most {
			t.Errorf("%s: %d people, want a handful", name, n)
		}
	}
}

func TestManyCountriesOfUnequalSize(t *testing.T) {
	_, all, _ := people(t)
	from, to := columnOf(t, all, "citizenship"), columnOf(t, all, "countryOfExploitation")
	if n := len(counts(all, from)); n < 55 || n > 75 {
		t.Errorf("%d citizenships", n)
	}
	if n := len(counts(all, to)); n < 65 || n > 90 {
		t.Errorf("%d countries of exploitation", n)
	}
	pairs := map[[2]uint16]int{}
	for row, weight := range all.Rows() {
		if row[from] != 0 && row[to] != 0 {
			pairs[[2]uint16{row[from], row[to]}] += weight
		}
	}
	large, small := 0, 0
	for _, n := range pairs {
		if n >= 100 {
			large++
		} else if n < 10 {
			small++
		}
	}
	if large < 10 || small < 200 {
		t.Errorf("%d corridors of 100 people and more, %d of fewer than 10", large, small)
	}
}

// Several means per person, and some together far more often than if each came by itself.
func TestMeansOfControlComeTogether(t *testing.T) {
	_, all, _ := people(t)
	var means []int
	for i, c := range all.Columns {
		if c.Field == "meansOfControl" {
			means = append(means, i)
		}
	}
	known, several := 0, 0
	for row, weight := range all.Rows() {
		n := 0
		for _, c := range means {
			n += int(row[c])
		}
		if n > 0 {
			known += weight
		}
		if n >= 3 {
			several += weight
		}
	}
	if len(means) != 17 || known < 3000 || known > 5000 || several*2 < known {
		t.Errorf("%d means; of %d people of whom one is known, %d have three", len(means), known, several)
	}
	for _, set := range [][]string{
		{"Psychoactive Substances", "Sexual Abuse"},
		{"Restricts Movement", "Withholds Documents", "Excessive Working Hours"},
		{"Threats", "Uses Children", "Psychological Abuse"},
	} {
		chance, together := float64(known), 0
		var columns []int
		for _, label := range set {
			c := columnOf(t, all, "meansOfControl: "+label)
			columns = append(columns, c)
			chance *= float64(counts(all, c)[label]) / float64(known)
		}
		for row, weight := range all.Rows() {
			if !slices.ContainsFunc(columns, func(c int) bool { return row[c] == 0 }) {
				together += weight
			}
		}
		if float64(together) < 1.3*chance {
			t.Errorf("%v: %d people, and %.0f by chance", set, together, chance)
		}
	}
}

// Each blank must have kept its reason.
func TestBlanksKeepTheirReasons(t *testing.T) {
	_, all, _ := people(t)
	var reasons []string
	for _, b := range all.Columns[columnOf(t, all, "age")].Blanks {
		reasons = append(reasons, b.Reason)
	}
	if got := strings.Join(reasons, ", "); got != "blank, not collected, not recorded, unknown" {
		t.Errorf("reasons of a blank age: %s", got)
	}
}

// Scam compounds are a thing of the last years.
func TestTrend(t *testing.T) {
	_, all, _ := people(t)
	year, illicit := columnOf(t, all, "registrationDate"), columnOf(t, all, "typeOfLabour: Illicit Activities")
	early, late := 0, 0
	for row, weight := range all.Rows() {
		switch y := all.Columns[year].Values[row[year]-1]; {
		case row[illicit] == 0:
		case y <= "2016":
			early += weight
		case y >= "2022":
			late += weight
		}
	}
	if early < 10 || late < 200 || late < 4*early {
		t.Errorf("illicit activities: %d people until 2016, %d since 2022", early, late)
	}
}
