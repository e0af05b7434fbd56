package job

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Pipe is a child's side of the talk with its parent.
type Pipe struct {
	lines chan []byte
	end   context.CancelCauseFunc
	mu    sync.Mutex
	out   *bufio.Writer
}

// errOrphan is why a child ends that has lost its parent.
var errOrphan = errors.New("the server has ended")

// Serve returns the talk with a parent, and a context that ends when the parent does: when in ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer) (context.Context, *Pipe) {
	ctx, end := context.WithCancelCause(ctx)
	p := &Pipe{lines: make(chan []byte), end: end, out: bufio.NewWriter(out)}
	go func() {
		defer close(p.lines)
		defer end(errOrphan)
		r := bufio.NewReader(in)
		for {
			line, err := readLine(r)
			if err != nil {
				return
			}
			select {
			case p.lines <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, p
}

// Receive waits for the next message; io.EOF if the parent has ended.
func (p *Pipe) Receive(v any) error {
	line, open := <-p.lines
	if !open {
		return io.EOF
	}
	if err := json.Unmarshal(line, v); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	return nil
}

// Send writes a message at once.
func (p *Pipe) Send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	return nil
}
