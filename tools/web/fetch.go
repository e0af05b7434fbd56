package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// lockedPackage is a package at one version and no other.
type lockedPackage struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Licence   string `json:"licence"`
	Integrity string `json:"integrity"` // as npm writes it: "sha512-" and base64
}

// publicRegistry is where npm packages come from unless NPM_CONFIG_REGISTRY names another, as for npm itself. Whatever answers, the hash must be that
// of the lockfile.
const publicRegistry = "https://registry.npmjs.org"

func (p *lockedPackage) url() string {
	registry := cmp.Or(os.Getenv("NPM_CONFIG_REGISTRY"), publicRegistry)
	return fmt.Sprintf("%s/%s/-/%s-%s.tgz", strings.TrimSuffix(registry, "/"), p.Name, path.Base(p.Name), p.Version)
}

// Limits of what is read, against a registry gone wrong.
const (
	maxTarball  = 64 << 20
	maxUnpacked = 256 << 20
)

func readLock(name string) ([]lockedPackage, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages []lockedPackage `json:"packages"`
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return lock.Packages, nil
}

// fetch returns a folder that holds the packages as npm would lay them out. Tarballs are kept in the user's cache under their hash; what is there is checked again.
func fetch(packages []lockedPackage) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	cache = filepath.Join(cache, "covey-web")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	key := sha256.New()
	for _, p := range packages {
		fmt.Fprintln(key, p.Name, p.Integrity)
	}
	modules := filepath.Join(cache, fmt.Sprintf("modules-%x", key.Sum(nil)[:8]))
	if _, err := os.Stat(modules); err == nil {
		return modules, nil
	}
	unpacked, err := os.MkdirTemp(cache, "unpack-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(unpacked)
	for _, p := range packages {
		data, err := tarball(cache, p)
		if err == nil {
			err = unpack(data, filepath.Join(unpacked, filepath.FromSlash(p.Name)))
		}
		if err != nil {
			return "", fmt.Errorf("package %s %s: %w", p.Name, p.Version, err)
		}
	}
	if err := os.Rename(unpacked, modules); err != nil {
		return "", err
	}
	return modules, nil
}

func tarball(cache string, p lockedPackage) ([]byte, error) {
	name := filepath.Join(cache, fmt.Sprintf("%x.tgz", sha256.Sum256([]byte(p.Integrity))))
	if data, err := os.ReadFile(name); err == nil && right(data, p) {
		return data, nil
	}
	client := http.Client{Timeout: 5 * time.Minute}
	response, err := client.Get(p.url())
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", p.url(), response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxTarball))
	if err != nil {
		return nil, err
	}
	if !right(data, p) {
		return nil, fmt.Errorf("what %s gives has another hash than web/lock.json says", p.url())
	}
	return data, os.WriteFile(name, data, 0o644)
}

func right(data []byte, p lockedPackage) bool {
	hash := sha512.Sum512(data)
	return p.Integrity == "sha512-"+base64.StdEncoding.EncodeToString(hash[:])
}

// unpack writes the files of a tarball below folder, without their first path element.
func unpack(data []byte, folder string) error {
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	archive := tar.NewReader(io.LimitReader(zipped, maxUnpacked))
	for {
		entry, err := archive.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		_, name, ok := strings.Cut(path.Clean(entry.Name), "/")
		if !ok || entry.Typeflag != tar.TypeReg || !filepath.IsLocal(name) || !wanted(name) {
			continue
		}
		target := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		content, err := io.ReadAll(archive)
		if err == nil {
			err = os.WriteFile(target, content, 0o644)
		}
		if err != nil {
			return err
		}
	}
}

// wanted leaves out what no build needs.
func wanted(name string) bool {
	return !strings.HasSuffix(name, ".map") && !strings.HasPrefix(name, "dist/echarts") && !strings.HasPrefix(name, "i18n/")
}
