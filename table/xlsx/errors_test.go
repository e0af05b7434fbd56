package xlsx_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
	"github.com/xuri/excelize/v2"
)

const headerRow = `<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>`

func TestErrors(t *testing.T) {
	whole := workbook(t, set([]any{"a", "b"}, []any{1, canary}))
	encrypted, err := excelize.Encrypt(whole, &excelize.Options{Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		return `<c r="` + name + `" t="inlineStr"><is><t>` + canary + `</t></is></c>`
	}
	bomb := strings.Repeat("0", 5<<20)
	tests := []struct {
		name   string
		data   []byte
		limits table.Limits
		row    int
		want   string
	}{
		{name: "encrypted", data: encrypted, want: "the workbook is protected by a password"},
		{name: "old kind", data: append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 100000)...), want: "of the old kind (.xls)"},
		{name: "encrypted, the mark between two pieces", data: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 64<<10-8-11) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), want: "password"},
		{name: "text", data: []byte("a,b\n1,2\n"), want: "this is not an Excel workbook (.xlsx)"},
		{name: "empty", data: nil, want: "this is not an Excel workbook"},
		{name: "cut off", data: whole[:len(whole)/2], want: "damaged or cut off"},
		{name: "zip of something else", data: archive(t, "", map[string]string{"xl/workbook.xml": ""}), want: "but a zip archive"},
		{name: "OpenDocument", data: archive(t, "", map[string]string{"content.xml": "x"}), want: "an OpenDocument spreadsheet (.ods)"},
		{name: "binary workbook", data: archive(t, "", map[string]string{"xl/workbook.bin": "x"}), want: "a binary Excel workbook (.xlsb)"},
		{name: "no sheets", data: archive(t, "", map[string]string{"xl/workbook.xml": "<workbook><sheets/></workbook>"}), want: "no sheets"},
		{name: "all sheets hidden", data: archive(t, cells(""), map[string]string{"xl/workbook.xml": `<workbook><sheets><sheet name="S" state="hidden" r:id="rId1"/></sheets></workbook>`}), want: "all sheets of the workbook are hidden"},
		{name: "sheet that is missing", data: archive(t, "", nil), want: "the sheet is missing"},
		{name: "chart only", data: archive(t, cells(""), map[string]string{"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="http://x/chartsheet" Target="worksheets/sheet1.xml"/></Relationships>`}), want: "no sheets"},
		{name: "empty sheet", data: archive(t, cells(""), nil), want: "the sheet is empty"},
		{name: "sheet of nothing", data: archive(t, `<worksheet><sheetData/></worksheet>`, nil), want: "the sheet is empty"},
		{name: "header only", data: archive(t, cells(headerRow), nil), want: ""},
		{name: "header twice", data: workbook(t, set([]any{"a", "b", "a"})), row: 1, want: "the same header"},
		{name: "header missing", data: workbook(t, set([]any{"a", "", "b"})), row: 1, want: "column 2 has no header"},
		{name: "too many columns", data: workbook(t, set([]any{"a", "b", "c"})), limits: table.Limits{Columns: 2}, row: 1, want: "3 columns, more than the limit of 2"},
		{name: "text beyond the header", data: workbook(t, set([]any{"a"}, []any{1, "", canary})), row: 2, want: "there is text in column C, but no header above it the headers were taken from row 1"},
		{name: "a title above the table", data: workbook(t, set([]any{"Cases of 2014"}, []any{"a", "b"})), row: 2, want: "delete what stands above"},
		{name: "merged cells", data: merged(t, "A2", "A3"), row: 2, want: "the cells A2:A3 are merged"},
		{name: "merged across columns", data: merged(t, "A3", "B3"), row: 3, want: "the cells A3:B3 are merged"},
		{name: "merged below the table", data: merged(t, "A7", "B9"), want: ""},
		{name: "merged beside the table", data: merged(t, "D2", "E9"), want: ""},
		{name: "formula never computed", data: workbook(t, func(f *excelize.File) error {
			return errors.Join(set([]any{"a", "b"}, []any{1})(f), f.SetCellFormula("Sheet1", "B2", "A2+1"))
		}), row: 2, want: "the formula in column B was never computed"},
		{name: "rows out of order", data: archive(t, cells(headerRow+`<row r="5">`+text("A5")+`</row><row r="4">`+text("A4")+`</row>`), nil), want: "rows are out of order"},
		{name: "rows beyond the last", data: archive(t, cells(headerRow+`<row r="1048577"/>`), nil), want: "rows are out of order"},
		{name: "cells out of order", data: archive(t, cells(headerRow+`<row>`+text("B2")+text("A2")+`</row>`), nil), want: "cells are out of order"},
		{name: "cells beyond the last", data: archive(t, cells(headerRow+`<row>`+text("XFE2")+`</row>`), nil), want: "cells are out of order"},
		{name: "cell without column", data: archive(t, cells(headerRow+`<row>`+text("22")+`</row>`), nil), want: "cells are out of order"},
		{name: "a text that is not there", data: archive(t, cells(headerRow+`<row><c t="s"><v>7</v></c></row>`), nil), want: "a text that is not there"},
		{name: "XML that is none", data: archive(t, cells(headerRow+`<row>`+text("A2")+"</row><row><c><v>&"+canary+";</v></c></row>"), nil), want: "the workbook is damaged: the sheet after row 3: XML at line 1"},
		{name: "sheet that ends in a row", data: archive(t, `<worksheet><sheetData>`+headerRow+`<row>`+text("A2"), nil), want: "the sheet after row 2: it is cut off"},
		{name: "sheet that ends in a cell", data: archive(t, `<worksheet><sheetData>`+headerRow+`<row><c><v>12`, nil), want: "cut off"},
		{name: "sheet that ends between rows", data: archive(t, `<worksheet><sheetData>`+headerRow+`<row>`+text("A2")+"</row>", nil), want: "after row 2: it is cut off"},
		{name: "sheet that ends in a tag", data: archive(t, `<worksheet><sheetData>`+headerRow+`<row r="2`, nil), want: "XML at line"},
		{name: "damaged texts", data: archive(t, cells(headerRow), map[string]string{"xl/sharedStrings.xml": "<sst><si><t>x<"}), want: "xl/sharedStrings.xml: XML at line 1"},
		{name: "damaged styles", data: archive(t, cells(headerRow), map[string]string{"xl/styles.xml": "<styleSheet <"}), want: "xl/styles.xml: XML at line 1"},
		{name: "an encoding that Excel does not write", data: archive(t, `<?xml version="1.0" encoding="ebcdic"?>`+cells(headerRow), nil), want: "the workbook is damaged"},
		{name: "wrong checksum", data: flip(whole, "xl/worksheets/sheet1.xml"), want: "damaged"},
		{name: "more than may be unpacked", data: archive(t, cells(headerRow+`<row><c><v>`+bomb+`</v></c></row>`), nil), limits: table.Limits{Bytes: 1 << 20}, want: "more than the limit of 1048576 bytes"},
		{name: "texts of more than may be unpacked", data: archive(t, cells(headerRow), map[string]string{"xl/sharedStrings.xml": "<sst><si><t>" + bomb + "</t></si></sst>"}), limits: table.Limits{Bytes: 1 << 20}, want: "more than the limit of 1048576 bytes"},
		{name: "no limit", data: archive(t, cells(headerRow+`<row><c><v>`+bomb+`</v></c></row>`), nil), limits: table.Limits{Bytes: -1}, want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.data, xlsx.Options{Limits: tt.limits})
			if tt.want == "" {
				if err != nil {
					t.Errorf("error %v", err)
				}
				return
			}
			wantInput(t, err, tt.row, tt.want)
			if !strings.HasPrefix(err.Error(), "cases.xlsx: ") {
				t.Errorf("error %q does not name the file", err)
			}
		})
	}
}

