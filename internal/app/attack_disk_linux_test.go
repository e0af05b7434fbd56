package app_test

import (
	"os/signal"
	"syscall"
	"testing"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/testenv"
)

// TestUploadsThatCannotBeWritten sends files while the system refuses to write on, in the middle of them.
func TestUploadsThatCannotBeWritten(t *testing.T) {
	testenv.NotRaces(t)
	q := newQuay(t, app.Options{})
	before := q.trace()
	signal.Ignore(syscall.SIGXFSZ) // else it ends the program
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	less := usual
	less.Cur = 24 << 20 // of one file: the database has less
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &less); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	})
	for _, p := range []parcel{q.records("t", "a.csv", cases(40*mega)), q.bundle("t", "a.zip", zipped(t, "manifest.json", string(noise(40*mega))))} {
		q.says("a disk that takes no more", q.send(q.steward, p), 503, "The disk of the server is full. Nothing was kept. Tell the operator.")
		q.same("a disk that takes no more", before)
	}
	q.says("a small file", q.send(q.steward, q.records("s", "a.csv", cases(mega))), 303, "")
}
