package main

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/table"
)

var releaseManual = manual{
	usage: "release -policy cases.yaml -o release cases.csv",
	text: `
Release makes a folder that is safe to publish from a file of case records:
synthetic records, protected counts, a codebook, a report on quality, a page on
which anybody can look at them and question them, and a manifest with the hash of
every file. What is sensitive in the making, the exact report among it, goes to a
private folder beside it: private/release for a release called "release".

Both folders are written whole or not at all. "covey verify" proves what can be
proved of the result.

With -previous, a k-anonymous release is compared with an earlier one of the same
people. If the difference between the two would tell of fewer than k people, it is
refused, or, with -suppress, what would tell is withheld.

A differential release needs no comparison. With -ledger, it is entered in the
ledger file of the data set before anything of it can be seen, and refused if
earlier releases left too little of the budget. "covey ledger create" makes the
file.

With -story, that page first shows a story: views with words, as it saves them
itself. A column or value that the story names and the release lacks is an error.`,
	examples: `  covey release -policy cases.yaml -o release cases.csv
  covey release -policy cases.yaml -o 2025 -previous 2024 cases.csv
  covey release -policy cases.yaml -o release -story story.json cases.csv
  covey release -policy private.yaml -ledger ledger.json -o release cases.csv`,
}

// releaseOptions are the flags of release.
type releaseOptions struct {
	file, policy, out, private, ledger, story string
	previous                                  nameList
	suppress, force, json                     bool
}

// nameList is a flag that may be given several times.
type nameList []string

func (l *nameList) String() string { return fmt.Sprint([]string(*l)) }

// Set adds a name.
func (l *nameList) Set(name string) error {
	*l = append(*l, name)
	return nil
}

func (e *env) releaseFlags(args []string) (*releaseOptions, error) {
	var o releaseOptions
	f := e.newFlags(releaseManual)
	f.BoolVar(&o.force, "force", false, "replace a release of that name, and its private folder")
	f.BoolVar(&o.json, "json", false, "print the manifest")
	f.StringVar(&o.ledger, "ledger", "", "enter a differential release in this ledger `file`")
	f.StringVar(&o.out, "o", "", "write the release to this `folder`")
	f.StringVar(&o.policy, "policy", "", "read and protect the records as this `file` says")
	f.Var(&o.previous, "previous", "compare with the release in this `folder`; may be given several times")
	f.StringVar(&o.private, "private", "", "write what is sensitive to this `folder` (default: private/NAME beside the release)")
	f.StringVar(&o.story, "story", "", "show the story in this `file` first on the release's page")
	f.BoolVar(&o.suppress, "suppress", false, "withhold what a comparison with -previous would expose")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return nil, err
	}
	o.file = rest[0]
	switch {
	case o.policy == "":
		return nil, &usageError{"there is no -policy", "covey inspect -draft cases.yaml " + clean(shortName(o.file)) + " writes a first one"}
	case o.out == "":
		return nil, &usageError{"there is no -o: where is the release to go?", f.seeHelp()}
	case o.suppress && o.previous == nil:
		return nil, &usageError{"-suppress has no effect without -previous", f.seeHelp()}
	}
	return &o, nil
}

func runRelease(ctx context.Context, e *env, args []string) error {
	o, err := e.releaseFlags(args)
	if err != nil {
		return err
	}
	story, err := readStory(o.story)
	if err != nil {
		return err
	}
	policy, err := readPolicy(o.policy)
	if err != nil {
		return err
	}
	ledger, err := ledgerFlag(o.ledger)
	if err != nil {
		return err
	}
	if ledger != nil {
		defer closeLedger(ledger)
		if err := policy.Afford(ledger); err != nil {
			return err
		}
	}
	p := e.progress("reading " + shortName(o.file))
	defer p.end()
	previous, err := openBundles(o.previous)
	if err != nil {
		return err
	}
	t, _, err := e.readTable(ctx, o.file, policy, p)
	if err != nil {
		return err
	}
	r, err := makeRelease(ctx, t, policy, release.Options{Previous: previous, Suppress: o.suppress, Ledger: ledger, Progress: p.stage})
	if err != nil {
		return err
	}
	p.next("writing " + o.out)
	write := release.WriteOptions{Private: o.private, Replace: o.force, Story: story, Temporary: e.temporary, At: e.now()}
	if err := r.Write(ctx, o.out, write); err != nil {
		return err
	}
	p.end()
	return e.sayReleased(o, story)
}

// makeRelease makes a release.
func makeRelease(ctx context.Context, t *table.Table, policy *release.Policy, o release.Options) (*release.Release, error) {
	var secret [8]byte
	if _, err := crand.Read(secret[:]); err != nil {
		return nil, err
	}
	o.Software, o.Seed = software(), binary.LittleEndian.Uint64(secret[:])
	return release.Make(ctx, t, policy, o)
}

// software names this program in a manifest.
func software() string { return "covey " + version() }

// exactSoftware is software if that names one state of the sources, and else empty: what is built while they are changed has no name of its own.
func exactSoftware() string {
	if v := version(); v == "devel" || strings.Contains(v, "dirty") {
		return ""
	}
	return software()
}

// stage is set and next in the form that the release pipeline calls.
func (p *progress) stage(what string, done, total int) {
	p.lock.Lock()
	changed := p.what != what
	p.lock.Unlock()
	if changed {
		p.next(what)
	}
	p.of(done, total)
}

// temporary has a folder removed should the command be interrupted.
func (e *env) temporary(path string) func() {
	done := e.undo.add(func() { _ = os.RemoveAll(path) })
	return func() { done("") }
}

func openBundles(folders []string) ([]*release.Bundle, error) {
	var bundles []*release.Bundle
	for _, folder := range folders {
		b, err := release.Open(folder)
		if err != nil {
			return nil, err
		}
		bundles = append(bundles, b)
	}
	return bundles, nil
}

// sayReleased reads back what was written, so that what is said is what is there.
func (e *env) sayReleased(o *releaseOptions, story *explorer.Story) error {
	b, err := release.Open(o.out)
	if err != nil {
		return err
	}
	if story != nil {
		page := b.Explorer()
		_, moved, err := story.Fit(page.About, page.Columns)
		if err == nil {
			err = e.sayMoved(moved)
		}
		if err != nil {
			return err
		}
	}
	private := o.private
	if private == "" {
		private = release.PrivateFolder(o.out)
	}
	m := b.Manifest
	if o.json {
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(m)
	}
	promise := fmt.Sprintf("for %d people (rounded down)\n  every combination in a record belongs to at least %d people", m.People, m.Protection.K)
	if m.Differential() {
		promise = fmt.Sprintf("for about %d people (%d to %d)\n  differentially private: epsilon %s, delta %s",
			m.People, m.PeopleMargin.Low, m.PeopleMargin.High, m.Protection.Epsilon, m.Protection.Delta)
	}
	fmt.Fprintf(e.stdout, `%s
  %d synthetic records of %d columns, %s
wrote %s, to be published
wrote %s, which is sensitive
`, clean(m.Title), m.Records, len(m.Columns), promise, clean(o.out), clean(private))
	if o.ledger != "" {
		fmt.Fprintf(e.stdout, "entered the release in %s\n", clean(o.ledger))
	}
	return nil
}
