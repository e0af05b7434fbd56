package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/fault"
)

// recoveryCodes is how many codes a person gets. Each has 80 random bits, so that
// a fast hash keeps them.
const recoveryCodes = 10

// newRecovery draws codes and their hashes.
func (s *Service) newRecovery() (codes []string, sums [][]byte, err error) {
	for range recoveryCodes {
		b, err := s.draw(10)
		if err != nil {
			return nil, nil, err
		}
		code := base32.StdEncoding.EncodeToString(b) // 16 characters without padding
		sum := sha256.Sum256([]byte(code))
		codes = append(codes, strings.ToLower(strings.ReplaceAll(grouped(code), " ", "-")))
		sums = append(sums, sum[:])
	}
	return codes, sums, nil
}

// acceptRecovery takes a code away from a user, if it is one.
func acceptRecovery(u *User, code string) bool {
	sum := sha256.Sum256([]byte(plainCode(code)))
	for i, have := range u.Secrets.RecoveryCodes {
		if subtle.ConstantTimeCompare(sum[:], have) == 1 {
			u.Secrets.RecoveryCodes = slices.Delete(slices.Clone(u.Secrets.RecoveryCodes), i, i+1)
			return true
		}
	}
	return false
}

// RenewRecovery replaces the recovery codes of the actor by ten new ones, which
// are shown once.
func (s *Service) RenewRecovery(ctx context.Context, by Actor) ([]string, error) {
	u, err := s.self(ctx, by, true)
	if err != nil {
		return nil, err
	}
	if !u.HasFactor() {
		return nil, fault.New(fault.NotFound, "fault.account.factor.none")
	}
	codes, sums, err := s.newRecovery()
	if err != nil {
		return nil, err
	}
	u.Secrets.RecoveryCodes = sums
	_, err = s.saveUser(ctx, u, entry(by, "factor.recovery", "user:"+u.ID))
	return codes, err
}
