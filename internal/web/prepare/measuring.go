package prepare

import (
	"context"
	"errors"

	"github.com/opencovey/covey/internal/web"
)

// errMeasuring ends the wait; the measuring goes on, and is kept for who asks again.
var errMeasuring = errors.New("the file is still being measured")

// patient shows a page of a draft, or, when what it shows is not measured in time, a page in its place that asks again by itself.
func (r *room) patient(do func(*web.Exchange) error) func(*web.Exchange) error {
	return func(x *web.Exchange) error {
		whole := x.R
		ctx, stop := context.WithTimeoutCause(whole.Context(), r.patience, errMeasuring)
		defer stop()
		x.R = whole.WithContext(ctx)
		err := do(x)
		x.R = whole
		if !errors.Is(err, errMeasuring) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return x.Page("prepare/measuring", nil)
	}
}
