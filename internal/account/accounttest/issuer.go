package accounttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// Issuer is a provider of OpenID Connect. Everybody who comes is signed in as
// the person of the claims.
type Issuer struct {
	URL    string
	Client *http.Client
	Now    func() time.Time

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	alter func(claims map[string]any)
	asked map[string]url.Values // by code: what the browser came with
}

// NewIssuer starts a provider that ends with the test.
func NewIssuer(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Now: now, key: key, asked: map[string]url.Values{}}
	known := &oidctest.Server{Algorithms: []string{oidc.ES256}, PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: oidc.ES256}}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /auth", i.authorise)
	mux.Handle("/", known)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	known.SetIssuer(server.URL)
	i.URL, i.Client = server.URL, server.Client()
	return i
}

// Alter sets what is changed in the claims of the next ID tokens: a person
// (sub, email, email_verified), or a lie (iss, aud, nonce, exp).
func (i *Issuer) Alter(change func(claims map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.alter = change
}

// Browse follows the address that the server sent the browser to, and returns the
// query with which the provider sends it back.
func (i *Issuer) Browse(t testing.TB, to string) url.Values {
	t.Helper()
	client := *i.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

func (i *Issuer) authorise(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	code := rand.Text()
	i.asked[code] = r.URL.Query()
	back := r.URL.Query().Get("redirect_uri") + "?" + url.Values{
		"code": {code}, "state": {r.URL.Query().Get("state")}, "iss": {i.URL},
	}.Encode()
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// token exchanges a code, once, for whoever knows the verifier.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	asked, ok := i.asked[r.PostFormValue("code")]
	delete(i.asked, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != base.EncodeToString(sum[:]) {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := i.Now()
	claims := map[string]any{
		"iss": i.URL, "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"), "sub": "s-1",
		"email": "person@example.org", "email_verified": true,
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	if i.alter != nil {
		i.alter(claims)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"a","token_type":"Bearer","id_token":%q}`, oidctest.SignIDToken(i.key, "k", oidc.ES256, string(text)))
}
