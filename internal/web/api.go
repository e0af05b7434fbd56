package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opencovey/covey/internal/fault"
)

// apiPath is where the API is.
const apiPath = "/api/v1"

// exchangeKey finds the exchange in the context of an operation.
type exchangeKey struct{}

// From returns the exchange of an operation of the API. It is nil in any other
// context.
func From(ctx context.Context) *Exchange {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	return x
}

// Operate adds an operation to the API. Its path is below /api/v1 and its method is
// GET: the API is for reading, by anybody, from any site. An error is treated as in
// pages: a fault is told in the language of the request, any other as a number. Use
// this and not huma.Register, which would tell the text of any error.
func Operate[I, O any](api huma.API, operation huma.Operation, do func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err == nil {
			return out, nil
		}
		return nil, toldError(From(ctx), err)
	})
}

// toldError is an error as the API tells it.
func toldError(x *Exchange, err error) error {
	kind := fault.Of(err)
	text := "internal error"
	if x != nil {
		text = x.Explain(err)
		if kind == fault.Internal {
			x.failure = err
			text += " (" + x.id + ")"
		}
	}
	return &huma.ErrorModel{Title: http.StatusText(fault.Status(kind)), Status: fault.Status(kind), Detail: text}
}

// openAPI makes the API of all rooms.
func (s *Server) openAPI() error {
	mux := http.NewServeMux()
	config := huma.DefaultConfig(s.options.Name, "1")
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", "/openapi"
	config.CreateHooks = nil // no links to schemas in answers
	config.Servers = []*huma.Server{{URL: s.options.Public + apiPath}}
	api := humago.New(mux, config)
	for _, room := range s.rooms {
		if room.API != nil {
			room.API(api)
		}
	}
	for path, item := range api.OpenAPI().Paths {
		if item.Post != nil || item.Put != nil || item.Patch != nil || item.Delete != nil {
			return fmt.Errorf("api: %s does more than read", path)
		}
	}
	if _, err := json.Marshal(api.OpenAPI()); err != nil {
		return fmt.Errorf("api: describe operations: %w", err)
	}
	s.api = http.StripPrefix(apiPath, mux)
	return nil
}

// serveAPI answers an operation of the API.
func (s *Server) serveAPI(x *Exchange) error {
	h := x.W.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	s.api.ServeHTTP(x.W, x.R.WithContext(context.WithValue(x.Context(), exchangeKey{}, x)))
	if x.answer.status == http.StatusNotFound && h.Get("Content-Type") == "text/plain; charset=utf-8" {
		return fault.New(fault.NotFound, "fault.notfound")
	}
	return nil
}
