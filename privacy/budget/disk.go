package budget

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// lockedError says who to ask when a ledger is in use.
type lockedError struct{ path string }

func (e *lockedError) Error() string { return ErrLocked.Error() }
func (e *lockedError) Unwrap() error { return ErrLocked }

// Hint says what can be done.
func (e *lockedError) Hint() string { return fmt.Sprintf(lockHint, e.path) }

// lockName is the file that the lock is on: the ledger itself is replaced when it is
// written.
func lockName(path string) string { return path + ".lock" }

// readAll reads a file of bounded size.
func readAll(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrDamaged, maxFile)
	}
	return content, nil
}

// replace puts content in place of a file, all or nothing, and keeps its permissions.
// A new file is for its owner only.
func replace(path string, content []byte) (err error) {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temporary.Close()
			_ = os.Remove(temporary.Name())
		}
	}()
	if _, err := temporary.Write(content); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		if err := temporary.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	syncFolder(folder)
	return nil
}

// syncFolder makes the new name last through a loss of power, where the system can do
// that for a folder.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}
