package work

import (
	"errors"
	"io"
	"syscall"

	"github.com/opencovey/covey/internal/upload"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
)

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// maxCells bounds what is read of one file: cells of all its rows.
const maxCells = 1 << 30

// open opens the records of an upload, decrypted on the way. The caller closes it.
func (s *Source) open(in release.PolicyInput) (*records, error) {
	f, err := upload.Open(s.Dir, s.ID, s.Key)
	if err != nil {
		return nil, err
	}
	r := &records{file: f}
	format := in.TableFormat()
	switch {
	case s.Format == upload.XLSX:
		var sheet *xlsx.Sheet
		sheet, err = xlsx.OpenReader(f, f.Size(), s.Name, xlsx.Options{Sheet: in.Sheet, Limits: in.Limits})
		r.Rows = sheet
		if err == nil {
			r.progress = sheet.Progress
		}
	default:
		if in.Format == release.TSVFormat {
			format.Delimiter = '\t'
		}
		counted := &counter{r: f}
		r.Rows, err = table.OpenCSV(counted, s.Name, format)
		r.progress = func() (int64, int64) { return counted.n, f.Size() }
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return r, nil
}

// records are the rows of an upload.
type records struct {
	table.Rows
	file     *upload.File
	progress func() (done, total int64)
}

// Close closes the file.
func (r *records) Close() error { return r.file.Close() }

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