// merged makes a small table with merged cells.
func merged(t testing.TB, from, to string) []byte {
	return workbook(t, func(f *excelize.File) error {
		return errors.Join(set([]any{"a", "b"}, []any{1, 2}, []any{3, 4})(f), f.MergeCell("Sheet1", from, to))
	})
}

// flip changes the last byte of the content of a part, which is packed.
func flip(data []byte, part string) []byte {
	data = bytes.Clone(data)
	start := bytes.Index(data, []byte(part)) + len(part)
	next := bytes.Index(data[start:], []byte("PK"))
	data[start+next-20] ^= 0xff
	return data
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "cases.xlsx")
	if err := os.WriteFile(path, workbook(t, set([]any{"a"}, []any{1})), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := xlsx.Open(path, xlsx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := s.Next(); err != nil || row[0] != "1" || s.Name() != path {
		t.Errorf("row %q of %s, %v", row, s.Name(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := xlsx.Open(filepath.Join(folder, "none.xlsx"), xlsx.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	_, err = xlsx.Open(folder, xlsx.Options{})
	wantInput(t, err, 0, "this is a folder")
	if err := os.WriteFile(path, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = xlsx.Open(path, xlsx.Options{})
	wantInput(t, err, 0, "this is not an Excel workbook")
	if err := os.WriteFile(path, archive(t, cells(""), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = xlsx.Open(path, xlsx.Options{})
	wantInput(t, err, 0, "the sheet is empty")
}
