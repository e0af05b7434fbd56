package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opencovey/covey/internal/audit"
)

// memory is a store that an attacker can write to.
type memory struct {
	entries     []audit.Entry
	checkpoints []audit.Checkpoint
	number      int64
	head        [32]byte
}

func (m *memory) AppendEntry(_ context.Context, e audit.Entry) error {
	e = e.After(m.number, m.head, clock().Add(time.Duration(m.number)*time.Second))
	m.entries = append(m.entries, e)
	m.number, m.head = e.Number, e.Hash
	return nil
}

func (m *memory) Head(context.Context) (int64, [32]byte, error) { return m.number, m.head, nil }

func (m *memory) Entries(context.Context, audit.Query) ([]audit.Entry, error) {
	return nil, errors.New("not asked for")
}

func (m *memory) EachEntry(_ context.Context, from int64, f func(audit.Entry) error) error {
	for _, e := range m.entries {
		if e.Number < from {
			continue
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) SaveCheckpoint(_ context.Context, c audit.Checkpoint) error {
	m.checkpoints = append(m.checkpoints, c)
	return nil
}

func (m *memory) Checkpoints(context.Context) ([]audit.Checkpoint, error) { return m.checkpoints, nil }

// remake chains all entries anew, as somebody can who has the database.
func (m *memory) remake() {
	m.number, m.head = 0, [32]byte{}
	for i, e := range m.entries {
		e = e.After(m.number, m.head, e.Time)
		m.entries[i] = e
		m.number, m.head = e.Number, e.Hash
	}
}

func clock() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

func signingKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// written returns a log of 30 entries with checkpoints at 10 and 20.
func written(t *testing.T) (*memory, *audit.Log) {
	t.Helper()
	m := &memory{}
	l, err := audit.NewLog(m, signingKey(1), clock)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		e := audit.Entry{Actor: "u" + string(rune('a'+i)), Organisation: "o", Action: "tool.save", Subject: "tool:x", Detail: map[string]string{"field": "name", "n": string(rune('a' + i))}}
		if err := m.AppendEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if _, made, err := l.Checkpoint(t.Context(), audit.Pace{Entries: 10}); err != nil || made != (i%10 == 9) {
			t.Fatalf("checkpoint after entry %d: %v, %v", i+1, made, err)
		}
	}
	m.checkpoints = m.checkpoints[:2]
	return m, l
}

// TestSum holds the encoding in place: a log that was written once must verify
// for ever.
func TestSum(t *testing.T) {
	e := audit.Entry{
		Number: 2, Time: time.UnixMicro(3), Actor: "a", Organisation: "bé", Action: "c.d", Subject: "",
		Detail: map[string]string{"y": "2", "x": "1"}, Previous: [32]byte{9},
	}
	encoding := "01" + "0000000000000002" + "0000000000000003" + "00000001" + "61" + "00000003" + "62c3a9" +
		"00000003" + "632e64" + "00000000" + "00000002" + "00000001" + "78" + "00000001" + "31" + "00000001" + "79" + "00000001" + "32" +
		"09" + strings.Repeat("00", 31)
	b, err := hex.DecodeString(encoding)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Sum(); got != sha256.Sum256(b) {
		t.Errorf("sum %x is not that of the encoding", got)
	}
}

// TestSumTellsApart draws texts between which bytes may move from field to field.
func TestSumTellsApart(t *testing.T) {
	text := rapid.StringMatching(`[ab]{0,3}`)
	draw := rapid.Custom(func(t *rapid.T) audit.Entry {
		return audit.Entry{
			Number: rapid.Int64Range(0, 2).Draw(t, "number"), Time: time.UnixMicro(rapid.Int64Range(0, 2).Draw(t, "time")).UTC(),
			Actor: text.Draw(t, "actor"), Organisation: text.Draw(t, "organisation"), Action: text.Draw(t, "action"),
			Subject: text.Draw(t, "subject"), Detail: rapid.MapOfN(text, text, 0, 2).Draw(t, "detail"),
			Previous: [32]byte{rapid.ByteMax(1).Draw(t, "previous")},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		one, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		two, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Sum() == b.Sum()) != bytes.Equal(one, two) {
			t.Fatalf("%s and %s", one, two)
		}
	})
}

// Weaker verifications, each of which something escapes: the mutants.
var weaker = map[string][]audit.Problem{
	"hashes alone":             {audit.Altered},
	"hashes and numbers":       {audit.Altered, audit.Missing, audit.Misplaced},
	"without head":             {audit.Altered, audit.Missing, audit.Misplaced, audit.Unchained, audit.Unsigned, audit.Contradicted},
	"without checkpoints":      {audit.Altered, audit.Missing, audit.Misplaced, audit.Unchained, audit.Truncated, audit.Extended},
	"without their signatures": {audit.Altered, audit.Missing, audit.Misplaced, audit.Unchained, audit.Truncated, audit.Extended, audit.Contradicted},
}

func TestVerify(t *testing.T) {
	// Kept is the checkpoint at 10, which somebody has outside the server.
	tests := []struct {
		name   string
		tamper func(*memory)
		kept   bool
		want   audit.Problem // "" for a good log
	}{
		{"nothing", func(*memory) {}, true, ""},
		{"nothing, nothing kept", func(*memory) {}, false, ""},
		{"an actor", func(m *memory) { m.entries[4].Actor = "ua\x00" }, false, audit.Altered},
		{"a time", func(m *memory) { m.entries[4].Time = m.entries[4].Time.Add(time.Microsecond) }, false, audit.Altered},
		{"a word", func(m *memory) { m.entries[4].Detail = map[string]string{"field": "name"} }, false, audit.Altered},
		{"content and hash", func(m *memory) {
			m.entries[4].Actor = "x"
			m.entries[4].Hash = m.entries[4].Sum()
		}, false, audit.Unchained},
		{"one removed", func(m *memory) { m.entries = slices.Delete(m.entries, 4, 5) }, false, audit.Missing},
		{"the first removed", func(m *memory) { m.entries = m.entries[1:] }, false, audit.Missing},
		{"one twice", func(m *memory) { m.entries = slices.Insert(m.entries, 5, m.entries[4]) }, false, audit.Misplaced},
		{"one before the first", func(m *memory) {
			m.entries = slices.Insert(m.entries, 0, audit.Entry{Actor: "x"}.After(-1, [32]byte{}, clock()))
		}, false, audit.Misplaced},
		{"two exchanged", func(m *memory) { m.entries[4], m.entries[5] = m.entries[5], m.entries[4] }, false, audit.Misplaced},
		{"two exchanged and numbered", func(m *memory) {
			m.entries[4], m.entries[5] = m.entries[5], m.entries[4]
			for i := 4; i < 6; i++ {
				m.entries[i].Number = int64(i + 1)
				m.entries[i].Hash = m.entries[i].Sum()
			}
		}, false, audit.Unchained},
		{"the end removed", func(m *memory) { m.entries = m.entries[:25] }, false, audit.Truncated},
		{"the end removed, and the head changed", func(m *memory) {
			m.entries = m.entries[:15]
			m.number, m.head = 15, m.entries[14].Hash
		}, false, audit.Truncated},
		{"one added", func(m *memory) {
			m.entries = append(m.entries, audit.Entry{Actor: "x"}.After(m.number, m.head, clock().Add(time.Hour)))
		}, false, audit.Extended},
		{"the head", func(m *memory) { m.head[0]++ }, false, audit.Contradicted},
		{"all removed", func(m *memory) { *m = memory{checkpoints: m.checkpoints} }, false, audit.Truncated},
		{"all and the checkpoints removed", func(m *memory) { *m = memory{} }, true, audit.Truncated},
		{"made anew", func(m *memory) {
			m.entries[4].Actor = "x"
			m.remake()
		}, false, audit.Contradicted},
		{"made anew, without checkpoints", func(m *memory) {
			m.entries[4].Actor = "x"
			m.remake()
			m.checkpoints = nil
		}, true, audit.Contradicted},
		{"a checkpoint's size", func(m *memory) { m.checkpoints[0].Size = 11 }, false, audit.Unsigned},
		{"a checkpoint's time", func(m *memory) { m.checkpoints[0].Time = clock().Add(1000) }, false, audit.Unsigned},
		{"made anew, and the checkpoints with another key", func(m *memory) {
			m.entries[4].Actor = "x"
			m.remake()
			m.checkpoints = nil
			l, err := audit.NewLog(m, signingKey(2), clock)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := l.Checkpoint(t.Context(), audit.Pace{}); err != nil {
				t.Fatal(err)
			}
		}, false, audit.Unsigned},
	}
	escaped := map[string]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, l := written(t)
			var kept [][]byte
			if test.kept {
				kept = append(kept, m.checkpoints[0].Note)
			}
			test.tamper(m)
			v, err := audit.Verify(t.Context(), m, l.Key(), kept...)
			if err != nil {
				t.Fatal(err)
			}
			if v.Good() != (test.want == "") {
				t.Fatalf("found %v", v.Findings)
			}
			is := func(f audit.Finding) bool { return f.Problem == test.want }
			if test.want != "" && !slices.ContainsFunc(v.Findings, is) {
				t.Errorf("found %v, not %q", v.Findings, test.want)
			}
			for name, problems := range weaker {
				sees := func(f audit.Finding) bool { return slices.Contains(problems, f.Problem) }
				if !v.Good() && !slices.ContainsFunc(v.Findings, sees) {
					escaped[name] = true
				}
			}
		})
	}
	for name := range weaker {
		if !escaped[name] {
			t.Errorf("nothing escapes a verification by %s: a case is missing", name)
		}
	}
}

