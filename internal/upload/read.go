package upload

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// ErrDamaged says that a file was altered, cut off, or sealed with another key.
var ErrDamaged = errors.New("the sealed file is damaged, or the key is another")

// File is a sealed file that is read. It is safe for concurrent use, but for Read and Seek.
type File struct {
	file   *os.File
	cipher cipher.AEAD
	id     string
	size   int64
	count  int64 // segments
	at     int64 // of Read

	mu    sync.Mutex
	cache map[int64][]byte
	order []int64
}

// cached is how many segments are held: readers of workbooks go to and fro between a few places.
const cached = 16

// Open opens what Seal has kept. Close it.
func Open(dir, id string, key []byte) (*File, error) {
	place, err := path(dir, id)
	if err != nil {
		return nil, err
	}
	aead, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	in, err := os.Open(place)
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	info, err := in.Stat()
	if err != nil {
		_ = in.Close()
		return nil, fmt.Errorf("open upload: %w", err)
	}
	count := (info.Size() + segment + tag - 1) / (segment + tag)
	f := &File{file: in, cipher: aead, id: id, size: info.Size() - count*tag, count: count, cache: map[int64][]byte{}}
	if f.size <= 0 {
		_ = in.Close()
		return nil, fmt.Errorf("open upload: %w", ErrDamaged)
	}
	// The last segment shows whether anything was cut off.
	if _, err := f.segment(count - 1); err != nil {
		_ = in.Close()
		return nil, fmt.Errorf("open upload: %w", err)
	}
	return f, nil
}

// Size is the number of plain bytes.
func (f *File) Size() int64 { return f.size }

// Close closes the file, and forgets what was decrypted.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.cache {
		clear(s)
	}
	f.cache = nil
	return f.file.Close()
}

// segment returns a decrypted segment.
func (f *File) segment(number int64) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.cache[number]; ok {
		return s, nil
	}
	if f.cache == nil {
		return nil, os.ErrClosed
	}
	sealed := make([]byte, segment+tag)
	n, err := f.file.ReadAt(sealed, number*(segment+tag))
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	last := number == f.count-1
	if n < tag || !last && n < len(sealed) {
		return nil, ErrDamaged
	}
	plain, err := f.cipher.Open(sealed[:0], nonce(number, last), sealed[:n], []byte(f.id))
	if err != nil {
		return nil, ErrDamaged
	}
	if len(f.order) == cached {
		delete(f.cache, f.order[0])
		f.order = f.order[1:]
	}
	f.cache[number], f.order = plain, append(f.order, number)
	return plain, nil
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errors.New("read upload: negative offset")
	}
	for n < len(p) {
		if at+int64(n) >= f.size {
			return n, io.EOF
		}
		s, err := f.segment((at + int64(n)) / segment)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], s[(at+int64(n))%segment:])
	}
	return n, nil
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}
