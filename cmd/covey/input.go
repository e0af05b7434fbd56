package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
	"github.com/opencovey/covey/table/xlsx"
)

// input is an open file of records.
type input interface {
	table.Rows
	// Progress returns how many bytes have been read, and how many there are; a total of 0 is not known.
	Progress() (done, total int64)
	Close() error
}

// openInput opens a file of records, by the settings of a policy and the name of the file. The name "-" is standard
// input, for delimited text only. Close what it returns.
func (e *env) openInput(name string, in release.PolicyInput) (input, error) {
	format := in.TableFormat()
	if in.Format == release.TSVFormat {
		format.Delimiter = '\t'
	}
	if name == "-" {
		if in.Format == release.XLSXFormat {
			return nil, &failure{errWorkbookFromPipe, "give the name of the file"}
		}
		rows, err := table.OpenCSV(e.stdin, "standard input", format)
		if err != nil {
			return nil, err
		}
		return pipe{rows}, nil
	}
	if isWorkbook(name, in) {
		sheet, err := xlsx.Open(name, xlsx.Options{Sheet: in.Sheet, Limits: in.Limits})
		if err != nil {
			return nil, err
		}
		return sheet, nil
	}
	file, err := table.OpenFile(name, format)
	if err != nil {
		return nil, err
	}
	return file, nil
}

var errWorkbookFromPipe = errors.New("a workbook cannot be read from standard input")

// pipe is an input of unknown length.
type pipe struct{ table.Rows }

func (pipe) Progress() (done, total int64) { return 0, 0 }
func (pipe) Close() error                  { return nil }

// isWorkbook reports whether a file is to be read as an Excel workbook.
func isWorkbook(name string, in release.PolicyInput) bool {
	if in.Format == release.XLSXFormat {
		return true
	}
	ext := strings.ToLower(filepath.Ext(name))
	return (in.Format == "" || in.Format == release.AutoFormat) && (ext == ".xlsx" || ext == ".xlsm")
}

// readTable reads a file of records as its policy says, and tells p how far it is.
func (e *env) readTable(ctx context.Context, name string, policy *release.Policy, p *progress) (*table.Table, *table.Stats, error) {
	p.next("reading " + shortName(name))
	in, err := e.openInput(name, policy.Input)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	return table.Read(ctx, in, policy.Schema(), table.Options{
		Limits: policy.Input.Limits, Progress: func(int) { p.set(in.Progress()) },
	})
}

// shortName is how messages of progress name a file.
func shortName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return filepath.Base(name)
}
