package table

import (
	"context"
	"fmt"
	"io"
)

// A batch ends with the row that brings it to this many rows or bytes.
const (
	batchRows  = 512
	batchBytes = 1 << 20
)

// batch is a group of rows on its way from the file to the coder.
type batch struct {
	cells []string // row after row
	rows  []int    // row of the spreadsheet of each
	err   error
}

// eachRow reads rows in one goroutine and hands them to do in this one, with their row in the spreadsheet, so that two
// cores are busy. Both have ended when it returns, unless the context was cancelled: then a reader that waits for a slow
// source is not waited for.
func eachRow(ctx context.Context, rows Rows, progress func(rows int), do func(row int, cells []string) error) error {
	full, free := make(chan *batch, 2), make(chan *batch, 4)
	for range cap(free) {
		free <- &batch{}
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		fill(rows, full, free, stop)
		close(ended)
	}()
	err := eachBatch(ctx, full, free, progress, do)
	close(stop)
	if ctx.Err() == nil {
		<-ended
	}
	return err
}

func eachBatch(ctx context.Context, full <-chan *batch, free chan<- *batch, progress func(int), do func(int, []string) error) error {
	done := 0
	for n := 0; ; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var b *batch
		select {
		case b = <-full:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for i, row := range b.rows {
			columns := len(b.cells) / len(b.rows)
			if err := do(row, b.cells[i*columns:(i+1)*columns]); err != nil {
				return err
			}
		}
		if b.err == io.EOF {
			return nil
		} else if b.err != nil {
			return b.err
		}
		if done += len(b.rows); progress != nil && n%16 == 15 {
			progress(done)
		}
		free <- b
	}
}

// fill reads batches until the end of the file, an error, or stop.
func fill(rows Rows, full chan<- *batch, free <-chan *batch, stop <-chan struct{}) {
	for row := 1; ; {
		var b *batch
		select {
		case b = <-free:
		case <-stop:
			return
		}
		row = b.fill(rows, row)
		select {
		case full <- b:
		case <-stop:
			return
		}
		if b.err != nil {
			return
		}
	}
}

// fill reads rows into the batch, counting on from the given row, and returns the last row.
func (b *batch) fill(rows Rows, row int) int {
	b.cells, b.rows, b.err = b.cells[:0], b.rows[:0], nil
	numbered, _ := rows.(interface{ Row() int })
	columns := len(rows.Header())
	for bytes := 0; len(b.rows) < batchRows && bytes < batchBytes; {
		cells, err := rows.Next()
		if err == nil && len(cells) != columns {
			err = fmt.Errorf("read table: the source gave %d cells for %d headers", len(cells), columns)
		}
		if err != nil {
			b.err = err
			break
		}
		if row++; numbered != nil {
			row = numbered.Row()
		}
		b.cells = append(b.cells, cells...)
		b.rows = append(b.rows, row)
		for _, c := range cells {
			bytes += len(c)
		}
	}
	return row
}
