package seal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is the name of the root key's file in the server's folder.
const File = "root.key"

// Open reads the root key in a folder, and makes one if there is none. The folder
// must be there. A key that others than its owner may read is refused.
func Open(dir string, random io.Reader) (*Keys, error) {
	keys, err := Read(filepath.Join(dir, File))
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if keys, err = Make(random); err != nil {
		return nil, err
	}
	err = keys.Save(dir)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return Read(filepath.Join(dir, File))
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// Read reads a root key from a file elsewhere, such as a credential of systemd:
// 64 hexadecimal digits. A file that others than its owner may read is refused.
// If there is none the error is [fs.ErrNotExist].
func Read(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read root key: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() {
		return nil, fmt.Errorf("read root key: %s is not a file", path)
	} else if mode.Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read root key: others may read %s (%v): make it readable by its owner alone (chmod 600), and think about who has read it", path, mode.Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read root key: %w", err)
	}
	root, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("read root key: %s does not hold %d hexadecimal digits", path, 2*RootSize)
	}
	keys, err := New(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// Save writes the root key into a folder. It appears whole or not at all, and
// replaces none: if there is one the error is [fs.ErrExist].
func (k *Keys) Save(dir string) error {
	f, err := os.CreateTemp(dir, "."+File+"-*") // for its owner alone
	if err != nil {
		return fmt.Errorf("save root key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(k.root[:]) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("save root key: %w", err)
	}
	// A link, unlike a rename, fails if the name is taken.
	if err := os.Link(f.Name(), filepath.Join(dir, File)); err != nil {
		return fmt.Errorf("save root key: %w", err)
	}
	return syncFolder(dir)
}

// syncFolder makes the name of a new file as lasting as its content.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("save root key: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("save root key: %w", err)
	}
	return nil
}
