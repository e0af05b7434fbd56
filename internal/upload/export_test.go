package upload

import "io"

// SealFull is Seal on a disk that takes so many bytes.
func SealFull(dir, id string, key []byte, r io.Reader, room int64, failed error) (Info, error) {
	return seal(dir, id, key, r, Limits{}, func(string) (file, error) { return &fullFile{room, failed}, nil }, Free)
}

// SealFree is Seal on a disk that says how much is free.
func SealFree(dir, id string, key []byte, r io.Reader, l Limits, left func() int64) (Info, error) {
	return seal(dir, id, key, r, l, func(string) (file, error) { return &fullFile{1 << 40, nil}, nil }, func(string) (int64, error) { return left(), nil })
}

type fullFile struct {
	room   int64
	failed error
}

func (f *fullFile) Write(p []byte) (int, error) {
	if f.room -= int64(len(p)); f.room < 0 {
		return 0, f.failed
	}
	return len(p), nil
}
func (f *fullFile) Sync() error  { return nil }
func (f *fullFile) Close() error { return nil }
