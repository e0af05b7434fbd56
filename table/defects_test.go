package table_test

import (
	"testing"

	"github.com/opencovey/covey/table"
)

// TestImportDefects has one case for each defect that was met in published and in partners' files of the field: those of the
// CTDC data sets of 2018 to 2024, their code books, and the forms of the Human Trafficking Case Data Standard. The rows are
// made up.
func TestImportDefects(t *testing.T) {
	missing := []table.Blank{
		{Text: "-99", Reason: "not recorded"},
		{Text: "NULL", Reason: "not recorded"},
		{Text: "Unknown", Reason: "not collected"},
		{Text: "00", Reason: "unspecified"},
	}
	tests := []struct {
		name    string
		text    string
		fields  []table.Field
		columns []string
		records []string
		blanks  map[string]string
	}{
		{
			name:    "blank, -99, NULL, Unknown and 00 are missing for different reasons",
			text:    "gender,citizenship\nFemale,NP\n,-99\n-99,00\nUnknown,NULL\nNULL,\n",
			fields:  []table.Field{{Name: "gender"}, {Name: "citizenship", Kind: table.Country}},
			columns: []string{"gender", "citizenship"},
			records: []string{" |  ×4", "Female | NPL ×1"},
			blanks: map[string]string{
				"gender": "blank 1, not collected 1, not recorded 2", "citizenship": "blank 1, not recorded 2, unspecified 1",
			},
		},
		{
			name:    "labels of one means in two cases",
			text:    "means,y\nPhysical abuse,1\nPhysical Abuse;Threats,1\n",
			fields:  []table.Field{{Name: "means", Kind: table.Many, Map: map[string]string{"Physical abuse": "Physical Abuse"}}},
			columns: []string{"means: Physical Abuse", "means: Threats"},
			records: []string{"Physical Abuse |  ×1", "Physical Abuse | Threats ×1"},
		},
		{
			name:    "a truncated label",
			text:    "means,y\nWithholds necessitie,1\nWithholds Necessities,1\n",
			fields:  []table.Field{{Name: "means", Kind: table.Many, Map: map[string]string{"Withholds necessitie": "Withholds Necessities"}}},
			columns: []string{"means: Withholds Necessities"},
			records: []string{"Withholds Necessities ×2"},
		},
		{
			name:    "separators with and without a space",
			text:    "relation,y\nFamily/Relative; Other,1\nOther;Family/Relative,1\n",
			fields:  []table.Field{{Name: "relation", Kind: table.Many}},
			columns: []string{"relation: Family/Relative", "relation: Other"},
			records: []string{"Family/Relative | Other ×2"},
		},
		{
			name:    "a choice with a trailing space",
			text:    "means,y\nDebtBondage ,1\nDebtBondage,1\nDebtBondage ;Other,1\n",
			fields:  []table.Field{{Name: "means", Kind: table.Many}},
			columns: []string{"means: DebtBondage", "means: Other"},
			records: []string{"DebtBondage |  ×2", "DebtBondage | Other ×1"},
		},
		{
			name:    "a misspelt choice",
			text:    "rel,y\nUnaquainted,1\nUnacquainted,1\n",
			fields:  []table.Field{{Name: "rel", Values: []string{"Familial", "Acquainted", "Unacquainted"}, Map: map[string]string{"Unaquainted": "Unacquainted"}}},
			columns: []string{"rel"},
			records: []string{"Unacquainted ×2"},
		},
		{
			name:    "two names of one choice in the standard and its forms",
			text:    "means,y\nThreatensChildrenFamily,1\nUsesChildren,1\n",
			fields:  []table.Field{{Name: "means", Kind: table.Many, Map: map[string]string{"ThreatensChildrenFamily": "UsesChildren"}}},
			columns: []string{"means: UsesChildren"},
			records: []string{"UsesChildren ×2"},
		},
		{
			name:    "a concatenated label that disagrees with its flag is kept as both say",
			text:    "type,isForcedLabour\nForced labour,0\nForced labour,1\n",
			fields:  []table.Field{{Name: "type", Kind: table.Many}, {Name: "isForcedLabour", Kind: table.Flag}},
			columns: []string{"type: Forced labour", "isForcedLabour"},
			records: []string{"Forced labour |  ×1", "Forced labour | yes ×1"},
			blanks:  map[string]string{"isForcedLabour": "no 1"},
		},
		{
			name:    "flags of 1 or blank, never 0",
			text:    "a,b\n1,\n,1\n,\n",
			fields:  []table.Field{{Name: "a", Kind: table.Flag}, {Name: "b", Kind: table.Flag}},
			columns: []string{"a", "b"},
			records: []string{" |  ×1", " | yes ×1", "yes |  ×1"},
			blanks:  map[string]string{"a": "blank 2", "b": "blank 2"},
		},
		{
			name:    "a column that is never 1",
			text:    "isOrganRemoval,y\n0,1\n0,1\n,1\n",
			fields:  []table.Field{{Name: "isOrganRemoval", Kind: table.Flag}},
			columns: []string{"isOrganRemoval"},
			records: []string{" ×3"},
			blanks:  map[string]string{"isOrganRemoval": "blank 1, no 2"},
		},
		{
			name: "an age band in four spellings",
			text: "ageBroad,y\n9--17,1\n09--17,1\n9-17,1\n9—17,1\n0--8,1\n",
			fields: []table.Field{{
				Name: "ageBroad", Values: []string{"0--8", "9--17"}, Map: map[string]string{"09--17": "9--17", "9-17": "9--17", "9—17": "9--17"},
			}},
			columns: []string{"ageBroad"},
			records: []string{"0--8 ×1", "9--17 ×4"},
		},
		{
			name:    "country codes withdrawn or of two letters beside three",
			text:    "country,y\nZR,1\nCOD,1\nCD,1\nTP,1\nTL,1\n",
			fields:  []table.Field{{Name: "country", Kind: table.Country}},
			columns: []string{"country"},
			records: []string{"COD ×3", "TLS ×2"},
		},
		{
			name:    "a policy may count Kosovo with Serbia",
			text:    "country,y\nXK,1\nXKX,1\nRS,1\n",
			fields:  []table.Field{{Name: "country", Kind: table.Country, Map: map[string]string{"XK": "SRB", "XKX": "SRB"}}},
			columns: []string{"country"},
			records: []string{"SRB ×3"},
		},
		{
			name:    "several citizenships in one cell",
			text:    "citizenship,y\nNP;IN,1\nIndia; Nepal,1\n",
			fields:  []table.Field{{Name: "citizenship", Kind: table.Many, Map: map[string]string{"NP": "NPL", "IN": "IND", "India": "IND", "Nepal": "NPL"}}},
			columns: []string{"citizenship: IND", "citizenship: NPL"},
			records: []string{"IND | NPL ×2"},
		},
		{
			name:    "gender under names of two years",
			text:    "gender,y\nWoman,1\nFemale,1\nTrans/Transgender/NonConforming,1\nTransgender/NonConforming,1\n",
			fields:  []table.Field{{Name: "gender", Map: map[string]string{"Woman": "Female", "Trans/Transgender/NonConforming": "Transgender/NonConforming"}}},
			columns: []string{"gender"},
			records: []string{"Female ×2", "Transgender/NonConforming ×2"},
		},
		{
			name:    "an extra column of terms of use, filled in one row",
			text:    "gender,terms\nFemale,\"Terms, with \"\"quotes\"\" and\r\na line break\"\r\nMale,\r\n",
			fields:  []table.Field{{Name: "gender"}},
			columns: []string{"gender"},
			records: []string{"Female ×1", "Male ×1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := read(t, tt.text, table.Schema{Fields: tt.fields, Blanks: missing})
			equal(t, "columns", columns(tab), tt.columns)
			equal(t, "records", records(tab), tt.records)
			for field, want := range tt.blanks {
				if got := blanks(tab, field); got != want {
					t.Errorf("blanks of %s: %s, want %s", field, got, want)
				}
			}
		})
	}
}

