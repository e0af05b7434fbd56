package budget_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/opencovey/covey/privacy/budget"
)

// full is a ledger with one spending of each kind.
func full(t testing.TB) *budget.Ledger {
	t.Helper()
	l := newLedger(t, promise(t, "1", "1e-6", ""))
	for _, make := range []func() (budget.Spending, error){
		func() (budget.Spending, error) { return budget.Gaussian("pairs", number(t, "3"), number(t, "150")) },
		func() (budget.Spending, error) {
			return budget.Laplace("people <all>", number(t, "1"), number(t, "20"))
		},
		func() (budget.Spending, error) { return budget.Choice("next triple", number(t, "1/7")) },
		func() (budget.Spending, error) { return budget.Reveal("countries", number(t, "1e-9")) },
	} {
		s, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Spend(s); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

const fullJSON = `{"version":1,"relation":"add or remove one person","accounting":"zcdp","epsilon":"1","delta":"0.000001",` +
	`"allowed_rho":"0.0243538018393","spent":{"rho":"0.0138010204082","delta":"0.000000001","epsilon":"0.73821416113"},"spendings":[` +
	`{"what":"pairs","mechanism":"discrete gaussian","sensitivity_squared":"3","variance":"150","rho":"0.01"},` +
	`{"what":"people \u003call\u003e","mechanism":"discrete laplace","sensitivity":"1","scale":"20","rho":"0.00125"},` +
	`{"what":"next triple","mechanism":"exponential","epsilon":"1/7","rho":"1/392"},` +
	`{"what":"countries","mechanism":"threshold","delta":"0.000000001"}]}`

func marshal(t testing.TB, l *budget.Ledger) string {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLedgerJSON(t *testing.T) {
	text := marshal(t, full(t))
	if text != fullJSON {
		t.Errorf("got  %s\nwant %s", text, fullJSON)
	}
	var read budget.Ledger
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatal(err)
	}
	if again := marshal(t, &read); again != text {
		t.Errorf("after reading: %s", again)
	}
	if read.Remaining().Cmp(full(t).Remaining()) != 0 {
		t.Error("the remaining budget changed")
	}
	if err := read.Spend(costing(t, "", "more", read.Remaining())); err != nil {
		t.Error(err)
	}
	if empty := marshal(t, newLedger(t, promise(t, "1", "1e-6", ""))); json.Unmarshal([]byte(empty), &read) != nil {
		t.Error("an empty ledger is not read")
	}
	if _, err := json.Marshal(new(budget.Ledger)); err == nil {
		t.Error("a ledger that was not made is written")
	}
}

// TestAlteredLedger: every change of a number or a name is noticed, as are missing,
// unknown and surplus parts.
func TestAlteredLedger(t *testing.T) {
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`},
		{`one person`, `one record`},
		{`"zcdp"`, `"gaussian"`},
		{`"zcdp"`, `""`},
		{`"epsilon":"1",`, `"epsilon":"2",`},
		{`"epsilon":"1",`, `"epsilon":"1.0",`},
		{`"epsilon":"1",`, ``},
		{`"delta":"0.000001"`, `"delta":"0.00001"`},
		{`"allowed_rho":"0.0`, `"allowed_rho":"0.1`},
		{`"rho":"0.0138`, `"rho":"0.0038`},
		{`"variance":"150"`, `"variance":"151"`},
		{`"variance":"150"`, `"variance":"150","scale":"1"`},
		{`"variance":"150"`, `"variance":"0"`},
		{`"variance":"150"`, `"variance":"-150"`},
		{`"variance":"150"`, `"variance":150`},
		{`"variance":"150",`, ``},
		{`"rho":"0.01"`, `"rho":"0.001"`},
		{`"scale":"20"`, `"scale":"1"`},
		{`"1/7"`, `"2/7"`},
		{`"mechanism":"exponential"`, `"mechanism":"other"`},
		{`"mechanism":"exponential"`, `"mechanism":"threshold"`},
		{`"what":"pairs"`, `"what":""`},
		{`"what":"pairs",`, ``},
		{`,{"what":"countries","mechanism":"threshold","delta":"0.000000001"}`, ``},
		{`"version":1`, `"version":1,"more":1`},
		{`{"version":1`, `{"version":1,"spendings":null`},
		{`]}`, `]}{}`},
		{`]}`, `]`},
	} {
		text := strings.Replace(fullJSON, change[0], change[1], 1)
		if text == fullJSON {
			t.Fatalf("%s does not occur", change[0])
		}
		var l budget.Ledger
		if l.UnmarshalJSON([]byte(text)) == nil && !strings.Contains(change[1], "null") {
			t.Errorf("%s for %s is not noticed", change[1], change[0])
		}
	}
	overspent := strings.Replace(fullJSON, `"sensitivity_squared":"3"`, `"sensitivity_squared":"30"`, 1)
	if err := new(budget.Ledger).UnmarshalJSON([]byte(overspent)); !errors.Is(err, budget.ErrExhausted) {
		t.Errorf("an overspent ledger: %v", err)
	}
}

// FuzzLedgerJSON: whatever is read as a ledger keeps its promise, and is written as it
// was read.
func FuzzLedgerJSON(f *testing.F) {
	f.Add([]byte(fullJSON))
	f.Add([]byte(marshal(f, newLedger(f, promise(f, "0.1", "1e-9", budget.GaussianCurve)))))
	f.Add([]byte(`{"version":1,"relation":"add or remove one person","accounting":"zcdp","epsilon":"1e-9","delta":"1e-60","spendings":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l budget.Ledger
		if l.UnmarshalJSON(text) != nil {
			return
		}
		if l.Remaining().Sign() < 0 {
			t.Errorf("%v is left", l.Remaining())
		}
		sum := new(big.Rat)
		for _, s := range l.Spendings() {
			rho, err := s.Rho(l.Budget().Accounting)
			if err != nil {
				t.Fatal(err)
			}
			sum.Add(sum, rho)
		}
		if rho, _, _, err := l.Spent(); err != nil || rho.Cmp(sum) != 0 {
			t.Errorf("spent %v, want %v (%v)", rho, sum, err)
		}
		again := marshal(t, &l)
		var second budget.Ledger
		if err := second.UnmarshalJSON([]byte(again)); err != nil || !bytes.Equal([]byte(marshal(t, &second)), []byte(again)) {
			t.Errorf("%s is not read again: %v", again, err)
		}
	})
}
