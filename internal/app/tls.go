package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
)

// Automatic returns settings for [App.Serve] with certificates from Let's Encrypt for
// a host, which are kept in a folder. The server must be reached at port 443: that is
// where the authority looks.
func Automatic(ctx context.Context, host, folder string) (*tls.Config, error) {
	if host == "" || net.ParseIP(host) != nil || host == "localhost" {
		return nil, fmt.Errorf("get certificate: %q is no public name", host)
	}
	config := certmagic.Config{Storage: &certmagic.FileStorage{Path: filepath.Join(folder, "certificates")}}
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
	})
	magic = certmagic.New(cache, config)
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: certmagic.LetsEncryptProductionCA, Agreed: true, DisableHTTPChallenge: true,
	})}
	if err := magic.ManageAsync(ctx, []string{host}); err != nil {
		cache.Stop()
		return nil, fmt.Errorf("get certificate: %w", err)
	}
	settings := magic.TLSConfig()
	settings.NextProtos = append([]string{"h2", "http/1.1"}, settings.NextProtos...)
	settings.MinVersion = tls.VersionTLS12
	return settings, nil
}

// Certified returns settings for [App.Serve] with a certificate from files. One that
// was renewed in its place is noticed within a minute.
func Certified(certificate, key string) (*tls.Config, error) {
	r := &renewing{certificate: certificate, key: key, now: time.Now}
	if _, err := r.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{
		GetCertificate: r.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}, nil
}

// renewing reads a certificate again from time to time.
type renewing struct {
	certificate, key string
	now              func() time.Time

	mu   sync.Mutex
	read time.Time
	pair *tls.Certificate
}

func (r *renewing) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.pair != nil && now.Sub(r.read) < time.Minute {
		return r.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(r.certificate, r.key)
	r.read = now
	switch {
	case err == nil:
		r.pair = &pair
	case r.pair == nil:
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	return r.pair, nil
}
