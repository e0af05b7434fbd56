package app

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestInstanceName has servers begin in one folder at the same moment: they agree on its name.
func TestInstanceName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "publications")
	names := make([]string, 20)
	var wait sync.WaitGroup
	for i := range names {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var err error
			if names[i], err = instanceName(dir); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	for _, name := range names {
		if name == "" || name != names[0] {
			t.Fatal(names)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Error(left, err)
	}
}
