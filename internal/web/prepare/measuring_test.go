package prepare_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/prepare"
	"github.com/opencovey/covey/internal/web/webtest"
)

// TestMeasuring asks for the pages of a draft where nobody waits: another page comes at once, which asks again; and the measuring that was
// begun goes on for who does wait.
func TestMeasuring(t *testing.T) {
	p := open(t)
	_, draft := p.ready(t)
	hurried := webtest.New(t, web.Options{
		Rooms: []web.Room{prepare.New(prepare.Options{Service: p.service, Patience: time.Nanosecond})}, Sessions: sessions, Public: "https://covey.example",
	})
	for _, step := range []string{"", "/columns", "/columns/0", "/harmonise", "/protect", "/protect/rules", "/describe", "/release"} {
		w := hurried.Do(webtest.Case{As: webtest.Steward, Get: draft + step})
		body := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(body, `id="measuring" data-poll="1"`) || !strings.Contains(body, `<noscript><meta http-equiv="refresh"`) {
			t.Errorf("%q: status %d\n%s", step, w.Code, body)
		}
		for _, f := range webtest.Faults(body) {
			t.Errorf("%q: %s", step, f)
		}
	}
	if body := p.page(t, webtest.Steward, draft); strings.Contains(body, "data-poll") || !strings.Contains(body, "1,237") {
		t.Errorf("who waits does not see the measures:\n%s", body)
	}
	p.hidesLog(t)
}
