package job_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/job"
)

// TestMain lets the test binary be a child of several sorts.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		os.Exit(child(os.Args[2]))
	}
	os.Exit(m.Run())
}

// ask is what tests send, and what children answer.
type ask struct {
	Text  string
	Child int
}

func child(sort string) int {
	if sort != "unconfined" {
		job.Confine()
	}
	ctx, pipe := job.Serve(context.Background(), os.Stdin, os.Stdout)
	switch sort {
	case "echo":
		for {
			var a ask
			if pipe.Receive(&a) != nil {
				return 0
			}
			a.Child = os.Getpid()
			if pipe.Send(a) != nil {
				return 1
			}
		}
	case "one": // a message, and the end
		_ = pipe.Send(ask{Text: "last words"})
		return 0
	case "greedy":
		var held [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := range b {
				b[i] = byte(i)
			}
			held = append(held, b)
			if len(held) == 1000 {
				return 0
			}
		}
	case "unconfined": // as on a system that bounds nothing: 150 MiB that last, and much that does not
		lasts := make([]byte, 150<<20)
		lasts[0] = 1
		most := 0
		for range 200 {
			garbage := make([]byte, 8<<20)
			garbage[len(lasts)%8] = lasts[0]
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, int(m.Sys-m.HeapReleased))
		}
		runtime.KeepAlive(lasts)
		_ = pipe.Send(ask{Child: most})
	case "deaf": // looks at nothing, and has a child of its own
		grandchild := exec.Command(os.Args[0], "child", "asleep")
		_ = grandchild.Start()
		_ = pipe.Send(ask{Text: strconv.Itoa(grandchild.Process.Pid), Child: os.Getpid()})
		time.Sleep(time.Hour)
	case "asleep":
		time.Sleep(time.Hour)
	case "panic":
		panic("a secret of the file")
	case "wait":
		_ = pipe.Send(ask{Child: os.Getpid()})
		<-ctx.Done()
		return 0
	case "parent": // starts a child and sleeps, to be killed
		c, err := job.Process{Command: []string{os.Args[0], "child", "deaf"}}.Start(ctx)
		if err != nil {
			return 1
		}
		var a ask
		_ = c.Receive(&a)
		_ = pipe.Send(a)
		time.Sleep(time.Hour)
	}
	return 0
}
