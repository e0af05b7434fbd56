package web

import (
	"embed"
	"io"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/opencovey/covey/internal/account"
)

//go:embed templates/*.html
var templateFiles embed.FS

// shellTemplates are the templates of the shell: the layout, the pieces, its pages.
func shellTemplates() fs.FS {
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// shell is the room of the server itself.
func (s *Server) shell() Room {
	room := Room{Name: "web", Templates: shellTemplates()}
	public := func(pattern string, handle func(*Exchange) error) *Route {
		room.Routes = append(room.Routes, Route{Pattern: pattern, Action: account.ReadPublic, Handle: handle})
		return &room.Routes[len(room.Routes)-1]
	}
	public("GET /{$}", s.start).Keep = true
	style := public("GET /style", stylePage)
	style.Keep, style.Unlisted = true, true
	public("GET /static/{name}", s.static.serve)
	public("GET /favicon.ico", func(x *Exchange) error {
		path, err := s.static.path("icon.svg")
		if err != nil {
			return err
		}
		return x.Redirect(path, "")
	})
	public("GET /robots.txt", func(x *Exchange) error {
		return x.File("", "text/plain; charset=utf-8", func(w io.Writer) error {
			_, err := io.WriteString(w, "User-agent: *\nDisallow: /style\nDisallow: "+SignInPath+"\n")
			return err
		})
	})
	public("GET /healthz", s.health.serve)
	public("GET /metrics", s.meter.serve)
	public("GET "+apiPath+"/", s.serveAPI)
	return room
}

// startPage is the data of the start page.
type startPage struct {
	Rooms      []startRoom
	SignInPath string
}

// startRoom is a room that the start page leads to. Its texts have the keys of its
// menu with ".about" behind.
type startRoom struct {
	Title, About, Path string
}

func (s *Server) start(x *Exchange) error {
	page := startPage{SignInPath: SignInPath}
	for _, room := range s.rooms {
		for _, link := range room.Menu {
			about := link.Text + ".about"
			if s.options.Catalogue.Has(about) && account.Permit(x.By, link.Action, account.Subject{}) == nil {
				page.Rooms = append(page.Rooms, startRoom{x.Text(link.Text), x.Text(about), link.Path})
			}
		}
	}
	return x.Page("web/start", page)
}

// stylePieces is the data of the page that shows every piece of the design.
type stylePieces struct {
	Form
	Options []Option
	Shares  []styleShare
}

type styleShare struct {
	Name  string
	Count int
	Share float64
}

func stylePage(x *Exchange) error {
	x.W.WriteHeader(http.StatusOK)
	choices := []Option{
		{Value: "1", Text: x.Text("web.style.choice.one"), Hint: x.Text("web.style.choice.hint")},
		{Value: "2", Text: x.Text("web.style.choice.two")},
		{Value: "3", Text: x.Text("web.style.choice.three")},
	}
	return x.Page("web/style", &stylePieces{
		Form: Form{
			Values: url.Values{"several": {"1", "3"}, "one": {"2"}},
			Faults: []Fault{{Field: "wrong", Text: x.Text("web.style.fault")}},
		},
		Options: choices,
		Shares: []styleShare{
			{x.Text("web.style.choice.one"), 128, 0.64}, {x.Text("web.style.choice.two"), 54, 0.27}, {x.Text("web.style.choice.three"), 18, 0.09},
		},
	})
}
