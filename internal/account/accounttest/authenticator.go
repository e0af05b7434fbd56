package accounttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Authenticator makes one passkey and answers with it, as a browser and a phone
// do together. Its fields can be changed between the calls, to misbehave.
type Authenticator struct {
	Origin   string // that the browser reports
	Unproven bool   // the owner is not verified
	ID       []byte
	Handle   []byte // of the user, as the server named it
	Counter  uint32
	Still    bool // the counter stays as it is, as that of most passkeys does
	key      *ecdsa.PrivateKey
}

var base = base64.RawURLEncoding

// options are what both ceremonies begin with.
type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

// Create answers to options for a new passkey, with an ES256 key and no attestation.
func (a *Authenticator) Create(begin []byte) ([]byte, error) {
	var o options
	err := json.Unmarshal(begin, &o)
	if err == nil {
		a.Handle, err = base.DecodeString(o.User.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	a.ID = []byte(rand.Text())
	public, err := a.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	// COSE_Key (RFC 9052): {1: 2, 3: -7, -1: 1, -2: X, -3: Y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32}, public[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), public[33:]...)
	data := a.data(o.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), cose...)
	// {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(binary.BigEndian.AppendUint16(append(object, 0x59), uint16(len(data))), data...)
	return a.answer(map[string]any{
		"clientDataJSON":    base.EncodeToString(a.client("webauthn.create", o.Challenge)),
		"attestationObject": base.EncodeToString(object),
	})
}

// Get answers to options for signing in.
func (a *Authenticator) Get(begin []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(begin, &o); err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	if !a.Still {
		a.Counter++
	}
	data := a.data(o.RPID, 0)
	client := a.client("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte(nil), data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return a.answer(map[string]any{
		"clientDataJSON":    base.EncodeToString(client),
		"authenticatorData": base.EncodeToString(data),
		"signature":         base.EncodeToString(signature),
		"userHandle":        base.EncodeToString(a.Handle),
	})
}

// data is the authenticator data: hash of the host, flags (user present, user
// verified, more), counter.
func (a *Authenticator) data(host string, more byte) []byte {
	hash := sha256.Sum256([]byte(host))
	flags := 0x01 | more
	if !a.Unproven {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, challenge, a.Origin)
}

func (a *Authenticator) answer(response map[string]any) ([]byte, error) {
	id := base.EncodeToString(a.ID)
	text, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "response": response,
		"authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		return nil, fmt.Errorf("write answer: %w", err)
	}
	return text, nil
}
