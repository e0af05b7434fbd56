package testenv_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
)

// TestPostgresMissing says aloud that PostgreSQL is not there.
func TestPostgresMissing(t *testing.T) {
	tests := []struct{ name, ci, folder, database, want string }{
		{"no programs, in CI", "true", "/nowhere", "", "fail"},
		{"no programs, elsewhere", "", "/nowhere", "", "skip"},
		{"no database", "", "", "postgres://nobody@/none?host=/nowhere", "fail"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(testenv.EnvCI, test.ci)
			t.Setenv(testenv.EnvPostgres, test.folder)
			t.Setenv(testenv.EnvDatabase, test.database)
			r := record(func(tb testing.TB) { testenv.Postgres(tb) })
			if r.ended != test.want || !strings.HasPrefix(r.text, "testenv: PostgreSQL: ") {
				t.Errorf("ended with %q: %s", r.ended, r.text)
			}
		})
	}
}

// TestPostgres gives two tests two schemas, which do not see each other.
func TestPostgres(t *testing.T) {
	one, two := testenv.Postgres(t), testenv.Postgres(t)
	if one == two {
		t.Fatal("one schema for two tests")
	}
	for _, address := range []string{one, two} {
		db, err := sql.Open("pgx", address)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE things (n INT)"); err != nil {
			t.Error(err)
		}
	}
	if u, err := url.Parse(one); err != nil || u.Scheme != "postgres" {
		t.Errorf("%s is no URL: %v", one, err)
	}
}
