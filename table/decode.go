package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
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

// errNotUTF8 is met when a file that looked like UTF-8 turns out not to be.
var errNotUTF8 = errors.New("the text is not UTF-8")

// sniffSize is how much of a file is looked at to guess its encoding and delimiter.
const sniffSize = 64 << 10

// decode returns the text of r as UTF-8, without a byte order mark, and the encoding it found.
func decode(r io.Reader, want Encoding) (*bufio.Reader, Encoding, error) {
	br := bufio.NewReaderSize(r, sniffSize)
	head, err := br.Peek(sniffSize)
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, want, err
	}
	found, mark := sniffEncoding(head, err == io.EOF)
	if want == AutoEncoding {
		want = found
	}
	if want == found {
		if _, err := br.Discard(mark); err != nil {
			return nil, want, err
		}
	}
	switch want {
	case UTF16LE, UTF16BE:
		order := binary.ByteOrder(binary.LittleEndian)
		if want == UTF16BE {
			order = binary.BigEndian
		}
		return bufio.NewReaderSize(&utf16Reader{in: br, order: order}, sniffSize), want, nil
	case Windows1252:
		return bufio.NewReaderSize(&windows1252Reader{in: br}, sniffSize), want, nil
	default:
		return bufio.NewReaderSize(&utf8Reader{in: br}, sniffSize), want, nil
	}
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
	case zeros[1] > quarter && zeros[0] < zeros[1]/8:
		return UTF16LE, 0
	case zeros[0] > quarter && zeros[1] < zeros[0]/8:
		return UTF16BE, 0
	}
	if !whole { // a character may be cut at the end of what was looked at
		for cut := 0; cut < utf8.UTFMax-1 && len(head) > 0 && !utf8.Valid(head); cut++ {
			head = head[:len(head)-1]
		}
	}
	if utf8.Valid(head) {
		return UTF8, 0
	}
	return Windows1252, 0
}

// utf8Reader passes UTF-8 through and fails at the first byte that is not.
type utf8Reader struct {
	in   io.Reader
	tail []byte // start of a character cut off by the last read
}

func (u *utf8Reader) Read(p []byte) (int, error) {
	if len(p) < 2*utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	n := copy(p, u.tail)
	u.tail = u.tail[:0]
	m, err := u.in.Read(p[n:])
	n += m
	ok := validPrefix(p[:n])
	if rest := p[ok:n]; err == nil && len(rest) < utf8.UTFMax && !utf8.FullRune(rest) {
		u.tail = append(u.tail, rest...)
		return ok, nil
	} else if len(rest) > 0 {
		return ok, errNotUTF8
	}
	return n, err
}

// validPrefix returns the length of the longest prefix of p that is UTF-8.
func validPrefix(p []byte) int {
	if utf8.Valid(p) {
		return len(p)
	}
	i := 0
	for i < len(p) {
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		i += size
	}
	return i
}

// windows1252Reader turns Windows-1252 into UTF-8.
type windows1252Reader struct {
	in  *bufio.Reader
	buf [4096]byte
}

// upper1252 holds the characters of Windows-1252 for 0x80 to 0x9f; unassigned bytes become U+FFFD.
// Source: the WHATWG Encoding Standard's index for windows-1252 differs only in the unassigned bytes.
var upper1252 = [32]rune{
	'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ',
}

func (w *windows1252Reader) Read(p []byte) (int, error) {
	n, err := w.in.Read(w.buf[:min(len(w.buf), len(p)/utf8.UTFMax)])
	out := p[:0]
	for _, b := range w.buf[:n] {
		r := rune(b)
		if b >= 0x80 && b < 0xa0 {
			r = upper1252[b-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return len(out), err
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	high  rune // first half of a pair, waiting for the second
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	out := p[:0]
	var unit [2]byte
	for len(out)+2*utf8.UTFMax <= len(p) {
		if _, err := io.ReadFull(u.in, unit[:]); err != nil {
			if err == io.ErrUnexpectedEOF {
				err = errors.New("the text is not UTF-16: odd number of bytes")
			}
			if u.high != 0 {
				out, u.high = utf8.AppendRune(out, utf8.RuneError), 0
			}
			return len(out), err
		}
		r := rune(u.order.Uint16(unit[:]))
		if u.high != 0 {
			pair := utf16.DecodeRune(u.high, r)
			u.high = 0
			out = utf8.AppendRune(out, pair)
			if pair != utf8.RuneError {
				continue
			}
		}
		if r >= 0xd800 && r < 0xdc00 {
			u.high = r
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return len(out), nil
}
