package account

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/opencovey/covey/internal/fault"
)

// Lengths of a password in code points, after normalisation.
const (
	MinPassword = 12
	MaxPassword = 200
)

// Argon is the cost of a password: the parameters of argon2id (RFC 9106).
type Argon struct {
	Memory uint32 // KiB
	Time   uint32 // passes
	Lanes  uint8
}

// Bounds of the parameters that a stored hash may ask for, so that an altered
// database cannot make the server run out of memory.
const (
	maxArgonMemory = 1 << 20 // KiB
	maxArgonTime   = 16
	maxArgonLanes  = 16
)

//go:embed common.txt
var commonPasswords string

// hasher hashes passwords, a few at a time: each takes its memory and a
// processor, so a flood of them must wait, and when too many wait be sent away.
type hasher struct {
	cost    Argon
	running chan struct{}
	waiting atomic.Int64
	most    int64
	done    atomic.Int64 // hashes made, for tests
	random  io.Reader
	nobody  string // hash of no password, for addresses that nobody has
}

func newHasher(cost Argon, running, waiting int, random io.Reader) (*hasher, error) {
	h := &hasher{cost: cost, running: make(chan struct{}, running), most: int64(running + waiting), random: random}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	h.nobody = encodePHC(cost, salt, make([]byte, 32))
	return h, nil
}

// run makes one hash when it is its turn.
func (h *hasher) run(ctx context.Context, cost Argon, password string, salt []byte, size uint32) ([]byte, error) {
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > h.most {
		return nil, fault.New(fault.Unavailable, "fault.account.busy")
	}
	select {
	case h.running <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "fault.account.busy").Because(ctx.Err())
	}
	defer func() { <-h.running }()
	h.done.Add(1)
	return argon2.IDKey([]byte(password), salt, cost.Time, cost.Memory, cost.Lanes, size), nil
}

// hash returns the PHC string of a password, with a new salt.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("draw salt: %w", err)
	}
	sum, err := h.run(ctx, h.cost, norm.NFKC.String(password), salt, 32)
	if err != nil {
		return "", err
	}
	return encodePHC(h.cost, salt, sum), nil
}

// verify tells whether a password is that of a PHC string, and whether the string
// was made at another cost than today's. The empty string stands for nobody: the
// same work is done, and the answer is no.
func (h *hasher) verify(ctx context.Context, phc, password string) (ok, outdated bool, err error) {
	known := phc != ""
	if !known {
		phc = h.nobody
	}
	cost, salt, want, err := decodePHC(phc)
	if err != nil {
		return false, false, fmt.Errorf("read password hash: %w", err)
	}
	if len(password) > 8*MaxPassword { // longer than any that is taken; not worth normalising
		password = ""
	}
	got, err := h.run(ctx, cost, norm.NFKC.String(password), salt, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && known, cost != h.cost, nil
}

func encodePHC(cost Argon, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		cost.Memory, cost.Time, cost.Lanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

var errPHC = errors.New("not a PHC string of argon2id")

func decodePHC(phc string) (cost Argon, salt, sum []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &cost.Memory, &cost.Time, &cost.Lanes); err != nil {
		return cost, nil, nil, errPHC
	}
	if part[3] != fmt.Sprintf("m=%d,t=%d,p=%d", cost.Memory, cost.Time, cost.Lanes) {
		return cost, nil, nil, errPHC
	}
	if cost.Memory == 0 || cost.Memory > maxArgonMemory || cost.Time == 0 || cost.Time > maxArgonTime ||
		cost.Lanes == 0 || cost.Lanes > maxArgonLanes {
		return cost, nil, nil, errPHC
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, err1 := b64.DecodeString(part[4])
	sum, err2 := b64.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return cost, nil, nil, errPHC
	}
	return cost, salt, sum, nil
}

// checkPassword refuses a new password that is too short, too long, among the
// first that a guesser tries, or the name or address of its owner. There are no
// rules about kinds of characters: they make passwords worse.
func checkPassword(password, name, email string) error {
	if len(password) > 8*MaxPassword || !utf8.ValidString(password) {
		return fault.New(fault.Invalid, "fault.account.password.long", "limit", MaxPassword).At("password")
	}
	plain := norm.NFKC.String(password)
	switch n := utf8.RuneCountInString(plain); {
	case n < MinPassword:
		return fault.New(fault.Invalid, "fault.account.password.short", "limit", MinPassword).At("password")
	case n > MaxPassword:
		return fault.New(fault.Invalid, "fault.account.password.long", "limit", MaxPassword).At("password")
	}
	folded := strings.ToLower(plain)
	if isCommon(folded) {
		return fault.New(fault.Invalid, "fault.account.password.common").At("password")
	}
	before, _, _ := strings.Cut(email, "@")
	for _, own := range []string{name, strings.ReplaceAll(name, " ", ""), email, before} {
		if own != "" && folded == strings.ToLower(norm.NFKC.String(own)) {
			return fault.New(fault.Invalid, "fault.account.password.own").At("password")
		}
	}
	return nil
}

// isCommon tells whether a password is in the list, or has fewer than five
// different characters.
func isCommon(folded string) bool {
	different := map[rune]bool{}
	for _, r := range folded {
		different[r] = true
	}
	if len(different) < 5 {
		return true
	}
	for line := range strings.Lines(commonPasswords) {
		if strings.TrimSpace(line) == folded {
			return true
		}
	}
	return false
}
