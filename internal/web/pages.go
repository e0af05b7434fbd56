package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/locale"
)

// partHeader is sent by the page's own script when it asks for a region of a page.
const partHeader = "Covey-Part"

// pages holds all templates, parsed once for each language, since their functions
// speak it.
type pages struct {
	server *Server
	byName map[string]map[string]*template.Template // language -> "tools/find"
}

// newPages parses the templates of all rooms.
func newPages(s *Server) (*pages, error) {
	p := &pages{server: s, byName: map[string]map[string]*template.Template{}}
	var faults []error
	for _, code := range locale.Languages() {
		p.byName[code] = map[string]*template.Template{}
		shared := template.New("").Funcs(functions(s, s.options.Catalogue.Printer(code)))
		shared, err := shared.ParseFS(shellTemplates(), "layout.html", "pieces.html")
		if err != nil {
			return nil, fmt.Errorf("parse layout: %w", err)
		}
		for _, room := range s.rooms {
			if room.Templates == nil {
				continue
			}
			if err := p.parseRoom(shared, room, code); err != nil {
				faults = append(faults, fmt.Errorf("room %s: %w", room.Name, err))
			}
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return p, p.checkKeys()
}

// parseRoom parses the templates of a room. Files whose names begin with "_" hold
// pieces that all pages of the room share.
func (p *pages) parseRoom(shared *template.Template, room Room, code string) error {
	names, err := fs.Glob(room.Templates, "*.html")
	if err != nil {
		return err
	}
	base, err := shared.Clone()
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "_") {
			if base, err = base.ParseFS(room.Templates, name); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "_") || (room.Name == "web" && (name == "layout.html" || name == "pieces.html")) {
			continue
		}
		page, err := base.Clone()
		if err != nil {
			return err
		}
		if page, err = page.ParseFS(room.Templates, name); err != nil {
			return err
		}
		if page.Lookup("title") == nil || page.Lookup("main") == nil {
			return fmt.Errorf("template %s: defines no title or no main", name)
		}
		p.byName[code][room.Name+"/"+strings.TrimSuffix(name, path.Ext(name))] = page
	}
	return nil
}

// view is the data of the layout.
type view struct {
	Data      any
	Path      string
	Menu      []menuEntry
	Notice    string
	Faults    []Fault
	Choices   []choice
	Listed    bool // search engines may list the page, and its translations
	Embedded  bool // shown in a frame of another site: without navigation
	Stranger  bool
	Name      string
	SignIn    string
	SignOut   string
	Account   string
	HasPublic bool
}

type menuEntry struct {
	Text, Path string
	Current    bool
}

var bufferPool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// write answers with a page.
func (p *pages) write(x *Exchange, name string, data any) error {
	v := view{
		Data: data, Path: x.R.URL.Path, Menu: p.server.menu(x), Notice: p.server.notice(x),
		Choices: p.server.choices(x), Stranger: x.Stranger(), Name: x.Name(),
		SignIn: signInPath(x), SignOut: SignOutPath, Account: AccountPath, HasPublic: p.server.options.Public != "",
	}
	if x.route != nil {
		v.Listed = x.route.Keep && !x.route.Unlisted
		v.Embedded = x.route.Embeddable
	}
	if holder, ok := data.(formHolder); ok {
		v.Faults = holder.form().Faults
	}
	return p.render(x, name, "layout", v)
}

// writeBlock answers with one block of a page.
func (p *pages) writeBlock(x *Exchange, name, block string, data any) error {
	return p.render(x, name, block, data)
}

func (p *pages) render(x *Exchange, name, block string, data any) error {
	page := p.byName[x.printer.Code()][name]
	if page == nil {
		return fmt.Errorf("there is no template %s", name)
	}
	b := bufferPool.Get().(*bytes.Buffer)
	defer bufferPool.Put(b)
	b.Reset()
	if err := page.ExecuteTemplate(b, block, data); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	x.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	x.W.Header().Set("Content-Language", x.printer.Code())
	_, err := x.W.Write(b.Bytes())
	return err
}

// Template returns the parsed template of a page in English, for tests that check
// it against the type of its data. It is nil if there is none.
func (s *Server) Template(name string) *template.Template { return s.pages.byName["en"][name] }

// menu returns the entries of the navigation that the actor is permitted.
func (s *Server) menu(x *Exchange) []menuEntry {
	var entries []menuEntry
	current := -1 // the entry with the longest path that the page is at or below
	for _, room := range s.rooms {
		for _, link := range room.Menu {
			if account.Permit(x.By, link.Action, account.Subject{}) != nil {
				continue
			}
			below := x.R.URL.Path == link.Path || strings.HasPrefix(x.R.URL.Path, link.Path+"/")
			if below && (current < 0 || len(link.Path) > len(entries[current].Path)) {
				current = len(entries)
			}
			entries = append(entries, menuEntry{Text: x.Text(link.Text), Path: link.Path})
		}
	}
	if current >= 0 {
		entries[current].Current = true
	}
	return entries
}

// notice returns the text that an earlier answer left to be shown once.
func (s *Server) notice(x *Exchange) string {
	key := x.Cookie(noticeCookie)
	if key == "" {
		return ""
	}
	x.SetCookie(Cookie{Name: noticeCookie, Age: -1})
	if !s.options.Catalogue.Has(key) {
		return ""
	}
	return x.Text(key)
}
