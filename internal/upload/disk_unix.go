//go:build linux || darwin || freebsd

package upload

import "syscall"

// Free returns how many bytes of the disk of a folder are free for us.
func Free(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
