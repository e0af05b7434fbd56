package tools_test

import (
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/opencovey/covey/internal/web/tools"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestConcurrent reads the map from many sides while a curator changes it and
// strangers suggest. It is for the race detector, and for errors that only show then.
func TestConcurrent(t *testing.T) {
	p := open(t, few(), tools.Options{Hourly: 1000})
	paths := []string{"/tools", "/tools?q=line", "/tools/safe-line", "/countries/KE", "/tools/landscape", "/tools/plan?text=hotline", "/tools.csv", "/api/v1/tools", "/tools/similar?q=safe+line", "/tools/suggest"}
	form := p.form(t, "/tools/suggest", url.Values{"confirmed": {"yes"}})
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 30 {
				who := []string{webtest.Stranger, webtest.Reader}[i%2]
				path := paths[(worker+i)%len(paths)]
				if w := p.Do(webtest.Case{As: who, Get: path}); w.Code != 200 {
					t.Errorf("%s: status %d", path, w.Code)
				}
			}
		})
	}
	all.Go(func() {
		for i := range 20 {
			w := p.Do(webtest.Case{As: webtest.Curator, Post: "/curate/new", Form: url.Values{"name": {fmt.Sprint("Tool ", i)}, "source": {"a list"}}})
			if w.Code != 303 {
				t.Errorf("add: status %d", w.Code)
			}
		}
	})
	all.Go(func() {
		for i := range 20 {
			w := p.Do(webtest.Case{Post: "/tools/suggest", Form: url.Values{"name": {fmt.Sprint("Other ", i)}, "confirmed": {"yes"}, "begun": form["begun"]}})
			if w.Code != 303 {
				t.Errorf("suggest: status %d", w.Code)
			}
		}
	})
	all.Wait()
	p.Run(t, []webtest.Case{{Name: "all are there", Get: "/tools", Appears: []string{"23 tools of 23"}}})
	if n := len(p.waiting(t)); n != 20 {
		t.Errorf("%d suggestions wait", n)
	}
}
