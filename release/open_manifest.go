package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/table"
)

// Limits of a manifest.
const (
	maxDepth        = 32      // of JSON
	maxK            = 1 << 30 // people
	maxPeople       = 1 << 40
	maxColumns      = 65_000 // columns, and labels of many-valued ones
	maxListedValues = 65_000 // of one column: codes are of 16 bits
)

// parseManifest reads a manifest and refuses what is not one: unknown keys, keys twice, values of the wrong type, numbers out of range,
// columns or values that could be confused, files that are not those of a bundle.
func parseManifest(data []byte) (*Manifest, error) {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := checkJSON(data); err != nil {
		return nil, manifestError(err.Error(), "get the whole release again")
	}
	if err := json.Unmarshal(data, &head); err != nil || head.Format != ManifestFormat {
		return nil, manifestError("this is not the manifest of a release", "name the folder of a release, as covey release writes it")
	}
	switch {
	case head.Version > ManifestVersion:
		return nil, manifestError(fmt.Sprintf("the release has format version %d, and this program reads up to %d", head.Version, ManifestVersion),
			"use a newer version of covey")
	case head.Version < 1:
		return nil, manifestError(fmt.Sprintf("there is no format version %d", head.Version), "get the whole release again")
	}
	m := &Manifest{}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(m); err != nil {
		return nil, manifestError(jsonProblem(err), "get the whole release again")
	}
	for _, check := range []func(*Manifest) string{checkProtection, checkColumns, checkEntries, checkApprovals} {
		if problem := check(m); problem != "" {
			return nil, manifestError(problem, "get the whole release again, or ask those who published it")
		}
	}
	return m, nil
}

func manifestError(problem, advice string) error {
	return &table.InputError{File: ManifestFile, Problem: problem, Advice: advice}
}

// jsonProblem words an error of the decoder, which names its own package.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s is a %s and should be a %s", kind.Field, kind.Value, kind.Type)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func checkProtection(m *Manifest) string {
	p := &m.Protection
	switch {
	case m.Title == "":
		return "title is missing"
	case p.Statement == "":
		return "protection.statement is missing"
	case m.People < 0 || m.People > maxPeople || m.Records < 0 || m.Records > maxPeople:
		return "people or records is out of range"
	case m.Previous != "" && !isSHA256(m.Previous):
		return "previous is not a SHA-256"
	}
	switch p.Method {
	case string(MethodKAnonymity):
		return checkKAnonymity(m)
	case string(MethodDifferential):
		return checkDifferential(m)
	}
	return fmt.Sprintf("protection.method is %q, which this version does not know", p.Method)
}

func checkKAnonymity(m *Manifest) string {
	p := &m.Protection
	switch {
	case m.Version != kAnonymousVersion:
		return fmt.Sprintf("version is %d, and a k-anonymous release has %d", m.Version, kAnonymousVersion)
	case p.K < MinK || p.K > maxK:
		return fmt.Sprintf("protection.k is %d and must be from %d to %d", p.K, MinK, maxK)
	case p.Length < 1 || p.Length > marginal.MaxLength:
		return fmt.Sprintf("protection.length is %d and must be from 1 to %d", p.Length, marginal.MaxLength)
	case p.Rounding == "":
		return "protection.rounding is missing"
	case p.Epsilon != "" || p.Delta != "" || p.Accounting != "" || p.Relation != "" || p.Ledger != nil || p.Seal != "" || p.Repeatable || p.Meaning != "" || p.Impossible != nil || m.PeopleMargin != nil:
		return "a k-anonymous release has what belongs to a differential one"
	}
	return ""
}

func checkDifferential(m *Manifest) string {
	p := &m.Protection
	switch {
	case m.Version != differentialVersion:
		return fmt.Sprintf("version is %d, and a differential release has %d", m.Version, differentialVersion)
	case p.Length < 1 || p.Length > MaxDifferentialLength:
		return fmt.Sprintf("protection.length is %d and must be from 1 to %d", p.Length, MaxDifferentialLength)
	case p.K != 0 || p.Rounding != "" || m.Withheld || m.Previous != "":
		return "a differential release has what belongs to a k-anonymous one"
	case p.Meaning == "":
		return "protection.meaning is missing"
	case p.Relation != budget.Relation:
		return fmt.Sprintf("protection.relation is %q, and this version knows %q only", p.Relation, budget.Relation)
	case m.PeopleMargin == nil || m.PeopleMargin.Low < 0 || m.PeopleMargin.High > maxPeople:
		return "people_margin is missing, or out of range"
	case p.Seal != "" && !isSHA256(p.Seal):
		return "protection.seal is not a seal"
	}
	for _, number := range []string{p.Epsilon, p.Delta} {
		if r, err := budget.Number(number); err != nil || budget.Text(r) != number {
			return "protection.epsilon or protection.delta is not an exact number"
		}
	}
	for _, rule := range p.Impossible {
		for _, c := range rule {
			if m.Column(c.Column) == nil || len(c.Values) == 0 && !c.Blank {
				return "protection.impossible names a column that is not released, or no value"
			}
		}
	}
	return ""
}

