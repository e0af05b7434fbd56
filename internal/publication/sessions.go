package publication

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/publication/work"
)

// sessions are the workers that hold uploads open.
type sessions struct {
	service *Service
	mu      sync.Mutex
	open    map[string]*session // by upload
	closed  bool
	wait    sync.WaitGroup
}

// session is one worker that holds one upload.
type session struct {
	child *job.Child
	turn  chan struct{} // held by whoever talks with the worker
	used  time.Time
	busy  int
}

// longestAnswer is when a worker is given up that does not answer.
const longestAnswer = 10 * time.Minute

func newSessions(s *Service) *sessions {
	return &sessions{service: s, open: map[string]*session{}}
}

// ask asks the worker that holds an upload. If the context ends, the answer is not waited for, but the worker goes on.
func (h *sessions) ask(ctx context.Context, u Upload, q work.Request) (*work.Response, error) {
	x, err := h.get(ctx, u)
	if err != nil {
		return nil, err
	}
	select {
	case x.turn <- struct{}{}:
	case <-ctx.Done():
		h.leave(u.ID, x)
		return nil, context.Cause(ctx)
	}
	type outcome struct {
		r   *work.Response
		err error
	}
	answered := make(chan outcome, 1)
	go func() {
		defer h.leave(u.ID, x)
		r, err := x.talk(q)
		if err != nil {
			h.remove(u.ID, x)
		}
		<-x.turn
		answered <- outcome{r, err}
	}()
	select {
	case o := <-answered:
		if errors.Is(o.err, job.ErrMemory) {
			return nil, fault.New(fault.TooLarge, "publication.problem.memory")
		}
		if o.err != nil {
			return nil, fault.New(fault.Unavailable, "fault.publication.worker").Because(o.err)
		}
		return o.r, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (x *session) talk(q work.Request) (*work.Response, error) {
	late := time.AfterFunc(longestAnswer, x.child.Kill)
	defer late.Stop()
	if err := x.child.Send(q); err != nil {
		return nil, err
	}
	var r work.Response
	if err := x.child.Receive(&r); err != nil {
		return nil, err
	}
	return &r, nil
}

// get returns the worker of an upload, starting it if need be. Leave it afterwards.
func (h *sessions) get(ctx context.Context, u Upload) (*session, error) {
	source, err := h.service.source(u)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fault.New(fault.Unavailable, "fault.unavailable")
	}
	now := h.service.o.Now()
	if x := h.open[u.ID]; x != nil {
		x.used = now
		x.busy++
		return x, nil
	}
	if err := h.makeRoom(); err != nil {
		return nil, err
	}
	process := job.Process{Command: h.service.o.Worker, Memory: h.service.o.Memory}
	child, err := process.Start(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	if err := child.Send(work.Spec{Task: work.Hold, Source: source}); err != nil {
		child.Kill()
		child.Close()
		return nil, err
	}
	x := &session{child: child, turn: make(chan struct{}, 1), used: now, busy: 1}
	h.open[u.ID] = x
	return x, nil
}

// makeRoom ends the worker that was idle longest if there are as many as there may be.
func (h *sessions) makeRoom() error {
	if len(h.open) < h.service.o.Sessions {
		return nil
	}
	oldest := ""
	for id, x := range h.open {
		if x.busy == 0 && (oldest == "" || x.used.Before(h.open[oldest].used)) {
			oldest = id
		}
	}
	if oldest == "" {
		return fault.New(fault.TooMany, "fault.publication.busy")
	}
	h.end(oldest)
	return nil
}

func (h *sessions) leave(_ string, x *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.busy--
	x.used = h.service.o.Now()
}

// remove forgets a worker that has broken down.
func (h *sessions) remove(id string, x *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[id] == x {
		h.end(id)
	}
}

// uploads returns the uploads that are held open.
func (h *sessions) uploads() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.open))
}

// drop ends the worker of an upload.
func (h *sessions) drop(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[id] != nil {
		h.end(id)
	}
}

// end kills a worker. The lock is held.
func (h *sessions) end(id string) {
	x := h.open[id]
	delete(h.open, id)
	x.child.Kill()
	h.wait.Add(1)
	go func() {
		defer h.wait.Done()
		x.child.Close()
	}()
}

// sweep ends workers that nobody has asked anything for a while.
func (h *sessions) sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, x := range h.open {
		if x.busy == 0 && h.service.o.Now().Sub(x.used) > h.service.o.Idle {
			h.end(id)
		}
	}
}

func (h *sessions) close() {
	h.mu.Lock()
	h.closed = true
	for id := range h.open {
		h.end(id)
	}
	h.mu.Unlock()
	h.wait.Wait()
}
