package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/opencovey/covey/internal/fault"
)

// OpenIDReturn is the path to which a provider sends browsers back; the whole
// address, with the origin before it, is registered there.
const OpenIDReturn = "/sign-in/openid/return"

// OpenID names a provider of OpenID Connect. It takes the place of the password
// only: a second factor here is asked for as ever.
type OpenID struct {
	Issuer string // "https://id.example.org"; "" means none
	Client string // ID of this server there
	Secret string // of the client
	HTTP   *http.Client
}

// openIDClient knows the provider, once it has been asked. It is asked at the
// first use, not at the start, so that the server runs without it.
type openIDClient struct {
	settings OpenID
	back     string

	mu       sync.Mutex
	provider *oidc.Provider
}

// HasOpenID tells whether there is a provider.
func (s *Service) HasOpenID() bool { return s.openID.settings.Issuer != "" }

// openIDState is what must come back with the browser.
type openIDState struct {
	State, Nonce, Verifier string
	Ends                   time.Time
}

func (c *openIDClient) context(ctx context.Context) context.Context {
	client := c.settings.HTTP
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	return oidc.ClientContext(ctx, client)
}

// found asks the provider for its addresses and keys.
func (c *openIDClient) found(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		// The provider keeps the context to fetch keys later, so it must outlive the request.
		p, err := oidc.NewProvider(c.context(context.WithoutCancel(ctx)), c.settings.Issuer)
		if err != nil {
			return nil, nil, fault.New(fault.Unavailable, "fault.account.openid.away").Because(err)
		}
		c.provider = p
	}
	return c.provider, &oauth2.Config{
		ClientID: c.settings.Client, ClientSecret: c.settings.Secret,
		Endpoint: c.provider.Endpoint(), RedirectURL: c.back, Scopes: []string{oidc.ScopeOpenID, "email"},
	}, nil
}

// OpenIDStart returns where to send the browser, and the state for its cookie.
func (s *Service) OpenIDStart(ctx context.Context) (to, state string, err error) {
	if !s.HasOpenID() {
		return "", "", fault.New(fault.NotFound, "fault.account.openid.none")
	}
	_, config, err := s.openID.found(ctx)
	if err != nil {
		return "", "", err
	}
	st := openIDState{Verifier: oauth2.GenerateVerifier(), Ends: s.now().Add(halfLasts)}
	if st.State, _, err = s.newToken(); err != nil {
		return "", "", err
	}
	if st.Nonce, _, err = s.newToken(); err != nil {
		return "", "", err
	}
	plain, err := json.Marshal(st)
	if err != nil {
		return "", "", fmt.Errorf("write state: %w", err)
	}
	to = config.AuthCodeURL(st.State, oidc.Nonce(st.Nonce), oauth2.S256ChallengeOption(st.Verifier))
	return to, base64.RawURLEncoding.EncodeToString(s.keys.Seal("account.openid", "", plain)), nil
}

// claims are what is read of an ID token.
type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
}

// OpenIDFinish takes what the provider sent the browser back with, and the state
// of the cookie. It signs in the user whom the subject is linked to, or links it
// to the user of the verified address. It makes no users.
//
// An account can be made with an address by somebody who does not own it, as the
// server sends no mail. So at the first use the password is removed and all
// sessions end: whoever waited there for the owner of the address is out.
func (s *Service) OpenIDFinish(ctx context.Context, c Client, cookie string, query url.Values) (Ticket, error) {
	wrong := fault.New(fault.Invalid, "fault.account.openid.wrong")
	if !s.HasOpenID() {
		return Ticket{}, fault.New(fault.NotFound, "fault.account.openid.none")
	}
	st, err := s.openState(cookie)
	if err != nil {
		return Ticket{}, err
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(st.State)) != 1 {
		return Ticket{}, wrong
	}
	// RFC 9207: a provider that names itself must be the one that was asked.
	if query.Has("iss") && query.Get("iss") != s.openID.settings.Issuer {
		return Ticket{}, wrong
	}
	if query.Get("code") == "" {
		return Ticket{}, wrong
	}
	token, email, err := s.openIDToken(ctx, st, query.Get("code"))
	if err != nil {
		return Ticket{}, err
	}
	u, err := s.linked(ctx, token, email)
	if err != nil {
		return Ticket{}, err
	}
	if open, err := s.isOpen(ctx, u); err != nil || u.Disabled || !open {
		return Ticket{}, fault.New(fault.Forbidden, "fault.account.openid.unknown").Because(err)
	}
	if u, err = s.refresh(ctx, u, ""); err != nil {
		return Ticket{}, err
	}
	return s.begin(ctx, c, u, false, "openid")
}

func (s *Service) openState(cookie string) (openIDState, error) {
	var st openIDState
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err == nil {
		var plain []byte
		if plain, err = s.keys.Open("account.openid", "", sealed); err == nil {
			err = json.Unmarshal(plain, &st)
		}
	}
	if err != nil || !s.now().Before(st.Ends) {
		return openIDState{}, fault.New(fault.Gone, "fault.account.openid.over").Because(err)
	}
	return st, nil
}

// openIDToken exchanges a code and verifies the ID token: signature, issuer,
// audience, time and nonce. The address is "" unless the provider has verified it.
func (s *Service) openIDToken(ctx context.Context, st openIDState, code string) (*oidc.IDToken, string, error) {
	wrong := fault.New(fault.Invalid, "fault.account.openid.wrong")
	provider, config, err := s.openID.found(ctx)
	if err != nil {
		return nil, "", err
	}
	tokens, err := config.Exchange(s.openID.context(ctx), code, oauth2.VerifierOption(st.Verifier))
	if err != nil {
		return nil, "", wrong.Because(err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, "", wrong
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: s.openID.settings.Client, Now: s.now})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, "", wrong.Because(err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(st.Nonce)) != 1 || token.Subject == "" {
		return nil, "", wrong
	}
	var cl claims
	if err := token.Claims(&cl); err != nil || !cl.Verified {
		return token, "", nil
	}
	return token, foldEmail(cl.Email), nil
}

// linked finds the user of a subject, or links it to the user of an address.
func (s *Service) linked(ctx context.Context, token *oidc.IDToken, email string) (User, error) {
	unknown := fault.New(fault.Forbidden, "fault.account.openid.unknown")
	subject := token.Issuer + " " + token.Subject
	u, err := s.store.User(ctx, "oidc", subject)
	if err == nil || !missing(err) {
		return u, wrap(err, "read user")
	}
	if email == "" {
		return User{}, unknown
	}
	u, err = s.store.User(ctx, "email", email)
	if missing(err) || err == nil && (u.Secrets.OIDCSubject != "" || u.Disabled) {
		return User{}, unknown
	}
	if err != nil {
		return User{}, wrap(err, "read user")
	}
	by, err := s.actorOf(ctx, u)
	if err != nil {
		return User{}, err
	}
	u.Secrets.OIDCSubject, u.Secrets.Password = subject, ""
	if u, err = s.saveUser(ctx, u, entry(by, "factor.add", "user:"+u.ID, "factor", "openid")); err != nil {
		return User{}, err
	}
	return u, s.endAll(ctx, by, u.ID)
}