// A label may be met for the first time when records are already stored: the grid is widened.
func TestLabelsDiscoveredLate(t *testing.T) {
	for _, subject := range []string{"", "id"} {
		t.Run("subject "+subject, func(t *testing.T) {
			text := "id,g,means,z\n"
			for i, label := range numbered("label ", 300) {
				text += numbered("p", 300)[i] + ",a," + label + ";common,z\n"
			}
			text += "p0,a,last,z\np299,a,last,z\n"
			schema := table.Schema{Subject: subject, Fields: []table.Field{{Name: "g"}, {Name: "means", Kind: table.Many}, {Name: "z"}}}
			tab := read(t, text, schema)
			if len(tab.Columns) != 304 {
				t.Fatalf("%d columns, want 304", len(tab.Columns))
			}
			if c := tab.Columns[3].Name + ", " + tab.Columns[302].Name + ", " + tab.Columns[303].Name; c != "means: label 1, means: last, z" {
				t.Errorf("columns %s", c)
			}
			people, common, last := 302, 300, 2
			if subject != "" {
				people = 300
			}
			if tab.People() != people {
				t.Errorf("%d people, want %d", tab.People(), people)
			}
			got := map[int]int{}
			for row, weight := range tab.Rows() {
				if row[0] != 1 || row[303] != 1 {
					t.Fatalf("row %v lost a category", row)
				}
				for i, code := range row {
					got[i] += weight * int(code)
				}
			}
			if got[1] != common || got[302] != last || got[2] != 1 {
				t.Errorf("common %d, last %d, label 0 %d", got[1], got[302], got[2])
			}
		})
	}
}
