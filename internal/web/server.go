package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/account"
)

// Server answers all requests. It is safe for concurrent use.
type Server struct {
	options    Options
	mux        *http.ServeMux
	rooms      []Room
	pages      *pages
	static     *static
	kept       *shelf
	clients    *clients
	meter      *meter
	health     *pulse
	protection *http.CrossOriginProtection
	slots      chan struct{}
	api        http.Handler
}

// defaultBody bounds the body of a request to a route that says nothing else.
const defaultBody = 64 << 10

// New makes a server of its rooms and checks them: every pattern is there once and
// names its method; what changes something is not open to all (POST with
// ReadPublic); templates can be parsed; every text that routes and templates name
// exists.
func New(o Options) (*Server, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	o.Public = strings.TrimSuffix(o.Public, "/")
	s := &Server{options: o, mux: http.NewServeMux(), protection: http.NewCrossOriginProtection()}
	if o.Public != "" {
		u, err := url.Parse(o.Public)
		if err != nil || u.Host == "" || u.Path != "" {
			return nil, fmt.Errorf("public address %q: must be like https://covey.example, without a path", o.Public)
		}
		if err := s.protection.AddTrustedOrigin(o.Public); err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
	}
	s.clients = newClients(o)
	s.kept = newShelf(o.KeepBytes)
	s.meter = newMeter(o.Now())
	s.health = &pulse{ask: o.Health, now: o.Now}
	s.slots = make(chan struct{}, o.Concurrent)
	var err error
	if s.static, err = newStatic(); err != nil {
		return nil, err
	}
	s.rooms = append([]Room{s.shell()}, o.Rooms...)
	if err := s.openAPI(); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(s); err != nil {
		return nil, err
	}
	return s, s.open()
}

// open registers the routes of all rooms.
func (s *Server) open() error {
	seen := map[string]bool{}
	var faults []error
	for i := range s.rooms {
		room := &s.rooms[i]
		for _, link := range room.Menu {
			if !s.options.Catalogue.Has(link.Text) {
				faults = append(faults, fmt.Errorf("room %s: menu: there is no text %s", room.Name, link.Text))
			}
		}
		for j := range room.Routes {
			route := &room.Routes[j]
			err := checkRoute(route)
			if err == nil && seen[route.Pattern] {
				err = errors.New("is there twice")
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("room %s: route %q: %w", room.Name, route.Pattern, err))
				continue
			}
			seen[route.Pattern] = true
			s.mux.Handle(route.Pattern, &entry{server: s, room: room, route: route})
		}
	}
	return errors.Join(faults...)
}

// checkRoute says what is wrong with a route.
func checkRoute(r *Route) error {
	method, path, ok := strings.Cut(r.Pattern, " ")
	switch {
	case !ok || !strings.HasPrefix(path, "/"):
		return errors.New("is not like \"GET /path\"")
	case !slices.Contains([]string{"GET", "POST"}, method):
		return errors.New("has a method that is neither GET nor POST")
	case r.Action == "" || r.Handle == nil:
		return errors.New("has no action or no handler")
	case method == "POST" && r.Action == account.ReadPublic:
		return errors.New("changes something and is open to all who may read")
	case r.Keep && (method != "GET" || r.Action != account.ReadPublic):
		return errors.New("cannot be kept: it is not for all")
	}
	return nil
}

// Routes returns all routes of the server, for the test that tries each with every
// role.
func (s *Server) Routes() []Route {
	var all []Route
	for _, room := range s.rooms {
		all = append(all, room.Routes...)
	}
	return all
}
