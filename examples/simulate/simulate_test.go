package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const committed = "../cases.csv"

// records reads the committed file, header first.
func records(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open(committed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column returns the position of a header.
func column(t *testing.T, rows [][]string, name string) int {
	t.Helper()
	i := slices.Index(rows[0], name)
	if i < 0 {
		t.Fatalf("no column %s", name)
	}
	return i
}

func TestCommittedFileIsWhatTheSimulatorWrites(t *testing.T) {
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := run([]string{"-seed", "1", "-n", "20000"}, &got, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s differs from what the simulator writes; run go generate ./examples/simulate", committed)
	}
	if len(want) > 4<<20 {
		t.Errorf("%s has %d bytes, which is too much for a repository", committed, len(want))
	}
}

func TestOutputDependsOnSeedAndNumberAlone(t *testing.T) {
	make := func(args ...string) string {
		path := filepath.Join(t.TempDir(), "out.csv")
		if err := run(append(args, "-o", path), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first, again, other := make("-n", "500"), make("-n", "500"), make("-n", "500", "-seed", "2")
	if first != again {
		t.Error("the same seed gave two files")
	}
	if first == other {
		t.Error("two seeds gave the same file")
	}
}

func TestNumberOfPeople(t *testing.T) {
	for _, n := range []int{0, 1, 2, 14, 15, 16, 1000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out, 7, n); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			people := map[string]bool{}
			for _, row := range rows[1:] {
				people[row[0]] = true
			}
			if len(people) != n {
				t.Errorf("%d people, want %d", len(people), n)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"negative number", []string{"-n", "-1"}, "must not be negative"},
		{"stray argument", []string{"cases.csv"}, `"cases.csv" is not expected`},
		{"folder that is not there", []string{"-o", filepath.Join("no", "such", "folder.csv")}, "create output:"},
		{"unknown flag", []string{"-people", "3"}, "not defined"},
		{"help", []string{"-h"}, flag.ErrHelp.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := run(test.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// full is a writer without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestRunStopsWhenTheOutputFails(t *testing.T) {
	if err := write(full{}, 1, 1_000_000_000); err == nil || !strings.Contains(err.Error(), "write records:") {
		t.Errorf("error %v, want one about writing", err)
	}
}

// Memory must not grow with the number of people.
func TestMemoryIsFlat(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if err := write(io.Discard, 1, 50_000); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 4<<20 {
		t.Errorf("50,000 people allocated %d bytes in all", allocated)
	}
}

func BenchmarkPeople(b *testing.B) {
	if err := write(io.Discard, 1, b.N); err != nil {
		b.Fatal(err)
	}
}
