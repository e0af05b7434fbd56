package testenv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// EnvDatabase is the URL of a PostgreSQL database to test with, instead of a
// server that is started for the tests. Its user must be permitted to create and
// drop schemas.
const EnvDatabase = "COVEY_TEST_DATABASE"

// EnvPostgres is the folder with the programs initdb and postgres, where they are
// neither on PATH nor where Debian has them.
const EnvPostgres = "COVEY_POSTGRES"

// server starts the server when the first test asks, once in a test binary.
var server = sync.OnceValues(startPostgres)

// schemas counts the schemas, for their names.
var schemas atomic.Int64

// Postgres returns the URL of an empty schema that is dropped when the test ends.
// It is on a server of the test binary's own, or in the database of EnvDatabase.
// Without PostgreSQL it fails the test in a continuous integration and skips it
// elsewhere.
func Postgres(t testing.TB) string {
	t.Helper()
	address, err := database()
	if err != nil {
		const hint = "hint: install it (apt-get install postgresql), or set " + EnvPostgres + " to the folder of its programs or " + EnvDatabase + " to the URL of a database"
		if InCI() {
			t.Fatalf("testenv: PostgreSQL: %v\n%s", err, hint)
		}
		t.Skipf("testenv: PostgreSQL: %v; %s", err, hint)
	}
	schema := fmt.Sprintf("covey_test_%d_%d", os.Getpid(), schemas.Add(1))
	if err := execute(context.Background(), address, "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("testenv: PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(context.Background(), address, "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Errorf("testenv: PostgreSQL: %v", err)
		}
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("testenv: PostgreSQL: %v", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// database returns the URL of the database to test with.
func database() (string, error) {
	if set := os.Getenv(EnvDatabase); set != "" {
		return set, nil
	}
	if _, err := findPostgres(); err != nil {
		return "", err
	}
	return server()
}

// execute runs a statement on a connection of its own.
func execute(ctx context.Context, address, statement string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// serverScript makes a database and runs its server until standard input ends,
// which is when the test binary does, however it ends. It is not careful with the
// disk: what is tested is what happens to us, not to PostgreSQL.
const serverScript = `
cd "$1" && PATH="$2:$PATH"
if initdb -D data -U covey -A trust -E UTF8 --locale=C --no-sync >log 2>&1 </dev/null; then
	postgres -D data -k "$1" -c listen_addresses= -c fsync=off -c max_connections=200 \
		-c shared_buffers=32MB -c timezone=UTC >>log 2>&1 </dev/null &
fi
cat >/dev/null
kill -INT $! 2>/dev/null
wait
rm -rf "$1"
`

// startPostgres starts a server with a database and a socket of its own.
func startPostgres() (address string, err error) {
	programs, err := findPostgres()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "covey-pg-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("/bin/sh", "-c", serverScript, "sh", dir, programs)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is not for it
	if os.Geteuid() == 0 {                                // PostgreSQL refuses to run as root
		owner, err := unprivileged()
		if err == nil {
			err = os.Chown(dir, int(owner.Uid), int(owner.Gid))
		}
		if err != nil {
			return "", err
		}
		cmd.SysProcAttr.Credential = owner
	}
	input, err := cmd.StdinPipe() // stays open as long as this process lives
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	go func() { _ = cmd.Wait() }() // holds on to the pipe, which would else be closed as garbage
	address = "postgres://covey@/postgres?host=" + url.QueryEscape(dir)
	const patience = 30 * time.Second
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(50 * time.Millisecond) {
		if execute(context.Background(), address, "SELECT 1") == nil {
			return address, nil
		}
	}
	text, _ := os.ReadFile(filepath.Join(dir, "log"))
	_ = input.Close()
	return "", fmt.Errorf("the server did not start within %v: %s", patience, text)
}

// findPostgres returns the folder with initdb and postgres: where PATH leads, or
// where Debian has them.
func findPostgres() (string, error) {
	if set := os.Getenv(EnvPostgres); set != "" {
		_, err := exec.LookPath(filepath.Join(set, "initdb"))
		return set, err
	}
	folders := filepath.SplitList(os.Getenv("PATH"))
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(debian)
	for _, folder := range append(folders, debian...) {
		_, err := exec.LookPath(filepath.Join(folder, "initdb"))
		_, err2 := exec.LookPath(filepath.Join(folder, "postgres"))
		if err == nil && err2 == nil {
			return folder, nil
		}
	}
	return "", errors.New("no initdb and postgres on PATH or below /usr/lib/postgresql")
}

// unprivileged returns a user who is not root: that of the package postgresql, or
// nobody.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err == nil && err2 == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("running as root, and there is neither a user postgres nor nobody")
}
