package table_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/opencovey/covey/table"
)

var encodings = []table.Encoding{table.AutoEncoding, table.UTF8, table.UTF16LE, table.UTF16BE, table.Windows1252}

// small limits keep a fuzz run fast, and within reach of what it makes up.
var small = table.Limits{Columns: 50, Values: 30, Cell: 200, Bytes: 1 << 16, Rows: 500}

// FuzzOpenCSV reads any bytes as a delimited file. It must not panic or hang; every row has as many cells as the header, rows are
// numbered upward, and every error is for people.
func FuzzOpenCSV(f *testing.F) {
	for i, text := range []string{
		"a,b\n1,2\n", "\ufeffa;b\r\n\"1\n2\";3\r\n", "sep=|\na|b\n1|2\n", "a\tb\r1\t2\r", "a,b\n\"x", "a,a\n", ",\n", "a,b,,\n1,2,,\n",
		encode("a,b\n1,ü\n", table.UTF16LE, true), encode("a,b\n1,2\n", table.UTF16BE, false), "a,b\nJos\xe9,1\n", gz("a,b\n1,2\n"), "PK\x03\x04", "\n\n \na,b\n",
	} {
		f.Add([]byte(text), byte(i), rune(0))
	}
	f.Add([]byte("a:b\n"), byte(1), ':')
	f.Fuzz(func(t *testing.T, data []byte, encoding byte, delimiter rune) {
		format := table.Format{Encoding: encodings[int(encoding)%len(encodings)], Delimiter: delimiter, Limits: small}
		c, err := table.OpenCSV(bytes.NewReader(data), "fuzz.csv", format)
		for last := 0; err == nil; {
			var cells []string
			if cells, err = c.Next(); err != nil {
				break
			}
			if len(cells) != len(c.Header()) || len(cells) == 0 {
				t.Fatalf("%d cells for %d headers", len(cells), len(c.Header()))
			}
			if c.Row() <= last {
				t.Fatalf("row %d after row %d", c.Row(), last)
			}
			last = c.Row()
			for _, cell := range cells {
				if !utf8.ValidString(cell) || strings.Contains(cell, "\x00") {
					t.Fatalf("cell %q is no text", cell)
				}
			}
		}
		checkFuzzError(t, err)
	})
}

func checkFuzzError(t *testing.T, err error) {
	t.Helper()
	if err == io.EOF {
		return
	}
	var in *table.InputError
	if !errors.As(err, &in) || in.Problem == "" || !strings.HasPrefix(err.Error(), "fuzz.csv: ") || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Fatalf("error %v (%T) is not one for people", err, err)
	}
}

// FuzzRead reads any file by a schema that gives its columns any kind: sums must hold, whatever is in the file.
func FuzzRead(f *testing.F) {
	f.Add("id,a,b,c,d,e,f\nP,x,1,x;y,3,2014-01-01,NP\nQ,,0,-99,,,\nP,x,,z,,,\n", []byte{9, 0, 1, 2, 3, 4, 5}, byte(0))
	f.Add("a,b\n1,2\n1,2\n", []byte{0, 1}, byte(3))
	f.Add("m,n\nx;y;z,-99\nx;unknown,?\n;;,1\n", []byte{2, 12}, byte(7))
	f.Add("k,l\nA,0\nB,1\n", []byte{6, 7}, byte(1))
	f.Fuzz(func(t *testing.T, text string, kinds []byte, options byte) {
		rows, err := table.OpenCSV(strings.NewReader(text), "fuzz.csv", table.Format{Limits: small})
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		schema := fuzzSchema(rows.Header(), kinds, options)
		tab, stats, err := table.Read(t.Context(), rows, schema, table.Options{Limits: small})
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		people := 0
		filled := map[string]int{}
		for row, weight := range tab.Rows() {
			people += weight
			field := ""
			for i, code := range row {
				if int(code) > len(tab.Columns[i].Values) {
					t.Fatalf("code %d of %d values", code, len(tab.Columns[i].Values))
				}
				if code > 0 && tab.Columns[i].Field != field {
					field = tab.Columns[i].Field
					filled[field] += weight
				}
			}
		}
		if people != tab.People() || people != stats.Rows-stats.Repeated {
			t.Fatalf("weights add up to %d, People is %d, stats %+v", people, tab.People(), stats)
		}
		for _, c := range tab.Columns {
			all := filled[c.Field]
			for _, b := range c.Blanks {
				all += b.People
			}
			if all != people {
				t.Fatalf("%s: %d filled and blank of %d people: %v", c.Name, all, people, c.Blanks)
			}
		}
	})
}

