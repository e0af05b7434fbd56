package kanon

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// chooser decides which form each record of the input takes.
type chooser struct {
	ix      *index
	b       *balance
	forms   [][][]int32
	choice  []int8 // by record
	workers int
}

// choose gives each record the form that is worth most while the balance fills.
func (c *chooser) choose(ctx context.Context) ([]group, error) {
	c.choice = make([]int8, len(c.forms))
	order := c.scattered()
	const batch, part = 256, 16 // small, since the records of a batch do not see each other's choice
	for lo := 0; lo < len(order); lo += batch {
		rows := order[lo:min(lo+batch, len(order))]
		err := parallel(ctx, c.workers, (len(rows)+part-1)/part, func(i int) {
			for _, r := range rows[i*part : min((i+1)*part, len(rows))] {
				c.choice[r] = c.best(c.forms[r])
			}
		})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			c.b.put(c.forms[r][c.choice[r]], c.ix.weights[r])
		}
	}
	groups := make([]group, 0, len(c.forms)+1)
	for r, forms := range c.forms {
		groups = append(groups, group{forms[c.choice[r]], c.ix.weights[r]})
	}
	if c.ix.empty > 0 {
		groups = append(groups, group{nil, int32(c.ix.empty)})
	}
	return merge(groups), nil
}

// scattered counts the records that have no choice, and returns the others in an order that has nothing to do with what they hold.
func (c *chooser) scattered() []int32 {
	var order []int32
	for r, forms := range c.forms {
		if len(forms) == 1 {
			c.b.put(forms[0], c.ix.weights[r])
		} else {
			order = append(order, int32(r))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return int(int64(uint32(a)*2654435761) - int64(uint32(b)*2654435761))
	})
	return order
}

// best returns the position of the form that is worth most.
func (c *chooser) best(forms [][]int32) int8 {
	best, most := 0, int64(0)
	for i, form := range forms {
		worth := int64(0)
		for j, a := range form {
			worth += c.b.gain(form[:j], a)
		}
		if i == 0 || worth > most {
			best, most = i, worth
		}
	}
	return int8(best)
}

// parallel calls do for every number below n.
func parallel(ctx context.Context, workers, n int, do func(i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
