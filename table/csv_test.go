package table_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/opencovey/covey/table"
)

func TestOpenCSV(t *testing.T) {
	tests := []struct {
		name      string
		text      string
		file      string // default cases.csv
		format    table.Format
		delimiter rune // default ,
		header    string
		rows      string // cells with | between, rows with / between
	}{
		{name: "plain", text: "a,b\n1,2\n3,4\n", header: "a|b", rows: "1|2/3|4"},
		{name: "no line break at the end", text: "a,b\n1,2", header: "a|b", rows: "1|2"},
		{name: "header only", text: "a,b\n", header: "a|b", rows: ""},
		{name: "header only without line break", text: "a,b", header: "a|b", rows: ""},
		{name: "CRLF", text: "a,b\r\n1,2\r\n3,\r\n", header: "a|b", rows: "1|2/3|"},
		{name: "CR alone, as on old Macintosh", text: "a,b\r1,2\r\"3\r4\",5\r", header: "a|b", rows: "1|2/3\n4|5"},
		{name: "mixed line ends", text: "a,b\r\n1,2\n3,4\r\r\n", header: "a|b", rows: "1|2/3|4\r"},
		{name: "quotes", text: "a,b\n\"1,5\",\"say \"\"no\"\"\"\n\"\",\" x \"\n", header: "a|b", rows: "1,5|say \"no\"/| x "},
		{name: "line breaks in quotes", text: "a,b\n\"1\n2\r\n3\",4\n", header: "a|b", rows: "1\n2\n3|4"},
		{name: "quoted header, trimmed", text: "\" case id \", b\t\n1,2\n", header: "case id|b", rows: "1|2"},
		{name: "a delimiter in a quoted header", text: "\"a,b,c\";\"d,e\"\n1;2\n", delimiter: ';', header: "a,b,c|d,e", rows: "1|2"},
		{name: "a line break in a quoted header", text: "\"a\nof x\";b\n1;2\n", delimiter: ';', header: "a\nof x|b", rows: "1|2"},
		{name: "semicolon", text: "a;b,c;d\n1;2;3\n", delimiter: ';', header: "a|b,c|d", rows: "1|2|3"},
		{name: "tab", text: "a\tb\n1\t\n", delimiter: '\t', header: "a|b", rows: "1|"},
		{name: "pipe", text: "a|b\n1|2\n", delimiter: '|', header: "a|b", rows: "1|2"},
		{name: "tab by name", text: "a,b\n1\n", file: "cases.TSV", delimiter: '\t', header: "a,b", rows: "1"},
		{name: "tab by name, packed", text: "a,b\n1\n", file: "cases.tsv.gz", delimiter: '\t', header: "a,b", rows: "1"},
		{name: "delimiter given", text: "a,b:c\n1:2\n", format: table.Format{Delimiter: ':'}, delimiter: ':', header: "a,b|c", rows: "1|2"},
		{name: "delimiter beyond ASCII", text: "a¦b\n1¦2\n", format: table.Format{Delimiter: '¦'}, delimiter: '¦', header: "a|b", rows: "1|2"},
		{name: "a line that names the delimiter", text: "sep=;\r\na,b;c\r\n1;2\r\n", delimiter: ';', header: "a,b|c", rows: "1|2"},
		{name: "a line that names the tab, with CR", text: "SEP=\t\ra\tb\r1\t2\r", delimiter: '\t', header: "a|b", rows: "1|2"},
		{name: "a header that looks like such a line", text: "sep=x,b\n1,2\n", header: "sep=x|b", rows: "1|2"},
		{name: "one column", text: "a\n1\n\n2\n", header: "a", rows: "1/2"},
		{name: "lines without text", text: "\n\r\na,b\n\n1,2\n  \n\n3,4\n\n", header: "a|b", rows: "1|2/3|4"},
		{name: "rows of blank cells stay", text: "a,b\n,\n1,2\n,\n", header: "a|b", rows: "|/1|2/|"},
		{name: "columns without header and text", text: "a,b,, \n1,2,,\n3,4\n5,6,,,,\n", header: "a|b", rows: "1|2/3|4/5|6"},
		{name: "byte order mark", text: "\ufeffa,b\n1,2\n", header: "a|b", rows: "1|2"},
		{name: "byte order mark and quotes", text: "\ufeff\"a\",b\n1,2\n", header: "a|b", rows: "1|2"},
		{name: "beyond ASCII", text: "Größe,国\né,ü\n", header: "Größe|国", rows: "é|ü"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file == "" {
				tt.file = "cases.csv"
			}
			if tt.delimiter == 0 {
				tt.delimiter = ','
			}
			c, err := table.OpenCSV(iotest.OneByteReader(strings.NewReader(tt.text)), tt.file, tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if c.Delimiter != tt.delimiter || c.Encoding != table.UTF8 || c.Name() != tt.file {
				t.Errorf("delimiter %q, encoding %s, name %s", c.Delimiter, c.Encoding, c.Name())
			}
			if got := strings.Join(c.Header(), "|"); got != tt.header {
				t.Errorf("header %q, want %q", got, tt.header)
			}
			rows, err := allRows(c)
			if err != nil {
				t.Fatal(err)
			}
			if got := joinRows(rows); got != tt.rows {
				t.Errorf("rows %q, want %q", got, tt.rows)
			}
		})
	}
}

