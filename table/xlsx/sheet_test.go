package xlsx_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
	"github.com/xuri/excelize/v2"
)

// TestValues writes values with excelize and reads the text of them.
func TestValues(t *testing.T) {
	noon := time.Date(2014, 7, 3, 12, 30, 0, 0, time.UTC)
	date := time.Date(2014, 7, 3, 0, 0, 0, 0, time.UTC)
	format := func(code string) *excelize.Style { return &excelize.Style{CustomNumFmt: &code} }
	builtin := func(id int) *excelize.Style { return &excelize.Style{NumFmt: id} }
	tests := []struct {
		name  string
		value any
		style *excelize.Style
		want  string
	}{
		{"text", "Female", nil, "Female"},
		{"text with spaces and line breaks", " a\nb ", nil, " a\nb "},
		{"text like a number", "007", nil, "007"},
		{"markup", `<b>&amp;"`, nil, `<b>&amp;"`},
		{"beyond ASCII", "Größe 国 𝔘", nil, "Größe 国 𝔘"},
		{"number", 2014, nil, "2014"},
		{"number with separators in its format", 2014, format("#,##0.00"), "2014"},
		{"negative number", -99, nil, "-99"},
		{"fraction", 0.1, nil, "0.1"},
		{"sum of fractions", 0.1 + 0.2, nil, "0.3"},
		{"large number", 1e15 + 1, nil, "1000000000000001"},
		{"number with 18 digits", 123456789012345678.0, nil, "123456789012346000"},
		{"huge number", 1e300, nil, "1e+300"},
		{"tiny number", 1.5e-12, nil, "1.5e-12"},
		{"currency", 12.5, format(`[$€-407]\ #,##0.00;[Red]-#,##0.00`), "12.5"},
		{"per cent", 0.12, builtin(10), "0.12"},
		{"scientific", 12000, builtin(11), "12000"},
		{"a unit in quotes", 30, format(`0 "days"`), "30"},
		{"general", 41823, format("General"), "41823"},
		{"true", true, nil, "TRUE"},
		{"false", false, nil, "FALSE"},
		{"date", date, nil, "2014-07-03"},
		{"date, American", date, builtin(14), "2014-07-03"},
		{"date, day and month", date, builtin(16), "2014-07-03"},
		{"date, with a language", date, format(`[$-407]d/\ mmmm\ yyyy;@`), "2014-07-03"},
		{"date, year alone", date, format("yyyy"), "2014-07-03"},
		{"date, month alone", date, format("mmm"), "2014-07-03"},
		{"date, East Asian", date, builtin(57), "2014-07-03"},
		{"date and time", noon, builtin(22), "2014-07-03 12:30:00"},
		{"date and time, shown as date", noon, builtin(14), "2014-07-03 12:30:00"},
		{"date and time, shown as time", noon, builtin(20), "2014-07-03 12:30:00"},
		{"seconds are rounded", 41823.5000001, builtin(22), "2014-07-03 12:00:00"},
		{"rounded up to midnight", 41823.9999999, builtin(22), "2014-07-04"},
		{"time of day", 0.75, builtin(20), "18:00:00"},
		{"time of day with am and pm", 0.25, format("h:mm AM/PM"), "06:00:00"},
		{"minutes and seconds", 0.0006944444, format("mm:ss"), "00:01:00"},
		{"length of time", 1.5, format("[h]:mm"), "36:00:00"},
		{"length of time, built in", 0.5, builtin(46), "12:00:00"},
		{"negative length of time", -0.5, format("[mm]:ss"), "-12:00:00"},
		{"first of January 1900", 1, builtin(14), "1900-01-01"},
		{"last of February 1900", 59, builtin(14), "1900-02-28"},
		{"the day that did not exist", 60, builtin(14), "60"},
		{"first of March 1900", 61, builtin(14), "1900-03-01"},
		{"last day", 2958465, builtin(14), "9999-12-31"},
		{"no date", 2958466, builtin(14), "2958466"},
		{"negative date", -1, builtin(14), "-1"},
		{"zero as a date", 0, builtin(14), "0"},
		{"text in a date format", "unknown", builtin(14), "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := workbook(t, func(f *excelize.File) error {
				if err := set([]any{"c", "d"}, []any{tt.value, "x"})(f); err != nil {
					return err
				}
				if tt.style == nil {
					return nil
				}
				id, err := f.NewStyle(tt.style)
				if err != nil {
					return err
				}
				return f.SetCellStyle("Sheet1", "A2", "A2", id)
			})
			got, err := read(data, xlsx.Options{})
			if err != nil || got != "c|d/"+tt.want+"|x" {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestCells reads cells as programs other than excelize write them.
func TestCells(t *testing.T) {
	tests := []struct {
		name, row, want string
		parts           map[string]string
	}{
		{name: "inline text", row: `<c r="A2" t="inlineStr"><is><t>a</t></is></c>`, want: "a|"},
		{name: "inline text in runs, with its sound", row: `<c t="inlineStr"><is><r><rPr><b/></rPr><t>a </t></r><r><t>b</t></r><rPh><t>eh</t></rPh></is></c>`, want: "a b|"},
		{name: "shared text", row: `<c t="s"><v>1</v></c><c t="s"><v>0</v></c>`, want: "two|one"},
		{name: "shared text in runs, with its sound", row: `<c t="s"><v>2</v></c>`, want: "three & 3|"},
		{name: "shared text with escapes", row: `<c t="s"><v>3</v></c>`, want: "a\r\nb_x000D_ _xyz|"},
		{name: "computed text", row: `<c t="str"><f>A1&amp;B1</f><v>ab</v></c>`, want: "ab|"},
		{name: "computed, empty text", row: `<c t="str"><f>""</f><v></v></c><c><v>1</v></c>`, want: "|1"},
		{name: "computed number", row: `<c><f>1+1</f><v>2</v></c>`, want: "2|"},
		{name: "error", row: `<c t="e"><v>#N/A</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c>`, want: "#N/A|#DIV/0!"},
		{name: "date in ISO 8601", row: `<c t="d"><v>2014-07-03T00:00:00.000</v></c><c t="d"><v>2014-07-03T12:30:00Z</v></c>`, want: "2014-07-03|2014-07-03 12:30:00"},
		{name: "no date in ISO 8601", row: `<c t="d"><v>July</v></c>`, want: "July|"},
		{name: "empty cells with styles", row: `<c s="0"/><c s="1"><v/></c><c s="1"/>`, want: ""},
		{name: "cells by reference", row: `<c r="B2"><v>5</v></c>`, want: "|5"},
		{name: "number with exponent", row: `<c><v>1.5E3</v></c><c><v>-0</v></c>`, want: "1500|0"},
		{name: "number with spaces", row: `<c><v> 12 </v></c>`, want: "12|"},
		{name: "what is no number", row: `<c><v>many</v></c><c><v>1e999</v></c>`, want: "many|1e999"},
		{name: "style that is not there", row: `<c s="99"><v>41823</v></c>`, want: "41823|"},
		{name: "style of a date", row: `<c s="1"><v>41823</v></c><c s="2"><v>41823</v></c>`, want: "2014-07-03|41823"},
		{name: "prefixes", row: `<x:c xmlns:x="y"><x:v>7</x:v></x:c>`, want: "7|"},
		{name: "comments and unknown elements", row: `<!-- c --><ext><v>9</v></ext><c><extLst/><v>7<!-- x -->8</v></c>`, want: "78|"},
		{
			name: "days since 1904", row: `<c s="1"><v>0</v></c><c s="1"><v>40361</v></c>`, want: "1904-01-01|2014-07-03",
			parts: map[string]string{"xl/workbook.xml": `<workbook><workbookPr date1904="1"/><sheets><sheet name="Cases" r:id="rId1"/></sheets></workbook>`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parts := map[string]string{
				"xl/sharedStrings.xml": `<sst><si><t>one</t></si><si><t>two</t></si><si><r><t>three</t></r><r><t xml:space="preserve"> &amp; 3</t></r><rPh sb="0"><t>x</t></rPh></si>
					<si><t>a_x000D_` + "\n" + `b_x005F_x000D_ _xyz</t></si></sst>`,
				"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellStyleXfs><xf numFmtId="164"/></cellStyleXfs>
					<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="x"/></cellXfs><dxfs><dxf/></dxfs></styleSheet>`,
			}
			for name, text := range tt.parts {
				parts[name] = text
			}
			rows := `<row r="1"><c t="inlineStr"><is><t>c</t></is></c><c t="inlineStr"><is><t> d </t></is></c></row><row r="2">` + tt.row + `</row>`
			want := "c|d/" + tt.want
			if tt.want == "" {
				want = "c|d"
			}
			got, err := read(archive(t, cells(rows), parts), xlsx.Options{})
			if err != nil || got != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
	}
}

func TestRows(t *testing.T) {
	data := workbook(t, func(f *excelize.File) error {
		for cell, value := range map[string]any{"A3": "id", "B3": "sex", "C3": " ", "A4": "1", "B5": "F", "A9": "2", "B9": "M", "A10": " ", "Z9": " "} {
			if err := f.SetCellValue("Sheet1", cell, value); err != nil {
				return err
			}
		}
		for row := 3; row < 12; row++ {
			if err := f.SetRowVisible("Sheet1", row, row%2 == 0); err != nil { // hidden rows are read
				return err
			}
		}
		return nil
	})
	s, err := open(data, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		row, err := s.Next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprintf("%d %s", s.Row(), strings.Join(row, "|")))
	}
	if want := "4 1|, 5 |F, 9 2|M"; strings.Join(got, ", ") != want || s.Name() != "cases.xlsx" {
		t.Errorf("%s: rows %q, want %q", s.Name(), got, want)
	}
	if done, total := s.Progress(); done != total || total == 0 {
		t.Errorf("progress %d of %d", done, total)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A table is read from a workbook as it is from text, and errors name the row of the sheet.
func TestReadTable(t *testing.T) {
	data := workbook(t, set([]any{"id", "sex", "year"}, []any{1, "F", 2014}, nil, []any{2, "M", 2015}, []any{3, "F", canary}))
	schema := table.Schema{Fields: []table.Field{{Name: "sex"}, {Name: "year", Kind: table.Number, Bins: table.Bins{Numbers: []float64{2010}}}}}
	s, err := open(data, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = table.Read(t.Context(), s, schema, table.Options{})
	wantInput(t, err, 5, "column year: not a number")

	s, err = open(data, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	schema.Fields = schema.Fields[:1]
	tab, stats, err := table.Read(t.Context(), s, schema, table.Options{})
	if err != nil || tab.People() != 3 || tab.Len() != 2 || stats.Rows != 3 {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestSheets(t *testing.T) {
	data := workbook(t, func(f *excelize.File) error {
		for i, name := range []string{"Read me", "Cases", "Päckchen"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
			if err := f.SetSheetRow(name, "A1", &[]any{"header " + fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		f.SetActiveSheet(3)
		if err := f.SetSheetVisible("Read me", false); err != nil {
			return err
		}
		return f.DeleteSheet("Sheet1")
	})
	for want, header := range map[string]string{"": "header 1", "Cases": "header 1", " cases ": "header 1", "Päckchen": "header 2", "Read me": "header 0"} {
		got, err := read(data, xlsx.Options{Sheet: want})
		if err != nil || got != header {
			t.Errorf("sheet %q: %q, %v, want %q", want, got, err, header)
		}
	}
	_, err := open(data, xlsx.Options{Sheet: "Data"})
	wantInput(t, err, 0, `there is no sheet "Data" the workbook has: Read me, Cases, Päckchen`)
	s, err := open(data, xlsx.Options{})
	if err != nil || strings.Join(s.Sheets(), ", ") != "Read me, Cases, Päckchen" {
		t.Errorf("sheets %q, %v", s.Sheets(), err)
	}
}

// A round trip of numbers through excelize.
func TestNumbers(t *testing.T) {
	for _, x := range []float64{0, 1, -1, 0.5, 1.0 / 3, 2014, 1 << 40, 1e20, 123456.789, math.Pi, 5e-324, math.MaxFloat64} {
		got, err := read(workbook(t, set([]any{"c"}, []any{x})), xlsx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var back float64
		if _, err := fmt.Sscan(strings.TrimPrefix(got, "c/"), &back); err != nil || math.Abs(back-x) > math.Abs(x)*1e-14 {
			t.Errorf("%v is read as %q", x, got)
		}
	}
}
