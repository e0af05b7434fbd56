package app

import (
	"errors"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/locale"
)

// Explain returns in English what a person may read about an error, for commands.
// It is not ok if the error is no fault: then its own text is all there is.
func Explain(err error) (text string, ok bool) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return "", false
	}
	texts, err := locale.Open()
	if err != nil || !texts.Has(f.Key) {
		return "", false
	}
	var args []any
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	return texts.Printer("en").Text(f.Key, args...), true
}
