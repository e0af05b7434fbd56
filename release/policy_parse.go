package release

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opencovey/covey/table"
	"go.yaml.in/yaml/v4"
)

// The keys of the policy format, group by group. docs/policy.schema.json has the same, and a test compares the two.
var policyKeys = map[string][]string{
	"policy": {
		"version", "title", "description", "publisher", "contact", "licence", "citation", "source",
		"input", "subject", "conflicts", "blanks", "unlisted", "protection", "columns",
	},
	"input":      {"format", "delimiter", "encoding", "sheet", "limits"},
	"limits":     {"columns", "values", "cell", "bytes", "rows"},
	"protection": {"method", "k", "epsilon", "delta", "length", "limit", "impossible"},
	"condition":  {"not"},
	"blank":      {"text", "reason", "keep"},
	"column": {
		"kind", "header", "label", "description", "group", "delimiter", "map", "values", "other", "yes", "no", "keep_no",
		"bins", "below", "labels", "every", "from", "to", "formats", "blanks", "required", "conflicts",
	},
}

// kindIgnore is the kind of columns that are not released.
const kindIgnore = "ignore"

// The words of the policy format, in the order of what they stand for.
var (
	formatNames   = []string{string(AutoFormat), string(CSVFormat), string(TSVFormat), string(XLSXFormat)}
	encodingNames = []string{"auto", string(table.UTF8), string(table.UTF16LE), string(table.UTF16BE), string(table.Windows1252)}
	unlistedNames = []string{"refuse", kindIgnore}
	methodNames   = []string{string(MethodKAnonymity), string(MethodDifferential)}
	kindNames     = append(names(table.Country, table.Kind.String), kindIgnore)
	conflictNames = names(table.AnyYes, table.Conflict.String)
	periodNames   = []string{"decade", "year", "quarter", "month"} // from table.Decade
	belowNames    = []string{"class", "refuse"}
)

// Bounds of the limits that a policy may set.
const (
	maxValues = 65000 // what package table can code in one column
	maxWhole  = math.MaxInt32
)

// names lists the names of an enumeration from 0 to last.
func names[E ~uint8](last E, name func(E) string) []string {
	var list []string
	for e := range last + 1 {
		list = append(list, name(e))
	}
	return list
}

// ParsePolicy reads a policy file, and reports everything that is wrong with it at once. The name is the file's, for messages.
//
// The file is YAML, at most 1 MiB, of the keys that docs/policy.schema.json describes. Values that name what is in the
// records (in values, map, blanks, yes, no and so on) are texts as they are written: no, 09 and 2002-01-01 stay what they are.
// Anchors, aliases and tags are refused.
//
// An error about the content is a *[PolicyError]; else it is the reader's.
func ParsePolicy(name string, r io.Reader) (*Policy, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read policy %s: %w", name, err)
	}
	if len(text) > maxPolicyBytes {
		return nil, &PolicyError{name, []Problem{plainProblem(1, 1, "is this the policy, and not the file of records?", "the policy is larger than 1 MiB")}}
	}
	root, problem := loadYAML(text)
	if problem != nil {
		return nil, &PolicyError{name, []Problem{*problem}}
	}
	p := &policyParser{}
	policy := p.policy(root)
	if len(p.problems) > 0 {
		return nil, &PolicyError{name, sortProblems(p.problems)}
	}
	return policy, nil
}

func (p *policyParser) policy(root *yaml.Node) *Policy {
	p.refuseReferences(root)
	g, ok := p.group(root, "the policy")
	if !ok {
		return nil
	}
	if newer := p.newer(g); newer {
		return nil
	}
	p.check(g, policyKeys["policy"])
	policy := &Policy{Version: PolicyVersion}
	p.version(g)
	p.about(g, policy)
	if n := g.get("input"); n != nil {
		policy.Input = p.input(n)
	}
	if n := g.get("subject"); n != nil {
		policy.Subject, _ = p.text(n, "subject")
	}
	if n := g.get("conflicts"); n != nil {
		policy.Conflicts = p.conflicts(n, g.lacks("subject"))
	}
	if n := g.get("unlisted"); n != nil {
		policy.IgnoreUnlisted = p.choice(n, "rule", unlistedNames) == 1
	}
	policy.Protection = p.protection(g.get("protection"))
	blanks := p.blanks(g.get("blanks"), "blanks")
	policy.Blanks = blanks.list
	p.columns(g, policy, blanks)
	p.domain(g, policy)
	return policy
}

