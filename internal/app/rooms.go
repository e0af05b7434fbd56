package app

import (
	"context"

	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/people"
	"github.com/opencovey/covey/internal/web/tools"
)

// rooms are the rooms of the server, in the order of the navigation.
func (a *App) rooms() []web.Room {
	// Instances of one server share the key of their forms.
	key := a.keys.Fingerprint("web.tools.form", nil)
	rooms := []web.Room{tools.New(tools.Options{Service: a.tools, Now: a.options.Now, Key: key[:]})}
	return append(append(rooms, a.publicationRooms()...),
		people.New(people.Options{Accounts: a.accounts, Audit: a.store.Audit(), Key: a.log.Key()}))
}

// FirstLink returns the address at which the first administrator joins, once, or ""
// if there is somebody already. Each call ends the link of the call before.
func (a *App) FirstLink(ctx context.Context) (string, error) {
	token, err := a.accounts.FirstLink(ctx)
	if err != nil || token == "" {
		return "", err
	}
	return a.options.Public + joinPath + token, nil
}

// joinPath is where invitations lead.
const joinPath = "/invite/"
