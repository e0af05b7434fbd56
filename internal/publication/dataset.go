package publication

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
)

// Datasets returns the data sets of the actor's organisation, newest first.
func (s *Service) Datasets(ctx context.Context, by account.Actor) ([]Dataset, error) {
	if err := permit(by, account.ReviewPublication, by.Organisation); err != nil {
		return nil, err
	}
	return s.store.Datasets(ctx, Query{Organisation: by.Organisation})
}

// Dataset returns one data set, for its stewards and approvers.
func (s *Service) Dataset(ctx context.Context, by account.Actor, id string) (Dataset, error) {
	return s.dataset(ctx, by, account.ReviewPublication, id)
}

func (s *Service) dataset(ctx context.Context, by account.Actor, do account.Action, id string) (Dataset, error) {
	d, err := s.store.Dataset(ctx, id)
	if err == nil {
		err = permit(by, do, d.Organisation)
	}
	if err != nil {
		return Dataset{}, err
	}
	return d, nil
}

// CreateDataset makes a data set of the actor's organisation from the texts of d. Its ID follows from its title and is its
// public address for good. Faults: Invalid with the field.
func (s *Service) CreateDataset(ctx context.Context, by account.Actor, d Dataset) (Dataset, error) {
	if err := permit(by, account.PreparePublication, by.Organisation); err != nil {
		return Dataset{}, err
	}
	if err := d.check(); err != nil {
		return Dataset{}, err
	}
	d.Organisation, d.Created, d.Version, d.Ledger = by.Organisation, s.o.Now().UTC(), 0, nil
	base := slug(d.Title)
	if base == "ask" { // is a page beside the data sets
		base = "data-ask"
	}
	if len(base) < 2 {
		id, err := s.newID()
		if err != nil {
			return Dataset{}, err
		}
		base = "data-" + id[:8]
	}
	for n := 1; ; n++ {
		if d.ID = base; n > 1 {
			d.ID = fmt.Sprintf("%s-%d", base, n)
		}
		err := s.store.Save(ctx, Change{Dataset: &d}, entry(by, "dataset.create", "dataset", d.ID))
		if fault.Of(err) == fault.Conflict && n < 100 {
			continue // taken, also by what another organisation has: numbers tell nothing of it
		}
		return d, err
	}
}

// EditDataset changes the texts of a data set of the given version.
func (s *Service) EditDataset(ctx context.Context, by account.Actor, d Dataset) (Dataset, error) {
	old, err := s.dataset(ctx, by, account.PreparePublication, d.ID)
	if err != nil {
		return Dataset{}, err
	}
	if err := d.check(); err != nil {
		return Dataset{}, err
	}
	d.Organisation, d.Created, d.Ledger = old.Organisation, old.Created, old.Ledger
	if d.Version == 0 {
		return Dataset{}, fault.New(fault.Conflict, "fault.changed")
	}
	return d, s.store.Save(ctx, Change{Dataset: &d}, entry(by, "dataset.edit", "dataset", d.ID))
}

func (d *Dataset) check() error {
	for _, c := range []struct {
		field, text string
		most        int
		required    bool
	}{
		{"title", d.Title, MaxTitle, true},
		{"description", d.Description, MaxDescription, false},
		{"publisher", d.Publisher, MaxTitle, false},
		{"licence", d.Licence, MaxTitle, false},
		{"citation", d.Citation, MaxDescription, false},
		{"contact", d.Contact, MaxTitle, false},
	} {
		if err := checkText(c.field, c.text, c.most, c.required); err != nil {
			return err
		}
	}
	if len(d.Languages) > 20 {
		return fault.New(fault.Invalid, "fault.too.long", "limit", 20).At("languages")
	}
	return nil
}

// Ledger is the account of a data set's privacy budget. Nothing of it depends on records.
type Ledger struct {
	Epsilon, Delta string  // that all releases together may spend
	Share          float64 // of the budget that is spent, 0 to 1, as it adds up
	Left           string  // greatest epsilon, of those usual, that one more release of this delta can have; "" for none
	Entries        []LedgerEntry
}

// LedgerEntry is a release that was paid for, whether it was published or not.
type LedgerEntry struct {
	Name string
	At   time.Time
}

// usualEpsilons are tried for Ledger.Left.
var usualEpsilons = [...]string{"20", "12", "10", "8", "6", "5", "4", "3", "2", "1.5", "1", "0.5", "0.3", "0.2", "0.1", "0.05", "0.01"}