// fuzzSchema gives every column the kind of its byte; 9 makes it the subject, 12 leaves it out.
func fuzzSchema(header []string, kinds []byte, options byte) table.Schema {
	schema := table.Schema{
		Conflict: table.Conflict(options % 5),
		Blanks:   []table.Blank{{Text: "-99", Reason: "not recorded"}, {Text: "unknown", Reason: "unknown", Keep: options&8 != 0}, {Text: "?"}},
	}
	for i, name := range header {
		kind := byte(0)
		if i < len(kinds) {
			kind = kinds[i] % 13
		}
		field := table.Field{Name: name, Kind: table.Kind(kind % 6), KeepNo: options&16 != 0}
		switch {
		case kind == 9 && schema.Subject == "":
			schema.Subject = name
			continue
		case kind == 12:
			continue
		case kind == 6:
			field.Values, field.Other = []string{"A", "B"}, "other"
		case kind == 7:
			field.Kind, field.Map = table.Many, map[string]string{"0": "zero", "x;y": "both", "1": ""}
		}
		if field.Bins = (table.Bins{Numbers: []float64{0, 10}}); field.Kind == table.Date {
			field.Bins = table.Bins{Every: table.Quarter}
		}
		schema.Fields = append(schema.Fields, field)
	}
	return schema
}

// FuzzDecode decodes any bytes in every encoding. The text must be UTF-8 without code 0, the same however the bytes
// arrive, and for UTF-16 the same as the standard library gives.
func FuzzDecode(f *testing.F) {
	for i, text := range []string{"abc", "\ufeffü", "\xff\xfeA\x00", "\xfe\xff\x00A", "\xd8\x00", "Jos\xe9", "a\x00b\x00", "\x80\x9f", "é\xc3"} {
		f.Add([]byte(text), byte(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, encoding byte) {
		want := encodings[int(encoding)%len(encodings)]
		text, found, err := decodeAll(bytes.NewReader(data), want)
		again, foundAgain, errAgain := decodeAll(iotest.OneByteReader(bytes.NewReader(data)), want)
		if text != again || found != foundAgain || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q, %s, %v; byte by byte %q, %s, %v", text, found, err, again, foundAgain, errAgain)
		}
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Fatalf("%q is no text", text)
		}
		if err != nil {
			return
		}
		order := map[table.Encoding]binary.ByteOrder{table.UTF16LE: binary.LittleEndian, table.UTF16BE: binary.BigEndian}[found]
		if order == nil {
			return
		}
		var units []uint16
		for i := 0; i+1 < len(data); i += 2 {
			units = append(units, order.Uint16(data[i:]))
		}
		if len(units) > 0 && units[0] == 0xfeff {
			units = units[1:]
		}
		if reference := string(utf16.Decode(units)); text != reference {
			t.Fatalf("%q, the standard library reads %q", text, reference)
		}
	})
}

func decodeAll(r io.Reader, want table.Encoding) (string, table.Encoding, error) {
	in, found, err := table.Decode(r, want)
	if err != nil {
		return "", found, err
	}
	text, err := io.ReadAll(in)
	return string(text), found, err
}

// FuzzProfile looks over any file. Rows must add up, and guesses must be such that a schema made from them can be carried out.
func FuzzProfile(f *testing.F) {
	f.Add("id,sex,when,where,what,n\n1,F,01/02/2014,NP,\"a;b\",5\n2,M,31/12/2014,India,b,17\n")
	f.Add("a\n-99\nNULL\n1,5\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := table.OpenCSV(strings.NewReader(text), "fuzz.csv", table.Format{Limits: small})
		if err != nil {
			return
		}
		profiles, err := table.ProfileRows(t.Context(), rows, table.ProfileOptions{Texts: 20, Top: 3})
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		for _, p := range profiles {
			blank := 0
			for _, b := range p.Blanks {
				blank += b.Rows
			}
			if blank+p.Filled != p.Rows || len(p.Top) > 3 || p.Rare > p.Distinct || p.Distinct == 0 && p.Filled > 0 && !p.More {
				t.Fatalf("%+v", p)
			}
			for i := 1; i < len(p.Edges); i++ {
				if !(p.Edges[i-1] < p.Edges[i]) {
					t.Fatalf("edges %v", p.Edges)
				}
			}
			if p.Kind == table.Number && len(p.Edges) == 0 || p.Kind == table.Date && (len(p.Layouts) == 0 || p.Every == table.NoPeriod) || p.Kind == table.Many && p.Delimiter == "" {
				t.Fatalf("%+v cannot be read", p)
			}
			for _, l := range p.Layouts {
				if time.Unix(0, 0).Format(l) == l {
					t.Fatalf("layout %q", l)
				}
			}
		}
	})
}
