package main

// How Covey talks at the terminal. Everything that people read keeps to these rules.
//
//   - What a command was asked for goes to standard output; everything else (progress, notes, errors) to standard
//     error, so that "covey inspect -json cases.csv > out.json" holds nothing else.
//   - An error is one line, "error: " and what is wrong, with the file, row and column where there are any, in lower case
//     and without a full stop. A second line, "hint: ", says what to do. A list of problems follows the first line,
//     indented. No stack traces, no codes, no names of packages.
//   - A note is one line, "note: ". What is not worth a person's time is not said: a command that succeeded is silent
//     but for its result and the names of the files it wrote ("wrote cases.yaml").
//   - Errors never quote the content of a cell. What a report quotes is cleaned of control characters first.
//   - Plain words: people, not subjects or n; a file has rows and columns; a share is "12 %", a small one "<1 %".
//   - Lines fit 80 columns. No colours: what matters is said in words.
//   - Exit status: 0 success, 1 the command could not do its work or found what it looks for, 2 it was called in a wrong way,
//     130 it was interrupted.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/opencovey/covey/internal/app"
)

// Exit statuses.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// grace is how long an interrupted command may take to end by itself.
const grace = 700 * time.Millisecond

// usageError says that a command was called in a wrong way.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// Hint says what to do.
func (e *usageError) Hint() string { return e.hint }

// failure is an error with a hint.
type failure struct {
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// Hint says what to do.
func (f *failure) Hint() string { return f.hint }

// errHelp ends a command that has printed its help text.
var errHelp = errors.New("help")

// run runs the command line and returns the exit status. When ctx ends the command is given some time to end, too.
func run(ctx context.Context, e *env, args []string) int {
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				ended <- faultError(fault)
			}
		}()
		ended <- dispatch(ctx, e, args)
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		select {
		case err = <-ended:
		case <-time.After(cmp.Or(time.Duration(e.patience.Load()), grace)):
			err = context.Cause(ctx)
		}
	}
	written := e.undo.all()
	switch {
	case err == nil || errors.Is(err, errHelp):
		return 0
	case ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())):
		text := "stopped: nothing was written"
		if written != "" {
			text = "stopped: " + written + " was written before"
		}
		fmt.Fprintln(e.stderr, clean(text))
		return exitInterrupted
	}
	e.report(err)
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// report prints an error and its hint.
func (e *env) report(err error) {
	text := strings.ReplaceAll(strings.TrimRight(cleanLines(message(err)), "\n"), "\n", "\n  ")
	fmt.Fprintf(e.stderr, "error: %s\n", text)
	var with interface{ Hint() string }
	if errors.As(err, &with) && with.Hint() != "" {
		fmt.Fprintf(e.stderr, "hint: %s\n", cleanLines(with.Hint()))
	}
}

// message says in plain words what the server and the operating system say in their own.
func message(err error) string {
	if text, ok := app.Explain(err); ok {
		return text
	}
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err.Error()
	}
	switch {
	case errors.Is(p.Err, fs.ErrNotExist):
		return p.Path + ": there is no such file"
	case errors.Is(p.Err, fs.ErrPermission):
		return p.Path + ": not allowed"
	}
	return fmt.Sprintf("%s: %v", p.Path, p.Err)
}

// faultError turns a panic into an error. It shows no value that might come from a file.
func faultError(fault any) error {
	what := fmt.Sprintf("%T", fault)
	var known runtime.Error
	if err, ok := fault.(error); ok && errors.As(err, &known) {
		what = known.Error()
	}
	where := "unknown"
	frames := make([]uintptr, 32)
	list := runtime.CallersFrames(frames[:runtime.Callers(3, frames)])
	for {
		frame, more := list.Next()
		if strings.Contains(frame.Function, "opencovey/covey") || strings.HasPrefix(frame.Function, "main.") {
			where = fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(frame.File)), filepath.Base(frame.File), frame.Line)
			break
		}
		if !more {
			break
		}
	}
	return &failure{
		fmt.Errorf("covey made a mistake: %s, at %s", what, where),
		"this is a fault of the program, not yours; please report the line above, which holds nothing of your file",
	}
}

// clean makes a text safe to print on one line: control characters, which could steer the terminal, and characters that turn
// the direction of writing, become U+FFFD.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// cleanLines is clean for a text of several lines.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}