// OpenLedger begins the account of a data set: differential releases of it are refused from then on if they exceed what is left. The
// budget cannot be changed later. Faults: Invalid for numbers that are none; Conflict if there is a ledger.
func (s *Service) OpenLedger(ctx context.Context, by account.Actor, dataset, epsilon, delta string) (Dataset, error) {
	d, err := s.dataset(ctx, by, account.PreparePublication, dataset)
	if err != nil {
		return Dataset{}, err
	}
	if d.Ledger != nil {
		return Dataset{}, fault.New(fault.Conflict, "fault.publication.ledger")
	}
	b := budget.Budget{Accounting: release.DifferentialAccounting}
	if b.Epsilon, err = budget.Number(epsilon); err != nil || b.Epsilon.Sign() <= 0 || b.Epsilon.Cmp(big.NewRat(100, 1)) > 0 {
		return Dataset{}, fault.New(fault.Invalid, "fault.publication.epsilon").At("epsilon")
	}
	if b.Delta, err = budget.Number(delta); err != nil || b.Delta.Sign() <= 0 || b.Delta.Cmp(big.NewRat(1, 1000)) >= 0 {
		return Dataset{}, fault.New(fault.Invalid, "fault.publication.delta").At("delta")
	}
	err = s.scratch(func(dir string) error {
		f, err := budget.Create(filepath.Join(dir, "ledger.json"), budget.Account{Dataset: d.ID, Budget: b})
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		d.Ledger, err = os.ReadFile(filepath.Join(dir, "ledger.json"))
		return err
	})
	if err != nil {
		return Dataset{}, err
	}
	return d, s.store.Save(ctx, Change{Dataset: &d}, entry(by, "ledger.open", "dataset", d.ID, "epsilon", epsilon, "delta", delta))
}

// Ledger returns the account of a data set; nil if none was opened.
func (s *Service) Ledger(ctx context.Context, by account.Actor, dataset string) (*Ledger, error) {
	d, err := s.dataset(ctx, by, account.ReviewPublication, dataset)
	if err != nil || d.Ledger == nil {
		return nil, err
	}
	var view *Ledger
	err = s.withLedger(d.Ledger, func(f *budget.File) error {
		a := f.Account()
		view = &Ledger{Epsilon: budget.Text(a.Budget.Epsilon), Delta: budget.Text(a.Budget.Delta)}
		for _, r := range f.Releases() {
			view.Entries = append(view.Entries, LedgerEntry{r.Name, r.At})
		}
		all, err := a.Budget.Accounting.Rho(a.Budget.Epsilon, a.Budget.Delta)
		if err != nil {
			return err
		}
		left := f.Remaining()
		share, _ := new(big.Rat).Quo(left, all).Float64()
		view.Share = 1 - share
		for _, text := range usualEpsilons {
			e, err := budget.Number(text)
			if err != nil {
				return err
			}
			if rho, err := a.Budget.Accounting.Rho(e, a.Budget.Delta); err == nil && rho.Cmp(left) <= 0 {
				view.Left = text
				break
			}
		}
		return nil
	})
	return view, err
}

// scratch gives f an empty folder and removes it.
func (s *Service) scratch(f func(dir string) error) error {
	dir, err := os.MkdirTemp(filepath.Join(s.o.Dir, scratchFolder), "s-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return f(dir)
}

// withLedger opens the content of a ledger file for reading.
func (s *Service) withLedger(content []byte, f func(*budget.File) error) error {
	return s.scratch(func(dir string) error {
		path := filepath.Join(dir, "ledger.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("open ledger: %w", err)
		}
		file, err := budget.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return f(file)
	})
}

// extends checks that a ledger is an earlier one with one release more: a worker must not change history.
func (s *Service) extends(before, after []byte) error {
	var old []budget.Release
	var account string
	err := s.withLedger(before, func(f *budget.File) error {
		old, account = f.Releases(), accountText(f)
		return nil
	})
	if err != nil {
		return err
	}
	return s.withLedger(after, func(f *budget.File) error {
		now := f.Releases()
		if len(now) != len(old)+1 || accountText(f) != account || len(old) > 0 && now[len(old)-1].Seal != old[len(old)-1].Seal {
			return fault.New(fault.Conflict, "fault.publication.ledger")
		}
		return nil
	})
}

func accountText(f *budget.File) string {
	a := f.Account()
	return a.Dataset + " " + budget.Text(a.Budget.Epsilon) + " " + budget.Text(a.Budget.Delta) + " " + string(a.Budget.Accounting)
}
