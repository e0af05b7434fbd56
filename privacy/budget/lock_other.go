//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package budget

import (
	"errors"
	"os"
)

const lockHint = "another release of these data is running; if there is none, because it was broken off, delete %s"

// lock is a file that only one program can create. If that program is broken off, the
// file stays and must be deleted by hand: rather refuse than overspend.
type lock struct{ name string }

func acquire(path string) (*lock, error) {
	file, err := os.OpenFile(lockName(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, &lockedError{lockName(path)}
	}
	if err != nil {
		return nil, err
	}
	return &lock{lockName(path)}, file.Close()
}

func (l *lock) release() error { return os.Remove(l.name) }
