package table

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
)

// File is a delimited text file opened by its name. It is a [Rows]. Make one with [OpenFile], and close it.
type File struct {
	*CSV
	file *os.File
	done atomic.Int64
	size int64
}

// OpenFile opens a file of delimited text and reads its header. A file packed with gzip is unpacked on the way, whatever its
// name. For a missing file, a folder, a file that may not be read, and other kinds of files (Excel, OpenDocument, zip …) the
// error says so; for a cause of the operating system, [errors.Is] finds [fs.ErrNotExist] and [fs.ErrPermission].
func OpenFile(path string, f Format) (*File, error) {
	file, err := OpenPath(path)
	if err != nil {
		return nil, err
	}
	o := &File{file: file}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		o.size = info.Size()
	}
	o.CSV, err = OpenCSV(o.counted(), path, f)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, err
	}
	return o, nil
}

// OpenPath opens a file for reading; its errors are those of [OpenFile] for what is no readable file.
func OpenPath(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	info, err := file.Stat()
	if err == nil && !info.IsDir() {
		return file, nil
	}
	_ = file.Close() // nothing was written
	if err != nil {
		return nil, pathError(path, err)
	}
	return nil, &InputError{File: path, Problem: "this is a folder", Advice: "name the file in it that holds the records"}
}

func pathError(path string, err error) error {
	in := &InputError{File: path, cause: err}
	var cause *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		in.Problem, in.Advice = "there is no such file", "check the name and the folder"
	case errors.Is(err, fs.ErrPermission):
		in.Problem, in.Advice = "the file may not be read", "ask its owner for permission, or copy it to a folder of yours"
	case errors.As(err, &cause): // its own text would repeat the path
		in.Problem = "the file cannot be opened: " + cause.Err.Error()
	default:
		in.Problem = "the file cannot be opened: " + err.Error()
	}
	return in
}

// counted is the file as a reader that counts.
func (f *File) counted() readerFunc {
	return func(p []byte) (int, error) {
		n, err := f.file.Read(p)
		f.done.Add(int64(n))
		return n, err
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Progress returns how many bytes of the file have been read, before unpacking, and how many it has; total is 0 for a
// pipe. It may be called while another goroutine reads rows.
func (f *File) Progress() (done, total int64) { return f.done.Load(), f.size }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