func joinRows(rows [][]string) string {
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.Join(r, "|"))
	}
	return strings.Join(lines, "/")
}

func TestOpenCSVErrors(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		format table.Format
		row    int
		column string
		want   string
	}{
		{name: "empty file", text: "", want: "the file is empty"},
		{name: "only a byte order mark", text: "\ufeff", want: "the file is empty"},
		{name: "only line breaks", text: "\r\n\n", want: "the file is empty"},
		{name: "only blanks", text: " , \n1,2\n", row: 1, want: "there are no headers"},
		{name: "a column without header", text: "a,,b\n", row: 1, want: "column 2 has no header"},
		{name: "the same header twice", text: "a,b, a \n", row: 1, column: "a", want: "columns 1 and 3 have the same header"},
		{name: "a short row", text: "a,b\n1,2\n" + canary + "\n", row: 3, want: "1 cells, but the header has 2"},
		{name: "a long row", text: "a,b\n1,2\n\n1,2," + canary + "\n", row: 4, want: "3 cells, but the header has 2"},
		{name: "a long row after cells with line breaks", text: "a,b\n1,\"x\r\ny\nz\"\n\n1,2,3\n", row: 4, want: "3 cells"},
		{name: "text under no header", text: "a,b,,\n1,2,,\n1,2,," + canary + "\n", row: 3, want: "4 cells, but the header has 2"},
		{name: "a quote that is never closed", text: "a,b\n1,2\n\n\"" + canary + ",4\n5,6\n", row: 4, want: "lines 4 to 5 of the file: a quote that is not closed"},
		{name: "text after a closing quote", text: "a,b\n\"" + canary + "\"x,4\n", row: 2, want: "line 2 of the file, near character 6: "},
		{name: "a quote inside a cell", text: "a,b\n1,2\n" + canary + " 5\" high,4\n", row: 3, want: "a quote inside a cell"},
		{name: "a quote in the header", text: "a\"b,c\n", row: 1, want: "a quote inside a cell"},
		{name: "a delimiter that is none", text: "a,b\n", format: table.Format{Delimiter: '"'}, want: "cannot be a delimiter"},
		{name: "an encoding that is none", text: "a,b\n", format: table.Format{Encoding: "ebcdic"}, row: 1, want: `no encoding "ebcdic"`},
		{name: "code 0", text: "a,b\n1," + canary + "\x00\n", row: 2, want: "code 0"},
		{name: "not UTF-8, though a mark says so", text: "\ufeffa,b\n1,2\n" + canary + "\xff,2\n", row: 3, want: "not UTF-8"},
		{name: "another encoding than the mark says", text: "\ufeffa,b\n", format: table.Format{Encoding: table.UTF16LE}, want: "utf-8 by its first bytes, not utf-16le"},
		{name: "packed and cut off", text: gz("a,b\n1,2\n")[:20], row: 3, want: "damaged or cut off"},
		{name: "packed and damaged", text: damage(gz("a,b\n1,2\n")), row: 3, want: "damaged or cut off"},
		{name: "packed, without content", text: "\x1f\x8b", row: 1, want: "damaged or cut off"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := table.OpenCSV(strings.NewReader(tt.text), "cases.csv", tt.format)
			if err == nil {
				_, err = allRows(c)
			}
			if err == nil {
				t.Fatal("no error")
			}
			quiet(t, err)
			if tt.row == 1 && strings.Contains(tt.want, "encoding") { // a mistake of the caller
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v", err)
				}
				return
			}
			wantInput(t, err, tt.row, tt.column, "cases.csv: ", tt.want)
		})
	}
}

