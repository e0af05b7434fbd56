package budget_test

import (
	"bytes"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/privacy/budget"
)

var day = time.Date(2026, 3, 14, 15, 9, 26, 535, time.FixedZone("", 3600))

// create makes a ledger file in a folder of its own and closes it.
func create(t testing.TB, b budget.Budget) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.ledger")
	f, err := budget.Create(path, budget.Account{Dataset: "fictional cases", Budget: b})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a ledger file until the end of the test or of fn.
func open(t testing.TB, path string, fn func(f *budget.File)) {
	t.Helper()
	f, err := budget.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fn(f)
}

// release makes one release that spends rho, with a promise of its own.
func release(t testing.TB, f *budget.File, name string, own budget.Budget, rho *big.Rat) (seal string, err error) {
	t.Helper()
	l, err := f.Ledger(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Spend(costing(t, own.Accounting, name, rho)); err != nil {
		return "", err
	}
	return f.Enter(name, day, l)
}

// TestThirdRelease: two releases spend all but a little; the third is refused before
// anything is computed, by the file and not by its own promise.
func TestThirdRelease(t *testing.T) {
	for _, a := range accountings {
		path, own := create(t, promise(t, "1", "1e-6", a)), promise(t, "1", "1e-6", a)
		share, err := a.Rho(number(t, "1"), number(t, "1e-6"))
		if err != nil {
			t.Fatal(err)
		}
		share = times(share, 45, 100)
		for _, name := range []string{"2024", "2025"} {
			open(t, path, func(f *budget.File) {
				if _, err := release(t, f, name, own, share); err != nil {
					t.Fatal(err)
				}
			})
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		open(t, path, func(f *budget.File) {
			_, err := release(t, f, "2026", own, share)
			if !errors.Is(err, budget.ErrExhausted) || !strings.Contains(err.Error(), "all releases") {
				t.Errorf("%s: third release: %v", a, err)
			}
			if len(f.Releases()) != 2 || f.Remaining().Cmp(times(share, 2, 9)) != 0 {
				t.Errorf("%s: %d releases, %v left", a, len(f.Releases()), f.Remaining())
			}
			rho, _, epsilon, err := f.Spent()
			if err != nil || rho.Cmp(times(share, 2, 1)) != 0 || float(epsilon) > 1 {
				t.Errorf("%s: spent %v, epsilon %v (%v)", a, rho, epsilon, err)
			}
		})
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the refusal changed the file (%v)", a, err)
		}
		open(t, path, func(f *budget.File) {
			if _, err := release(t, f, "a small one", own, times(share, 2, 9)); err != nil {
				t.Errorf("%s: exact fit: %v", a, err)
			}
		})
	}
}

// TestMutantBypass: what the test above relies on, the ledger under the file, is what
// refuses. A ledger opened past the file is not, but entering it is.
func TestMutantBypass(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	open(t, path, func(f *budget.File) {
		most := times(f.Remaining(), 9, 10)
		if _, err := release(t, f, "first", promise(t, "1", "1e-6", ""), most); err != nil {
			t.Fatal(err)
		}
		past := newLedger(t, promise(t, "1", "1e-6", ""))
		if err := past.Spend(costing(t, "", "past the file", most)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Enter("second", day, past); !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("got %v", err)
		}
	})
}

// TestTwoLedgersAtOnce: each fits alone, but not both; the second notices when it
// spends on, and when it is entered.
func TestTwoLedgersAtOnce(t *testing.T) {
	path, own := create(t, promise(t, "1", "1e-6", "")), promise(t, "1", "1e-6", "")
	open(t, path, func(f *budget.File) {
		half := times(f.Remaining(), 3, 5)
		first, err1 := f.Ledger(own)
		second, err2 := f.Ledger(own)
		if err := errors.Join(err1, err2, first.Spend(costing(t, "", "a", half)), second.Spend(costing(t, "", "b", half))); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Enter("first", day, first); err != nil {
			t.Fatal(err)
		}
		if err := second.Spend(costing(t, "", "more", number(t, "1e-9"))); !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("spend: %v", err)
		}
		if _, err := f.Enter("second", day, second); !errors.Is(err, budget.ErrExhausted) {
			t.Errorf("enter: %v", err)
		}
		if err := first.Spend(costing(t, "", "late", number(t, "1e-9"))); err == nil {
			t.Error("an entered ledger accepts a spending")
		}
		if _, err := f.Enter("again", day, first); err == nil {
			t.Error("a ledger is entered twice")
		}
	})
}

// TestMixedAccountings: a release under one accounting counts in a file under the
// other, if that covers its mechanisms.
func TestMixedAccountings(t *testing.T) {
	open(t, create(t, promise(t, "2", "1e-6", "")), func(f *budget.File) {
		if _, err := release(t, f, "gaussian", promise(t, "1", "1e-6", budget.GaussianCurve), number(t, "0.02")); err != nil {
			t.Error(err)
		}
	})
	open(t, create(t, promise(t, "2", "1e-6", budget.GaussianCurve)), func(f *budget.File) {
		l, err := f.Ledger(promise(t, "1", "1e-6", ""))
		if err != nil {
			t.Fatal(err)
		}
		choice, err := budget.Choice("pair", number(t, "0.01"))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Spend(choice); err == nil {
			t.Error("a choice is accepted")
		}
		if len(l.Spendings()) != 0 {
			t.Error("the refused choice is in the ledger")
		}
	})
}

