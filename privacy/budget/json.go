package budget

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"reflect"
)

// version is that of the JSON forms of [Ledger] and [File].
const version = 1

// spendingJSON is a spending as it is written; numbers are exact, as [Text] writes
// them. Rho is there to be read: it follows from the rest, and reading checks it.
type spendingJSON struct {
	What               string    `json:"what"`
	Mechanism          Mechanism `json:"mechanism"`
	SensitivitySquared string    `json:"sensitivity_squared,omitempty"`
	Sensitivity        string    `json:"sensitivity,omitempty"`
	Variance           string    `json:"variance,omitempty"`
	Scale              string    `json:"scale,omitempty"`
	Epsilon            string    `json:"epsilon,omitempty"`
	Delta              string    `json:"delta,omitempty"`
	Rho                string    `json:"rho,omitempty"`
}

// ledgerJSON is a ledger as it stands in a manifest. AllowedRho and Spent follow from
// the rest. Rho under Spent is rounded up to twelve digits.
type ledgerJSON struct {
	Version    int            `json:"version"`
	Relation   string         `json:"relation"`
	Accounting Accounting     `json:"accounting"`
	Epsilon    string         `json:"epsilon"`
	Delta      string         `json:"delta"`
	AllowedRho string         `json:"allowed_rho"`
	Spent      spentJSON      `json:"spent"`
	Spendings  []spendingJSON `json:"spendings"`
}

type spentJSON struct {
	Rho     string `json:"rho"`
	Delta   string `json:"delta"`
	Epsilon string `json:"epsilon"`
}

// MarshalJSON writes the ledger for the manifest of a release: the promise, what was
// spent of it, and every spending, with exact numbers as text.
func (l *Ledger) MarshalJSON() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, err := l.json()
	if err != nil {
		return nil, fmt.Errorf("write ledger: %w", err)
	}
	return json.Marshal(j)
}

func (l *Ledger) json() (ledgerJSON, error) {
	a := l.account
	if a.accounting == "" {
		return ledgerJSON{}, errors.New("not made by NewLedger")
	}
	rho, delta, epsilon, err := a.loss()
	if err != nil {
		return ledgerJSON{}, err
	}
	j := ledgerJSON{
		Version: version, Relation: Relation, Accounting: a.accounting,
		Epsilon: Text(a.epsilon), Delta: Text(a.delta), AllowedRho: Text(a.allowed),
		Spent:     spentJSON{Text(roundUpRat(rho)), Text(delta), Text(epsilon)},
		Spendings: []spendingJSON{},
	}
	for _, s := range l.spendings {
		j.Spendings = append(j.Spendings, s.json(a.accounting))
	}
	return j, nil
}

// UnmarshalJSON reads what MarshalJSON wrote, enters every spending anew and refuses
// what does not add up: other costs or sums than the parameters give, spendings beyond
// the promise, fields that it does not know.
func (l *Ledger) UnmarshalJSON(data []byte) error {
	var j ledgerJSON
	if err := strict(data, &j); err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	if err := checkHead(j.Version, j.Relation); err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	b, err := budgetFrom(j.Epsilon, j.Delta, j.Accounting)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	made, err := NewLedger(b)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	spendings, err := spendingsFrom(j.Spendings)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	for _, s := range spendings {
		if err := made.Spend(s); err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
	}
	again, err := made.json()
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	if j.Spendings == nil || !reflect.DeepEqual(again, j) {
		return fmt.Errorf("read ledger: its sums do not follow from its spendings: %w", ErrDamaged)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.account, l.spendings, l.entered, l.file = made.account, made.spendings, false, nil
	return nil
}

func checkHead(v int, relation string) error {
	if v != version {
		return fmt.Errorf("version %d is not %d, the one this program knows", v, version)
	}
	if relation != Relation {
		return fmt.Errorf("relation %.60q is not %q", relation, Relation)
	}
	return nil
}

func budgetFrom(epsilon, delta string, a Accounting) (Budget, error) {
	e, err := Number(epsilon)
	if err != nil {
		return Budget{}, fmt.Errorf("epsilon: %w", err)
	}
	d, err := Number(delta)
	if err != nil {
		return Budget{}, fmt.Errorf("delta: %w", err)
	}
	if err := a.known(); err != nil {
		return Budget{}, err
	}
	return Budget{e, d, a}, nil
}

// json writes a spending. Of a cost that the accounting does not have, nothing is
// written.
func (s Spending) json(a Accounting) spendingJSON {
	j := spendingJSON{What: s.what, Mechanism: s.mechanism}
	for _, f := range j.fields(&s) {
		if *f.value != nil {
			*f.text = Text(*f.value)
		}
	}
	if rho, err := s.Rho(a); err == nil && rho.Sign() > 0 {
		j.Rho = Text(rho)
	}
	return j
}

type field struct {
	text  *string
	value **big.Rat
}

// fields pairs the texts of j with the numbers of s.
func (j *spendingJSON) fields(s *Spending) []field {
	sensitivity := &j.Sensitivity
	if j.Mechanism == DiscreteGaussian {
		sensitivity = &j.SensitivitySquared
	}
	return []field{
		{sensitivity, &s.sensitivity},
		{&j.Variance, &s.variance},
		{&j.Scale, &s.scale},
		{&j.Epsilon, &s.epsilon},
		{&j.Delta, &s.delta},
	}
}

// spendingsFrom reads spendings. It does not look at the costs.
func spendingsFrom(list []spendingJSON) ([]Spending, error) {
	spendings := make([]Spending, 0, len(list))
	for i, j := range list {
		s := Spending{what: j.What, mechanism: j.Mechanism}
		for _, f := range j.fields(&s) {
			if *f.text == "" {
				continue
			}
			r, err := Number(*f.text)
			if err != nil {
				return nil, fmt.Errorf("spending %d: %w", i+1, err)
			}
			*f.value = r
		}
		s, err := s.checked()
		if err != nil {
			return nil, fmt.Errorf("spending %d: %w", i+1, err)
		}
		spendings = append(spendings, s)
	}
	return spendings, nil
}

// strict decodes one JSON value with known fields only and nothing behind it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	return nil
}
