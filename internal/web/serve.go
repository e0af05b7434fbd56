package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
)

// patience is how long a request waits for its turn when the server is full.
const patience = 100 * time.Millisecond

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now() // a duration, which the server's clock is not for
	x := &Exchange{R: r, server: s, id: rand.Text()[:12]}
	x.answer = newAnswer(w, r)
	x.W = x.answer
	x.answer.x = x
	defer func() { s.note(x, time.Since(begun)) }()
	s.headers(x)
	x.printer = s.language(x, Session{})
	x.answer.mark()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // is compared by net/http, too
				panic(p)
			}
			s.fail(x, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		x.answer.finish()
	}()
	s.mux.ServeHTTP(x.answer, r)
	if x.route == nil && x.answer.status >= http.StatusBadRequest {
		s.fail(x, unrouted(x.answer.status))
	}
}

// unrouted is the fault of a request that no route is for.
func unrouted(status int) error {
	if status == http.StatusMethodNotAllowed {
		return errMethod
	}
	return fault.New(fault.NotFound, "fault.notfound")
}

// errMethod is the fault of a request with a method that its path does not take.
// It has a status of its own.
var errMethod = fault.New(fault.NotFound, "fault.method")

// entry is a route in the mux.
type entry struct {
	server *Server
	room   *Room
	route  *Route
}

// ServeHTTP implements http.Handler. It is only called with an answer of the server.
func (e *entry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := w.(*answer)
	if !ok {
		panic("web: a route was called past its server")
	}
	x := a.x
	x.R, x.route, x.room = r, e.route, e.room
	if err := e.serve(x); err != nil {
		e.server.fail(x, err)
	}
}

// serve is the one way to a handler: who asks, may they, is it asked from here, not
// too often, not too much.
func (e *entry) serve(x *Exchange) error {
	s := e.server
	if err := s.identify(x); err != nil {
		return err
	}
	s.routeHeaders(x)
	x.answer.mark()
	if err := account.Permit(x.By, e.route.Action, account.Subject{}); err != nil {
		return err
	}
	if x.R.Method != http.MethodGet && x.R.Method != http.MethodHead {
		if err := s.admit(x); err != nil {
			return err
		}
	}
	if e.route.Keep && x.Stranger() && x.Cookie(noticeCookie) == "" {
		return s.serveKept(x)
	}
	return s.handle(x)
}

// identify finds out who asks.
func (s *Server) identify(x *Exchange) error {
	token := x.Cookie(SessionCookie)
	if token == "" || s.options.Sessions == nil {
		return nil
	}
	session, err := s.options.Sessions(x.Context(), token)
	switch fault.Of(err) {
	case fault.Unauthenticated, fault.NotFound, fault.Gone:
		x.SetCookie(Cookie{Name: SessionCookie, Age: -1})
		return nil
	}
	if err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	x.session, x.By = session, session.Actor
	x.printer = s.language(x, session)
	return nil
}

// admit checks a request that changes something, and reads its body.
func (s *Server) admit(x *Exchange) error {
	if err := s.protection.Check(x.R); err != nil {
		return fault.New(fault.Forbidden, "fault.crossorigin").Because(err)
	}
	if x.Stranger() && !s.clients.allow(x.Client(), s.options.Now()) {
		return fault.New(fault.TooMany, "fault.toomany")
	}
	return x.readBody()
}

// readBody parses the form of a request, however large it claims to be.
func (x *Exchange) readBody() error {
	limit := x.route.Body
	if limit == 0 {
		limit = defaultBody
	}
	if x.route.Stream {
		x.R.Body = &steady{
			ReadCloser: http.MaxBytesReader(x.answer.w, x.R.Body, limit), control: http.NewResponseController(x.answer.w), patience: x.server.options.Stall,
		}
		return nil
	}
	if limit > defaultBody {
		// A large body gets more time than the server gives to all: what arrives at 32 KiB a second.
		grace := 15*time.Second + time.Duration(limit/(32<<10))*time.Second
		if err := http.NewResponseController(x.answer.w).SetReadDeadline(time.Now().Add(grace)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("give time to body: %w", err)
		}
	}
	x.R.Body = http.MaxBytesReader(x.answer.w, x.R.Body, limit)
	err := x.R.ParseForm() // first: ParseMultipartForm forgets its error
	if err == nil {
		err = x.R.ParseMultipartForm(limit)
	}
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooLarge, "fault.toolarge", "limit", sizeWord(tooLarge.Limit))
	}
	if err != nil {
		return fault.New(fault.Invalid, "fault.body").Because(err)
	}
	return nil
}

// steady is a body that may take as long as it likes, as long as it keeps coming: a byte now and then is not enough.
type steady struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration // to wait for a piece
	waited   time.Duration // for the present one: what its reader does in between does not count
	got      int           // of it
}

// steadyPiece is how many bytes are a piece: with 30 seconds for it, about 1 kB a second.
const steadyPiece = 32 << 10

// Read implements io.Reader.
func (b *steady) Read(p []byte) (int, error) {
	begun := time.Now()
	if err := b.control.SetReadDeadline(begun.Add(b.patience - b.waited)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("give time to body: %w", err)
	}
	n, err := b.ReadCloser.Read(p)
	b.waited += time.Since(begun)
	if b.got += n; b.got >= steadyPiece {
		b.waited, b.got = 0, 0
	}
	return n, err
}

// sizeWord writes a number of bytes for people.
func sizeWord(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", n>>10)
}

// handle runs the handler when there is a place for it.
func (s *Server) handle(x *Exchange) error {
	select {
	case s.slots <- struct{}{}:
	default:
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case s.slots <- struct{}{}:
		case <-wait.C:
			return fault.New(fault.Unavailable, "fault.busy")
		case <-x.Context().Done():
			return x.Context().Err()
		}
	}
	defer func() { <-s.slots }()
	return x.route.Handle(x)
}

// note writes the line of a request to the log and counts it. The line has the
// pattern of the route, never the path: paths and queries may hold what a person
// looked for.
func (s *Server) note(x *Exchange, took time.Duration) {
	pattern := "none"
	if x.route != nil {
		pattern = x.route.Pattern
	}
	s.meter.count(x.answer.status, took)
	level := slog.LevelInfo
	if x.failure != nil {
		level = slog.LevelError
	}
	attributes := []slog.Attr{
		slog.String("request", x.id), slog.String("method", method(x.R.Method)), slog.String("route", pattern),
		slog.Int("status", x.answer.status), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", x.answer.sent),
	}
	if x.failure != nil {
		attributes = append(attributes, slog.String("error", x.failure.Error()))
	}
	s.options.Log.LogAttrs(x.Context(), level, "request", attributes...)
}

// method returns a method that the server knows, or "other": a method is text from
// outside, too.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}