// newer reports a policy of a later version, of which nothing else can be said.
func (p *policyParser) newer(g *group) bool {
	n := g.get("version")
	if n == nil || n.Kind != yaml.ScalarNode {
		return false
	}
	version, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || version <= PolicyVersion {
		return false
	}
	p.problems = nil
	p.report(n, "upgrade covey", "the policy is of version %d, and this program knows version %d only", version, PolicyVersion)
	return true
}

func (p *policyParser) version(g *group) {
	n := g.get("version")
	if n == nil {
		if g.lacks("version") {
			p.report(g.node, fmt.Sprintf("begin the file with version: %d", PolicyVersion), "the version is missing")
		}
		return
	}
	if version, ok := p.whole(n, "version"); ok && version != PolicyVersion {
		p.report(n, fmt.Sprintf("write version: %d", PolicyVersion), "there is no version %d", version)
	}
}

// about reads the texts that go to the description of the release.
func (p *policyParser) about(g *group, policy *Policy) {
	for key, to := range map[string]*string{
		"title": &policy.Title, "description": &policy.Description, "publisher": &policy.Publisher, "contact": &policy.Contact,
		"licence": &policy.Licence, "citation": &policy.Citation, "source": &policy.Source,
	} {
		if n := g.get(key); n != nil {
			*to, _ = p.text(n, key)
		}
	}
	if g.lacks("title") {
		p.report(g.node, "add title: and the name of the release", "the title is missing")
	} else if strings.Contains(policy.Title, "\n") {
		p.report(g.get("title"), "put the rest into description:", "the title has more than one line")
	}
}

func (p *policyParser) input(n *yaml.Node) (in PolicyInput) {
	g, ok := p.group(n, "input")
	if !ok {
		return in
	}
	p.check(g, policyKeys["input"])
	if n := g.get("format"); n != nil {
		if i := p.choice(n, "format", formatNames); i > 0 {
			in.Format = InputFormat(formatNames[i])
		}
	}
	if n := g.get("encoding"); n != nil {
		if i := p.choice(n, "encoding", encodingNames); i > 0 {
			in.Encoding = table.Encoding(encodingNames[i])
		}
	}
	if n := g.get("delimiter"); n != nil {
		in.Delimiter = p.cellDelimiter(n, in.Format)
	}
	if n := g.get("sheet"); n != nil {
		in.Sheet, _ = p.text(n, "sheet")
		if in.Format == CSVFormat || in.Format == TSVFormat {
			p.report(n, "remove sheet: or the format", "a %s file has no sheets", in.Format)
		}
	}
	if n := g.get("limits"); n != nil {
		in.Limits = p.limits(n)
	}
	return in
}

// cellDelimiter returns what separates cells: one character, or the word tab.
func (p *policyParser) cellDelimiter(n *yaml.Node, format InputFormat) rune {
	text, ok := p.raw(n, "delimiter")
	if !ok {
		return 0
	}
	if format == TSVFormat || format == XLSXFormat {
		p.report(n, "remove delimiter: or the format", "the format %s leaves no choice of a delimiter", format)
		return 0
	}
	if text == "tab" {
		return '\t'
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || size < len(text) || strings.ContainsRune("\"\r\n\ufffd", r) || unicode.IsLetter(r) || unicode.IsDigit(r) {
		p.report(n, `write one character in quotes, such as ";", or the word tab`, "delimiter must be one character, no letter or digit, not %q", clip(text))
		return 0
	}
	return r
}

func (p *policyParser) limits(n *yaml.Node) (l table.Limits) {
	g, ok := p.group(n, "limits")
	if !ok {
		return l
	}
	p.check(g, policyKeys["limits"])
	for key, to := range map[string]*int{"columns": &l.Columns, "values": &l.Values, "cell": &l.Cell, "rows": &l.Rows} {
		least, most := int64(1), int64(maxWhole)
		switch key {
		case "values":
			most = maxValues
		case "rows":
			least, most = 0, math.MaxInt64
		}
		if n := g.get(key); n != nil {
			*to = int(p.between(n, key, least, most))
		}
	}
	if n := g.get("bytes"); n != nil {
		l.Bytes = p.bytes(n)
	}
	return l
}

// between returns a whole number within bounds.
func (p *policyParser) between(n *yaml.Node, what string, least, most int64) int64 {
	x, ok := p.whole(n, what)
	switch {
	case !ok:
		return 0
	case x < least:
		p.report(n, "", "%s must be at least %d, not %d", what, least, x)
	case x > most:
		p.report(n, "", "%s must be at most %d, not %d", what, most, x)
	}
	return x
}

// byteUnits are the units of a size and what they stand for.
var byteUnits = []struct {
	name   string
	factor int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"KB", 1e3},
	{"B", 1},
	{"", 1},
}