// written is a file with two releases, as it is on disk.
func written(t testing.TB) (path string, content []byte, seals []string) {
	t.Helper()
	path = create(t, promise(t, "1", "1e-6", ""))
	open(t, path, func(f *budget.File) {
		for _, l := range []*budget.Ledger{full(t), newLedger(t, promise(t, "1", "1e-9", ""))} {
			seal, err := f.Enter("release", day, l)
			if err != nil {
				t.Fatal(err)
			}
			seals = append(seals, seal)
		}
	})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content, seals
}

func TestFileContent(t *testing.T) {
	path, content, seals := written(t)
	open(t, path, func(f *budget.File) {
		list, account := f.Releases(), f.Account()
		if len(list) != 2 || list[0].Name != "release" || len(list[0].Spendings) != 4 || list[1].Seal != seals[1] ||
			!list[0].At.Equal(time.Date(2026, 3, 14, 14, 9, 26, 0, time.UTC)) {
			t.Errorf("releases: %+v", list)
		}
		if account.Dataset != "fictional cases" || account.Budget.Epsilon.Cmp(big.NewRat(1, 1)) != 0 || account.Budget.Accounting != budget.Concentrated {
			t.Errorf("account: %+v", account)
		}
		if !f.Holds(seals[0]) || !f.Holds(seals[1]) || f.Holds("") {
			t.Error("seals are not found")
		}
	})
	for _, want := range []string{`"format": "covey privacy ledger"`, `"relation": "add or remove one person"`, `"at": "2026-03-14T14:09:26Z"`} {
		if !strings.Contains(string(content), want) {
			t.Errorf("%s is missing in\n%s", want, content)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("permissions: %v (%v)", info.Mode(), err)
	}
}

// TestDamagedFiles: a file cut anywhere, or with any one byte changed, is refused.
func TestDamagedFiles(t *testing.T) {
	path, content, _ := written(t)
	refused := func(damaged []byte) bool {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := budget.Open(path)
		if err == nil {
			f.Close()
		}
		return err != nil
	}
	step := 1
	if testing.Short() {
		step = 17
	}
	for i := 0; i < len(content); i += step {
		changed := bytes.Clone(content)
		changed[i] ^= 1
		if !refused(changed) {
			t.Errorf("byte %d, %q for %q: not noticed", i, changed[i], content[i])
		}
		if i%5 == 0 && !refused(content[:i]) {
			t.Errorf("cut to %d bytes: not noticed", i)
		}
	}
	if !refused(append(bytes.Clone(content), '\n')) || !refused(nil) {
		t.Error("a surplus line or an empty file is not noticed")
	}
	if refused(content) {
		t.Error("the undamaged file is refused")
	}
}

// TestOlderCopy: a file that was replaced by an older copy is accepted, as it must be,
// but the seal in the manifest of the lost release shows it.
func TestOlderCopy(t *testing.T) {
	path := create(t, promise(t, "1", "1e-6", ""))
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var seal string
	open(t, path, func(f *budget.File) {
		if seal, err = release(t, f, "2024", promise(t, "1", "1e-6", ""), number(t, "0.01")); err != nil {
			t.Fatal(err)
		}
		if !f.Holds(seal) {
			t.Error("the seal is not found")
		}
	})
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, path, func(f *budget.File) {
		if f.Holds(seal) {
			t.Error("the seal is found in the older copy")
		}
		// The same release entered again has another place and so another seal, unless it
		// is the same in every respect.
		again, err := release(t, f, "2025", promise(t, "1", "1e-6", ""), number(t, "0.01"))
		if err != nil || again == seal {
			t.Errorf("seal %s (%v)", again, err)
		}
	})
}

func TestInvalidFiles(t *testing.T) {
	folder := t.TempDir()
	good := promise(t, "1", "1e-6", "")
	if _, err := budget.Open(filepath.Join(folder, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	path := create(t, good)
	if _, err := budget.Create(path, budget.Account{Dataset: "x", Budget: good}); !errors.Is(err, os.ErrExist) {
		t.Errorf("existing file: %v", err)
	}
	open(t, path, func(f *budget.File) { // the lock was given back
		for _, name := range []string{"", strings.Repeat("x", 1001), "\xff"} {
			if _, err := f.Enter(name, day, newLedger(t, good)); err == nil {
				t.Errorf("name %.10q is accepted", name)
			}
		}
		if _, err := f.Enter("x", time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), newLedger(t, good)); err == nil {
			t.Error("the year 12000 is accepted")
		}
		if _, err := f.Ledger(promise(t, "1", "1", "")); err == nil {
			t.Error("delta 1 is accepted")
		}
	})
	for name, a := range map[string]budget.Account{
		"no name": {Budget: good}, "no budget": {Dataset: "x"}, "delta 1": {Dataset: "x", Budget: promise(t, "1", "1", "")},
	} {
		if _, err := budget.Create(filepath.Join(folder, "new"), a); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "new")); err == nil {
		t.Error("an invalid account left a file")
	}
}

// FuzzFile: whatever is opened is within its budget, and is left as it was.
func FuzzFile(f *testing.F) {
	_, content, _ := written(f)
	f.Add(content)
	f.Add(bytes.Replace(content, []byte(`"epsilon": "1"`), []byte(`"epsilon": "1e9"`), 1))
	empty, err := os.ReadFile(create(f, promise(f, "2", "1e-9", budget.GaussianCurve)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	path := filepath.Join(f.TempDir(), "fuzzed")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := budget.Open(path)
		if err != nil {
			return
		}
		defer file.Close()
		if file.Remaining().Sign() < 0 {
			t.Errorf("%v is left", file.Remaining())
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("opening changed the file (%v)", err)
		}
	})
}