// TestCheckpointRefuses checks that nobody is given a signature for a log that was
// tampered with since the last one.
func TestCheckpointRefuses(t *testing.T) {
	for name, tamper := range map[string]func(*memory){
		"altered":              func(m *memory) { m.entries[25].Actor = "x" },
		"removed":              func(m *memory) { m.entries = slices.Delete(m.entries, 25, 26) },
		"ended early":          func(m *memory) { m.entries = m.entries[:25] },
		"another head":         func(m *memory) { m.head[0]++ },
		"another checkpoint":   func(m *memory) { m.checkpoints[1].Head[0]++ },
		"all of it made anew":  func(m *memory) { m.entries[4].Actor = "x"; m.remake() },
		"shorter than it says": func(m *memory) { m.entries, m.number, m.head = m.entries[:15], 15, m.entries[14].Hash },
	} {
		t.Run(name, func(t *testing.T) {
			m, l := written(t)
			tamper(m)
			if _, made, err := l.Checkpoint(t.Context(), audit.Pace{}); made || err == nil {
				t.Errorf("made = %v, %v", made, err)
			}
		})
	}
}

// TestUndetectable states what cannot be noticed, so that nobody believes it can.
func TestUndetectable(t *testing.T) {
	m, l := written(t)
	m.entries[4].Actor = "x"
	m.remake()
	m.checkpoints = nil
	v, err := audit.Verify(t.Context(), m, l.Key())
	if err != nil || !v.Good() {
		t.Errorf("a log made anew was noticed without a checkpoint from outside? %v, %v", v, err)
	}
}

