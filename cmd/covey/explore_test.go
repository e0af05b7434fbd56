package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/explorer"
)

func TestExplorerHandler(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"codebook.html", "private.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content of "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	handler := explorerHandler(dir, []byte("the page"), time.Now())
	tests := []struct {
		method, host, path string
		status             int
		body, policy       string
	}{
		{"GET", "localhost:8617", "/", 200, "the page", explorer.Policy()},
		{"GET", "127.0.0.1:8617", "/", 200, "the page", explorer.Policy()},
		{"GET", "[::1]:8617", "/", 200, "the page", explorer.Policy()},
		{"GET", "localhost", "/codebook.html", 200, "content of codebook.html", "default-src 'none'"},
		{"GET", "localhost", "/explorer.html", 200, "the page", explorer.Policy()},
		{"GET", "localhost", "/private.csv", 404, "", "default-src 'none'"},
		{"GET", "localhost", "/../explore_test.go", 307, "", "default-src 'none'"}, // the server cleans paths
		{"GET", "localhost", "/quality.html", 404, "", "default-src 'none'"},
		{"POST", "localhost", "/", 405, "", "default-src 'none'"},
		{"GET", "evil.example", "/", 421, "", ""},
		{"GET", "evil.example:8617", "/codebook.html", 421, "", ""},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.host+test.path, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "http://"+test.host+test.path, nil)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("status %d, want %d", w.Code, test.status)
			}
			if body := w.Body.String(); test.body != "" && body != test.body || test.status != http.StatusOK && strings.Contains(body, "content of") {
				t.Errorf("body %q, want %q", body, test.body)
			}
			if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, test.policy) {
				t.Errorf("policy %q, want %q", got, test.policy)
			}
			if test.status == http.StatusOK && (w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store") {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}
