package table_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/table"
)

func TestLimits(t *testing.T) {
	category := []table.Field{{Name: "c"}}
	many := []table.Field{{Name: "c", Kind: table.Many}}
	long := strings.Repeat("x", 4097)
	tests := []struct {
		name   string
		limits table.Limits
		fields []table.Field
		text   string
		row    int
		column string
		want   string // "": no error
	}{
		{"columns by default", table.Limits{}, category, "c," + strings.Join(numbered("h", 999), ",") + "\n" + strings.Repeat(",", 999) + "\n", 0, "", ""},
		{"too many columns by default", table.Limits{}, category, "c," + strings.Join(numbered("h", 1000), ",") + "\n", 1, "", "1001 columns, more than the limit of 1000"},
		{"columns", table.Limits{Columns: 2}, category, "c,d,e\n", 1, "", "3 columns, more than the limit of 2"},
		{"no limit of columns", table.Limits{Columns: -1}, category, "c," + strings.Join(numbered("h", 1000), ",") + "\n" + strings.Repeat(",", 1000) + "\n", 0, "", ""},
		{"values by default", table.Limits{}, category, "c\n" + strings.Join(numbered("v", 10000), "\n") + "\n", 0, "", ""},
		{"too many values by default", table.Limits{}, category, "c\n" + strings.Join(numbered("v", 10001), "\n") + "\n", 10002, "c", "more than 10000 different values"},
		{"values", table.Limits{Values: 2}, category, "c\na\nb\na\n\nc\n", 6, "c", "more than 2 different values"},
		{"no limit of values but the program's", table.Limits{Values: -1}, category, "c\n" + strings.Join(numbered("v", 65001), "\n") + "\n", 65002, "c", "more than 65000 different values"},
		{"values up to the program's limit", table.Limits{Values: 1 << 20}, category, "c\n" + strings.Join(numbered("v", 65000), "\n") + "\n", 0, "", ""},
		{"labels by default", table.Limits{}, many, "c\n" + strings.Join(numbered("v", 1001), ";") + "\n", 0, "", "longer than"},
		{"too many labels by default", table.Limits{Cell: -1}, many, "c\n" + strings.Join(numbered("v", 1001), ";") + "\n", 2, "c", "more than 1000 different labels"},
		{"labels", table.Limits{Columns: 2}, many, "c\na;b\nb;c\n", 3, "c", "more than 2 different labels"},
		{"labels are values too", table.Limits{Values: 2}, many, "c\na;b\nb;c\n", 3, "c", "more than 2 different values"},
		{"a long cell by default", table.Limits{}, category, "c\n" + long[1:] + "\n", 0, "", ""},
		{"too long a cell by default", table.Limits{}, category, "c\na\n" + long + "\n", 3, "c", "longer than the limit of 4096 bytes"},
		{"too long a cell of labels", table.Limits{Cell: 5}, many, "c\na;b;c\na;b;c;d\n", 3, "c", "longer than the limit of 5 bytes"},
		{"no limit of cells", table.Limits{Cell: -1}, category, "c\n" + long + long + "\n", 0, "", ""},
		{"a long cell in a column that is read over", table.Limits{}, category, "c,notes\na," + long + "\n", 0, "", ""},
		{"a row that does not end", table.Limits{}, category, "c\na\n\"" + strings.Repeat(canary+"\n", 1<<20) + "\n", 3, "", "does not end within 4194304 bytes"},
		{"a long row that ends", table.Limits{}, category, "c,notes\na,\"" + strings.Repeat("x", 4000000) + "\"\n", 0, "", ""},
		{"the longest row", table.Limits{}, category, "c,notes\na,\"" + strings.Repeat("x", 4<<20-len("a,\"\"\n")) + "\"\n", 0, "", ""},
		{"bytes", table.Limits{Bytes: 10}, category, "c\na\nb\na\nb\na\n", 0, "", "more than the limit of 10 bytes"},
		{"bytes that fit", table.Limits{Bytes: 12}, category, "c\na\nb\na\nb\na\n", 0, "", ""},
		{"bytes after unpacking", table.Limits{Bytes: 1000}, category, gz("c\n" + strings.Repeat("a\n", 1000)), 0, "", "more than the limit of 1000 bytes"},
		{"no limit of bytes", table.Limits{Bytes: -1}, category, "c\na\n", 0, "", ""},
		{"rows", table.Limits{Rows: 2}, category, "c\na\n\na\na\n", 5, "", "more than the limit of 2 rows"},
		{"rows that fit", table.Limits{Rows: 3}, category, "c\na\na\na\n", 0, "", ""},
		{"no limit of rows", table.Limits{Rows: -1}, category, "c\na\na\n", 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want != "" {
				err := readErr(t, tt.text, table.Schema{Fields: tt.fields}, tt.limits)
				if tt.row == 0 && tt.column == "" && strings.HasPrefix(tt.want, "longer") {
					tt.row, tt.column = 2, "c"
				}
				wantInput(t, err, tt.row, tt.column, tt.want)
				return
			}
			rows, err := table.OpenCSV(strings.NewReader(tt.text), "cases.csv", table.Format{Limits: tt.limits})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := table.Read(t.Context(), rows, table.Schema{Fields: tt.fields}, table.Options{Limits: tt.limits}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBind(t *testing.T) {
	const text = "a,b,c\n1,2,3\n"
	tests := []struct {
		name   string
		schema table.Schema
		column string
		want   string
	}{
		{"unknown column", table.Schema{Fields: []table.Field{{Name: "d"}}}, "d", "the file's columns are: a, b, c"},
		{"column that nothing is said about", table.Schema{Fields: []table.Field{{Name: "a"}}, Ignore: []string{"b"}, Closed: true}, "c", "nothing says how"},
		{"all are named", table.Schema{Fields: []table.Field{{Name: " c "}}, Subject: "a", Ignore: []string{"b"}, Closed: true}, "", ""},
		{"others are read over", table.Schema{Fields: []table.Field{{Name: "c"}}}, "", ""},
		{"no fields", table.Schema{}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want != "" {
				wantInput(t, readErr(t, text, tt.schema, table.Limits{}), 1, tt.column, tt.want)
				return
			}
			if tab := read(t, text, tt.schema); tab.People() != 1 || len(tab.Columns) != len(tt.schema.Fields) {
				t.Errorf("%d people, %d columns", tab.People(), len(tab.Columns))
			}
		})
	}
	t.Run("a long list of headers is cut", func(t *testing.T) {
		err := readErr(t, strings.Join(numbered("h", 100), ",")+"\n", table.Schema{Fields: []table.Field{{Name: "d"}}}, table.Limits{})
		wantInput(t, err, 1, "d", "h39, and 60 more")
	})
	t.Run("a label makes a name that is a header too", func(t *testing.T) {
		schema := table.Schema{Fields: []table.Field{{Name: "m", Kind: table.Many}, {Name: "m: x"}}}
		wantInput(t, readErr(t, "m,m: x\nx,1\n", schema, table.Limits{}), 0, "m: x", "same name")
	})
	t.Run("no rows", func(t *testing.T) {
		wantInput(t, readErr(t, "a,b\n\n", table.Schema{Fields: []table.Field{{Name: "a"}}}, table.Limits{}), 0, "", "no rows below the header")
	})
	t.Run("headers cannot forge lines of a terminal", func(t *testing.T) {
		err := readErr(t, "\"a\x1b[31m\nerror: b\",a\n1,2\n", table.Schema{Fields: []table.Field{{Name: "d"}}}, table.Limits{})
		var in *table.InputError
		if !errors.As(err, &in) || strings.ContainsAny(in.Error()+in.Hint(), "\x1b\n") {
			t.Errorf("%q, %q", err, in.Hint())
		}
	})
}

// endless is a source without end, whose rows may be wrong.
type endless struct {
	cells []string
	next  func() // called before every row; may be nil
}

func (e endless) Header() []string { return []string{"c"} }
func (e endless) Name() string     { return "endless" }
func (e endless) Next() ([]string, error) {
	if e.next != nil {
		e.next()
	}
	return e.cells, nil
}

func TestReadStops(t *testing.T) {
	schema := table.Schema{Fields: []table.Field{{Name: "c"}}}
	t.Run("when the context is cancelled", func(t *testing.T) {
		why := errors.New("the steward went home")
		ctx, cancel := context.WithCancelCause(t.Context())
		rows := 0
		_, _, err := table.Read(ctx, endless{cells: []string{"x"}}, schema, table.Options{Progress: func(n int) {
			if rows = n; n > 50000 {
				cancel(why)
			}
		}})
		if !errors.Is(err, why) || rows < 50000 {
			t.Errorf("error %v after %d rows", err, rows)
		}
	})
	t.Run("when the context is cancelled while the source waits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wait := make(chan struct{})
		defer close(wait)
		time.AfterFunc(10*time.Millisecond, cancel)
		_, _, err := table.Read(ctx, endless{next: func() { <-wait }}, schema, table.Options{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("when a source breaks its promise", func(t *testing.T) {
		_, _, err := table.Read(t.Context(), endless{cells: []string{"x", "y"}}, schema, table.Options{})
		if err == nil || !strings.Contains(err.Error(), "2 cells for 1 headers") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("and no longer reads the source", func(t *testing.T) {
		var read atomic.Int32
		rows := endless{cells: []string{""}}
		rows.next = func() {
			if n := read.Add(1); n == 3000 {
				rows.cells[0] = "bad" // an error, in the goroutine that codes
			} else if n > 3000 && n%64 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		schema := table.Schema{Fields: []table.Field{{Name: "c", Values: []string{"good"}}}}
		_, _, err := table.Read(t.Context(), rows, schema, table.Options{})
		wantInput(t, err, 3001, "c", "code list")
		before := read.Load()
		time.Sleep(20 * time.Millisecond)
		if after := read.Load(); after != before {
			t.Errorf("%d rows were read after the end", after-before)
		}
	})
}

// plainRows is a source without row numbers.
type plainRows struct{ rows [][]string }

func (p *plainRows) Header() []string { return p.rows[0] }
func (p *plainRows) Name() string     { return "list" }
func (p *plainRows) Next() ([]string, error) {
	if len(p.rows) == 1 {
		return nil, io.EOF
	}
	p.rows = append(p.rows[:1:1], p.rows[2:]...)
	if len(p.rows) == 1 {
		return nil, io.EOF
	}
	return p.rows[1], nil
}

func TestRowsWithoutNumbers(t *testing.T) {
	rows := &plainRows{[][]string{{"c"}, {"read over"}, {"a"}, {"b"}, {"a"}}}
	_, _, err := table.Read(t.Context(), rows, table.Schema{Fields: []table.Field{{Name: "c", Values: []string{"a"}}}}, table.Options{})
	wantInput(t, err, 3, "c", "list: row 3")
}
