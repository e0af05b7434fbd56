// Package seal keeps the server's own secrets. There is one root key, made at the
// first start or given by the operator; every other key is derived from it, so
// that a backup of 32 bytes opens everything.
//
//	root key (file root.key, readable by its owner alone)
//	├── database     encrypts the embedded database
//	├── fields       one key for each purpose, seals single values
//	├── tokens       one key for each purpose, fingerprints what is looked up
//	├── audit        signs checkpoints of the audit log (ed25519)
//	└── salt         makes counters of requests unreadable
//
// Whoever has the root key has all. Whoever has only the database has none.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// RootSize is the length of a root key in bytes.
const RootSize = 32

// sealVersion is the first byte of everything that is sealed. It changes with the
// cipher or the way in which keys are derived.
const sealVersion = 1

// ErrOpen says that a sealed value was made with another key, for another purpose
// or record, or was altered.
var ErrOpen = errors.New("open sealed value: not sealed with this key for this place")

// Keys are the secrets of one server. They are safe for concurrent use.
type Keys struct {
	root [RootSize]byte
}

// New returns the keys that follow from a root key of [RootSize] bytes.
func New(root []byte) (*Keys, error) {
	if len(root) != RootSize {
		return nil, fmt.Errorf("read root key: %d bytes instead of %d", len(root), RootSize)
	}
	var k Keys
	copy(k.root[:], root)
	if k.root == [RootSize]byte{} {
		return nil, errors.New("read root key: it is all zeros")
	}
	return &k, nil
}

// Make draws a new root key; nil stands for the system's source of randomness.
func Make(random io.Reader) (*Keys, error) {
	if random == nil {
		random = rand.Reader
	}
	root := make([]byte, RootSize)
	if _, err := io.ReadFull(random, root); err != nil {
		return nil, fmt.Errorf("make root key: %w", err)
	}
	return New(root)
}

// Root returns the root key, for a backup.
func (k *Keys) Root() []byte { return append([]byte(nil), k.root[:]...) }

// Database returns the key of the embedded database, of 32 bytes.
func (k *Keys) Database() []byte { return k.derive("database", "") }

// Salt returns a key for fingerprints that need not outlive the server's run,
// such as the counters of requests by address.
func (k *Keys) Salt() []byte { return k.derive("salt", "") }

// Auditor returns the key that signs checkpoints of the audit log.
func (k *Keys) Auditor() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(k.derive("audit", ""))
}

// Fingerprint returns HMAC-SHA-256 of a value with the key of a purpose: equal
// values have equal fingerprints, and without the key a guess cannot be tried.
func (k *Keys) Fingerprint(purpose string, value []byte) [32]byte {
	mac := hmac.New(sha256.New, k.derive("tokens", purpose))
	mac.Write(value)
	return [32]byte(mac.Sum(nil))
}

// Seal encrypts a value of a record with AES-256-GCM and a random nonce. The
// purpose ("account.totp") and the ID of the record are bound to it: it opens
// nowhere else.
func (k *Keys) Seal(purpose, id string, plain []byte) []byte {
	return k.cipher(purpose).Seal([]byte{sealVersion}, nil, plain, place(purpose, id))
}

// Open decrypts what [Keys.Seal] returned for the same purpose and ID, or returns
// [ErrOpen].
func (k *Keys) Open(purpose, id string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrOpen
	}
	plain, err := k.cipher(purpose).Open(nil, nil, sealed[1:], place(purpose, id))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func (k *Keys) cipher(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(k.derive("fields", purpose))
	if err != nil {
		panic(err) // cannot be: the key has the right length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // cannot be: AES has the right block size
	}
	return aead
}

// place is the additional data of a sealed value. The length keeps purpose and ID
// apart.
func place(purpose, id string) []byte {
	b := []byte{sealVersion}
	b = binary.BigEndian.AppendUint32(b, uint32(len(purpose)))
	b = append(b, purpose...)
	return append(b, id...)
}

// derive returns a key of 32 bytes for one use: HKDF-SHA-256 with the use as info.
func (k *Keys) derive(use, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k.root[:], nil, "covey/1/"+use+"/"+purpose, 32)
	if err != nil {
		panic(err) // cannot be: 32 bytes are far below the limit of HKDF
	}
	return key
}