func gz(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text) // a buffer does not fail
	_ = w.Close()
	return out.String()
}

// damage changes the checksum at the end.
func damage(text string) string {
	b := []byte(text)
	b[len(b)-6] ^= 0xff
	return string(b)
}

// encode stores text in an encoding, for the tests.
func encode(text string, e table.Encoding, mark bool) string {
	switch e {
	case table.Windows1252:
		var out []byte
		for _, r := range text {
			switch {
			case r == '€':
				r = 0x80
			case r == '–':
				r = 0x96
			case r == '’':
				r = 0x92
			}
			out = append(out, byte(r))
		}
		return string(out)
	case table.UTF16LE, table.UTF16BE:
		order := binary.AppendByteOrder(binary.LittleEndian)
		if e == table.UTF16BE {
			order = binary.BigEndian
		}
		var out []byte
		if mark {
			text = "\ufeff" + text
		}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	if mark {
		text = "\ufeff" + text
	}
	return text
}

func TestEncodings(t *testing.T) {
	const text = "Name;Größe – €\nJosé’s;1\nÅse;\"2\n3\"\n"
	const wide = text + "𝔘;国\n"
	tests := []struct {
		name     string
		encoding table.Encoding
		mark     bool
		given    bool
		text     string
	}{
		{"UTF-8", table.UTF8, false, false, wide},
		{"UTF-8 with mark", table.UTF8, true, false, wide},
		{"UTF-8 given", table.UTF8, false, true, wide},
		{"UTF-8 given, with mark", table.UTF8, true, true, wide},
		{"UTF-16LE", table.UTF16LE, false, false, wide},
		{"UTF-16LE with mark", table.UTF16LE, true, false, wide},
		{"UTF-16LE given", table.UTF16LE, false, true, wide},
		{"UTF-16BE", table.UTF16BE, false, false, wide},
		{"UTF-16BE with mark", table.UTF16BE, true, false, wide},
		{"UTF-16BE given", table.UTF16BE, false, true, wide},
		{"Windows-1252", table.Windows1252, false, false, text},
		{"Windows-1252 given", table.Windows1252, false, true, text},
	}
	for _, tt := range tests {
		for _, packed := range []bool{false, true} {
			for _, long := range []int{1, 5000} { // the long ones fill every buffer several times over
				t.Run(fmt.Sprintf("%s, packed %v, %d times", tt.name, packed, long), func(t *testing.T) {
					stored := encode(tt.text+strings.Repeat(tt.text, long-1), tt.encoding, tt.mark)
					if packed {
						stored = gz(stored)
					}
					format := table.Format{}
					if tt.given {
						format.Encoding = tt.encoding
					}
					c, err := table.OpenCSV(iotest.HalfReader(strings.NewReader(stored)), "cases.csv", format)
					if err != nil {
						t.Fatal(err)
					}
					rows, err := allRows(c)
					if err != nil {
						t.Fatal(err)
					}
					if c.Encoding != tt.encoding || c.Delimiter != ';' {
						t.Errorf("found %s, %q", c.Encoding, c.Delimiter)
					}
					if h := strings.Join(c.Header(), "|"); h != "Name|Größe – €" {
						t.Errorf("header %q", h)
					}
					lines := strings.Count(tt.text, "\n") - 1
					if len(rows) != lines*long-1 {
						t.Fatalf("%d rows, want %d", len(rows), lines*long-1)
					}
					if got := joinRows(rows[:2]); got != "José’s|1/Åse|2\n3" {
						t.Errorf("rows %q", got)
					}
					for i, row := range rows {
						if j := (i + 1) % lines; tt.text == wide && j == lines-1 && !slices.Equal(row, []string{"𝔘", "国"}) {
							t.Fatalf("row %d is %q", i, row)
						}
					}
				})
			}
		}
	}
}

// A file that is ASCII for its first 64 KiB is taken for UTF-8. When it turns out to be Windows-1252, that is an error
// with the row and what to do, and no cell with broken characters.
func TestLateWindows1252(t *testing.T) {
	text := "a,b\n" + strings.Repeat("plain text,"+canary+"\n", 10000) + "Jos\xe9,2\n" + strings.Repeat("x,y\n", 10000)
	c := open(t, text)
	rows, err := allRows(c)
	if len(rows) != 10000 {
		t.Errorf("%d rows before the error", len(rows))
	}
	quiet(t, err)
	wantInput(t, err, 10002, "", "not UTF-8", "which encoding it has, for example windows-1252")
	if _, again := c.Next(); again == nil {
		t.Error("reading goes on after the error")
	}
	c, err = table.OpenCSV(strings.NewReader(text), "cases.csv", table.Format{Encoding: table.Windows1252})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = allRows(c); err != nil || rows[10000][0] != "José" {
		t.Errorf("with the encoding given: %v", err)
	}
}

// A character that is cut where the looking at the start of the file ends does not make it Windows-1252.
func TestCutCharacter(t *testing.T) {
	for _, letter := range []string{"é", "国", "𝔘"} {
		for cut := 1; cut < len(letter); cut++ {
			head := "a,b\n" + strings.Repeat("x", 64<<10-4-cut)
			c, err := table.OpenCSV(strings.NewReader(head+letter+",1\n"), "cases.csv", table.Format{Limits: table.Limits{Cell: 1 << 20}})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := allRows(c)
			if err != nil || c.Encoding != table.UTF8 || !strings.HasSuffix(rows[0][0], "x"+letter) {
				t.Errorf("%s cut after %d bytes: %s, %v", letter, cut, c.Encoding, err)
			}
		}
	}
}

// A few broken bytes do not turn a file of UTF-8 into Windows-1252, in which "é" would read "Ã©".
func TestBrokenUTF8(t *testing.T) {
	text := "name,x\nJosé,1\nÅse,2\nM\xfcller,3\nGröße,4\n"
	rows, err := allRows(open(t, text))
	if len(rows) != 2 {
		t.Errorf("%d rows before the error: %q", len(rows), rows)
	}
	wantInput(t, err, 4, "", "not UTF-8")
}

// Windows-1252 has no characters for five bytes, and text in another alphabet is not taken for it.
func TestNotWindows1252(t *testing.T) {
	_, err := allRows(open(t, "a,b\nJos\xe9,1\nx\x81,2\n"))
	wantInput(t, err, 3, "", "Windows-1252 does not have")
	_, err = table.OpenCSV(strings.NewReader("\xe8\xec\xff;\xef\xee\xeb\n\xc0\xed\xed\xe0;\xc6\n"), "cases.csv", table.Format{})
	wantInput(t, err, 1, "", "not UTF-8")
}

func TestUnpairedUTF16(t *testing.T) {
	stored := encode("a,b\n1,2\n", table.UTF16LE, true)
	rows, err := allRows(open(t, stored+"\x00\xd8x\x00,\x003\x00\n\x00"))
	if err != nil || joinRows(rows) != "1|2/\ufffdx|3" {
		t.Errorf("half a pair: %q, %v", rows, err)
	}
	_, err = allRows(open(t, stored+"x"))
	wantInput(t, err, 3, "", "half a character")
}

func TestReadErrors(t *testing.T) {
	broken := errors.New("the disk is broken")
	c, err := table.OpenCSV(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(broken)), "cases.csv", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := allRows(c)
	if len(rows) != 1 || !errors.Is(err, broken) || !strings.Contains(err.Error(), "cases.csv: row 3: cannot be read: the disk is broken") {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
	c, err = table.OpenCSV(io.MultiReader(strings.NewReader("a,b\né\xc3"), iotest.ErrReader(broken)), "cases.csv", table.Format{})
	if err == nil {
		_, err = c.Next()
	}
	if !errors.Is(err, broken) {
		t.Errorf("within a character: %v", err)
	}
	if _, err := table.OpenCSV(iotest.ErrReader(broken), "cases.csv", table.Format{}); !errors.Is(err, broken) {
		t.Errorf("opening: %v", err)
	}
	if _, err := table.OpenCSV(stuck{}, "cases.csv", table.Format{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

// stuck is a reader that never gives anything, not even an error.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// Cells larger than any buffer, in every encoding.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("äbc ", 50000)
	for _, e := range []table.Encoding{table.UTF8, table.UTF16LE, table.UTF16BE, table.Windows1252} {
		stored := encode("a,b\n"+long+",1\n\""+long+"\n"+long+"\",2\n3,4\n", e, false)
		c, err := table.OpenCSV(strings.NewReader(stored), "cases.csv", table.Format{Encoding: e})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := allRows(c)
		if err != nil || len(rows) != 3 || rows[0][0] != long || rows[1][0] != long+"\n"+long || rows[2][1] != "4" {
			t.Errorf("%s: %d rows, %v", e, len(rows), err)
		}
	}
}
