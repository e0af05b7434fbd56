package work

import (
	"archive/tar"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencovey/covey/internal/upload"
)

// saltFile lies beside the private part. With a salt of its own each part has a key of its own, also if a run is made twice.
const saltFile = "private.salt"

// privateKey is the key of the private part of a run. It follows from the key of the upload, so that both are gone at once.
func privateKey(key, salt []byte) []byte {
	derived, err := hkdf.Key(sha256.New, key, salt, "covey/publication/private", upload.KeySize)
	if err != nil {
		panic(err) // cannot be: the length is far below the limit of HKDF
	}
	return derived
}

// sealPrivate keeps the private part of a run in its folder.
func sealPrivate(dir string, key []byte, r io.Reader) error {
	var salt [16]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, saltFile), salt[:], 0o600); err != nil {
		return err
	}
	_, err := upload.Seal(dir, PrivateID, privateKey(key, salt[:]), r, upload.Limits{Formats: []upload.Format{upload.Tar}, Free: 1})
	return err
}

// PrivatePart reads one file of the private part of a run, such as release.PrivateQualityPage, from the folder of the run.
func PrivatePart(dir string, key []byte, name string) ([]byte, error) {
	salt, err := os.ReadFile(filepath.Join(dir, saltFile))
	if err != nil {
		return nil, err
	}
	f, err := upload.Open(dir, PrivateID, privateKey(key, salt))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	archive := tar.NewReader(f)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, fs.ErrNotExist
		}
		if err != nil {
			return nil, err
		}
		if h.Name == name {
			return io.ReadAll(archive)
		}
	}
}
