package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var lengthKey = regexp.MustCompile(`\blength: *[0-9]+`)

// length4 writes a copy of a policy that counts combinations of up to 4 attributes.
func (w workshop) length4(policy string) (string, error) {
	text, err := os.ReadFile(policy)
	if err != nil {
		return "", err
	}
	if !lengthKey.Match(text) {
		return "", fmt.Errorf("%s: no length: to change", policy)
	}
	name := filepath.Join(w.dir, "length4-"+filepath.Base(policy))
	return name, os.WriteFile(name, lengthKey.ReplaceAll(text, []byte("length: 4")), 0o600)
}
