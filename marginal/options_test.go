package marginal_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

func TestOptionsRefused(t *testing.T) {
	empty := table.NewBuilder(nil).Table()
	for _, tt := range []struct {
		o    marginal.Options
		want string
	}{
		{marginal.Options{Length: 7}, "length 7 is not between 1 and 6"},
		{marginal.Options{Length: -1}, "length -1"},
		{marginal.Options{Threshold: -1}, "threshold -1"},
		{marginal.Options{Threshold: math.MaxUint32 + 1}, "threshold 4294967296"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			if _, err := marginal.Count(context.Background(), empty, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestCountNothing(t *testing.T) {
	for name, tab := range map[string]*table.Table{
		"no columns": table.NewBuilder(nil).Table(),
		"no records": table.NewBuilder(names([]int{3, 3})).Table(),
		"all blank": func() *table.Table {
			b := table.NewBuilder(names([]int{3, 3}))
			b.Add([]uint16{0, 0}, 9)
			return b.Table()
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			c := count(t, tab, marginal.Options{Length: 2})
			for length := -1; length < 4; length++ {
				if c.Len(length) != 0 {
					t.Errorf("Len(%d) = %d", length, c.Len(length))
				}
				for combination := range c.All(length) {
					t.Errorf("%v", combination)
				}
			}
			if got := c.Get(marginal.Attribute{Column: 0, Code: 1}); got != 0 {
				t.Errorf("Get = %d", got)
			}
		})
	}
}

func TestGetOfWhatIsNotHeld(t *testing.T) {
	b := table.NewBuilder(names([]int{2, 2, 2}))
	b.Add([]uint16{1, 1, 1}, 10)
	b.Add([]uint16{2, 1, 2}, 3)
	c := count(t, b.Table(), marginal.Options{Length: 2, Threshold: 4})
	at := func(column int, code uint16) marginal.Attribute {
		return marginal.Attribute{Column: column, Code: code}
	}
	for _, tt := range []struct {
		name string
		of   []marginal.Attribute
		want int
	}{
		{"held", []marginal.Attribute{at(0, 1), at(1, 1)}, 10},
		{"one", []marginal.Attribute{at(1, 1)}, 13},
		{"none", nil, 0},
		{"below the threshold", []marginal.Attribute{at(0, 2)}, 0},
		{"pair below the threshold", []marginal.Attribute{at(1, 1), at(2, 2)}, 0},
		{"too long", []marginal.Attribute{at(0, 1), at(1, 1), at(2, 1)}, 0},
		{"not in order", []marginal.Attribute{at(1, 1), at(0, 1)}, 0},
		{"one column twice", []marginal.Attribute{at(0, 1), at(0, 1)}, 0},
		{"unknown", []marginal.Attribute{at(7, 1)}, 0},
	} {
		if got := c.Get(tt.of...); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestAllStops(t *testing.T) {
	b := table.NewBuilder(names([]int{2, 2, 2}))
	b.Add([]uint16{1, 1, 1}, 1)
	b.Add([]uint16{2, 2, 2}, 1)
	c := count(t, b.Table(), marginal.Options{})
	for length := 1; length <= 3; length++ {
		for range c.All(length) { // a loop function that goes on after a break panics
			break
		}
	}
}

func TestPersonsBeyondLimit(t *testing.T) {
	b := table.NewBuilder(names([]int{3}))
	for code := range uint16(3) {
		b.Add([]uint16{code}, 1<<31)
	}
	tab := b.Table()
	if _, err := marginal.Count(context.Background(), tab, marginal.Options{}); err == nil || !strings.Contains(err.Error(), "persons") {
		t.Errorf("Count: %v, want an error about persons", err)
	}
	if err := marginal.Compare(context.Background(), tab, tab, marginal.Options{}, false, nil); err == nil {
		t.Error("Compare: no error")
	}

	b = table.NewBuilder(names([]int{3, 1}))
	b.Add([]uint16{1, 1}, math.MaxUint32-1)
	b.Add([]uint16{2, 1}, 1)
	c := count(t, b.Table(), marginal.Options{})
	if got := c.Get(marginal.Attribute{Column: 1, Code: 1}); got != math.MaxUint32 {
		t.Errorf("%d persons, want %d", got, math.MaxUint32)
	}
}

// slow is a table that takes long to count.
func slow() *table.Table {
	return shape{name: "slow", columns: geometric(40, 6, 6), rows: 20_000, cell: skewed}.table()
}

func TestCancel(t *testing.T) {
	tab := slow()
	cause := errors.New("enough")
	before := runtime.NumGoroutine()
	run := map[string]func(context.Context, marginal.Options) error{
		"Count": func(ctx context.Context, o marginal.Options) error {
			c, err := marginal.Count(ctx, tab, o)
			if c != nil {
				t.Error("counts beside an error")
			}
			return err
		},
		"Compare": func(ctx context.Context, o marginal.Options) error {
			return marginal.Compare(ctx, tab, tab, o, false, func() marginal.Visit {
				return func(combination []marginal.Attribute, a, b int) {
					if a != b {
						t.Errorf("%v: %d and %d persons in the same table", combination, a, b)
					}
				}
			})
		},
	}
	for name, f := range run {
		for _, delay := range []time.Duration{0, 5 * time.Millisecond, 100 * time.Millisecond} {
			t.Run(fmt.Sprint(name, " ", delay), func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				if delay == 0 {
					cancel(cause)
				}
				var cancelled atomic.Int64
				time.AfterFunc(delay, func() {
					cancelled.Store(time.Now().UnixNano())
					cancel(cause)
				})
				err := f(ctx, marginal.Options{Length: 6, Workers: 3})
				if !errors.Is(err, cause) {
					t.Fatalf("%v, want %v", err, cause)
				}
				// Usually a few milliseconds; the bound is for machines under load.
				if late := time.Since(time.Unix(0, cancelled.Load())); delay > 0 && late > 2*time.Second {
					t.Errorf("returned %v after it was cancelled", late)
				}
			})
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
	}
}

func TestProgress(t *testing.T) {
	tab := shape{name: "progress", columns: geometric(8, 2, 5), rows: 2000, cell: skewed}.table()
	for workers := 1; workers <= 4; workers++ {
		var busy atomic.Bool
		last := 0
		c := count(t, tab, marginal.Options{Workers: workers, Progress: func(done, total int) {
			if busy.Swap(true) {
				t.Error("called while it runs")
			}
			if done != last+1 || done > total {
				t.Errorf("%d of %d comes after %d", done, total, last)
			}
			last = done
			time.Sleep(100 * time.Microsecond) // others meet this one
			busy.Store(false)
		}})
		if last != len(c.Attributes()) {
			t.Errorf("%d workers: ended at %d of %d", workers, last, len(c.Attributes()))
		}
	}
}

func TestName(t *testing.T) {
	columns := names([]int{2})
	columns = append(columns, table.Column{Name: "means: debt", Field: "means", Label: "debt", Kind: table.Many, Values: []string{"debt"}})
	b := table.NewBuilder(columns)
	b.Add([]uint16{2, 1}, 1)
	c := count(t, b.Table(), marginal.Options{})
	var got []string
	for _, a := range c.Attributes() {
		column, value := c.Name(a)
		got = append(got, column+"="+value)
	}
	if text := strings.Join(got, ", "); text != "column 0=value 2, means=debt" {
		t.Error(text)
	}
	if text := c.String(); text != "counts of combinations of up to 3 attributes of 2 columns" {
		t.Error(text)
	}
}
