package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Encoding is how the text of a file is stored.
type Encoding string

// The encodings that can be read.
const (
	AutoEncoding Encoding = ""             // by byte order mark, else by looking at the first 64 KiB
	UTF8         Encoding = "utf-8"        //
	UTF16LE      Encoding = "utf-16le"     //
	UTF16BE      Encoding = "utf-16be"     //
	Windows1252  Encoding = "windows-1252" // what old spreadsheets on Windows in western Europe write
)

// What is wrong with text that is not what it was taken for.
var (
	errNotUTF8  = errors.New("a character that is not UTF-8")
	errNotUTF16 = errors.New("half a character of UTF-16 at its end")
	errNot1252  = errors.New("a character that Windows-1252 does not have")
	errNUL      = errors.New("a character with the code 0, which no text has")
)

// sniffSize is how much of a file is looked at to guess its encoding and delimiter.
const sniffSize = 64 << 10

// decode returns the text of r as UTF-8, without a byte order mark, and the encoding it found.
func decode(r *bufio.Reader, want Encoding) (*textReader, error) {
	head, err := r.Peek(sniffSize)
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, err
	}
	found, mark := sniffEncoding(head, err == io.EOF)
	switch {
	case want == AutoEncoding:
		want = found
	case mark > 0 && want != found:
		return nil, &markError{want, found}
	}
	if _, err := r.Discard(mark); err != nil {
		return nil, err
	}
	convert, ok := converters[want]
	if !ok {
		return nil, fmt.Errorf("there is no encoding %q", want)
	}
	return &textReader{in: r, encoding: want, convert: convert, budget: 1 << 62}, nil
}

// markError is met when the byte order mark of a file contradicts the encoding that the caller gave.
type markError struct{ want, found Encoding }

func (e *markError) Error() string {
	return fmt.Sprintf("the text is %s by its first bytes, not %s", e.found, e.want)
}

// sniffEncoding guesses from the start of a file and returns the length of the byte order mark.
func sniffEncoding(head []byte, whole bool) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, 2
	}
	// Without a mark, text that is mostly ASCII shows UTF-16 by a zero in every other byte.
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	switch quarter := len(head) / 4; {
	case zeros[1] > quarter && zeros[0] <= zeros[1]/8:
		return UTF16LE, 0
	case zeros[0] > quarter && zeros[1] <= zeros[0]/8:
		return UTF16BE, 0
	}
	// A file of UTF-8 with a few broken characters must not turn into one of Windows-1252, in which almost no accented
	// letters of UTF-8 make sense: the majority of characters beyond ASCII decides.
	// Nor must one of Windows-1251 or another alphabet, in which they are more than a few.
	good, bad := countBeyondASCII(head, whole)
	if bad > good && 3*bad <= len(head) {
		return Windows1252, 0
	}
	return UTF8, 0
}

// countBeyondASCII counts the characters beyond ASCII that are UTF-8, and the bytes that are not. A character
// cut off at the end of head is not counted, unless head is the whole file.
func countBeyondASCII(head []byte, whole bool) (good, bad int) {
	for len(head) > 0 {
		if head[0] < utf8.RuneSelf {
			head = head[1:]
			continue
		}
		r, size := utf8.DecodeRune(head)
		switch {
		case r != utf8.RuneError || size > 1:
			good++
		case !whole && !utf8.FullRune(head):
			return good, bad
		default:
			bad++
		}
		head = head[size:]
	}
	return good, bad
}

// textReader turns the bytes of a file into UTF-8 text, and refuses what is not text. An error stays.
type textReader struct {
	in       io.Reader
	encoding Encoding
	convert  converter
	raw      [16 << 10]byte // read and not yet converted: raw[:held]
	held     int
	buffer   []byte // reused for ready
	ready    []byte // converted and not yet handed out
	err      error
	budget   int64 // bytes that may be handed out before errRecord; the caller sets it anew for every record
}

// errRecord is met when the budget of a textReader is used up.
var errRecord = errors.New("the row does not end")

func (t *textReader) Read(p []byte) (int, error) {
	for idle := 0; len(t.ready) == 0; idle++ {
		switch {
		case t.err != nil:
			return 0, t.err
		case idle > 100:
			return 0, io.ErrNoProgress
		}
		t.fill()
	}
	if t.budget <= 0 {
		return 0, errRecord
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	t.budget -= int64(n)
	return n, nil
}

// fill converts another piece of the file.
func (t *textReader) fill() {
	n, err := t.in.Read(t.raw[t.held:])
	t.held += n
	out, used, bad := t.convert(t.buffer[:0], t.raw[:t.held], err != nil)
	t.buffer = out
	t.held = copy(t.raw[:], t.raw[used:t.held])
	if nul := bytes.IndexByte(out, 0); nul >= 0 {
		out, bad = out[:nul], errNUL
	}
	t.ready, t.err = out, err
	if bad != nil && (err == nil || err == io.EOF) {
		t.err = bad
	}
}

// crReader ends lines by LF where a file ends them by CR alone, as spreadsheets on old Macintosh systems did.
type crReader struct{ in io.Reader }

func (c crReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// endsLinesByCR reports whether the text that begins with head has no LF where another file would have one.
func endsLinesByCR(head []byte) bool {
	return bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0
}
