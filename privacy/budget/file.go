package budget

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Account names what the ledger file of a data set is about, and what all releases of
// it together may spend.
type Account struct {
	Dataset string // which records; for people, at most 1000 bytes
	Budget  Budget
}

// Release is an entry of a ledger file.
type Release struct {
	Name      string    // for people, at most 1000 bytes
	At        time.Time // as the caller gave it, in UTC and whole seconds
	Spendings []Spending
	// Seal is a fingerprint of the file up to this release. Written into the manifest
	// of the release it proves later that the file still holds it, see [File.Holds].
	Seal string
}

// File is the account of one data set over all its releases, in a JSON file. While a
// File is open, nobody else can open it: the lock is on a file beside it whose name
// ends in .lock, and is given back by [File.Close] or the end of the program.
//
// The file is replaced as a whole when a release is entered, so that a crash leaves
// the old file or the new one. Each release carries a fingerprint of all before it.
// Reading recomputes every cost and fingerprint and refuses a file that was cut,
// edited or overspent. Nothing in the file itself can show that it was replaced by an
// older copy, or by one made from scratch; [File.Holds] can, with a manifest.
//
// It may be used by several goroutines.
type File struct {
	mu       sync.Mutex
	path     string
	lock     *lock // nil after Close
	dataset  string
	account  account
	releases []Release
	head     string // seal of the head
	content  []byte // of the file, as read or written last
}

// The errors of ledger files that a caller can act on.
var (
	ErrLocked  = errors.New("ledger is in use")
	ErrDamaged = errors.New("ledger is damaged")
)

// maxFile bounds the size of a ledger file in bytes.
const maxFile = 64 << 20

// Create makes a new ledger file and opens it. A file of that name must not exist.
func Create(path string, a Account) (_ *File, err error) {
	made, err := newAccount(a.Budget)
	if err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	if err := checkText("data set", a.Dataset); err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	f := &File{path: path, dataset: a.Dataset, account: made}
	if f.lock, err = acquire(path); err != nil {
		return nil, fmt.Errorf("create ledger %s: %w", path, err)
	}
	defer f.closeOn(&err)
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("create ledger %s: %w", path, os.ErrExist)
	}
	f.head = f.sealHead()
	if f.content, err = f.encode(nil); err != nil {
		return nil, fmt.Errorf("create ledger %s: %w", path, err)
	}
	if err := replace(path, f.content); err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	return f, nil
}

// Open opens a ledger file. It returns [ErrLocked] if somebody else has it open, and
// [ErrDamaged] if its content cannot be relied on.
func Open(path string) (_ *File, err error) {
	// A link would be replaced by a file otherwise.
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	f := &File{path: real}
	if f.lock, err = acquire(real); err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	defer f.closeOn(&err)
	if f.content, err = readAll(real); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if err := f.decode(f.content); err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	return f, nil
}

// closeOn gives the lock back if opening did not succeed.
func (f *File) closeOn(err *error) {
	if *err != nil {
		_ = f.Close()
	}
}

// Close gives the lock back. A File that is closed allows nothing any more.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock == nil {
		return nil
	}
	err := f.lock.release()
	f.lock = nil
	if err != nil {
		return fmt.Errorf("close ledger: %w", err)
	}
	return nil
}

// Account returns what the file is about.
func (f *File) Account() Account {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Account{f.dataset, f.account.promise()}
}

// Releases returns the entries, oldest first.
func (f *File) Releases() []Release {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := slices.Clone(f.releases)
	for i := range list {
		list[i].Spendings = slices.Clone(list[i].Spendings)
	}
	return list
}

// Remaining returns what is left of rho for further releases.
func (f *File) Remaining() *big.Rat {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.account.left()
}

// Spent is [Ledger.Spent] over all releases.
func (f *File) Spent() (rho, delta, epsilon *big.Rat, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.account.loss()
}

// Holds reports whether the file still holds the release with this seal.
func (f *File) Holds(seal string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.releases, func(r Release) bool { return r.Seal == seal })
}

// Ledger opens the ledger of a release with a promise of its own. It refuses what
// exceeds that promise, and what exceeds what earlier releases left of the file's.
func (f *File) Ledger(b Budget) (*Ledger, error) {
	l, err := NewLedger(b)
	if err != nil {
		return nil, err
	}
	if l.outer, l.seal, err = f.state(); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l.file = f
	return l, nil
}

// Enter writes a release with the spendings of its ledger into the file and returns
// its seal; nothing can be spent on that ledger afterwards. Call it before anything of
// the release is published. If it fails, nothing may be published.
func (f *File) Enter(name string, at time.Time, l *Ledger) (seal string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := checkText("name of the release", name); err != nil {
		return "", fmt.Errorf("enter release: %w", err)
	}
	if l.entered {
		return "", fmt.Errorf("enter release %s: it was entered already", name)
	}
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return "", fmt.Errorf("enter release %s: the year %d", name, year)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(name, at, l.spendings); err != nil {
		return "", fmt.Errorf("enter release %s: %w", name, err)
	}
	l.entered = true
	return f.seal(), nil
}

func (f *File) enter(name string, at time.Time, spendings []Spending) error {
	if f.lock == nil {
		return os.ErrClosed
	}
	after, err := f.account.plusAll(spendings)
	if err != nil {
		return err
	}
	// Not everybody keeps to locks.
	if now, err := readAll(f.path); err != nil {
		return err
	} else if !bytes.Equal(now, f.content) {
		return fmt.Errorf("%w: it was changed while it was open", ErrDamaged)
	}
	r := Release{Name: name, At: at.UTC().Truncate(time.Second), Spendings: slices.Clone(spendings)}
	r.Seal = sealRelease(f.seal(), r)
	releases := append(slices.Clone(f.releases), r)
	content, err := f.encode(releases)
	if err != nil {
		return err
	}
	if err := replace(f.path, content); err != nil {
		return err
	}
	f.account, f.releases, f.content = after, releases, content
	return nil
}

// state returns the account over all releases entered, and the seal that stands for
// them.
func (f *File) state() (account, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock == nil {
		return account{}, "", os.ErrClosed
	}
	return f.account, f.seal(), nil
}

// seal is the fingerprint of the whole file.
func (f *File) seal() string {
	if len(f.releases) == 0 {
		return f.head
	}
	return f.releases[len(f.releases)-1].Seal
}

func (a account) plusAll(spendings []Spending) (account, error) {
	var err error
	for _, s := range spendings {
		if a, err = a.plus(s); err != nil {
			return a, err
		}
	}
	return a, nil
}
