package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var exploreManual = manual{
	usage: "explore [flags] release",
	text: `
Explore opens a release in the browser: on a page at an address of this machine,
which nobody else can reach, until you press Ctrl-C. It is the page that lies in the
release as explorer.html.

With -o it writes the page instead: one file that works anywhere, without this
program and without a network. Put it on a web site, or hand it on.

With -ask it answers one question in the terminal, as the page would: how many
people have a value of each column named. Values of one column given several times
are taken together: people with any of them.

The page shows what is in the release and no more. Before it is made, every file of
the release is checked against its hash.`,
	examples: `  covey explore release
  covey explore -o explorer.html release
  covey explore -ask gender=Female -ask age=9--17 release
  covey explore -story story.json -o story.html release`,
}

// exploreOptions are the flags of explore.
type exploreOptions struct {
	folder, out, story, shapes, address string
	ask                                 nameList
	force                               bool
}

func (e *env) exploreFlags(args []string) (*exploreOptions, error) {
	var o exploreOptions
	f := e.newFlags(exploreManual)
	f.StringVar(&o.address, "address", "localhost:8617", "serve at this `host:port` of this machine")
	f.Var(&o.ask, "ask", "answer for people with this `column=value`; may be given several times")
	f.BoolVar(&o.force, "force", false, "replace the file if it exists")
	f.StringVar(&o.out, "o", "", "write the page to this `file` and serve nothing")
	f.StringVar(&o.shapes, "shapes", "", "take the shapes of countries from this GeoJSON `file`")
	f.StringVar(&o.story, "story", "", "show the story in this `file` first; the page makes such files")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return nil, err
	}
	o.folder = rest[0]
	if len(o.ask) > 0 && o.out != "" {
		return nil, &usageError{"-ask and -o do not go together", f.seeHelp()}
	}
	return &o, nil
}

func runExplore(ctx context.Context, e *env, args []string) error {
	o, err := e.exploreFlags(args)
	if err != nil {
		return err
	}
	bundle, err := release.Open(o.folder)
	if err != nil {
		return err
	}
	if len(o.ask) > 0 {
		data := bundle.Explorer()
		return e.answer(&data, o.ask)
	}
	page, err := e.explorerPage(bundle, o)
	if err != nil {
		return err
	}
	if o.out != "" {
		return e.writeExplorer(page, o)
	}
	return e.serveExplorer(ctx, o, page)
}

