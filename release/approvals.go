package release

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Approval is a statement that somebody answers for a release: a server signs that a person of an organisation handed it in, or approved it. In a manifest it stands as
// a signed note (the format of golang.org/x/mod/sumdb/note and of c2sp.org/signed-note): four lines of text, an empty line, and the signature.
type Approval struct {
	Act          string    // "handed in" or "approved"
	Content      string    // of the release, see Manifest.Content
	Person       string    // name or ID of the person, in one line
	Organisation string    // in one line
	At           time.Time // in UTC and whole seconds
}

// The acts that are signed.
const (
	ActHandedIn = "handed in"
	ActApproved = "approved"
)

// approvalTitle is the first line of what is signed.
const approvalTitle = "covey release approval v1"

// maxApprovals and maxNote bound what a manifest may hold.
const (
	maxApprovals = 16
	maxNote      = 4096 // bytes
)

// Content names what a release holds, whoever approved it: SHA-256, in lower-case hexadecimal, of the manifest as this package writes it without approvals.
func (m *Manifest) Content() (string, error) {
	plain := *m
	plain.Approvals = nil
	out, err := plain.encode()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(out)
	return hex.EncodeToString(sum[:]), nil
}

// WithApprovals returns the manifest file with approvals in it, in place of those that it has.
func (m *Manifest) WithApprovals(notes []string) ([]byte, error) {
	approved := *m
	approved.Approvals = notes
	if problem := checkApprovals(&approved); problem != "" {
		return nil, fmt.Errorf("approve release: %s", problem)
	}
	return approved.encode()
}

// Approve replaces the manifest of a bundle by one with approvals.
func (b *Bundle) Approve(notes []string) error {
	out, err := b.Manifest.WithApprovals(notes)
	if err != nil {
		return err
	}
	place := filepath.Join(b.Dir, ManifestFile)
	part := place + ".part"
	if err := os.WriteFile(part, out, 0o644); err != nil {
		return fmt.Errorf("approve release: %w", err)
	}
	if err := os.Rename(part, place); err != nil {
		return fmt.Errorf("approve release: %w", err)
	}
	b.Manifest.Approvals = notes
	sum := sha256.Sum256(out)
	b.SHA256 = hex.EncodeToString(sum[:])
	return nil
}

// text is what is signed.
func (a Approval) text() string {
	return fmt.Sprintf("%s\n%s by %s of %s\n%s\n%s\n", approvalTitle, a.Act,
		strconv.Quote(a.Person), strconv.Quote(a.Organisation), a.At.UTC().Format(time.RFC3339), a.Content)
}

// Sign returns the approval as a note that is signed with a key. The name is the server's, without spaces and "+".
func (a Approval) Sign(name string, key ed25519.PrivateKey) (string, error) {
	public, _ := key.Public().(ed25519.PublicKey)
	if len(public) != ed25519.PublicKeySize {
		return "", errors.New("sign approval: there is no key")
	}
	if name == "" || strings.ContainsAny(name, " +\n\t") {
		return "", fmt.Errorf("sign approval: %q is no name of a key", name)
	}
	text := a.text()
	if _, err := parseApproval(text); err != nil {
		return "", fmt.Errorf("sign approval: %w", err)
	}
	signature := binary.BigEndian.AppendUint32(nil, keyHash(name, public))
	signature = append(signature, ed25519.Sign(key, []byte(text))...)
	return text + "\n— " + name + " " + base64.StdEncoding.EncodeToString(signature) + "\n", nil
}

// algorithmEd25519 is how signed notes name the algorithm.
const algorithmEd25519 = 1

// ApprovalKey returns the public key by which approvals are checked, as a text: NAME+HASH+KEY, the format of signed notes.
func ApprovalKey(name string, public ed25519.PublicKey) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, public),
		base64.StdEncoding.EncodeToString(append([]byte{algorithmEd25519}, public...)))
}

func keyHash(name string, public ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), append([]byte{algorithmEd25519}, public...)...))
	return binary.BigEndian.Uint32(sum[:4])
}

// parseKey reads what ApprovalKey writes.
func parseKey(text string) (name string, public ed25519.PublicKey, err error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(text), "+")
	hash, key, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || name == "" || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algorithmEd25519 {
		return "", nil, fmt.Errorf("%q is no public key of approvals: it has the form NAME+HASH+KEY", clip(text))
	}
	public = ed25519.PublicKey(raw[1:])
	if fmt.Sprintf("%08x", keyHash(name, public)) != hash {
		return "", nil, fmt.Errorf("the public key of %s is damaged", clip(name))
	}
	return name, public, nil
}

