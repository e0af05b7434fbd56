package account

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"
)

// Client is the browser at the other end, as far as signing in needs to know it.
// Nothing of it is stored but a coarse name of the browser.
type Client struct {
	Address string // a word for its network address, which is for counting guesses and changes each day
	Agent   string // User-Agent
	Device  string // value of the device cookie, "" if there is none: see [Ticket]
}

// browser returns a coarse name: "Firefox on Linux".
func (c Client) browser() string {
	return firstOf(c.Agent, "Browser",
		"Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox", "FxiOS", "Firefox",
		"CriOS", "Chrome", "Chrome", "Chrome", "Safari", "Safari") +
		" on " + firstOf(c.Agent, "another system",
		"Android", "Android", "iPhone", "iOS", "iPad", "iOS", "CrOS", "ChromeOS", "Windows", "Windows",
		"Mac OS X", "macOS", "Linux", "Linux")
}

// firstOf returns the name after the first mark that is in the text.
func firstOf(text, otherwise string, marksAndNames ...string) string {
	for i := 0; i+1 < len(marksAndNames); i += 2 {
		if strings.Contains(text, marksAndNames[i]) {
			return marksAndNames[i+1]
		}
	}
	return otherwise
}

// DeviceLasts is how long a browser is known after signing in.
const DeviceLasts = 90 * day

// newDevice returns the value of a device cookie for a user: a random number and
// its fingerprint together with the user's ID.
func (s *Service) newDevice(user string) (string, error) {
	number, err := s.draw(16)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(number, s.deviceMark(user, number)...)), nil
}

// knows tells whether a browser has a device cookie of this user.
func (s *Service) knows(c Client, user string) bool {
	b, err := base64.RawURLEncoding.DecodeString(c.Device)
	return err == nil && len(b) == 32 && hmac.Equal(b[16:], s.deviceMark(user, b[:16]))
}

func (s *Service) deviceMark(user string, number []byte) []byte {
	sum := s.keys.Fingerprint("account.device", append([]byte(user+" "), number...))
	return sum[:16]
}
