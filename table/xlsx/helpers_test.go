package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
	"github.com/xuri/excelize/v2"
)

// canary stands in cells whose content must never show up in an error.
const canary = "Zyxw"

// workbook makes a workbook with excelize.
func workbook(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// set fills Sheet1 with values, row by row.
func set(rows ...[]any) func(f *excelize.File) error {
	return func(f *excelize.File) error {
		for i, row := range rows {
			if err := f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row); err != nil {
				return err
			}
		}
		return nil
	}
}

// archive packs a workbook by hand: sheet is the content of its only sheet, and parts add to or replace the others.
func archive(t testing.TB, sheet string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"_rels/.rels": `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
			<sheet name="Cases" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
			<Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>
			<Relationship Id="rId3" Type="http://x/styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": sheet,
	}
	maps.Copy(all, parts)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] == "" {
			continue
		}
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, all[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// cells wraps rows of XML into a sheet.
func cells(rows string) string { return `<worksheet><sheetData>` + rows + `</sheetData></worksheet>` }

func open(data []byte, o xlsx.Options) (*xlsx.Sheet, error) {
	return xlsx.OpenReader(bytes.NewReader(data), int64(len(data)), "cases.xlsx", o)
}

// read opens a workbook and joins its cells by | and its rows by /, the header first.
func read(data []byte, o xlsx.Options) (string, error) {
	s, err := open(data, o)
	if err != nil {
		return "", err
	}
	lines := []string{strings.Join(s.Header(), "|")}
	for {
		row, err := s.Next()
		if err == io.EOF {
			return strings.Join(lines, "/"), nil
		} else if err != nil {
			return strings.Join(lines, "/"), err
		}
		lines = append(lines, strings.Join(row, "|"))
	}
}

// wantInput checks that err is an InputError with a hint at the row, with the text in it and without the canary.
func wantInput(t testing.TB, err error, row int, text string) {
	t.Helper()
	var in *table.InputError
	if !errors.As(err, &in) {
		t.Fatalf("error %v (%T) is not an *InputError", err, err)
	}
	full := err.Error() + " " + in.Hint()
	if in.Row != row || in.Hint() == "" || !strings.Contains(full, text) {
		t.Errorf("row %d, error %q, hint %q; want row %d, %q", in.Row, err, in.Hint(), row, text)
	}
	if strings.Contains(full, canary) {
		t.Errorf("the error quotes a cell: %s", full)
	}
	if errors.Is(err, io.EOF) {
		t.Errorf("the error passes for the end of the file: %v", err)
	}
}
