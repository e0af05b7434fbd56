package web

import (
	"slices"
	"time"

	"github.com/opencovey/covey/internal/locale"
)

// languageQuery is the part of a query that chooses a language: "?lang=ar".
const languageQuery = "lang"

// language finds the language in which somebody reads: what the address asks for,
// which is remembered in a cookie; that cookie; the person's setting; the browser.
func (s *Server) language(x *Exchange, session Session) *locale.Printer {
	const year = 365 * 24 * time.Hour
	if asked := x.Query().Get(languageQuery); speaks(asked) {
		if x.Cookie(languageCookie) != asked && session.Actor.User == "" {
			x.SetCookie(Cookie{Name: languageCookie, Value: asked, Age: year, Lax: true})
		}
		return s.options.Catalogue.Printer(asked)
	}
	if chosen := x.Cookie(languageCookie); speaks(chosen) {
		return s.options.Catalogue.Printer(chosen)
	}
	if speaks(session.Language) {
		return s.options.Catalogue.Printer(session.Language)
	}
	return s.options.Catalogue.Accept(x.R.Header.Get("Accept-Language"))
}

func speaks(code string) bool { return slices.Contains(locale.Languages(), code) }

// choice is a language that the page can be read in.
type choice struct {
	Code, Name, Path, Address string
	Current                   bool
}

// choices returns the same page in all languages.
func (s *Server) choices(x *Exchange) []choice {
	var all []choice
	path := x.R.URL.Path
	if x.R.Method != "GET" && x.R.Method != "HEAD" {
		path = "/" // what was posted cannot be asked for again
	}
	for _, code := range locale.Languages() {
		c := choice{Code: code, Name: locale.OwnName(code), Current: code == x.printer.Code()}
		c.Path = canonical(path, x.Query(), code)
		c.Address = x.URL(c.Path)
		all = append(all, c)
	}
	return all
}
