package account

import "time"

// Hashes returns how many passwords were hashed.
func (s *Service) Hashes() int64 { return s.kdf.done.Load() }

// Counters returns how many counters of guesses there are.
func (s *Service) Counters() int {
	s.guesses.mu.Lock()
	defer s.guesses.mu.Unlock()
	return len(s.guesses.all)
}

// SetMostCounters bounds the counters.
func (s *Service) SetMostCounters(n int) { s.guesses.most = n }

// DecodePHC reads a PHC string and tells whether writing it gives the same.
func DecodePHC(phc string) (same bool, err error) {
	cost, salt, sum, err := decodePHC(phc)
	return err == nil && encodePHC(cost, salt, sum) == phc, err
}

// OTPCode is otpCode.
func OTPCode(secret []byte, step int64, digits int) string { return otpCode(secret, step, digits) }

// Browser is the coarse name of a browser.
func Browser(agent string) string { return Client{Agent: agent}.browser() }

// CheckPassword is checkPassword.
func CheckPassword(password, name, email string) error { return checkPassword(password, name, email) }

// CheckName and CheckEmail are checkName and checkEmail.
func CheckName(name string) (string, error) { return checkName(name, "fault.account.name") }

// CheckEmail is checkEmail.
func CheckEmail(email string) (string, error) { return checkEmail(email) }

// PlainCode is plainCode.
func PlainCode(code string) string { return plainCode(code) }

// Lasting spans of time.
const (
	InvitationLasts = invitationLasts
	HalfLasts       = halfLasts
	RecentLasts     = recentLasts
	CeremonyLasts   = ceremonyLasts
	SetupLasts      = setupLasts
	SeenEvery       = time.Duration(seenEvery)
)
