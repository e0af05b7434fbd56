package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// undoList holds what removes files in the making, should the command not come to an end.
type undoList struct {
	lock    sync.Mutex
	next    int
	steps   map[int]func()
	written string // name of the last file that was finished
}

// add registers a step. The function returned takes it back, saying what was written; "" if nothing was.
func (u *undoList) add(step func()) (done func(written string)) {
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.steps == nil {
		u.steps = map[int]func(){}
	}
	u.next++
	id := u.next
	u.steps[id] = step
	return func(written string) {
		u.lock.Lock()
		defer u.lock.Unlock()
		delete(u.steps, id)
		if written != "" {
			u.written = written
		}
	}
}

// all takes every step and returns the name of the last file that was finished, or "".
func (u *undoList) all() string {
	u.lock.Lock()
	steps, written := u.steps, u.written
	u.steps = nil
	u.lock.Unlock() // a step may take itself back
	for _, step := range steps {
		step()
	}
	return written
}

// outFile is a file in the making. It gets its name when it is whole: until Commit, only a hidden file beside it exists.
type outFile struct {
	*bufio.Writer
	file *os.File
	path string
	mode outMode
	done func(written string)
}

// outMode says what happens when the file to write exists.
type outMode bool

const (
	keepExisting    outMode = false // an error
	replaceExisting outMode = true
)

// create begins a file that only its owner may read; see outFile. Call Commit or Discard. The flag named in the hint is -force.
func (e *env) create(path string, mode outMode) (*outFile, error) {
	if err := refuseExisting(path, mode); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".covey-*")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{fmt.Errorf("%s: there is no such folder", filepath.Dir(path)), "make the folder first"}
	} else if err != nil {
		return nil, err
	}
	o := &outFile{Writer: bufio.NewWriterSize(file, 1<<16), file: file, path: path, mode: mode}
	o.done = e.undo.add(func() { _ = os.Remove(file.Name()) })
	return o, nil
}

func refuseExisting(path string, mode outMode) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s: this is a folder", path)
	case mode == keepExisting:
		return &failure{fmt.Errorf("%s: the file exists already", path), "give another name, or -force to replace it"}
	}
	return nil
}

// Discard removes what was written. After Commit it does nothing.
func (o *outFile) Discard() {
	if o.file == nil {
		return
	}
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
	o.file = nil
	o.done("")
}

// Commit gives the file its name.
func (o *outFile) Commit() error {
	err := o.Flush()
	if err == nil {
		err = o.file.Sync()
	}
	if err == nil {
		err = refuseExisting(o.path, o.mode)
	}
	if err != nil {
		o.Discard()
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	if err := o.file.Close(); err != nil {
		o.Discard()
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	if err := os.Rename(o.file.Name(), o.path); err != nil {
		o.Discard()
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	o.file = nil
	o.done(o.path)
	return nil
}
