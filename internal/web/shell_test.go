package web_test

import (
	"testing"

	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/webtest"
)

func TestShell(t *testing.T) {
	site := webtest.New(t, web.Options{Public: "http://covey.example"})
	for _, code := range locale.Languages() {
		site.Run(t, []webtest.Case{
			{Name: code + "/start", Get: "/", Language: code, Appears: []string{`lang="` + code + `"`, `hreflang="ar" href="http://covey.example/?lang=ar"`}},
			{Name: code + "/style", Get: "/style", Language: code},
			{Name: code + "/missing", Get: "/nowhere/at/all", Language: code, Status: 404},
			{Name: code + "/method", Post: "/style", Language: code, Status: 405},
		})
	}
}
