package table

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// converter appends to dst the text of src as UTF-8 and returns it with the number of bytes of src it used. What it
// leaves is the start of a character, to be offered again with what follows; last says that nothing follows.
type converter func(dst, src []byte, last bool) (text []byte, used int, err error)

var converters = map[Encoding]converter{
	UTF8:        fromUTF8,
	UTF16LE:     fromUTF16LE,
	UTF16BE:     fromUTF16BE,
	Windows1252: from1252,
}

// fromUTF8 passes text through and fails at the first byte that is not UTF-8.
func fromUTF8(dst, src []byte, last bool) ([]byte, int, error) {
	n := validPrefix(src)
	dst = append(dst, src[:n]...)
	if n == len(src) || !last && !utf8.FullRune(src[n:]) {
		return dst, n, nil
	}
	return dst, len(src), errNotUTF8
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

// upper1252 holds the characters of Windows-1252 for 0x80 to 0x9f, and 0 for unassigned bytes, which are refused.
// Source: the WHATWG Encoding Standard's index for windows-1252 differs only in the unassigned bytes.
var upper1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

func from1252(dst, src []byte, _ bool) ([]byte, int, error) {
	for _, b := range src {
		switch {
		case b < utf8.RuneSelf:
			dst = append(dst, b)
		case b < 0xa0:
			r := upper1252[b-0x80]
			if r == 0 {
				return dst, len(src), errNot1252
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = utf8.AppendRune(dst, rune(b))
		}
	}
	return dst, len(src), nil
}

func fromUTF16LE(dst, src []byte, last bool) ([]byte, int, error) {
	return fromUTF16(dst, src, last, binary.LittleEndian)
}

func fromUTF16BE(dst, src []byte, last bool) ([]byte, int, error) {
	return fromUTF16(dst, src, last, binary.BigEndian)
}

// fromUTF16 turns half a surrogate pair into U+FFFD, and fails at an odd byte at the end.
func fromUTF16(dst, src []byte, last bool, order binary.ByteOrder) ([]byte, int, error) {
	i := 0
	for ; i+2 <= len(src); i += 2 {
		r := rune(order.Uint16(src[i:]))
		if r >= 0xd800 && r < 0xdc00 {
			if i+4 > len(src) && !last {
				return dst, i, nil
			}
			if i+4 <= len(src) {
				if pair := utf16.DecodeRune(r, rune(order.Uint16(src[i+2:]))); pair != utf8.RuneError {
					dst = utf8.AppendRune(dst, pair)
					i += 2
					continue
				}
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	if last && i < len(src) {
		return dst, len(src), errNotUTF16
	}
	return dst, i, nil
}
