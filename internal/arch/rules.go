package arch

// A Rule says what one package, or every package that its pattern matches, may
// import. The standard library is open to all but for what public packages must
// not do; see [Forbidden].
type Rule struct {
	// Package is a path below the module, "." for the module itself. A last
	// element "*" stands for exactly one path element.
	Package string
	// May lists the packages of ours that it may import, as patterns.
	May []string
	// Modules lists the import paths of other people's code that it may import;
	// packages below such a path are included.
	Modules []string
	// Public says that others may import the package, so that the stricter rules
	// for public packages hold.
	Public bool
}

// Module is the path of this module.
const Module = "github.com/opencovey/covey"

// public lists all public packages, for those that may use every one of them.
var public = []string{
	"table", "table/*", "marginal", "privacy/*", "synth/*", "synth/dp/*", "quality", "release", "release/profile", "explorer",
}

// Rules are the arrows of the architecture: the data path runs from table to
// release, and nothing points back. The first rule that matches a package holds;
// a package without a rule is an error, so that a new one is placed on purpose.
var Rules = []Rule{
	{Package: "table", Public: true},
	{Package: "table/xlsx", Public: true, May: []string{"table"}},
	{Package: "marginal", Public: true, May: []string{"table"}},
	{Package: "privacy/noise", Public: true},
	{Package: "privacy/*", Public: true, May: []string{"privacy/noise"}},
	{Package: "synth/dp", Public: true, May: []string{"table", "marginal", "privacy/*", "synth/dp/*"}},
	{Package: "synth/dp/coded", Public: true, May: []string{"privacy/noise"}},
	{Package: "synth/dp/tally", Public: true, May: []string{"privacy/*", "synth/dp/coded"}},
	{Package: "synth/dp/*", Public: true, May: []string{"privacy/*", "synth/dp/coded", "synth/dp/tally"}},
	{Package: "synth/*", Public: true, May: []string{"table", "marginal", "privacy/*"}},
	{Package: "quality", Public: true, May: []string{"table", "marginal"}},
	{Package: "explorer", Public: true},
	{
		Package: "release", Public: true,
		May:     []string{"table", "marginal", "synth/*", "quality", "privacy/*", "explorer"},
		Modules: []string{"go.yaml.in/yaml/v4"},
	},
	{Package: "release/profile", Public: true, May: []string{"release", "table"}},
	{Package: "cmd/covey", May: append([]string{"internal/app", "internal/directory", "internal/publication/work"}, public...)},
	{Package: "internal/arch"},
	{
		Package: "internal/directory",
		May:     []string{"internal/account", "internal/audit", "internal/fault", "internal/fold"},
		Modules: []string{"golang.org/x/text", "golang.org/x/net/idna"},
	},
	{Package: "internal/directory/directorytest", May: []string{"internal/directory", "internal/audit", "internal/fault"}},
	{
		Package: "internal/account",
		May:     []string{"internal/audit", "internal/fault", "internal/seal"},
		Modules: []string{
			"github.com/coreos/go-oidc/v3", "github.com/go-webauthn/webauthn", "golang.org/x/crypto",
			"golang.org/x/oauth2", "golang.org/x/text",
		},
	},
	{
		Package: "internal/account/accounttest",
		May:     []string{"internal/account", "internal/audit", "internal/fault"},
		Modules: []string{"github.com/coreos/go-oidc/v3"},
	},
	{Package: "internal/job", May: []string{"internal/fault"}},
	{Package: "internal/upload", May: []string{"internal/fault"}},
	{Package: "internal/publication/work", May: append([]string{"internal/job", "internal/upload"}, public...)}, // the only code that sees records
	{
		Package: "internal/publication",
		May: append([]string{
			"internal/account", "internal/audit", "internal/fault", "internal/fold", "internal/job", "internal/publication/work", "internal/seal", "internal/upload",
		}, public...),
		Modules: []string{"golang.org/x/text"},
	},
	{Package: "internal/fold", Modules: []string{"golang.org/x/text"}}, // how areas and rooms compare words
	{Package: "internal/markup"},
	{Package: "internal/chart", May: []string{"internal/markup"}},
	{Package: "internal/locale", Modules: []string{"github.com/nicksnyder/go-i18n/v2", "golang.org/x/text"}},
	{
		Package: "internal/web", // never the store, and no room
		May:     []string{"internal/account", "internal/fault", "internal/locale"},
		Modules: []string{"github.com/danielgtaylor/huma/v2", "golang.org/x/time"},
	},
	{
		Package: "internal/web/webtest",
		May:     []string{"internal/account", "internal/fault", "internal/web"},
		Modules: []string{"golang.org/x/net"},
	},
	{
		Package: "internal/web/prepare", // shows what the engine finds, and edits its policy
		May: append([]string{
			"internal/account", "internal/audit", "internal/chart", "internal/fault", "internal/job", "internal/locale",
			"internal/markup", "internal/publication", "internal/publication/*", "internal/web",
		}, public...),
	},
	{
		Package: "internal/web/*", // rooms: areas, and no other room
		May: []string{
			"internal/account", "internal/audit", "internal/chart", "internal/directory", "internal/fault", "internal/fold",
			"internal/job", "internal/locale", "internal/markup", "internal/publication", "internal/publication/work", "internal/upload", "internal/web",
			"explorer", "privacy/budget", "release", "release/profile", "table", // what areas give to pages
		},
		Modules: []string{"github.com/danielgtaylor/huma/v2", "github.com/pquerna/otp", "golang.org/x/time"},
	},
	{
		Package: "internal/web/catalogue/cataloguetest",
		May: append([]string{
			"internal/audit", "internal/publication", "internal/publication/work", "internal/seal", "internal/store",
		}, public...),
	},
	{
		Package: "internal/app",
		May:     append([]string{"internal/*", "internal/web/*", "examples"}, public...),
		Modules: []string{"filippo.io/age", "github.com/caddyserver/certmagic", "golang.org/x/net"},
	},
	{Package: "internal/pgm", May: []string{"privacy/*", "synth/dp/coded"}},
	{Package: "internal/fault"},
	{Package: "internal/seal"},
	{Package: "internal/audit", May: []string{"internal/fault"}, Modules: []string{"golang.org/x/mod"}},
	{
		Package: "internal/store",
		May: []string{
			"internal/account", "internal/audit", "internal/directory", "internal/fault", "internal/job", "internal/publication", "internal/seal",
		},
		Modules: []string{"github.com/ncruces/go-sqlite3", "github.com/jackc/pgx/v5", "filippo.io/age"},
	},
	{Package: "internal/testenv", Modules: []string{"github.com/jackc/pgx/v5"}}, // makes schemas for tests
	{Package: "internal/testenv/testrun", May: []string{"internal/testenv"}},
	{
		Package: "e2e",
		May:     append([]string{"internal/app", "internal/testenv"}, public...),
		Modules: []string{"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"},
	},
	{Package: "bench", May: append([]string{"internal/pgm", "internal/app", "internal/account", "internal/directory", "internal/directory/*", "internal/publication"}, public...)},
	{Package: "examples"}, // the fictional cases, for demonstrations
	{Package: "examples/*", May: public},
}

