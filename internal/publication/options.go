package publication

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/opencovey/covey/internal/fault"
)

// The folders of an instance.
const (
	uploadsFolder = "uploads" // sealed uploads
	runsFolder    = "runs"    // bundles of runs, with their sealed private part
	copiesFolder  = "copies"  // bundles of releases, as the database has them; may be removed at any time
	scratchFolder = "scratch" // nothing that lasts
)

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" || o.Instance == "" || o.Keys == nil || o.Jobs == nil || len(o.Worker) == 0 || o.Software == "" {
		return o, errors.New("open publications: a folder, an instance, keys, jobs, a worker and the name of the software are needed")
	}
	if o.Server == "" {
		o.Server = "covey"
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = 2_000_000_000
	}
	if o.Keep <= 0 {
		o.Keep = 7 * 24 * time.Hour
	}
	if o.Memory <= 0 {
		o.Memory = 4 << 30
		if all := machineMemory(); all > 0 {
			o.Memory = min(o.Memory, all/2)
		}
	}
	if o.Sessions <= 0 {
		o.Sessions = 2
	}
	if o.Idle <= 0 {
		o.Idle = 10 * time.Minute
	}
	if o.FreeDisk <= 0 {
		o.FreeDisk = 512 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newID returns an ID that nobody can guess.
func (s *Service) newID() (string, error) {
	var b [15]byte
	if _, err := io.ReadFull(s.o.Rand, b[:]); err != nil {
		return "", fmt.Errorf("make ID: %w", err)
	}
	return idText.EncodeToString(b[:]), nil
}

// slug makes the address of a data set from its title, "" if there is nothing in it that could be one.
func slug(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			gap = true
		}
		if b.Len() >= 60 {
			break
		}
	}
	return b.String()
}

// checkText holds a text of a form to its bounds.
func checkText(field, text string, most int, required bool) error {
	switch {
	case required && strings.TrimSpace(text) == "":
		return fault.New(fault.Invalid, "fault.publication.empty").At(field)
	case utf8.RuneCountInString(text) > most:
		return fault.New(fault.Invalid, "fault.too.long", "limit", most).At(field)
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return fault.New(fault.Invalid, "fault.publication.text").At(field)
	}
	return nil
}
