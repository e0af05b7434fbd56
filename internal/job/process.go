package job

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Process says how to start a child that does the work: the program itself, called again.
//
// The child gets what it has to know through its standard input, one JSON value in a line,
// nothing by arguments, which others can see, and no environment of the server's. What it answers
// comes line by line through its standard output. It ends with its parent: when standard input ends, and on Linux by a signal
// of the kernel as well.
type Process struct {
	Command []string // program and arguments
	Memory  int64    // bytes it may use, see [Confine]; 0: no limit
}

// ErrMemory says that a child needed more memory than it may use.
var ErrMemory = errors.New("the work needs more memory than it may use")

// maxLine bounds one message of a child.
const maxLine = 256 << 20

// Child is a process that was started. Send and Receive may each be called by one goroutine at a time.
type Child struct {
	in     io.WriteCloser
	out    *bufio.Reader
	pipe   *os.File
	kill   func()
	errors *tail
	memory int64
	ended  chan struct{}
	state  error // after ended
	peak   int64
	once   sync.Once
}

// Start starts a child. When the context ends, it and all that it started are killed at once.
func (p Process) Start(ctx context.Context) (*Child, error) {
	if len(p.Command) == 0 {
		return nil, errors.New("start worker: there is no command")
	}
	cmd := exec.Command(p.Command[0], p.Command[1:]...)
	cmd.Env = []string{"COVEY_WORKER_MEMORY=" + strconv.FormatInt(p.Memory, 10)}
	if p.Memory > 0 {
		cmd.Env = append(cmd.Env, "GOMEMLIMIT="+strconv.FormatInt(p.Memory/10*9, 10))
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	out, childs, err := os.Pipe() // not StdoutPipe, which Wait closes before everything was read
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	cmd.Stdout = childs
	c := &Child{in: in, out: bufio.NewReaderSize(out, 64<<10), pipe: out, errors: &tail{}, memory: p.Memory, ended: make(chan struct{})}
	cmd.Stderr = c.errors
	cmd.WaitDelay = time.Second
	isolate(cmd)
	started := make(chan error, 1)
	go c.live(ctx, cmd, started)
	err = <-started
	_ = childs.Close()
	if err != nil {
		_ = out.Close()
		return nil, fmt.Errorf("start worker: %w", err)
	}
	return c, nil
}

// live starts the process and waits for its end on one thread: the kernel ends the child with the thread that started it.
func (c *Child) live(ctx context.Context, cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	c.kill = func() { killGroup(cmd.Process) }
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	started <- nil
	err := cmd.Wait()
	c.kill() // whatever the child itself has started
	c.peak = peakMemory(cmd.ProcessState)
	if err != nil {
		err = c.failed(ctx, cmd.ProcessState)
	}
	c.state = err
	close(c.ended)
}

// failed says why a child ended. What it wrote may quote what it worked on, so nothing of it is repeated.
func (c *Child) failed(ctx context.Context, state *os.ProcessState) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case c.errors.holds("out of memory", "cannot allocate memory", "failed to allocate", "failed to mmap"), state != nil && state.String() == "signal: killed":
		return ErrMemory
	case c.memory > 0 && c.peak > c.memory: // a thread that cannot be started, too, and other ways to run out
		return ErrMemory
	}
	return fmt.Errorf("the worker ended early: %s", state)
}

// Send writes a message.
func (c *Child) Send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("send to worker: %w", err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return c.because(fmt.Errorf("send to worker: %w", err))
	}
	return nil
}

// Receive reads the next message into v; io.EOF if the child has ended well.
func (c *Child) Receive(v any) error {
	line, err := readLine(c.out)
	if err != nil {
		err = c.because(err)
		if err == nil {
			return io.EOF
		}
		return err
	}
	if err := json.Unmarshal(line, v); err != nil {
		return errors.New("the worker sent something else than a message")
	}
	return nil
}

// because waits for the end of the child and returns why it ended, which is the cause of a broken pipe.
func (c *Child) because(err error) error {
	select {
	case <-c.ended:
		if c.state != nil || errors.Is(err, io.EOF) {
			return c.state
		}
	case <-time.After(5 * time.Second):
		c.kill()
	}
	return err
}

// Close lets the child end by itself, waits for it, and returns the most memory it used, in bytes. A child that does not end within
// a second is killed.
func (c *Child) Close() (peak int64) {
	_ = c.in.Close()
	select {
	case <-c.ended:
	case <-time.After(time.Second):
		c.kill()
		<-c.ended
	}
	c.once.Do(func() { _ = c.pipe.Close() })
	return c.peak
}

// Kill ends the child at once.
func (c *Child) Kill() { c.kill() }

// readLine reads one line of bounded length.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, errors.New("a message is too long")
		}
		line = append(line, part...)
		if err == nil {
			return line, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

// tail holds the first bytes of what a child writes to standard error, to look for a reason in them.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := 8192 - len(t.text); room > 0 {
		t.text = append(t.text, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (t *tail) holds(words ...string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range words {
		if bytes.Contains(t.text, []byte(w)) {
			return true
		}
	}
	return false
}
