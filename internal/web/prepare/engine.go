package prepare

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/opencovey/covey/internal/locale"
	"github.com/opencovey/covey/internal/web"
	"github.com/opencovey/covey/table"
)

// The engine speaks English, for the terminal. What of it people see in this room is in the catalogues under prepare.engine: the English
// text there is the engine's own, with a name where it quotes something: q in quotes, n a number, t any text. That text is found in a message,
// and said in the person's language with what was quoted. What is not found stays English.
const enginePrefix = "prepare.engine."

// sentence is one message of the engine.
type sentence struct {
	key     string
	pattern *regexp.Regexp
	names   []string
	literal int // letters that are not quoted: of several that fit, the longest is meant
}

var engineNames = []string{"q", "qq", "n", "nn", "t", "tt", "ttt"}

var sentences = sync.OnceValue(func() []sentence {
	catalogue, err := locale.Open()
	if err != nil {
		return nil // the server has not begun with such a catalogue
	}
	english := catalogue.Printer("en")
	var marks []any
	for _, name := range engineNames {
		marks = append(marks, name, "\x01"+name+"\x02")
	}
	var list []sentence
	for _, key := range catalogue.Keys() {
		if strings.HasPrefix(key, enginePrefix) {
			list = append(list, newSentence(key, english.Text(key, marks...)))
		}
	}
	slices.SortStableFunc(list, func(a, b sentence) int { return b.literal - a.literal })
	return list
})

var engineMark = regexp.MustCompile("\x01([a-z]+)\x02")

func newSentence(key, text string) sentence {
	s := sentence{key: key}
	pattern := engineMark.ReplaceAllStringFunc(regexp.QuoteMeta(text), func(mark string) string {
		name := strings.Trim(mark, "\x01\x02")
		s.names = append(s.names, name)
		switch name[0] {
		case 'q':
			return `"((?:[^"\\]|\\.)*)"`
		case 'n':
			return `(-?[0-9][0-9,.]*)`
		}
		return `(.+?)`
	})
	s.literal = len(engineMark.ReplaceAllString(text, ""))
	s.pattern = regexp.MustCompile(`(?s)^` + pattern + `$`)
	return s
}

// where is what stands before a problem of a file: its name, the row, the column.
var where = regexp.MustCompile(`(?s)^(?:(.+?): )?(?:row ([0-9]+)(?:, column (.+?))?|column (.+?)): (.+)$`)

// say says a message of the engine in the language of the page.
func say(x *web.Exchange, message string) string {
	if x.Printer().Code() == "en" {
		return message
	}
	if said, ok := sayWhole(x, message); ok {
		return said
	}
	if m := where.FindStringSubmatch(message); m != nil {
		if said, ok := sayWhole(x, m[5]); ok {
			return place(x, m[1], m[2], m[3]+m[4]) + said
		}
	}
	if file, rest, found := strings.Cut(message, ": "); found {
		if said, ok := sayWhole(x, rest); ok {
			return file + ": " + said
		}
	}
	return message
}

// place writes where in a file something is.
func place(x *web.Exchange, file, row, column string) string {
	var list []string
	if file != "" {
		list = append(list, file)
	}
	if row != "" {
		list = append(list, x.Text("prepare.at.row", "row", row))
	}
	if column != "" {
		list = append(list, x.Text("prepare.at.column", "column", column))
	}
	return strings.Join(list, ", ") + ": "
}

func sayWhole(x *web.Exchange, message string) (string, bool) {
	for _, s := range sentences() {
		m := s.pattern.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		var args []any
		for i, name := range s.names {
			args = append(args, name, quoted(x, name, m[i+1]))
		}
		return x.Text(s.key, args...), true
	}
	return message, false
}

// counts are numbers with an English word behind them, which the sentences in other languages do without.
var counts = regexp.MustCompile(`^([0-9,]+) (?:cell is|cells are|rows?)$`)

// quoted says what a sentence quotes: in its quotes, and kinds of columns by their names.
func quoted(x *web.Exchange, name, text string) string {
	switch {
	case name[0] == 'q':
		return `"` + text + `"`
	case counts.MatchString(text):
		return counts.FindStringSubmatch(text)[1]
	}
	if _, known := table.ParseKind(text); known {
		return x.Text("prepare.kind." + text)
	}
	return text
}