func TestVerification(t *testing.T) {
	m, l := written(t)
	m.entries[29].Time = clock() // the clock was set back, and the program wrote it so
	m.remake()
	v, err := audit.Verify(t.Context(), m, l.Key())
	if err != nil {
		t.Fatal(err)
	}
	if !v.Good() || v.Entries != 30 || v.Head != m.head || v.Checkpoints != 2 || v.Covered != 20 || len(v.Warnings) != 1 {
		t.Errorf("%+v", v)
	}
	for problem := range map[audit.Problem]bool{audit.Altered: true, audit.Truncated: true, audit.Backward: true} {
		if text := (audit.Finding{Number: 7, Problem: problem}).String(); !strings.Contains(text, "7") {
			t.Errorf("%s is said as %q", problem, text)
		}
	}
	if _, err := audit.Verify(t.Context(), m, "not a key"); err == nil {
		t.Error("a text that is no key was taken for one")
	}
	if v, err := audit.Verify(t.Context(), m, l.Key(), []byte("not a note")); err != nil || v.Good() {
		t.Errorf("a text that is no checkpoint was taken for one: %v, %v", v, err)
	}
}

func TestPace(t *testing.T) {
	m := &memory{}
	now := clock()
	l, err := audit.NewLog(m, signingKey(1), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	pace := audit.Pace{Entries: 3, Age: time.Hour}
	check := func(want bool) {
		t.Helper()
		if _, made, err := l.Checkpoint(t.Context(), pace); err != nil || made != want {
			t.Fatalf("made = %v, %v; want %v", made, err, want)
		}
	}
	add := func() {
		if err := m.AppendEntry(t.Context(), audit.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	check(false) // nothing there
	add()
	check(true) // the first is never too early
	add()
	check(false)
	add()
	add()
	check(true) // three more
	now = now.Add(2 * time.Hour)
	check(false) // nothing new
	add()
	check(true) // an hour has passed
}

func TestOpenCheckpoint(t *testing.T) {
	m, l := written(t)
	c, err := audit.OpenCheckpoint(m.checkpoints[0].Note, l.Key())
	if err != nil || c.Size != 10 || c.Head != m.entries[9].Hash || !c.Time.Equal(clock()) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := audit.OpenCheckpoint(m.checkpoints[0].Note, "x"); err == nil {
		t.Error("no key opened it")
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	l, err := audit.NewLog(&memory{}, signingKey(1), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("covey audit checkpoint v1\n1\nAAAA\n2026-11-22T10:00:00Z\n\n— test AAAA\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := audit.OpenCheckpoint(text, l.Key()); err == nil {
			t.Error("a text that nobody has signed was opened")
		}
	})
}

func TestExport(t *testing.T) {
	m, _ := written(t)
	var out bytes.Buffer
	if err := audit.Export(t.Context(), m, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 32 {
		t.Fatalf("%d lines", len(lines))
	}
	want := `{"number":1,"time":"2026-11-22T10:00:00Z","actor":"ua","organisation":"o","action":"tool.save","subject":"tool:x","detail":{"field":"name","n":"a"},"previous":"` +
		strings.Repeat("0", 64) + `","hash":"` + hex.EncodeToString(m.entries[0].Hash[:]) + `"}`
	if lines[0] != want {
		t.Errorf("the first line is %s", lines[0])
	}
	if !strings.HasPrefix(lines[31], `{"checkpoint":"covey audit checkpoint v1\n20\n`) {
		t.Errorf("the last line is %s", lines[31])
	}
}
