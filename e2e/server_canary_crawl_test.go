package e2e_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/web"
)

// crawl is what somebody has reached.
type crawl struct {
	paths map[string]int // with the status
	found []sighting
	words map[string]bool // that were seen to be addresses
}

// searched remembers what was searched: most answers are the same for many people.
type searched map[[sha256.Size]byte][]string

func (s searched) look(where string, data []byte) (found []sighting) {
	sum := sha256.Sum256(data)
	names, known := s[sum]
	if !known {
		names = seen(data)
		s[sum] = names
	}
	for _, name := range names {
		found = append(found, sighting{where, name})
	}
	return found
}

// Limits of a crawl. The pages of countries and of tools lead to each other in every combination, and hold nothing of releases.
const (
	mostQueries = 60 // of one address
	mostOfKind  = 8  // countries

	// What strangers see in every language and by every question, others see too: they look at it once, and at their own rooms in all languages.
	mostForMembers = 1
)

var (
	holePattern  = regexp.MustCompile(`\{[^}]*\}`)
	ofMembers    = regexp.MustCompile(`^/(prepare|approve|people|account|audit|organisations|curate)`)
	countryKinds = regexp.MustCompile(`^/countries/`)
)

// roots are where a crawl begins: every address that the server knows, the holes filled with words, and what others have reached.
func (h *town) roots(known []string) []string {
	list := []string{"/", "/no-such-page", "/data/no-such-set", "/data/%00", "/api/v1/no-such", "/data/ask?q=Quillmore", "/data/ask?q=how+many+people", "/data/ask?q=women+farming"}
	for _, route := range h.app.Handler().(*web.Server).Routes() {
		method, path, _ := strings.Cut(strings.ReplaceAll(route.Pattern, "{$}", ""), " ")
		if method == http.MethodGet {
			list = append(list, holePattern.ReplaceAllString(path, "x"))
		}
	}
	for _, path := range []string{"openapi.json", "openapi.yaml", "docs", "openapi", "datasets", "search?q=women", "ask?q=women"} {
		list = append(list, "/api/v1/"+path)
	}
	return append(list, known...)
}

// crawl asks for everything that a person can find, in every language, and looks for canaries in every answer and its headers.
func (h *town) crawl(g *guest, known []string, cache searched) crawl {
	h.t.Helper()
	c := crawl{paths: map[string]int{}, words: map[string]bool{}}
	queries, countries := map[string]int{}, 0
	queue := h.roots(known)
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, done := c.paths[path]; done || path == "" {
			continue
		}
		base, _, _ := strings.Cut(path, "?")
		if queries[base]++; queries[base] > mostQueries || queries[base] > mostForMembers && g.name != "stranger" && !ofMembers.MatchString(path) {
			continue
		}
		if countryKinds.MatchString(path) {
			if countries++; countries > mostOfKind {
				continue
			}
		}
		r := g.get(path)
		c.paths[path] = r.status
		if r.status >= 500 && r.status != http.StatusServiceUnavailable || r.status == http.StatusTooManyRequests {
			h.t.Errorf("%s as %s: status %d", path, g.name, r.status)
		}
		where := g.name + " " + path
		c.found = append(c.found, cache.look(where, r.body)...)
		var headers bytes.Buffer
		_ = r.header.Write(&headers)
		c.found = append(c.found, cache.look(where+" (headers)", headers.Bytes())...)
		if len(r.body) < 1<<20 && (r.status < 400 || g.name == "stranger") { // refusals lead nowhere that is not known
			queue = append(queue, c.links(h, path, r)...)
		}
	}
	return c
}

// links returns the new addresses of this server that an answer leads to: whatever looks like one, in a link, a form, an attribute that the
// script reads, a feed, or a value of JSON.
func (c crawl) links(h *town, from string, r reply) (list []string) {
	at, err := url.Parse(h.address + from)
	if err != nil {
		return nil
	}
	add := func(text string) {
		to, err := at.Parse(text)
		if err == nil && to.Host == at.Host && !strings.HasPrefix(to.Path, "/sign-out") {
			list = append(list, to.RequestURI())
		}
	}
	if to := r.header.Get("Location"); to != "" {
		add(to)
	}
	for word := range strings.FieldsFuncSeq(string(r.body), func(r rune) bool {
		return r == '"' || r == '\'' || r == '<' || r == '>' || r == ' ' || r == '\n' || r == '\\'
	}) {
		if (word[0] == '/' || word[0] == '?' || strings.HasPrefix(word, h.address)) && !c.words[word] {
			c.words[word] = word[0] != '?' // a query belongs to its page
			add(html.UnescapeString(word))
		}
	}
	return list
}

