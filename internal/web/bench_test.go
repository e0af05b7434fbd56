package web_test

import (
	"net/http/httptest"
	"testing"

	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

// BenchmarkAnswer says what the house itself costs: a kept page, and one that is
// made for each request.
func BenchmarkAnswer(b *testing.B) {
	var generation int64
	site := webtest.New(b, web.Options{Rooms: []web.Room{house(&generation)}})
	for name, path := range map[string]string{"kept": "/kept?q=a", "made": "/open?q=a"} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("Accept-Language", "fr")
			b.ReportAllocs()
			for b.Loop() {
				site.Server.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