// OpenApproval checks the signature of a note with a public key, as [ApprovalKey] writes it, and returns what it says.
func OpenApproval(note, key string) (Approval, error) {
	name, public, err := parseKey(key)
	if err != nil {
		return Approval{}, err
	}
	text, signatures, found := strings.Cut(note, "\n\n— ")
	if !found || len(note) > maxNote {
		return Approval{}, errors.New("this is no signed note")
	}
	text += "\n"
	for _, line := range strings.Split(strings.TrimSuffix(signatures, "\n"), "\n— ") {
		by, encoded, _ := strings.Cut(line, " ")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || by != name || len(raw) != 4+ed25519.SignatureSize || binary.BigEndian.Uint32(raw) != keyHash(name, public) {
			continue
		}
		if !ed25519.Verify(public, []byte(text), raw[4:]) {
			return Approval{}, errors.New("the signature is wrong")
		}
		return parseApproval(text)
	}
	return Approval{}, errors.New("it is not signed with this key")
}

// parseApproval reads the text that is signed, and nothing else.
func parseApproval(text string) (a Approval, err error) {
	lines := strings.Split(text, "\n")
	bad := errors.New("this is no approval of a release")
	if len(lines) != 5 || lines[0] != approvalTitle || lines[4] != "" || !isSHA256(lines[3]) {
		return a, bad
	}
	act, rest, _ := strings.Cut(lines[1], " by ")
	person, err := strconv.QuotedPrefix(rest)
	if err != nil || act != ActHandedIn && act != ActApproved {
		return a, bad
	}
	body, found := strings.CutPrefix(rest[len(person):], " of ")
	a = Approval{Act: act, Content: lines[3]}
	var errs [3]error
	a.Person, errs[0] = strconv.Unquote(person)
	a.Organisation, errs[1] = strconv.Unquote(body)
	a.At, errs[2] = time.Parse(time.RFC3339, lines[2])
	a.At = a.At.UTC()
	if !found || errors.Join(errs[:]...) != nil || a.text() != text {
		return Approval{}, bad
	}
	return a, nil
}

// checkApprovals bounds what a manifest may hold of them. Whether they are true is for Verify to say, with a key.
func checkApprovals(m *Manifest) string {
	if len(m.Approvals) > maxApprovals {
		return fmt.Sprintf("approvals has more than %d", maxApprovals)
	}
	for i, note := range m.Approvals {
		text, _, found := strings.Cut(note, "\n\n— ")
		if _, err := parseApproval(text + "\n"); err != nil || !found || len(note) > maxNote {
			return fmt.Sprintf("approvals: entry %d is no signed approval", i+1)
		}
	}
	return ""
}

// approvals checks that the release was handed in and approved by two persons, if keys were given.
func (v *verifier) approvals() error {
	const shows = "two persons answer for the release: one handed it in, another approved it"
	switch {
	case len(v.o.Keys) == 0 && len(v.Manifest.Approvals) == 0:
		return nil
	case len(v.o.Keys) == 0:
		v.skip(checkApproved, shows, "that takes the public key of the server that signed for them")
		return nil
	}
	for _, key := range v.o.Keys {
		if _, _, err := parseKey(key); err != nil {
			return fmt.Errorf("verify release: %w", err)
		}
	}
	content, err := v.Manifest.Content()
	if err != nil {
		return err
	}
	var f finding
	acts := map[string][]Approval{}
	for i, note := range v.Manifest.Approvals {
		a, err := openAny(note, v.o.Keys)
		switch {
		case err != nil:
			f.add("approval %d: %v", i+1, err)
		case a.Content != content:
			f.add("approval %d is of another release", i+1)
		default:
			acts[a.Act] = append(acts[a.Act], a)
		}
	}
	switch handed, approved := acts[ActHandedIn], acts[ActApproved]; {
	case len(handed) == 0 || len(approved) == 0:
		f.add("it was not both handed in and approved")
	default:
		for _, a := range approved {
			for _, h := range handed {
				if a.Person == h.Person && a.Organisation == h.Organisation {
					f.add("the same person handed it in and approved it")
				}
			}
		}
	}
	v.check(checkApproved, shows, f, "nobody answers for this release as it is")
	return nil
}

// openAny opens a note with whichever key signed it.
func openAny(note string, keys []string) (a Approval, err error) {
	for _, key := range keys {
		if a, err = OpenApproval(note, key); err == nil {
			return a, nil
		}
	}
	return a, err
}
