package xlsx_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
)

func check(t *testing.T, data []byte) {
	s, err := open(data, xlsx.Options{Limits: table.Limits{Bytes: 1 << 20, Columns: 100}})
	for last := 0; err == nil; {
		var row []string
		if row, err = s.Next(); err != nil {
			break
		}
		if len(row) != len(s.Header()) || s.Row() <= last || strings.TrimSpace(strings.Join(row, "")) == "" {
			t.Fatalf("row %d after %d: %q under %q", s.Row(), last, row, s.Header())
		}
		last = s.Row()
	}
	var in *table.InputError
	if err != io.EOF && (!errors.As(err, &in) || in.Problem == "" || !strings.HasPrefix(err.Error(), "cases.xlsx: ") || errors.Is(err, io.EOF)) {
		t.Fatalf("error %v (%T) is not one for people", err, err)
	}
}

// FuzzOpen reads any bytes as a workbook.
func FuzzOpen(f *testing.F) {
	f.Add(workbook(f, set([]any{"a", "b"}, []any{1, "x"}, []any{nil, 0.5})))
	f.Add(archive(f, cells(headerRow+`<row r="3"><c r="B3" t="s"><v>0</v></c></row>`), map[string]string{"xl/sharedStrings.xml": `<sst><si><t>x</t></si></sst>`}))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\x00n\x00"))
	f.Fuzz(check)
}

// FuzzSheet reads any text as the sheet of a workbook, which mutations of a whole, packed workbook hardly reach.
func FuzzSheet(f *testing.F) {
	f.Add(cells(headerRow+`<row r="3"><c r="B3" t="s"><v>0</v></c><c s="1"><v>41823.5</v></c></row>`), `<sst><si><r><t>x_x000D_</t></r></si></sst>`, "[h]:mm;@")
	f.Add(cells(headerRow+`<row><c t="b"><v>1</v></c><c t="e"><f/><v>#N/A</v></c></row><mergeCells><mergeCell ref="A1:B2"/></mergeCells>`), ``, `dd/mm/yyyy`)
	f.Add(cells(headerRow+`<row><c t="d"><v>2014-01-01</v></c><c t="inlineStr"><is><t>a</t></is></c></row>`), `<sst/>`, `"x`)
	f.Fuzz(func(t *testing.T, sheet, texts, format string) {
		format = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(format)
		check(t, archive(t, sheet, map[string]string{
			"xl/sharedStrings.xml": texts,
			"xl/styles.xml":        `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="` + format + `"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		}))
	})
}