// TestModules are other people's packages that any test may import. Tests may
// import every package of ours.
var TestModules = []string{
	"github.com/google/go-cmp",
	"github.com/jba/templatecheck", // compares templates with the types of their data
	"github.com/pquerna/otp",       // codes of people in tests
	"github.com/rogpeppe/go-internal",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"github.com/xuri/excelize/v2", // writes the workbooks that table/xlsx is tested with
	"golang.org/x/mod",            // opens signed notes
	"golang.org/x/net",            // parses HTML
	"pgregory.net/rapid",
}

// A Ban is a package of the standard library that some packages must not import.
type Ban struct {
	Import string // import path; a last element "*" stands for all packages below
	Where  string // pattern of the packages it holds for; "" for all public ones
	Why    string
}

// Forbidden lists what public packages must not import. They get progress, time
// and randomness as parameters and touch nothing but the files they are given.
var Forbidden = []Ban{
	{"log", "", "a library returns errors, it does not log"},
	{"log/*", "", "a library returns errors, it does not log"},
	{"net", "", "nothing leaves the machine"},
	{"net/http", "", "nothing leaves the machine"},
	{"net/http/*", "", "nothing leaves the machine"},
	{"net/rpc", "", "nothing leaves the machine"},
	{"net/smtp", "", "nothing leaves the machine"},
	{"database/sql", "", "the engine knows no database"},
	{"database/sql/*", "", "the engine knows no database"},
	{"os/exec", "", "the engine starts no other program"},
	{"flag", "", "options are a struct, flags belong to the command"},
	{"testing", "", "tests belong into test files"},
	{"math/rand", "privacy/*", "noise comes from a secure source"},
	{"math/rand/v2", "privacy/budget", "accounting draws nothing"}, // privacy/noise has its ChaCha8 from there
}

// Limits of size and documentation. The percentile is over all files or functions
// of the product, without tests and generated files; a maximum is a hard bound.
const (
	MaxFileLines = 700 // of any file, tests included
	P90FileLines = 400
	MaxFuncLines = 100 // from the func line to its closing brace
	P90FuncLines = 40

	// MinInternalDoc is the share of exports outside public packages that must
	// have a doc comment. In public packages it is all of them.
	MinInternalDoc = 0.90
)
