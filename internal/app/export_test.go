package app

import (
	"net/http"
	"time"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/people"
)

// Rooms returns the rooms of an open server, to try them with sessions of tests.
func (a *App) Rooms() []web.Room { return a.rooms() }

// HTTP returns a server whose limits of time are all d.
func HTTP(h http.Handler, d time.Duration) *http.Server {
	return newHTTP(h, limits{header: d, read: d, write: d, idle: d})
}

// Hurried returns a handler like the server's own that waits so long for a piece of a file.
func (a *App) Hurried(stall time.Duration) (http.Handler, error) {
	return web.New(web.Options{Rooms: a.rooms(), Sessions: people.Sessions(a.accounts), Public: a.options.Public, Log: a.options.Log, Stall: stall})
}

// Dir is the folder of an open server.
func (a *App) Dir() string { return a.options.Dir }

// Kept is what the database has of publications.
func (a *App) Kept() publication.Store { return a.store.Publications() }