// loadLedger reads the ledger of a differential release, which adds up all its spendings anew.
func (b *Bundle) loadLedger() []fault {
	p := &b.Manifest.Protection
	if !b.Manifest.Differential() {
		return nil
	}
	wrong := func(problem string) []fault {
		return []fault{{checkLedger, &table.InputError{File: ManifestFile, Problem: problem, Advice: "get the whole release again, or ask those who published it"}}}
	}
	var ledger budget.Ledger
	if p.Ledger == nil {
		return wrong("protection.ledger is missing")
	}
	if err := ledger.UnmarshalJSON(p.Ledger); err != nil {
		return wrong("protection.ledger: " + err.Error())
	}
	promise := ledger.Budget()
	switch {
	case budget.Text(promise.Epsilon) != p.Epsilon || budget.Text(promise.Delta) != p.Delta:
		return wrong("protection.ledger is of another epsilon or delta than protection states")
	case string(promise.Accounting) != p.Accounting:
		return wrong("protection.ledger is of another accounting than protection states")
	case len(ledger.Spendings()) == 0:
		return wrong("protection.ledger has no spendings")
	}
	b.ledger = &ledger
	return nil
}

func checkColumns(m *Manifest) string {
	names, width := map[string]bool{}, 0
	for i := range m.Columns {
		c := &m.Columns[i]
		kind, known := table.ParseKind(c.Kind)
		switch {
		case c.Name == "" || c.Name != strings.TrimSpace(c.Name):
			return fmt.Sprintf("column %d has no name, or white space around it", i+1)
		case !known:
			return fmt.Sprintf("column %s has the kind %q, which this version does not know", c.Name, c.Kind)
		case (c.Required || c.Learnt) && !m.Differential():
			return fmt.Sprintf("column %s has what belongs to a differential release", c.Name)
		case (kind == table.Many) != (c.Delimiter != ""):
			return fmt.Sprintf("column %s: a delimiter belongs to the kind many, and only there", c.Name)
		case len(c.Values) > maxListedValues:
			return fmt.Sprintf("column %s has %d values, more than the limit of %d", c.Name, len(c.Values), maxListedValues)
		}
		width++
		values := make(map[string]bool, len(c.Values))
		for _, v := range c.Values {
			switch {
			case v.Value == "" || values[v.Value]:
				return fmt.Sprintf("column %s has an empty value, or one twice", c.Name)
			case kind == table.Many && strings.Contains(v.Value, c.Delimiter):
				return fmt.Sprintf("column %s has a label that contains its delimiter", c.Name)
			}
			values[v.Value] = true
			if kind == table.Many {
				width++
			}
		}
		names[c.Name] = true
	}
	if width > maxColumns {
		return fmt.Sprintf("there are %d columns and labels, more than the limit of %d", width, maxColumns)
	}
	seen := map[string]bool{} // a label can make "means: debt" of "means", which may be a column, too
	for _, c := range tableColumns(m) {
		if seen[c.Name] {
			return fmt.Sprintf("column %s is there twice", c.Name)
		}
		seen[c.Name] = true
	}
	if len(names) != len(m.Columns) || len(m.Columns) == 0 {
		return "there are no columns, or two of one name"
	}
	return ""
}

// checkEntries wants the files of a bundle, each once and in order: their names are fixed, so that none can point elsewhere.
func checkEntries(m *Manifest) string {
	want := BundleFiles()
	slices.Sort(want)
	names := make([]string, len(m.Files))
	for i, f := range m.Files {
		names[i] = f.Name
		if f.Bytes < 0 || !isSHA256(f.SHA256) {
			return fmt.Sprintf("files: entry %d has no right size or SHA-256", i+1)
		}
	}
	if !slices.Equal(names, want) {
		return "files does not list, in order, the files that a release has: " + strings.Join(want, ", ")
	}
	return ""
}

var sha256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)

func isSHA256(text string) bool { return sha256Text.MatchString(text) }

// checkJSON refuses JSON that programs may read in different ways: text that is not UTF-8, a key twice in an object, or that
// differs in case only, deep nesting, and anything after the value.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	w := jsonWalk{decoder: d}
	for {
		token, err := d.Token()
		if err == io.EOF && w.values == 1 && len(w.open) == 0 {
			return nil
		} else if err != nil {
			return fmt.Errorf("this is not JSON: near byte %d", d.InputOffset())
		}
		if err := w.add(token); err != nil {
			return err
		}
	}
}

// jsonWalk follows the tokens of one JSON value.
type jsonWalk struct {
	decoder *json.Decoder
	open    []jsonLevel
	values  int // at the top
}

type jsonLevel struct {
	keys  map[string]bool // nil: an array
	value bool            // a key was read, its value is next
}

func (w *jsonWalk) add(token json.Token) error {
	switch token {
	case json.Delim('}'), json.Delim(']'):
		w.open = w.open[:len(w.open)-1]
		return nil
	}
	if n := len(w.open); n == 0 {
		if w.values++; w.values > 1 {
			return errors.New("there is something after the JSON value")
		}
	} else if l := &w.open[n-1]; l.keys != nil {
		if key, isKey := token.(string); isKey && !l.value {
			folded := strings.ToLower(key)
			if l.keys[folded] {
				return fmt.Errorf("the key %q is there twice", key)
			}
			l.keys[folded], l.value = true, true
			return nil
		}
		l.value = false
	}
	switch token {
	case json.Delim('{'):
		w.open = append(w.open, jsonLevel{keys: map[string]bool{}})
	case json.Delim('['):
		w.open = append(w.open, jsonLevel{})
	}
	if len(w.open) > maxDepth {
		return fmt.Errorf("the JSON is nested more than %d deep", maxDepth)
	}
	return nil
}