var bytesPattern = regexp.MustCompile(`^([0-9]{1,18}) ?([A-Za-z]*)$`)

// bytes returns a size, such as 8GiB, 500MB or a whole number of bytes.
func (p *policyParser) bytes(n *yaml.Node) int64 {
	text, ok := p.text(n, "bytes")
	if !ok {
		return 0
	}
	const hint = "write a whole number of bytes, or one with KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 8GiB"
	parts := bytesPattern.FindStringSubmatch(text)
	if parts == nil {
		p.report(n, hint, "bytes must be a size, not %q", clip(text))
		return 0
	}
	x, _ := strconv.ParseInt(parts[1], 10, 64) // the pattern admits what fits
	i := 0
	for i < len(byteUnits) && !strings.EqualFold(byteUnits[i].name, parts[2]) {
		i++
	}
	if i == len(byteUnits) {
		p.report(n, hint, "unknown unit %q", clip(parts[2]))
		return 0
	}
	factor := byteUnits[i].factor
	if x < 1 || x > math.MaxInt64/factor {
		p.report(n, hint, "bytes must be at least 1 and less than 8 million TiB")
		return 0
	}
	return x * factor
}

// conflicts reads a rule for rows of one person that disagree.
func (p *policyParser) conflicts(n *yaml.Node, noSubject bool) table.Conflict {
	i := p.choice(n, "rule", conflictNames)
	if i < 0 {
		return table.Refuse
	}
	if noSubject {
		p.report(n, "name the column of the person under subject:, or remove conflicts:", "conflicts has no effect, since every row is a person")
	}
	return table.Conflict(i)
}

// protection reads how the people are protected. Each method checks the keys that it knows itself.
func (p *policyParser) protection(n *yaml.Node) Protection {
	protection := Protection{Method: MethodKAnonymity, K: DefaultK, Length: DefaultLength}
	if n == nil {
		return protection
	}
	g, ok := p.group(n, "protection")
	if !ok {
		return protection
	}
	if n := g.get("method"); n != nil && !isNull(n) {
		i := p.choice(n, "method", methodNames)
		if i < 0 {
			return protection
		}
		protection.Method = Method(methodNames[i])
	}
	p.check(g, policyKeys["protection"])
	switch protection.Method {
	case MethodKAnonymity:
		p.kAnonymity(g, &protection)
	case MethodDifferential:
		p.differential(g, &protection)
	}
	return protection
}

// refuseKeys reports keys of a protection that mean something to another method only.
func (p *policyParser) refuseKeys(g *group, method, other Method, keys ...string) {
	for _, kv := range g.pairs {
		if slices.Contains(keys, kv.key.text) {
			p.report(kv.key.node, fmt.Sprintf("remove the key, or write method: %s", other), "%q has no effect on the method %s", kv.key.text, method)
		}
	}
}

func (p *policyParser) kAnonymity(g *group, protection *Protection) {
	p.refuseKeys(g, MethodKAnonymity, MethodDifferential, "epsilon", "delta", "limit", "impossible")
	if n := g.get("k"); n != nil {
		k, ok := p.whole(n, "k")
		switch {
		case ok && k < MinK:
			p.report(n, fmt.Sprintf("write at least %d; %d is usual", MinK, DefaultK), "k is %d, which protects nobody", k)
		case ok && k > maxWhole:
			p.report(n, fmt.Sprintf("%d is usual", DefaultK), "k must be at most %d", maxWhole)
		}
		protection.K = int(k)
	}
	if n := g.get("length"); n != nil {
		protection.Length = int(p.between(n, "length", 1, MaxLength))
	}
}
