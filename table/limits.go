package table

import (
	"fmt"
	"io"
)

// Limits bound what a file may hold. A zero field means its default; a negative one means no limit but that of the program.
type Limits struct {
	Columns int   // headers in the file, and labels of one many-valued column; default 1,000
	Values  int   // distinct values of one column; default 10,000, at most 65,000
	Cell    int   // bytes in one cell that is read; default 4,096
	Bytes   int64 // bytes of text, after unpacking; default 8 GiB
	Rows    int   // rows below the header; default no limit, at most 2,147,483,646
}

// The limits of the program: codes are of 16 bits, and the uppermost stand for blanks; records are counted in 32 bits.
const (
	maxValues = 65000
	maxRows   = 1<<31 - 2
	noLimit   = 1<<31 - 1
)

func (l Limits) withDefaults() Limits {
	set := func(x *int, standard, most int) {
		if *x == 0 {
			*x = standard
		}
		if *x < 0 || *x > most {
			*x = most
		}
	}
	set(&l.Columns, 1000, noLimit)
	set(&l.Values, 10000, maxValues)
	set(&l.Cell, 4096, noLimit)
	set(&l.Rows, -1, maxRows)
	if l.Bytes == 0 {
		l.Bytes = 8 << 30
	}
	if l.Bytes < 0 || l.Bytes > 1<<62 {
		l.Bytes = 1 << 62
	}
	return l
}

// record is how many bytes one row may have: every cell at its limit, but never less than 4 MiB, since columns that are
// ignored may be longer.
func (l Limits) record() int64 { return max(int64(l.Columns)*int64(l.Cell), 4<<20) }

// limitReader fails, instead of ending, when more than limit bytes are read.
type limitReader struct {
	in          io.Reader
	left, limit int64
}

type limitError struct{ limit int64 }

func (e *limitError) Error() string { return fmt.Sprintf("more than the limit of %d bytes", e.limit) }

func (l *limitReader) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, &limitError{l.limit}
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.in.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, &limitError{l.limit}
	}
	return n, err
}
