//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package budget

import (
	"errors"
	"os"
	"syscall"
)

const lockHint = "another release of these data is running; wait until it is done (the lock is on %s)"

// lock is a file that nobody else has locked. The system gives the lock back when the
// program ends, however it ends; the empty file stays.
type lock struct{ file *os.File }

func acquire(path string) (*lock, error) {
	file, err := os.OpenFile(lockName(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &lockedError{lockName(path)}
		}
		return nil, &os.PathError{Op: "lock", Path: lockName(path), Err: err}
	}
	return &lock{file}, nil
}

func (l *lock) release() error { return l.file.Close() }
