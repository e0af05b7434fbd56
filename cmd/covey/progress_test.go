package main

import (
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	e, _, errs := testEnv()
	e.isTerminal = true
	now := time.Unix(0, 0)
	e.now = func() time.Time { return now }
	p := e.progress("reading cases.csv")
	steps := []struct {
		after       time.Duration
		done, total int64
		want        string
	}{
		{100 * time.Millisecond, 1, 100, ""}, // too early
		{400 * time.Millisecond, 10, 100, "\rreading cases.csv  10 %"},
		{50 * time.Millisecond, 11, 100, ""}, // too soon after
		{2 * time.Second, 50, 100, "\rreading cases.csv  50 %, 3 s left"},
		{time.Second, 0, 0, "\rreading cases.csv                "},
	}
	for _, s := range steps {
		now = now.Add(s.after)
		errs.Reset()
		p.set(s.done, s.total)
		if errs.String() != s.want {
			t.Errorf("after %v: %q, want %q", s.after, errs, s.want)
		}
	}
	errs.Reset()
	p.end()
	p.set(1, 1)
	if errs.String() != "\r                 \r" {
		t.Errorf("end: %q", errs)
	}
}

func TestProgressIsWipedWhenStopped(t *testing.T) {
	e, _, errs := testEnv()
	e.isTerminal = true
	p := e.progress("counting")
	p.drawn = time.Time{}
	p.set(1, 2)
	errs.Reset()
	if e.undo.all(); errs.String() != "\r              \r" {
		t.Errorf("%q", errs)
	}
}

func TestProgressIsSilentWithoutTerminal(t *testing.T) {
	e, _, errs := testEnv()
	now := time.Unix(0, 0)
	e.now = func() time.Time { return now }
	p := e.progress("reading")
	now = now.Add(time.Minute)
	p.set(1, 2)
	p.next("counting")
	p.of(1, 2)
	p.end()
	if errs.Len() > 0 {
		t.Errorf("%q", errs)
	}
}

func TestTimeLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 s", 90 * time.Second: "90 s", 10 * time.Minute: "10 min", 5 * time.Hour: "5 h",
	} {
		if got := timeLeft(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
