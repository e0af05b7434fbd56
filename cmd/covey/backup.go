package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/app"
)

var backupManual = manual{
	usage: "backup [flags] -o FILE",
	text: `
Backup writes everything a server keeps into one file, while the server goes on: the
database and the root key, without which what is sealed stays closed. Sessions are
left out. The file is encrypted with age (https://age-encryption.org), for the public
keys after -to or with the passphrase in a file, and can be restored to the embedded
database and to PostgreSQL.

Whoever can open the file can read everything. Keep what opens it away from the
server and from the backups.`,
	examples: `  covey backup -data /var/lib/covey -to age1... -o 2026-11-22.covey
  covey backup -database postgres:///covey -passphrase words.txt -o 2026-11-22.covey`,
}

// placeFlags are the flags of commands that work beside a server.
func (f *flags) placeFlags(o *app.Options) error {
	f.StringVar(&o.Dir, "data", cmp.Or(os.Getenv("STATE_DIRECTORY"), "covey-data"), "the `folder` of the server, with database and root key")
	f.StringVar(&o.Database, "database", "", "the server's PostgreSQL database (`URL`), if it is not the one in the folder")
	err := f.fromEnvironment()
	f.StringVar(&o.Key, "key", "", "the `file` of the root key, if it is not in the folder")
	if folder := os.Getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		if key := filepath.Join(folder, "root.key"); isFile(key) {
			o.Key = key
		}
	}
	o.Now = f.env.now
	return err
}

func runBackup(ctx context.Context, e *env, args []string) error {
	var o app.Options
	var to nameList
	f := e.newFlags(backupManual)
	err := f.placeFlags(&o)
	force := f.Bool("force", false, "replace the file if it exists")
	out := f.String("o", "", "write this `file`")
	passphrase := f.String("passphrase", "", "encrypt with the passphrase in this `file`")
	f.Var(&to, "to", "encrypt for this public `key` of age; may be given several times")
	if err != nil {
		return err
	}
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	switch {
	case *out == "":
		return &usageError{"the file to write is missing: covey backup -o FILE", f.seeHelp()}
	case (*passphrase == "") == (len(to) == 0):
		return &usageError{"a backup is encrypted either for keys (-to) or with a passphrase (-passphrase)", f.seeHelp()}
	}
	lock := app.Lock{Recipients: to}
	if *passphrase != "" {
		if lock.Passphrase, err = readPassphrase(*passphrase); err != nil {
			return err
		}
	}
	file, err := e.create(*out, outMode(*force))
	if err != nil {
		return err
	}
	defer file.Discard()
	c, err := app.Backup(ctx, o, lock, file)
	if err != nil {
		return err
	}
	if err := file.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "wrote %s, with %s\n", clean(*out), count(int(c.Rows), "row", "rows"))
	return err
}

// readPassphrase reads the first line of a file.
func readPassphrase(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	const least = 12
	if len(line) < least {
		return "", &failure{fmt.Errorf("%s: its first line is too short for a passphrase", path), "take at least four words that nobody can guess"}
	}
	return line, nil
}

var restoreManual = manual{
	usage: "restore [flags] FILE",
	text: `
Restore reads a backup into an empty folder, or into an empty PostgreSQL database and
a folder for the root key, and then checks the audit log. Either everything is there
afterwards or nothing: a file that is damaged, or encrypted for another key, leaves
nothing behind. Everybody signs in again.

A backup of an older program is brought up to date.`,
	examples: `  covey restore -data /var/lib/covey -identity key.txt 2026-11-22.covey
  covey restore -database postgres:///covey -passphrase words.txt 2026-11-22.covey`,
}

func runRestore(ctx context.Context, e *env, args []string) error {
	var o app.Options
	f := e.newFlags(restoreManual)
	err := f.placeFlags(&o)
	identity := f.String("identity", "", "open it with the private key of age in this `file`")
	passphrase := f.String("passphrase", "", "open it with the passphrase in this `file`")
	if err != nil {
		return err
	}
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if (*passphrase == "") == (*identity == "") {
		return &usageError{"what opens the backup is missing: -identity or -passphrase, one of them", f.seeHelp()}
	}
	var lock app.Lock
	if *passphrase != "" {
		lock.Passphrase, err = readPassphrase(*passphrase)
	} else {
		var text []byte
		text, err = os.ReadFile(*identity)
		lock.Identities = string(text)
	}
	if err != nil {
		return err
	}
	file, err := os.Open(rest[0])
	if err != nil {
		return err
	}
	defer file.Close()
	c, v, err := app.Restore(ctx, o, lock, file)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[0], err)
	}
	fmt.Fprintf(e.stderr, "restored %s, as they were on %s\n", count(int(c.Rows), "row", "rows"), c.Made.Format(time.RFC3339))
	if !v.Good() {
		return auditFailure(v.Findings)
	}
	return nil
}