// try sends empty forms to what a steward can send forms to.
func (h *town) try(g *guest, paths []string, cache searched) (found []sighting) {
	h.t.Helper()
	for _, path := range paths {
		base, _, _ := strings.Cut(path, "?")
		if !strings.HasPrefix(base, "/prepare/") && !strings.HasPrefix(base, "/approve/") {
			continue
		}
		r := g.ask(http.MethodPost, base, "application/x-www-form-urlencoded", strings.NewReader(""))
		found = append(found, cache.look(g.name+" POST "+base, r.body)...)
	}
	return found
}

// dump looks at everything in the database, as the driver gives it: texts as they are, bytes also as what they are when unpacked.
func (h *town) dump(dir, database string, cache searched) (found []sighting) {
	h.t.Helper()
	db := h.database(dir, database)
	defer db.Close()
	tables, err := names(db, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
	if database == "" {
		tables, err = names(db, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	}
	if err != nil || !slices.Contains(tables, "publication_drafts") || !slices.Contains(tables, "jobs") || !slices.Contains(tables, "sessions") {
		h.t.Fatalf("the tables are %v: %v", tables, err)
	}
	for _, table := range tables {
		rows, err := db.Query(`SELECT * FROM ` + table)
		if err != nil {
			h.t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			h.t.Fatal(err)
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				h.t.Fatal(err)
			}
			for i, v := range values {
				data, ok := v.([]byte)
				if !ok {
					data = fmt.Append(nil, v)
				}
				found = append(found, cache.look("table "+table+", column "+columns[i], unzipped(data))...)
			}
		}
		if err := rows.Close(); err != nil || rows.Err() != nil {
			h.t.Fatal(err, rows.Err())
		}
	}
	return found
}

// database opens the database beside the server.
func (h *town) database(dir, database string) *sql.DB {
	h.t.Helper()
	driver, name := "pgx", database
	if database == "" {
		keys, err := seal.Read(filepath.Join(dir, seal.File))
		if err != nil {
			h.t.Fatal(err)
		}
		driver, name = "sqlite3", "file:"+filepath.Join(dir, "covey.db")+"?vfs=adiantum&_pragma=hexkey('"+hex.EncodeToString(keys.Database())+"')&_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		h.t.Fatal(err)
	}
	return db
}

func names(db *sql.DB, query string) (list []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

// unzipped returns bytes, with what is in them if they are of gzip.
func unzipped(data []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return data
	}
	text, _ := io.ReadAll(z)
	return append(bytes.Clone(data), text...)
}

// files looks at every file of a folder.
func (h *town) files(dir string, cache searched) (found []sighting, count int) {
	h.t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		count++
		found = append(found, cache.look("file "+strings.TrimPrefix(path, dir), unzipped(data))...)
		found = append(found, cache.look("name of the file "+path, []byte(path))...)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return found, count
}

// A pair of keys of age, made for tests: quicker than a passphrase.
const (
	backupLock = "age1gh9zc99payade6zx6kj70d7q7xnva5f7nsttmlxeu6cry5y5tq8qsd6kpa"
	backupKey  = "AGE-SECRET-KEY-16T8ZELJ2XLKMAH6YPNS7TAW3D32UC4AA52D2LEEK9PV3WMQ7D0YQZY8RCP"
)

// beside looks at what an operator can take out of the server: the audit log, and a backup, which is restored elsewhere and looked at there.
func (h *town) beside(cache searched) (found []sighting) {
	h.t.Helper()
	var exported, backup bytes.Buffer
	if err := app.ExportAudit(h.t.Context(), h.options, &exported); err != nil || exported.Len() == 0 {
		h.t.Fatalf("%d bytes of the audit log: %v", exported.Len(), err)
	}
	if _, err := app.Backup(h.t.Context(), h.options, app.Lock{Recipients: []string{backupLock}}, &backup); err != nil {
		h.t.Fatal(err)
	}
	there := app.Options{Dir: h.folder(), Now: h.now}
	if _, _, err := app.Restore(h.t.Context(), there, app.Lock{Identities: backupKey}, &backup); err != nil {
		h.t.Fatal(err)
	}
	return append(cache.look("export of the audit log", exported.Bytes()), h.dump(there.Dir, "", cache)...)
}
