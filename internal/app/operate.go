package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/seal"
	"github.com/opencovey/covey/internal/store"
)

// What an operator does beside the running server, with its folder and its root
// key. Of the options these functions read Dir, Key, Database and Now.

// Lock closes and opens backups: keys of age, or a passphrase, not both.
type Lock struct {
	Recipients []string // public keys, "age1..."; to make a backup
	Identities string   // text of a file of private keys; to restore one
	Passphrase string
}

// errLock says that a backup would be closed by nothing, or by too much.
var errLock = errors.New("a backup needs either keys or a passphrase")

func (l Lock) recipients() ([]age.Recipient, error) {
	if (l.Passphrase == "") == (len(l.Recipients) == 0) {
		return nil, errLock
	}
	if l.Passphrase != "" {
		r, err := age.NewScryptRecipient(l.Passphrase)
		return []age.Recipient{r}, err
	}
	list, err := age.ParseRecipients(strings.NewReader(strings.Join(l.Recipients, "\n")))
	if err != nil {
		return nil, fmt.Errorf("read public keys: %w", err)
	}
	return list, nil
}

func (l Lock) identities() ([]age.Identity, error) {
	if (l.Passphrase == "") == (l.Identities == "") {
		return nil, errLock
	}
	if l.Passphrase != "" {
		i, err := age.NewScryptIdentity(l.Passphrase)
		return []age.Identity{i}, err
	}
	list, err := age.ParseIdentities(strings.NewReader(l.Identities))
	if err != nil {
		return nil, errors.New("read private keys: none of age is there") // err may quote a key
	}
	return list, nil
}

// Backup writes the server's database and root key to w, closed by the lock, while
// the server may go on.
func Backup(ctx context.Context, o Options, lock Lock, w io.Writer) (store.Contents, error) {
	to, err := lock.recipients()
	if err != nil {
		return store.Contents{}, err
	}
	s, keys, err := beside(ctx, o)
	if err != nil {
		return store.Contents{}, err
	}
	c, err := s.Backup(ctx, w, keys, to...)
	return c, errors.Join(err, s.Close())
}

// Restore reads a backup into an empty database, makes the folder if it is not
// there, and says what the audit log looks like: the backup is restored even if
// something is wrong with the log.
func Restore(ctx context.Context, o Options, lock Lock, r io.Reader) (store.Contents, *audit.Verification, error) {
	from, err := lock.identities()
	if err != nil {
		return store.Contents{}, nil, err
	}
	var root *seal.Keys
	if o.Key != "" {
		if root, err = seal.Read(o.Key); err != nil {
			return store.Contents{}, nil, err
		}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return store.Contents{}, nil, fmt.Errorf("make folder: %w", err)
	}
	c, err := store.Restore(ctx, r, store.Options{Database: o.Database, Dir: o.Dir, Now: o.Now}, root, from...)
	if err != nil {
		return store.Contents{}, nil, err
	}
	v, err := VerifyAudit(ctx, o, "", nil)
	return c, v, err
}

// beside opens the database of a server that may be running, and makes none.
func beside(ctx context.Context, o Options) (*store.Store, *seal.Keys, error) {
	keys, err := rootKey(o)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, store.Options{
		Database: o.Database, Dir: o.Dir, Key: keys.Database(), Now: o.Now, Existing: true,
	})
	return s, keys, err
}

// AuditKey returns the text with which checkpoints of the audit log are checked.
func AuditKey(o Options) (string, error) {
	keys, err := rootKey(o)
	if err != nil {
		return "", err
	}
	l, err := audit.NewLog(nil, keys.Auditor(), o.Now)
	if err != nil {
		return "", err
	}
	return l.Key(), nil
}

// rootKey reads the root key of a server, and makes none.
func rootKey(o Options) (*seal.Keys, error) {
	path := o.Key
	if path == "" {
		path = filepath.Join(o.Dir, seal.File)
	}
	return seal.Read(path)
}

// VerifyAudit checks the audit log with a key that was kept outside the server, or
// with the server's own if it is "", and with signed checkpoints that were kept
// outside, too.
func VerifyAudit(ctx context.Context, o Options, key string, kept [][]byte) (*audit.Verification, error) {
	if key == "" {
		var err error
		if key, err = AuditKey(o); err != nil {
			return nil, err
		}
	}
	s, _, err := beside(ctx, o)
	if err != nil {
		return nil, err
	}
	v, err := audit.Verify(ctx, s.Audit(), key, kept...)
	return v, errors.Join(err, s.Close())
}

// ExportAudit writes the audit log to w, as [audit.Export] describes it.
func ExportAudit(ctx context.Context, o Options, w io.Writer) error {
	s, _, err := beside(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(audit.Export(ctx, s.Audit(), w), s.Close())
}

// Checkpoint signs the audit log as it is and returns the signed text, for somebody
// to keep outside the server.
func Checkpoint(ctx context.Context, o Options) ([]byte, error) {
	s, keys, err := beside(ctx, o)
	if err != nil {
		return nil, err
	}
	l, err := audit.NewLog(s.Audit(), keys.Auditor(), o.Now)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	c, _, err := l.Checkpoint(ctx, audit.Pace{})
	return c.Note, errors.Join(err, s.Close())
}
