package dp

import (
	"context"
	"errors"
	"math/big"
	"testing"
)

func plan(t *testing.T, people int, epsilons ...*big.Rat) []Outlook {
	t.Helper()
	o := PlanOptions{People: people, Epsilons: epsilons, Delta: big.NewRat(1, 1_000_000), Source: testSource(7)}
	outlooks, err := Plan(t.Context(), caseDomain(), o)
	if err != nil {
		t.Fatal(err)
	}
	return outlooks
}

// A larger budget must buy more, by a margin that chance does not bridge: a factor of 30 in epsilon is one of about 30 in noise.
func TestPlanBuysMore(t *testing.T) {
	out := plan(t, 3000, big.NewRat(1, 3), big.NewRat(10, 1))
	if len(out) != 2 || len(out[0].Lengths) != 3 {
		t.Fatalf("outlooks %+v, want two with three lengths each", out)
	}
	if out[0].People < 5*out[1].People {
		t.Errorf("margins of the number of people %d and %d: want much less with the larger budget", out[0].People, out[1].People)
	}
	for l := range 3 {
		small, large := out[0].Lengths[l], out[1].Lengths[l]
		if small.Length != l+1 || small.Records < 2*large.Records {
			t.Errorf("length %d: records off by %.3f and %.3f: want much less with the larger budget", small.Length, small.Records, large.Records)
		}
		for _, s := range append(small.Sizes, large.Sizes...) {
			if s.Combinations < 1 || s.Published < 0 || s.Published > 1 || s.To != 0 && s.To <= s.From || s.Published > 0 && s.Margin <= 0 {
				t.Errorf("size %+v makes no sense", s)
			}
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	o := PlanOptions{Epsilons: []*big.Rat{big.NewRat(1, 1)}, Delta: big.NewRat(1, 1000), Source: testSource(1)}
	if _, err := Plan(t.Context(), caseDomain(), o); err == nil {
		t.Error("a plan for nobody was made")
	}
	o.People = 100
	o.Epsilons = []*big.Rat{big.NewRat(-1, 1)}
	if _, err := Plan(t.Context(), caseDomain(), o); err == nil {
		t.Error("a plan for a negative budget was made")
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	o.Epsilons = []*big.Rat{big.NewRat(1, 1)}
	if _, err := Plan(ctx, caseDomain(), o); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the context", err)
	}
}
