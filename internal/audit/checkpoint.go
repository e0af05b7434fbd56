package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// checkpointTitle is the first line of what is signed.
const checkpointTitle = "covey audit checkpoint v1"

// Pace says how often checkpoints are made: when the log has grown by a number of
// entries, or has grown at all and the last checkpoint is older than Age. The zero
// value makes one whenever the log has grown.
type Pace struct {
	Entries int64
	Age     time.Duration
}

// Log signs checkpoints of the log in a store.
type Log struct {
	store  Store
	signer *signer
	now    func() time.Time
}

// signerName stands in every signature and in the key with which it is checked. It
// is not the server's address, which may change; the key tells servers apart.
const signerName = "covey-audit"

// NewLog returns the log of a store. Now is the clock; nil means time.Now.
func NewLog(store Store, key ed25519.PrivateKey, now func() time.Time) (*Log, error) {
	public, _ := key.Public().(ed25519.PublicKey)
	text, err := note.NewEd25519VerifierKey(signerName, public)
	if err != nil {
		return nil, fmt.Errorf("make signer of checkpoints: %w", err)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("make signer of checkpoints: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Log{store, &signer{v, text, key}, now}, nil
}

// Key returns the text with which checkpoints are checked, as [Verify] takes it.
// It is no secret. Who keeps it outside the server need not trust the server's.
func (l *Log) Key() string { return l.signer.text }

// signer signs with a key and checks with its public half.
type signer struct {
	note.Verifier
	text string
	key  ed25519.PrivateKey
}

// Sign implements note.Signer.
func (s *signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

// Checkpoint signs the head of the log and keeps it in the store, if it is time
// for that. What came since the last checkpoint is checked before: a log that was
// tampered with is not signed, but the error says what is wrong. Made is false if
// nothing was due.
func (l *Log) Checkpoint(ctx context.Context, pace Pace) (c Checkpoint, made bool, err error) {
	list, err := l.store.Checkpoints(ctx)
	if err != nil {
		return Checkpoint{}, false, err
	}
	var last Checkpoint
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	size, head, err := l.store.Head(ctx)
	if err != nil {
		return Checkpoint{}, false, err
	}
	now := l.now().UTC().Truncate(time.Second)
	grown := size - last.Size
	if grown < 0 {
		return Checkpoint{}, false, fmt.Errorf("sign checkpoint: the log has %d entries, and a checkpoint %d", size, last.Size)
	}
	if grown == 0 || pace.Entries > 0 && grown < pace.Entries && (pace.Age <= 0 || now.Sub(last.Time) < pace.Age) {
		return last, false, nil
	}
	if err := l.checkSince(ctx, last, size, head); err != nil {
		return Checkpoint{}, false, fmt.Errorf("sign checkpoint: %w", err)
	}
	c = Checkpoint{Size: size, Head: head, Time: now}
	if c.Note, err = note.Sign(&note.Note{Text: c.text()}, l.signer); err != nil {
		return Checkpoint{}, false, fmt.Errorf("sign checkpoint: %w", err)
	}
	if err := l.store.SaveCheckpoint(ctx, c); err != nil {
		return Checkpoint{}, false, err
	}
	return c, true, nil
}

// errEnough ends the walk through the entries.
var errEnough = errors.New("enough")

// checkSince walks from the last checkpoint to the head.
func (l *Log) checkSince(ctx context.Context, last Checkpoint, size int64, head [32]byte) error {
	if last.Size > 0 {
		signed, err := openCheckpoint(last.Note, l.signer)
		if err != nil || !signed.same(last) {
			return fmt.Errorf("the checkpoint at entry %d was altered, or signed with another key", last.Size)
		}
	}
	at := chain{number: last.Size, hash: last.Head}
	err := l.store.EachEntry(ctx, last.Size+1, func(e Entry) error {
		if e.Number > size { // appended meanwhile
			return errEnough
		}
		if f := at.next(e); len(f) > 0 {
			return errors.New(f[0].String())
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if at.number != size || at.hash != head {
		return fmt.Errorf("entries are missing at the end: the last is %d, the head of the log %d", at.number, size)
	}
	return nil
}

// text is what is signed: title, size, head and time, a line each.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", checkpointTitle, c.Size,
		base64.StdEncoding.EncodeToString(c.Head[:]), c.Time.UTC().Format(time.RFC3339))
}

// same tells whether two checkpoints state the same.
func (c Checkpoint) same(d Checkpoint) bool {
	return c.text() == d.text() && c.Time.Equal(d.Time)
}

// OpenCheckpoint reads the signed text of a checkpoint and checks its signature
// with the key that [Log.Key] returned.
func OpenCheckpoint(signed []byte, key string) (Checkpoint, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read key of checkpoints: %w", err)
	}
	return openCheckpoint(signed, v)
}

func openCheckpoint(signed []byte, v note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != checkpointTitle || lines[4] != "" {
		return Checkpoint{}, errors.New("open checkpoint: it is signed, but no checkpoint of this version")
	}
	c := Checkpoint{Note: signed}
	head, err := base64.StdEncoding.DecodeString(lines[2])
	if err == nil {
		c.Size, err = strconv.ParseInt(lines[1], 10, 64)
	}
	if err == nil {
		c.Time, err = time.Parse(time.RFC3339, lines[3])
	}
	if err != nil || copy(c.Head[:], head) != len(c.Head) || c.text() != n.Text {
		return Checkpoint{}, errors.New("open checkpoint: it is signed, but not as this program writes it")
	}
	return c, nil
}
