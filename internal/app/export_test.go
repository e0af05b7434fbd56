package app

import (
	"net/http"
	"time"

	"github.com/opencovey/covey/internal/web"
)

// Rooms returns the rooms of an open server, to try them with sessions of tests.
func (a *App) Rooms() []web.Room { return a.rooms() }

// HTTP returns a server whose limits of time are all d.
func HTTP(h http.Handler, d time.Duration) *http.Server {
	return newHTTP(h, limits{header: d, read: d, write: d, idle: d})
}