// explorerPage returns the page in the bundle if it is what this program would write, and else one that this program writes: with the story or the shapes that are given, or
// instead of one by another version.
func (e *env) explorerPage(bundle *release.Bundle, o *exploreOptions) ([]byte, error) {
	data := bundle.Explorer()
	story, err := readStory(o.story)
	if err != nil {
		return nil, err
	}
	if data.Shapes, err = readShapes(o.shapes); err != nil {
		return nil, err
	}
	text, err := bundle.ReadExplorer()
	if err != nil {
		return nil, err
	}
	page, err := explorer.ReadPage(text)
	if err != nil {
		return nil, &failure{fmt.Errorf("%s in %s cannot be read: %w", release.ExplorerFile, o.folder, err), "get the whole release again, from those who published it"}
	}
	if o.story == "" {
		story = page.Story
	}
	if story != nil {
		moved := 0
		if data.Story, moved, err = story.Fit(data.About, data.Columns); err != nil {
			return nil, fmt.Errorf("story: %w", err)
		}
		if err := e.sayMoved(moved); err != nil {
			return nil, err
		}
	}
	if o.story == "" && o.shapes == "" {
		if likeness, err := page.Compare(data); err == nil && likeness == explorer.Same {
			return text, nil
		}
	}
	var out bytes.Buffer
	if err := explorer.Write(&out, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// readStory reads the story in a file that a flag names; nil if it was not given.
func readStory(name string) (*explorer.Story, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	story, err := explorer.ParseStory(file)
	if err != nil {
		return nil, &usageError{fmt.Sprintf("-story %s is no story: %v", shortName(name), err), "the page makes stories: open explorer.html, and look under \"Take along\""}
	}
	return story, nil
}

// sayMoved says how many views of a story were made on another release: whoever wrote the words looked at other numbers.
func (e *env) sayMoved(views int) error {
	if views == 0 {
		return nil
	}
	_, err := fmt.Fprintf(e.stderr, "note: views of the story that were made on another release, and now show this one: %d; read whether its words still hold\n", views)
	return err
}

// readShapes reads the shapes of countries in a file that a flag names; nil if it was not given.
func readShapes(name string) (json.RawMessage, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !json.Valid(data) {
		return nil, &table.InputError{File: name, Problem: "this is not JSON"}
	}
	return data, nil
}

func (e *env) writeExplorer(page []byte, o *exploreOptions) error {
	out, err := e.create(o.out, outMode(o.force))
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := out.Write(page); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if err := os.Chmod(o.out, 0o644); err != nil { // what it shows is public
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "wrote %s\n", o.out)
	return err
}

// answer prints how many people fulfil what is asked, and where the number comes from.
func (e *env) answer(data *explorer.Data, ask []string) error {
	var picks []explorer.Pick
	for _, text := range ask {
		column, value, ok := strings.Cut(text, "=")
		if !ok {
			return &usageError{fmt.Sprintf("-ask %s: there is no \"=\"", text), "write -ask column=value"}
		}
		if i := slices.IndexFunc(picks, func(p explorer.Pick) bool { return p.Column == column }); i >= 0 {
			picks[i].Values = append(picks[i].Values, value)
		} else {
			picks = append(picks, explorer.Pick{Column: column, Values: []string{value}})
		}
	}
	a, err := explorer.Ask(data, picks)
	if err != nil {
		return &failure{err, "codebook.csv in the release lists its columns and values"}
	}
	p := data.About.Protection
	switch {
	case a.Source == explorer.Synthetic:
		_, err = fmt.Fprintf(e.stdout, "people     no published count: these are more than %d values, or too many of one column\n", p.Length)
	case a.Source == explorer.Rare && p.Method == explorer.KAnonymity && !data.About.Withheld:
		_, err = fmt.Fprintf(e.stdout, "people     fewer than %d, so there is no published count\n", p.K)
	case a.Source == explorer.Rare:
		_, err = fmt.Fprintln(e.stdout, "people     no published count")
	case a.Open:
		_, err = fmt.Fprintf(e.stdout, "people     %d or more (published count)\n", a.Count.Estimate)
	case p.Method == explorer.KAnonymity:
		_, err = fmt.Fprintf(e.stdout, "people     %d to %d (published count, rounded down)\n", a.Count.Low, a.Count.High)
	default:
		_, err = fmt.Fprintf(e.stdout, "people     %d, from %d to %d (published count, with noise)\n", a.Count.Estimate, a.Count.Low, a.Count.High)
	}
	if err == nil {
		_, err = fmt.Fprintf(e.stdout, "synthetic  %s\n", count(a.Records, "record", "records"))
	}
	return err
}

// serveExplorer serves the page and the files of the release until the context ends.
func (e *env) serveExplorer(ctx context.Context, o *exploreOptions, page []byte) error {
	host, _, err := net.SplitHostPort(o.address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return &usageError{fmt.Sprintf("-address %s is not of this machine", o.address), "for others, write the page with -o and put it on a web server"}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.address)
	if err != nil {
		return &failure{fmt.Errorf("cannot serve at %s: %w", o.address, err), "give another port: -address localhost:0 takes any that is free"}
	}
	server := &http.Server{Handler: explorerHandler(o.folder, page, time.Now()), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if _, err := fmt.Fprintf(e.stdout, "open http://%s/ in a browser; Ctrl-C ends\n", listener.Addr()); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil // Ctrl-C is how it ends
}

// explorerHandler answers for the page and the files that the bundle is made of, and for nothing else in the folder. Requests under
// another name than this machine's are refused: a web site could have given its name our address.
func explorerHandler(folder string, page []byte, made time.Time) http.Handler {
	mux := http.NewServeMux()
	show := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", explorer.Policy())
		http.ServeContent(w, r, release.ExplorerFile, made, bytes.NewReader(page))
	}
	mux.HandleFunc("GET /{$}", show)
	mux.HandleFunc("GET /"+release.ExplorerFile, show)
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		if name == release.ExplorerFile {
			continue
		}
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, filepath.Join(folder, name))
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this page is for this machine only", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // of files; the page has its own
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
