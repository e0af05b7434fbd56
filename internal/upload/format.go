package upload

import (
	"bytes"
	"slices"

	"github.com/opencovey/covey/internal/fault"
)

// Format is a kind of file. It is told by what is in the file, never by its name.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // delimited text
	XLSX Format = "xlsx" // Excel workbook; that it is one, and no other archive, is seen when it is read
	Tar  Format = "tar"  // archive of a bundle, plain or packed with gzip
)

// sniffer tells the format of a file from its first segment, and holds text to be text to its end.
type sniffer struct {
	format Format
	wide   bool // UTF-16
}

// look looks at a segment; the fault says that the file is not taken.
func (s *sniffer) look(b []byte, first bool, taken []Format) error {
	if first {
		s.format, s.wide = sniff(b)
		// An archive of a bundle may be a zip as well: the same first bytes as a workbook.
		if s.format == "" || !slices.Contains(taken, s.format) {
			return wrongType()
		}
	}
	if s.format == CSV && !s.wide && !isText(b) {
		return wrongType()
	}
	return nil
}

func wrongType() error { return fault.New(fault.Invalid, "fault.upload.type") }

// sniff tells a format by the first bytes: "" for none that is known.
func sniff(b []byte) (f Format, wide bool) {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return XLSX, false
	case bytes.HasPrefix(b, []byte("\x1f\x8b\x08")), len(b) > 262 && string(b[257:262]) == "ustar":
		return Tar, false
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return CSV, true
	case bytes.HasPrefix(b, []byte("%PDF")), bytes.HasPrefix(b, []byte("{\\rtf")), isMarkup(b):
		return "", false
	case isText(b):
		return CSV, false
	}
	return "", false
}

// isMarkup tells pages and XML, which are text, from tables.
func isMarkup(b []byte) bool {
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	for _, begin := range []string{"<!doctype", "<html", "<?xml", "<svg", "<script"} {
		if len(b) >= len(begin) && bytes.EqualFold(b[:len(begin)], []byte(begin)) {
			return true
		}
	}
	return false
}

// isText refuses control characters that no table has.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1a {
			return false
		}
	}
	return true
}
