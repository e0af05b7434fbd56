package catalogue_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/internal/web/catalogue"
	"github.com/opencovey/covey/internal/web/catalogue/cataloguetest"
	"github.com/opencovey/covey/internal/web/webtest"
)

// Canaries must never be seen: a value that three people have, a group of three, and
// the exact number of people.
const (
	rareValue = "Zanzibarrarevalue"
	exactN    = 1237
)

// hostile is markup where texts are expected.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

// casesCSV has exactN people; the rare value is that of three.
func casesCSV() string {
	var b strings.Builder
	b.WriteString("gender,age,country,year,means,isForcedLabour\n")
	for i := range exactN {
		means := []string{"Debt bondage", "Threats", "Debt bondage;Threats", ""}[i/7%4]
		if i < 3 {
			means = rareValue
		}
		fmt.Fprintf(&b, "%s,%s,%s,%d,%s,%s\n", []string{"Female", "Female", "Male"}[i%3], []string{"0--8", "9--17", "18+"}[i/3%3],
			[]string{"NPL", "UGA", "NPL", "KEN"}[i/9%4], 2019+i/36%4, means, []string{"1", ""}[i/5%2])
	}
	return b.String()
}

// policy is how they are released.
const policy = `version: 1
title: Harbour cases
description: Invented records, for tests.
publisher: Harbour
licence: CC-BY-4.0
protection: {method: k-anonymity, k: 10, length: 3}
columns:
  gender: {kind: category, label: Gender, map: {Female: Women, Male: Men}}
  age: {kind: category, label: Age}
  country: {kind: country, label: Country of exploitation}
  year: {kind: date, label: Year of registration, every: year}
  means: {kind: many, label: Means of control, delimiter: ";"}
  isForcedLabour: {kind: flag, label: Forced labour}
`

// hostilePolicy has markup in every text that a policy has.
const hostilePolicy = `version: 1
title: '<script>alert(1)</script>"''><img src=x onerror=alert(2)>'
description: '<script>alert(1)</script>"''><img src=x onerror=alert(2)>'
publisher: '<script>alert(1)</script>"''><img src=x onerror=alert(2)>'
licence: '<script>alert(1)</script>"''><img src=x onerror=alert(2)>'
protection: {method: k-anonymity, k: 5, length: 2}
columns:
  gender: {kind: category, label: '<script>alert(1)</script>', description: '<script>alert(3)</script>'}
  word: {kind: category}
`

func hostileCSV() string {
	var b strings.Builder
	b.WriteString("gender,word\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%s,%s\n", []string{"<img src=x onerror=alert(2)>", "b"}[i%2], []string{"</script><script>alert(4)</script>", "=cmd()"}[i/2%2])
	}
	return b.String()
}

var harbour = publication.Dataset{
	ID: "harbour", Organisation: "org-a", Title: "Harbour cases", Description: "Invented records of a harbour.", Publisher: "Harbour Light",
	Licence: "CC-BY-4.0", Contact: "data@harbour.example", Languages: []string{"en"},
}

// place is a server with the room: the data set harbour with a withdrawn, a published and a newer published release, one that
// is only handed in; one with nothing published; one with hostile texts.
type place struct {
	*webtest.Site
	shelf  *cataloguetest.Shelf
	first  publication.Release
	latest publication.Release
	bundle string
}

func open(t testing.TB, database string) *place {
	t.Helper()
	p := &place{shelf: cataloguetest.NewIn(t, database)}
	p.bundle = cataloguetest.Bundle(t, policy, casesCSV())
	older := cataloguetest.Bundle(t, strings.Replace(policy, "k: 10", "k: 20", 1), casesCSV())
	p.shelf.Put(t, harbour, cataloguetest.Bundle(t, strings.Replace(policy, "k: 10", "k: 12", 1), casesCSV()), publication.Release{
		Number: 1, State: publication.Withdrawn, Notice: "A column was wrong. " + hostile, Note: "note-of-the-withdrawn",
	})
	p.first = p.shelf.Put(t, harbour, older, publication.Release{Number: 2, State: publication.Published, Note: "Corrected."})
	p.latest = p.shelf.Put(t, harbour, p.bundle, publication.Release{Number: 3, State: publication.Published, Note: "New year."})
	p.shelf.Put(t, harbour, cataloguetest.Bundle(t, strings.Replace(policy, "Harbour cases", "Secret draft", 1), casesCSV()), publication.Release{
		Number: 4, State: publication.HandedIn, Note: "secret-note",
	})
	p.shelf.Put(t, publication.Dataset{ID: "unborn", Organisation: "org-a", Title: "Unborn title"}, p.bundle, publication.Release{State: publication.Approved})
	bad := publication.Dataset{
		ID: "hostile", Organisation: "org-b", Title: hostile, Description: hostile, Publisher: hostile, Licence: hostile, Citation: hostile, Contact: "javascript:alert(1)",
	}
	p.shelf.Put(t, bad, cataloguetest.Bundle(t, hostilePolicy, hostileCSV()), publication.Release{Number: 1, State: publication.Published, Title: hostile, Note: hostile})
	p.Site = webtest.New(t, web.Options{
		Rooms: []web.Room{catalogue.New(catalogue.Options{Service: p.shelf.Service})}, Now: p.shelf.Now, Public: "https://covey.example",
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	})
	return p
}

// TestRoom tries everything, on each database on one server, since making releases takes its time.
func TestRoom(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testRoom(t, open(t, "")) })
	t.Run("postgres", func(t *testing.T) { testRoom(t, open(t, testenv.Postgres(t))) })
}

func testRoom(t *testing.T, p *place) {
	for name, test := range map[string]func(*testing.T, *place){
		"pages":         testPages,
		"ask":           testAsk,
		"files":         testFiles,
		"fileparts":     testFileParts,
		"explorer":      testExplorer,
		"aggregates":    testAggregates,
		"aggregatescsv": testAggregatesCSV,
		"api":           testAPI,
		"answers":       testAnswers,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}
