package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// progress shows on one line of the terminal what the command is doing, how far it is, and how long it has still to
// go. Where nobody watches it does nothing. It is safe for use by several goroutines.
//
//	p := e.progress("reading cases.csv")
//	defer p.end()
//	… p.set(done, total) …
//	p.next("counting")
type progress struct {
	env   *env
	lock  sync.Mutex
	what  string
	began time.Time // of what is going on now
	drawn time.Time
	width int // of the line on the screen
	ended bool
	done  func(written string) // the line needs no wiping any more
}

// How often the line is drawn, and from when on: work that is soon done needs no line.
const (
	progressEvery = 100 * time.Millisecond
	progressAfter = 400 * time.Millisecond
)

// progress begins to show what the command is doing. Call end before anything else is printed.
func (e *env) progress(what string) *progress {
	now := e.now()
	p := &progress{env: e, what: what, began: now, drawn: now.Add(progressAfter - progressEvery)}
	p.lock.Lock() // end may be called at once
	defer p.lock.Unlock()
	p.done = e.undo.add(p.end)
	return p
}

// next says that something else is being done now.
func (p *progress) next(what string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.what, p.began = what, p.env.now()
	if p.width > 0 {
		p.draw(clean(what))
	}
}

// set says how far the work is. A total of 0 is not known.
func (p *progress) set(done, total int64) {
	if !p.env.isTerminal {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	now := p.env.now()
	if p.ended || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn = now
	line := clean(p.what)
	if total > 0 {
		done = min(max(done, 0), total)
		line += fmt.Sprintf("  %d %%", done*100/total)
		if spent := now.Sub(p.began); done > 0 && spent > 2*time.Second {
			line += ", " + timeLeft(time.Duration(float64(spent)/float64(done)*float64(total-done))) + " left"
		}
	}
	p.draw(line)
}

// of is set in the form that the engine's packages call.
func (p *progress) of(done, total int) { p.set(int64(done), int64(total)) }

// end removes the line.
func (p *progress) end() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.done("")
	if p.width > 0 {
		p.draw("")
		fmt.Fprint(p.env.stderr, "\r")
		p.width = 0
	}
	p.ended = true
}

// draw replaces the line. Spaces, not control sequences, wipe what was longer.
func (p *progress) draw(line string) {
	if !p.env.isTerminal || p.ended {
		return
	}
	line = cut(line, 79)
	width := textWidth(line)
	fmt.Fprint(p.env.stderr, "\r"+line+strings.Repeat(" ", max(0, p.width-width)))
	p.width = width
}

// timeLeft rounds a duration to what a person wants to know.
func timeLeft(d time.Duration) string {
	switch {
	case d < time.Second:
		return "1 s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}
