package table

import (
	"bytes"
	"path/filepath"
	"strings"
)

// foreign is a kind of file that is often handed over in place of delimited text.
type foreign struct {
	what   string // "an Excel workbook"
	advice string
	is     func(head []byte) bool
}

func begins(mark string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(mark)) }
}

// zipWith recognises a zip archive by a name or content near its start. Office programs write such files first.
func zipWith(marks ...string) func([]byte) bool {
	return func(head []byte) bool {
		if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
			return false
		}
		for _, mark := range marks {
			if bytes.Contains(head, []byte(mark)) {
				return true
			}
		}
		return false
	}
}

const (
	adviceExport = "open it in the program that wrote it, and save the table as .csv or .xlsx"
	adviceUnpack = "unpack it, and give the file inside"
)

// foreigners are in the order in which they are tried.
var foreigners = []foreign{
	{
		"an OpenDocument spreadsheet (.ods)", "open it in the spreadsheet program, and save it as .xlsx or .csv",
		zipWith("application/vnd.oasis.opendocument"),
	},
	{
		"an Excel workbook (.xlsx)", "give the file a name that ends in .xlsx, or set format: xlsx in the policy's input",
		zipWith("[Content_Types].xml", "xl/workbook.", "xl/worksheets/", "docProps/app.xml"),
	},
	{"a zip archive", adviceUnpack, begins("PK\x03\x04")},
	{
		"an Excel workbook of the old kind (.xls), or one with a password",
		"open it in the spreadsheet program, and save it as .xlsx without a password", begins("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
	},
	{"a PDF document", adviceExport, begins("%PDF-")},
	{"a Parquet file", adviceExport, begins("PAR1")},
	{"a SQLite database", adviceExport, begins("SQLite format 3\x00")},
	{"a rich-text document", adviceExport, begins(`{\rtf`)},
	{"an SPSS file", adviceExport, begins("$FL2@(#)")},
	{"an SPSS file", adviceExport, begins("$FL3@(#)")},
	{"a Stata file", adviceExport, begins("<stata_dta>")},
	{"a 7-Zip archive", adviceUnpack, begins("7z\xbc\xaf\x27\x1c")},
	{"a RAR archive", adviceUnpack, begins("Rar!\x1a\x07")},
	{"packed with xz", adviceUnpack, begins("\xfd7zXZ\x00")},
	{"packed with bzip2", adviceUnpack, begins("BZh")},
	{"packed with zstd", adviceUnpack, begins("\x28\xb5\x2f\xfd")},
	{"a web page", adviceExport, isMarkup("<!doctype html", "<html")},
	{"an XML document", adviceExport, isMarkup("<?xml")},
}

// isMarkup recognises a document by its first tag, whatever its case and the white space or mark before it.
func isMarkup(tags ...string) func([]byte) bool {
	return func(head []byte) bool {
		text := bytes.TrimPrefix(head[:min(len(head), 512)], []byte("\xef\xbb\xbf"))
		text = bytes.ToLower(bytes.TrimLeft(text, " \t\r\n"))
		for _, tag := range tags {
			if bytes.HasPrefix(text, []byte(tag)) {
				return true
			}
		}
		return false
	}
}

// checkForeign returns an error for a file that begins like something else than delimited text.
func checkForeign(name string, head []byte) error {
	for _, f := range foreigners {
		if !f.is(head) {
			continue
		}
		in := &InputError{File: name, Problem: "this is " + f.what + ", not text with delimiters", Advice: f.advice}
		if ext := strings.ToLower(filepath.Ext(name)); ext == ".csv" || ext == ".tsv" || ext == ".txt" || ext == ".psv" {
			in.Problem += ", whatever its name says"
		}
		return in
	}
	return nil
}
