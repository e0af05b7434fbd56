package upload

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fault"
)

// Format is a kind of file. It is told by what is in the file, never by its name.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // delimited text
	XLSX Format = "xlsx" // Excel workbook; whether it is a sound one is seen when it is read
	Zip  Format = "zip"  // any other zip archive
	Tar  Format = "tar"  // archive, plain or packed with gzip
)

// sniffer tells the format of a file from its first segment, and holds text to be text to its end.
type sniffer struct {
	format Format
	wide   bool // UTF-16
}

// look looks at a segment; the fault says that the file is not taken.
func (s *sniffer) look(b []byte, first bool, taken []Format) error {
	if first && len(b) > 0 { // that it is empty is said elsewhere
		s.format, s.wide = sniff(b)
		if !slices.Contains(taken, s.format) {
			return notTaken(s.format, taken)
		}
	}
	if s.format == CSV && !s.wide && !isText(b) {
		return wrongType()
	}
	return nil
}

func wrongType() error { return fault.New(fault.Invalid, "fault.upload.type") }

// notTaken says what is taken in place of a file.
func notTaken(f Format, taken []Format) error {
	switch {
	case slices.ContainsFunc(taken, Format.Archive):
		return fault.New(fault.Invalid, "fault.upload.bundle")
	case f.Archive():
		return fault.New(fault.Invalid, "fault.upload.archive")
	}
	return wrongType()
}

// Archive tells archives, in which a bundle comes, from tables.
func (f Format) Archive() bool { return f == Zip || f == Tar }

// sniff tells a format by the first bytes: "" for none that is known.
func sniff(b []byte) (f Format, wide bool) {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		if isWorkbook(b) {
			return XLSX, false
		}
		return Zip, false
	case bytes.HasPrefix(b, []byte("\x1f\x8b\x08")), len(b) > 262 && string(b[257:262]) == "ustar":
		return Tar, false
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return CSV, true
	case bytes.HasPrefix(b, []byte("%PDF")), bytes.HasPrefix(b, []byte("{\\rtf")), isMarkup(b), isJSON(b):
		return "", false
	case isText(b):
		return CSV, false
	}
	return "", false
}

// isWorkbook tells an Excel workbook from other zip archives by the name of its first entry: every program that writes
// one begins with a part that all Office files have, or with the sheets.
func isWorkbook(b []byte) bool {
	const head = 30 // bytes of an entry before its name
	if len(b) < head {
		return false
	}
	n := int(binary.LittleEndian.Uint16(b[head-4:]))
	name := string(b[head:min(head+n, len(b))])
	for _, part := range []string{"[Content_Types].xml", "_rels/", "docProps/", "xl/", "customXml/", "docMetadata/"} {
		if strings.HasPrefix(name, part) {
			return true
		}
	}
	return false
}

// isJSON tells JSON, which is text, from tables.
func isJSON(b []byte) bool {
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return false
	}
	next := bytes.TrimSpace(b[1:])
	return len(next) > 0 && bytes.IndexByte([]byte(`"{[}]`), next[0]) >= 0
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
