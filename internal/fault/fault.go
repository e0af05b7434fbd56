// Package fault holds the errors that a person may see. Everything else is an
// internal error: it goes to the log whole, and the person reads that something
// went wrong, never what.
//
// A fault names a text of the catalogues (internal/locale), so that it can be
// read in the person's language, and a kind, from which the status of an HTTP
// response follows in one place.
package fault

import (
	"errors"
	"net/http"
)

// Kind says what the caller can do about an error.
type Kind int

// The kinds. Internal is what every error is that is no fault.
const (
	Internal        Kind = iota
	Invalid              // something given is wrong; Field says what
	Unauthenticated      // sign in first
	Forbidden            // signed in, and not permitted
	NotFound             // is not there, or must look as if it were not
	Conflict             // was changed by somebody else, or exists already
	Gone                 // was there, and is over: a used link, a withdrawn release
	TooLarge             // more bytes, rows or items than are taken
	TooMany              // too often; try again later
	Unavailable          // cannot be done now
)

// Error is an error with a text for the person who caused it.
type Error struct {
	Kind  Kind
	Key   string         // of the catalogues: "fault.tool.name.empty"
	Args  map[string]any // what the text has places for; never a secret, never another person's data
	Field string         // name of the form field, or "" if it is about the whole
	Cause error          // for the log; may be nil
}

// New returns a fault of a kind with the text of a key. The arguments are names
// and values in turn, as in New(Invalid, "fault.too.long", "limit", 200).
func New(kind Kind, key string, args ...any) *Error {
	e := &Error{Kind: kind, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		name, _ := args[i].(string)
		e.Args[name] = args[i+1]
	}
	return e
}

// At returns a copy of the fault that belongs to a field of a form.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy of the fault with a cause, which is for the log alone.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Error implements error. The text is for logs and tests, not for people.
func (e *Error) Error() string {
	text := e.Key
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the kind of an error: that of the first fault in its chain, or Internal.
func Of(err error) Kind {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Kind
	}
	return Internal
}

// Status returns the HTTP status of a kind.
func Status(k Kind) int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Gone:
		return http.StatusGone
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case TooMany:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
