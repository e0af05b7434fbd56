// Package app is the whole server as one value: it opens the secrets and the
// database, makes the areas and the rooms, runs what happens by itself, and closes
// all of it again. The command "covey serve" and the tests in a browser use it.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/people"
)

// Options say where a server keeps things and how people reach it.
type Options struct {
	Dir      string         // folder of the embedded database and of the root key; made if it is not there; required
	Key      string         // file of the root key; "" means the one in Dir, which is made at the first start
	Database string         // see store.Options
	Public   string         // address as people see it: "https://covey.example"; "" means http://localhost:8080
	Proxies  []netip.Prefix // whose X-Forwarded-For is believed
	OpenID   account.OpenID // a provider to sign in with
	Links    bool           // look once a week whether the addresses of tools answer; the one thing that calls out
	Empty    bool           // begin with an empty map, not with the built-in list
	Demo     bool           // publish a release of the fictional cases when the server has begun to serve; for a new folder
	Hashing  account.Argon  // cost of a password, see account.Options
	Worker   []string       // command of the process that reads case records; nil means this program with the argument "worker"
	// MaxUpload is how many bytes a file of case records may have, and FreeDisk how many stay free on the disk; 0: see publication.Options.
	MaxUpload, FreeDisk int64
	Patience            time.Duration // of pages that wait for what is measured of a file; 0: see prepare.Options

	Software string // name and version of the program, for the manifests of releases; "" means "covey"

	Log  *slog.Logger     // nil discards
	Now  func() time.Time // nil means time.Now
	Rand io.Reader        // nil means crypto/rand
}

// App is an open server.
type App struct {
	options  Options
	keys     *seal.Keys
	store    *store.Store
	log      *audit.Log
	accounts *account.Service
	tools    *directory.Service
	server   *web.Server

	publications *publication.Service
}

// Open opens everything and checks it. A new map is filled with the built-in list
// of tools. Nothing happens by itself until [App.Serve].
func Open(ctx context.Context, o Options) (*App, error) {
	o = o.filled()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	a := &App{options: o}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	err := a.openAreas(ctx)
	if err == nil {
		err = a.openPublications(ctx)
	}
	if err == nil {
		err = a.openRooms()
	}
	if err != nil {
		_ = a.closePublications()
		_ = a.store.Close()
		return nil, err
	}
	return a, nil
}

func (o Options) filled() Options {
	if o.Public == "" {
		o.Public = "http://localhost:8080"
	}
	o.Public = strings.TrimSuffix(o.Public, "/")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

func (a *App) openStore(ctx context.Context) (err error) {
	if a.options.Key != "" {
		a.keys, err = seal.Read(a.options.Key)
	} else {
		a.keys, err = seal.Open(a.options.Dir, a.options.Rand)
	}
	if err != nil {
		return err
	}
	a.store, err = store.Open(ctx, store.Options{
		Database: a.options.Database, Dir: a.options.Dir, Key: a.keys.Database(), Now: a.options.Now,
	})
	return err
}

func (a *App) openAreas(ctx context.Context) error {
	o := a.options
	address, err := url.Parse(o.Public)
	if err != nil || address.Host == "" {
		return fmt.Errorf("public address: %q is not like https://covey.example", o.Public)
	}
	if a.log, err = audit.NewLog(a.store.Audit(), a.keys.Auditor(), o.Now); err != nil {
		return err
	}
	a.accounts, err = account.NewService(a.store.Accounts(), a.keys, a.store.Audit(), o.Now, o.Rand, account.Options{
		Origin: o.Public, OpenID: o.OpenID, Hashing: o.Hashing,
	})
	if err != nil {
		return err
	}
	words, err := directory.OpenVocabulary()
	if err != nil {
		return err
	}
	a.tools = directory.NewService(a.store.Tools(), words, o.Now, o.Rand)
	if err := a.tools.Open(ctx); err != nil {
		return err
	}
	return a.fill(ctx, words)
}

// seedSource stands as source of the entries of the built-in list.
const seedSource = "built-in list"

// fill puts the built-in list into a map that has never had an entry.
func (a *App) fill(ctx context.Context, words *directory.Vocabulary) error {
	if a.options.Empty {
		return nil
	}
	tools, generation, err := a.store.Tools().Tools(ctx, 0)
	if err != nil || generation > 0 || len(tools) > 0 {
		return err
	}
	list, err := directory.Seed(words)
	if err != nil {
		return err
	}
	_, err = a.tools.Import(ctx, account.Actor{System: true}, list, directory.ImportOptions{Source: seedSource})
	if err != nil {
		return fmt.Errorf("fill the map: %w", err)
	}
	return nil
}

func (a *App) openRooms() (err error) {
	o := a.options
	a.server, err = web.New(web.Options{
		Rooms: a.rooms(), Sessions: people.Sessions(a.accounts), Public: o.Public, Proxies: o.Proxies,
		Log: o.Log, Now: o.Now, Health: a.store.Ping,
	})
	return err
}

// Handler answers requests, without what a listener adds (TLS, limits of time).
func (a *App) Handler() http.Handler { return a.server }

// Tools returns the map of tools, for commands and tests.
func (a *App) Tools() *directory.Service { return a.tools }

// Close closes what Open opened. Serve must have returned.
func (a *App) Close() error {
	err := a.closePublications()
	if e := a.store.Close(); e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	return err
}
