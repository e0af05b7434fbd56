package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"strings"
	"time"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/release"
)

var ledgerManual = manual{
	usage: "ledger create -epsilon 3 -delta 1e-6 -dataset NAME ledger.json",
	text: `
A ledger file keeps account of all differential releases of the same records:
what each of them spent of one promise (epsilon, delta) that holds for all of them
together. "covey release -ledger" enters a release there before anything of it can
be seen, and refuses one that there is no budget left for.

  covey ledger create    make a new file, with the promise
  covey ledger show      print what was spent, and what is left

Keep the file beside the records, one for each data set, and never go back to an
older copy: what was spent stays spent. It holds no records and nothing that
follows from them.`,
	examples: `  covey ledger create -epsilon 3 -delta 1e-6 -dataset "cases 2024" ledger.json
  covey release -policy cases.yaml -ledger ledger.json -o release cases.csv
  covey ledger show ledger.json`,
}

func runLedger(_ context.Context, e *env, args []string) error {
	f := e.newFlags(ledgerManual)
	dataset := f.String("dataset", "", "what the records are, a `name` for people")
	delta := f.String("delta", "", "chance that the promise does not hold for a person, a `number` such as 1e-6")
	epsilon := f.String("epsilon", "", "how much all releases together may tell of a person, a `number` such as 3")
	rest, err := f.parse(args, 1, 2)
	if err != nil {
		return err
	}
	given := *dataset != "" || *delta != "" || *epsilon != ""
	switch {
	case rest[0] != "create" && rest[0] != "show":
		return &usageError{fmt.Sprintf("there is no \"covey ledger %s\"", clean(rest[0])), f.seeHelp()}
	case len(rest) < 2:
		return &usageError{fmt.Sprintf("the ledger file is missing: covey ledger %s ledger.json", rest[0]), f.seeHelp()}
	case rest[0] == "show" && given:
		return &usageError{"-epsilon, -delta and -dataset are for a new ledger; that of a file never changes", f.seeHelp()}
	case rest[0] == "show":
		return e.showLedger(rest[1])
	case *epsilon == "" || *delta == "" || *dataset == "":
		return &usageError{"a new ledger needs -epsilon, -delta and -dataset", f.seeHelp()}
	}
	return e.createLedger(rest[1], *dataset, *epsilon, *delta)
}

// createLedger makes a new ledger file.
func (e *env) createLedger(path, dataset, epsilon, delta string) error {
	b := budget.Budget{Accounting: release.DifferentialAccounting}
	for _, number := range []struct {
		flag, text string
		to         **big.Rat
	}{{"epsilon", epsilon, &b.Epsilon}, {"delta", delta, &b.Delta}} {
		r, err := budget.Number(number.text)
		if err != nil || r.Sign() == 0 {
			return &usageError{fmt.Sprintf("%q after -%s is no number above 0", clean(number.text), number.flag), "write it as 1, 0.5, 1e-6 or 1/3"}
		}
		*number.to = r
	}
	file, err := budget.Create(path, budget.Account{Dataset: dataset, Budget: b})
	if errors.Is(err, fs.ErrExist) {
		return &failure{fmt.Errorf("%s: the file exists already", path), `"covey ledger show" prints what is in it`}
	} else if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s\n", clean(path))
	return nil
}

// openLedger opens a ledger file.
func openLedger(path string) (*budget.File, error) {
	file, err := budget.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &failure{fmt.Errorf("%s: there is no such ledger file", path), "covey ledger create makes one, with the promise for all releases of the records"}
	case errors.Is(err, budget.ErrLocked):
		return nil, &failure{fmt.Errorf("%s: another program is using the ledger", path), "wait until its release is made"}
	case errors.Is(err, budget.ErrDamaged):
		return nil, &failure{fmt.Errorf("%s: this is not a ledger, or it was changed: %w", path, err), "get the file as covey last wrote it; a new one would forget what was spent"}
	}
	return file, err
}

// showLedger prints the account of a data set. It holds nothing of the records.
func (e *env) showLedger(path string) error {
	file, err := openLedger(path)
	if err != nil {
		return err
	}
	defer file.Close()
	account := file.Account()
	rho, delta, epsilon, err := file.Spent()
	if err != nil {
		return err
	}
	allowed, err := account.Budget.Accounting.Rho(account.Budget.Epsilon, account.Budget.Delta)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", account.Dataset)
	fmt.Fprintf(&b, "  promised   epsilon %s, delta %s, for all releases together\n", budget.Text(account.Budget.Epsilon), budget.Text(account.Budget.Delta))
	fmt.Fprintf(&b, "  spent      epsilon %s of it (rho %s of %s)", short(epsilon), short(rho), short(allowed))
	if delta.Sign() > 0 {
		fmt.Fprintf(&b, ", delta %s for values learnt", short(delta))
	}
	fmt.Fprintf(&b, "\n  left       rho %s\n", short(file.Remaining()))
	for _, r := range file.Releases() {
		cost := new(big.Rat)
		for _, s := range r.Spendings {
			one, err := s.Rho(account.Budget.Accounting)
			if err != nil {
				return err
			}
			cost.Add(cost, one)
		}
		fmt.Fprintf(&b, "  %s  rho %s  %s\n", r.At.Format(time.DateOnly), short(cost), r.Name)
		fmt.Fprintf(&b, "              seal %s\n", r.Seal)
	}
	_, err = fmt.Fprint(e.stdout, cleanLines(b.String()))
	return err
}

// short writes a number with a few digits.
func short(r *big.Rat) string {
	f, _ := r.Float64()
	return fmt.Sprintf("%.4g", f)
}

// closeLedger gives the lock back, also when the command is interrupted; the file itself is always whole.
func closeLedger(file *budget.File) {
	if file != nil {
		_ = file.Close()
	}
}

// ledgerFlag opens the ledger that a flag names, or returns nil for none.
func ledgerFlag(path string) (*budget.File, error) {
	if path == "" {
		return nil, nil
	}
	return openLedger(path)
}
