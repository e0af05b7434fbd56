package budget_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencovey/covey/privacy/budget"
)

func TestLock(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	open(t, path, func(f *budget.File) {
		_, err := budget.Open(path)
		var hint interface{ Hint() string }
		if !errors.Is(err, budget.ErrLocked) || !errors.As(err, &hint) || !strings.Contains(hint.Hint(), ".lock") {
			t.Errorf("second opening: %v", err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(path, link); err == nil {
			if _, err := budget.Open(link); !errors.Is(err, budget.ErrLocked) {
				t.Errorf("through a link: %v", err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := f.Ledger(promise(t, "1", "1e-6", "")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after closing: %v", err)
		}
		if _, err := f.Enter("late", day, newLedger(t, promise(t, "1", "1e-6", ""))); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after closing: %v", err)
		}
	})
	open(t, path, func(*budget.File) {})
}

// TestChangedWhileOpen: who does not keep to the lock is noticed before the file is
// replaced.
func TestChangedWhileOpen(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	open(t, path, func(f *budget.File) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(content, ' '), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := release(t, f, "x", promise(t, "1", "1e-6", ""), number(t, "0.001")); !errors.Is(err, budget.ErrDamaged) {
			t.Errorf("changed: %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := release(t, f, "x", promise(t, "1", "1e-6", ""), number(t, "0.001")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("deleted: %v", err)
		}
		if len(f.Releases()) != 0 {
			t.Error("a release that could not be written is in the account")
		}
	})
}

// TestConcurrentReleases: goroutines that open, spend and enter as other programs
// would never enter more than there is, and lose none.
func TestConcurrentReleases(t *testing.T) {
	path, own := create(t, promise(t, "1", "1e-6", "")), promise(t, "1", "1e-6", "")
	fifth, err := budget.Concentrated.Rho(number(t, "1"), number(t, "1e-6"))
	if err != nil {
		t.Fatal(err)
	}
	fifth = times(fifth, 1, 5)
	var wait sync.WaitGroup
	var mu sync.Mutex
	entered, refused := 0, 0
	for range 8 {
		wait.Go(func() {
			for {
				f, err := budget.Open(path)
				if errors.Is(err, budget.ErrLocked) {
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				_, err = release(t, f, "one of many", own, fifth)
				mu.Lock()
				if err == nil {
					entered++
				} else if errors.Is(err, budget.ErrExhausted) {
					refused++
				} else {
					t.Error(err)
				}
				mu.Unlock()
				f.Close()
				return
			}
		})
	}
	wait.Wait()
	if entered != 5 || refused != 3 {
		t.Errorf("%d entered, %d refused", entered, refused)
	}
	open(t, path, func(f *budget.File) {
		if len(f.Releases()) != 5 || f.Remaining().Sign() != 0 {
			t.Errorf("%d releases, %v left", len(f.Releases()), f.Remaining())
		}
	})
	if rest, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".cases*")); err != nil || len(rest) != 0 {
		t.Errorf("files left behind: %v (%v)", rest, err)
	}
}

// TestFolderWithoutPermission: a release that cannot be written is not entered, and can
// be entered when it can.
func TestFolderWithoutPermission(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	folder := filepath.Dir(path)
	elsewhere := filepath.Join(filepath.Dir(folder), "elsewhere")
	open(t, path, func(f *budget.File) {
		l, err := f.Ledger(promise(t, "1", "1e-6", ""))
		if err != nil {
			t.Fatal(err)
		}
		// A folder that is away fails for the administrator too.
		if err := os.Rename(folder, elsewhere); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Enter("x", day, l); err == nil {
			t.Error("entered without a folder")
		}
		if err := os.Rename(elsewhere, folder); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Enter("x", day, l); err != nil {
			t.Error(err)
		}
		if len(f.Releases()) != 1 {
			t.Errorf("%d releases", len(f.Releases()))
		}
	})
	if _, err := budget.Create(filepath.Join(elsewhere, "new"), budget.Account{Dataset: "x", Budget: promise(t, "1", "1e-6", "")}); err == nil {
		t.Error("created without a folder")
	}
}

// TestPermissionsStay: a ledger that was opened to a group stays so.
func TestPermissionsStay(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	open(t, path, func(f *budget.File) {
		if _, err := release(t, f, "x", promise(t, "1", "1e-6", ""), number(t, "0.001")); err != nil {
			t.Fatal(err)
		}
	})
	if after, err := os.Stat(path); err != nil || after.Mode() != before.Mode() {
		t.Errorf("mode %v, was %v (%v)", after.Mode(), before.Mode(), err)
	}
}
