package app_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/app"
)

// certify writes a certificate of its own for a host and returns a pool that trusts it.
func certify(t *testing.T, certificate, key string) *x509.CertPool {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"covey.example"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, subject, subject, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// TestCertified serves by TLS with a certificate from files.
func TestCertified(t *testing.T) {
	certificate, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Certified(certificate, key); err == nil {
		t.Fatal("a certificate that is not there is taken")
	}
	pool := certify(t, certificate, key)
	settings, err := app.Certified(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	a := open(t, app.Options{Public: "https://covey.example"})
	go func() { ended <- a.Serve(ctx, plain, settings) }()
	client := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "covey.example"}}}
	response, err := client.Get("https://" + plain.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 || response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %s %v", response.Proto, response.Status, response.Header)
	}
	if _, err := tls.Dial("tcp", plain.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "covey.example", MaxVersion: tls.VersionTLS11}); err == nil { //nolint:gosec // is refused
		t.Error("an old version of TLS is taken")
	}
	client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestAutomaticRefuses looks that no certificate is asked for that nobody gives.
func TestAutomaticRefuses(t *testing.T) {
	for _, host := range []string{"", "localhost", "127.0.0.1", "::1"} {
		if _, err := app.Automatic(t.Context(), host, t.TempDir()); err == nil {
			t.Errorf("%q is taken", host)
		}
	}
}
