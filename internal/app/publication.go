package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/catalogue"
	"github.com/opencovey/covey/internal/web/prepare"
)

// Where an instance keeps the files of publications, and its name, below its folder.
const (
	publicationFolder = "publications"
	instanceFile      = "instance"
)

// openPublications opens the area of publications and starts its queue.
func (a *App) openPublications(ctx context.Context) error {
	o := a.options
	dir := filepath.Join(o.Dir, publicationFolder)
	instance, err := instanceName(dir)
	if err != nil {
		return err
	}
	worker := o.Worker
	if len(worker) == 0 {
		program, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the program: %w", err)
		}
		worker = []string{program, "worker"}
	}
	a.publications, err = publication.NewService(a.store.Publications(), publication.Options{
		Dir: dir, Instance: instance, Shared: a.store.Shared(), Keys: a.keys, Jobs: a.store.Jobs(), Worker: worker, Server: hostOf(o.Public), Software: o.software(),
		Names: a.names, MaxUpload: o.MaxUpload, FreeDisk: o.FreeDisk, Now: o.Now, Rand: o.Rand, Log: o.Log,
	})
	if err != nil {
		return err
	}
	return a.publications.Open(ctx)
}

// instanceName returns the name of what lies in a folder, which is made up once, also if several servers begin in a shared folder at
// the same moment: the file gets its name when it is whole, and only one of them gives it.
func instanceName(dir string) (string, error) {
	path := filepath.Join(dir, instanceFile)
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read name of the instance: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	name := strings.ToLower(rand.Text())
	own := path + "." + name
	if err := os.WriteFile(own, []byte(name+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write name of the instance: %w", err)
	}
	defer os.Remove(own)
	err = os.Link(own, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(own, path) // some disks know no links: there, the first start is to be alone
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("write name of the instance: %w", err)
	}
	if text, err = os.ReadFile(path); err != nil {
		return "", fmt.Errorf("read name of the instance: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// hostOf is the host of a public address, as signatures name the server.
func hostOf(public string) string {
	_, host, _ := strings.Cut(public, "://")
	host, _, _ = strings.Cut(host, ":")
	return host
}

func (o Options) software() string {
	if o.Software == "" {
		return "covey"
	}
	return o.Software
}

// names finds the names of a person and an organisation, for signatures and lists of who did what. What is not found has its ID.
func (a *App) names(ctx context.Context, user, organisation string) (person, body string) {
	m, o, err := a.accounts.Member(ctx, account.Actor{System: true}, user)
	if err != nil {
		return user, organisation
	}
	return m.User.Name, o.Name
}

// publicationRooms are the rooms of publications.
func (a *App) publicationRooms() []web.Room {
	return []web.Room{
		catalogue.New(catalogue.Options{Service: a.publications}),
		prepare.New(prepare.Options{Service: a.publications, Names: a.names, Patience: a.options.Patience}),
	}
}

// closePublications ends the queue.
func (a *App) closePublications() error {
	if a.publications == nil {
		return nil
	}
	return a.publications.Close()
}

// Publications returns the area of publications, for tests of speed.
func (a *App) Publications() *publication.Service { return a.publications }
