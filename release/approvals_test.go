package release_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/opencovey/covey/release"
)

func approvalOf(content, act, person string) release.Approval {
	return release.Approval{Act: act, Content: content, Person: person, Organisation: "Harbour \"Light\"", At: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
}

// TestApprovalIsSignedNote opens with the reference implementation what this package signs.
func TestApprovalIsSignedNote(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	public := release.ApprovalKey("hub.example", key.Public().(ed25519.PublicKey))
	a := approvalOf(strings.Repeat("ab", 32), release.ActApproved, "R. Review")
	text, err := a.Sign("hub.example", key)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(text), note.VerifierList(verifier)); err != nil {
		t.Error(err)
	}
	got, err := release.OpenApproval(text, public)
	if err != nil || got != a {
		t.Errorf("%+v %v", got, err)
	}
	for name, wrong := range map[string]string{
		"person": strings.Replace(text, "Review", "Reviow", 1), "act": strings.Replace(text, "approved", "handed in", 1),
		"no signature": strings.SplitAfter(text, "\n\n")[0], "empty": "", "signature": strings.Replace(text, "= \n", "A\n", 1)[:len(text)-4] + "AA=\n",
	} {
		if _, err := release.OpenApproval(wrong, public); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := a.Sign("two words", key); err == nil {
		t.Error("a name with a space was accepted")
	}
	injected := approvalOf(a.Content, "approved by \"X\"\nhanded in", "x")
	if _, err := injected.Sign("hub.example", key); err == nil {
		t.Error("an act of our own was signed")
	}
}

// TestVerifyApprovals tries every way in which approvals can be wrong.
func TestVerifyApprovals(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	public := release.ApprovalKey("hub.example", key.Public().(ed25519.PublicKey))
	dir := smallBundle(t)
	b, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	content, err := b.Manifest.Content()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(a release.Approval, k ed25519.PrivateKey) string {
		text, err := a.Sign("hub.example", k)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	handed, approved := approvalOf(content, release.ActHandedIn, "A"), approvalOf(content, release.ActApproved, "B")
	for _, c := range []struct {
		name  string
		notes []string
		keys  []string
		want  release.Status
	}{
		{"both", []string{sign(handed, key), sign(approved, key)}, []string{public}, release.Passed},
		{"no key", []string{sign(handed, key), sign(approved, key)}, nil, release.NotPossible},
		{"none", nil, []string{public}, release.Failed},
		{"only handed in", []string{sign(handed, key)}, []string{public}, release.Failed},
		{"same person", []string{sign(handed, key), sign(approvalOf(content, release.ActApproved, "A"), key)}, []string{public}, release.Failed},
		{"another key", []string{sign(handed, other), sign(approved, other)}, []string{public}, release.Failed},
		{"another release", []string{sign(approvalOf(strings.Repeat("0", 64), release.ActHandedIn, "A"), key), sign(approved, key)}, []string{public}, release.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := b.Approve(c.notes); err != nil {
				t.Fatal(err)
			}
			read, err := release.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := read.Manifest.Content(); err != nil || again != content || read.SHA256 != b.SHA256 {
				t.Errorf("content %s instead of %s, %v", again, content, err)
			}
			v, err := release.Verify(t.Context(), read, release.VerifyOptions{Keys: c.keys})
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range v.Checks {
				if check.Name == "approvals" {
					if check.Status != c.want {
						t.Errorf("%+v", check)
					}
				} else if check.Status == release.Failed {
					t.Errorf("%+v", check)
				}
			}
		})
	}
	if err := b.Approve([]string{"anything"}); err == nil {
		t.Error("a manifest took what is no approval")
	}
}

// smallBundle writes a release of a few records.
func smallBundle(t *testing.T) string {
	t.Helper()
	policy, err := release.ParsePolicy("p", strings.NewReader("version: 1\ntitle: t\nprotection: {k: 2}\ncolumns: {a: category, b: category}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.Make(t.Context(), readRecords(t, policy, strings.NewReader("a,b\n"+strings.Repeat("x,y\nx,z\nw,z\n", 10))), policy, release.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "bundle")
	if err := r.Write(t.Context(), dir, release.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
