package account_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
)

var auditNothing = audit.Entry{Action: "test"}

func TestPasswordRules(t *testing.T) {
	for password, want := range map[string]string{
		"wide rivers cross here": "",
		"أربع كلمات عربية هنا":   "",
		"🚢🛶⛵🚤🛥🚂🚃🚄🚅🚆🚇🚈":           "",
		"elevenchars":                   "fault.account.password.short",
		"ﬃﬃ12345":                       "fault.account.password.short", // a ligature is three letters after NFKC: 11
		"ﬃﬃ123456":                      "",                             // and 12
		strings.Repeat("abcde", 40):     "",
		strings.Repeat("abcde", 41):     "fault.account.password.long",
		strings.Repeat("a", 1<<20):      "fault.account.password.long",
		"not utf-8 \xff\xfe\xfd at all": "fault.account.password.long",
		"passwordpassword":              "fault.account.password.common",
		"PasswordPassword":              "fault.account.password.common",
		"ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ": "fault.account.password.common",
		"aaaaaaaaaaaaaa":                 "fault.account.password.common",
		"121212121212":                   "fault.account.password.common",
		"contraseña123":                  "fault.account.password.common",
		"ana.garcia@example.org":         "fault.account.password.own",
		"Ana María García":               "fault.account.password.own",
		"anamaríagarcía":                 "fault.account.password.own",
		"correct horse battery staple":   "fault.account.password.common",
		"no rule about capitals or so 1": "",
	} {
		err := account.CheckPassword(password, "Ana María García", "ana.garcia@example.org")
		if keyOf(err) != want {
			t.Errorf("%.40q: got %v, want %q", password, err, want)
		}
	}
}

// TestNormalised: the same password, typed on another system, is the same.
func TestNormalised(t *testing.T) {
	h := newHub(t, account.Options{})
	token, err := h.FirstLink(t.Context())
	h.ok(err)
	_, err = h.Accept(t.Context(), h.home, token, account.Acceptance{
		Organisation: "O", Name: "N", Email: "n@example.org", Password: "caf\u00e9 \uff21 river wide",
	})
	h.ok(err)
	_, err = h.SignIn(t.Context(), h.home, "n@example.org", "cafe\u0301 A river wide")
	h.ok(err)
}

func TestCostRises(t *testing.T) {
	h := newHub(t, account.Options{})
	founder := h.founder()
	reader := h.member(founder.by().Organisation, "reader@example.org", false, account.Reader)
	dearer, err := account.NewService(h.store, h.keys, h.store, h.clock, zeros{}, account.Options{
		Origin: origin, Hashing: account.Argon{Memory: 128, Time: 2, Lanes: 1},
	})
	h.ok(err)
	sign := func(password string) {
		_, _ = dearer.SignIn(t.Context(), h.home, reader.email, password)
	}
	sign("not the password")
	if !strings.Contains(reader.user().Secrets.Password, "m=64,t=1") {
		t.Error("changed by a wrong password")
	}
	sign(goodPassword)
	if !strings.Contains(reader.user().Secrets.Password, "m=128,t=2") {
		t.Errorf("got %s", reader.user().Secrets.Password)
	}
	reader.signIn() // and it is still the same password
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestDefaultCost: what is stored says 19 MiB, two passes, one lane.
func TestDefaultCost(t *testing.T) {
	h := newHub(t, account.Options{Hashing: account.Argon{Memory: 19 * 1024, Time: 2, Lanes: 1}})
	usual, err := account.NewService(h.store, h.keys, h.store, h.clock, zeros{}, account.Options{})
	h.ok(err)
	token, err := usual.FirstLink(t.Context())
	h.ok(err)
	_, err = usual.Accept(t.Context(), h.home, token, account.Acceptance{
		Organisation: "O", Name: "N", Email: "n@example.org", Password: goodPassword,
	})
	h.ok(err)
	u, err := h.store.User(t.Context(), "email", "n@example.org")
	h.ok(err)
	if !strings.HasPrefix(u.Secrets.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s", u.Secrets.Password)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g")
	f.Add("$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA")
	f.Add("$argon2i$v=19$m=64,t=1,p=1$$")
	f.Add("$argon2id$v=19$m=+64,t=01,p=1 $AAAA$AAAA")
	f.Fuzz(func(t *testing.T, phc string) {
		if same, err := account.DecodePHC(phc); err == nil && !same {
			t.Errorf("%q was read, and is written in another way", phc)
		}
	})
}

func FuzzPlainCode(f *testing.F) {
	f.Add("123 456")
	f.Add("٠١٢٣٤٥")
	f.Add("abcd-efgh-ijkl-mnop")
	f.Fuzz(func(t *testing.T, code string) {
		once := account.PlainCode(code)
		if strings.ContainsAny(once, " -\t\r\n") {
			t.Errorf("%q became %q", code, once)
		}
	})
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@example.org", "A <a@example.org>", "a@b@c", "\"a b\"@example.org", "a@example.org\r\nBcc: x", "é@example.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		email, err := account.CheckEmail(s)
		if err != nil {
			return
		}
		if again, err := account.CheckEmail(email); err != nil || again != email {
			t.Errorf("%q became %q became %q (%v)", s, email, again, err)
		}
		if strings.ContainsAny(email, " \r\n<>,\"") || strings.Count(email, "@") != 1 {
			t.Errorf("%q became %q", s, email)
		}
	})
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"Ana": true, " Ana ": true, "نور": true, "می\u200cخواهم": true, "O'Brien <b>": true,
		"": false, " ": false, "a\nb": false, "a\u202eb": false, "\u200bAna": false, "a\x00": false,
		strings.Repeat("é", 100): true, strings.Repeat("é", 101): false, "a\xffb": false,
	} {
		if _, err := account.CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
