package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/opencovey/covey/table"
)

// Options of Open. The zero value works.
type Options struct {
	Sheet  string       // name of the sheet, without regard to case; default: the first that is not hidden
	Limits table.Limits // here Bytes bounds what is unpacked, default 1 GiB; Columns bounds the headers
}

// defaultBytes is the limit of what is unpacked, unless the options give another.
const defaultBytes = 1 << 30

// Open opens a sheet of a workbook and reads its header, which is the first row with text. Errors about the file are of
// type *table.InputError; those of the operating system are as [table.OpenFile] gives them.
func Open(path string, o Options) (*Sheet, error) {
	file, err := table.OpenPath(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("a workbook cannot be read from a pipe")
	}
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, &table.InputError{File: path, Problem: "cannot be read", Err: err}
	}
	s, err := OpenReader(file, info.Size(), path, o)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, err
	}
	s.file = file
	return s, nil
}

// OpenReader is Open for a workbook that is not a file: size bytes of r. The name serves messages.
func OpenReader(r io.ReaderAt, size int64, name string, o Options) (*Sheet, error) {
	limit := o.Limits.Bytes
	if limit == 0 {
		limit = defaultBytes
	} else if limit < 0 {
		limit = 1 << 62
	}
	b := &book{name: name, limit: limit, left: limit}
	if err := b.open(r, size); err != nil {
		return nil, err
	}
	part, err := b.choose(o.Sheet)
	if err != nil {
		return nil, err
	}
	if err := b.readStrings(); err != nil {
		return nil, err
	}
	if err := b.readStyles(); err != nil {
		return nil, err
	}
	s, err := b.sheet(part)
	if err != nil {
		return nil, err
	}
	if err := s.readHeader(o.Limits); err != nil {
		return nil, err
	}
	return s, nil
}

// oleMark begins files of old Office programs, and encrypted ones of new Office programs.
var oleMark = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// open finds the parts of the archive.
func (b *book) open(r io.ReaderAt, size int64) error {
	head := make([]byte, len(oleMark))
	n, _ := r.ReadAt(head, 0)
	if bytes.Equal(head[:n], oleMark) {
		return b.ole(io.NewSectionReader(r, 0, size))
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return b.fail("this is not an Excel workbook (.xlsx)", b.adviceFor(head[:n]))
	}
	b.parts = make(map[string]*zip.File, len(archive.File))
	for _, f := range archive.File {
		b.parts[partKey(f.Name)] = f
	}
	for part, what := range map[string]string{
		"content.xml":        "an OpenDocument spreadsheet (.ods)",
		"xl/workbook.bin":    "a binary Excel workbook (.xlsb)",
		"index.zip":          "a Numbers spreadsheet",
		"index/document.iwa": "a Numbers spreadsheet",
	} {
		if b.parts[part] != nil {
			return b.fail("this is "+what, "save it as .xlsx or .csv in the spreadsheet program")
		}
	}
	return b.readBook()
}

func (b *book) adviceFor(head []byte) string {
	ext := strings.ToLower(filepath.Ext(b.name))
	if bytes.HasPrefix(head, []byte("PK")) {
		return "the file is damaged or cut off: copy it again, or save it again in the spreadsheet program"
	} else if ext == ".xlsx" || ext == ".xlsm" {
		return "open it in the spreadsheet program, and save it as .xlsx or .csv"
	}
	return "if it is a text file, give it a name that ends in .csv or .tsv"
}

// ole tells an encrypted workbook from one of the old kind, by the names of streams, which are in UTF-16.
func (b *book) ole(r io.Reader) error {
	found, err := contains(r, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
	switch {
	case err != nil:
		return &table.InputError{File: b.name, Problem: "cannot be read", Err: err}
	case found:
		return b.fail("the workbook is protected by a password", "open it in the spreadsheet program, and save a copy without a password")
	}
	return b.fail("this is an Excel workbook of the old kind (.xls)", "open it in the spreadsheet program, and save it as .xlsx")
}

// contains looks for a mark in a stream.
func contains(r io.Reader, mark []byte) (bool, error) {
	buffer := make([]byte, 64<<10)
	held := 0
	for {
		n, err := r.Read(buffer[held:])
		held += n
		if bytes.Contains(buffer[:held], mark) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if keep := len(mark) - 1; held > keep {
			held = copy(buffer, buffer[held-keep:held])
		}
	}
}
