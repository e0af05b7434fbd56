// Package upload keeps files that people send on the disk, encrypted from the first
// byte: what is written is never readable without the key, which lives elsewhere (sealed, in the
// database) and is destroyed with the upload.
//
// A file is a sequence of segments of 64 KiB, each encrypted with AES-256-GCM under a key of
// the file's own. The nonce is the number of the segment and a mark of the last
// one, as in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that
// segments cannot be exchanged, repeated or cut off unnoticed. Segments can be read in
// any order, which workbooks need.
package upload

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/opencovey/covey/internal/fault"
)

// KeySize is the length of a file's key in bytes. No key is used for two files.
const KeySize = 32

const (
	segment = 64 << 10 // plain bytes
	tag     = 16       // bytes that encryption adds to a segment
)

// suffix of a file that is complete; partSuffix of one that is being written.
const (
	suffix     = ".sealed"
	partSuffix = ".part"
)

// Limits bound an upload. The zero value takes 2 GB and leaves 512 MiB of the disk free.
type Limits struct {
	Bytes   int64    // of the file; default 2,000,000,000
	Free    int64    // bytes that stay free on the disk; default 512 MiB
	Formats []Format // that are taken; default CSV and XLSX
	Size    int64    // that the sender announced: another length is a cut connection; 0: not known
}

// Info says what was kept.
type Info struct {
	Format Format
	Size   int64 // plain bytes
}

// Seal reads a file to its end and keeps it in a folder under an ID, encrypted. It is there whole or not at all, and
// on the disk when Seal returns.
//
// Faults: TooLarge; Invalid for a type that is not taken, an empty file, or a cut connection; Unavailable for a full disk, or
// one that takes no file as large;
// Conflict for an ID that is there. Whatever fails, nothing is left behind.
func Seal(dir, id string, key []byte, r io.Reader, l Limits) (Info, error) {
	return seal(dir, id, key, r, l, func(path string) (file, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}, Free)
}

// file is what is written to.
type file interface {
	io.WriteCloser
	Sync() error
}

func seal(dir, id string, key []byte, r io.Reader, l Limits, create func(string) (file, error), free func(string) (int64, error)) (info Info, err error) {
	l = l.withDefaults()
	place, err := path(dir, id)
	if err != nil {
		return info, err
	}
	if _, err := os.Lstat(place); err == nil {
		return info, fault.New(fault.Conflict, "fault.exists")
	}
	if left, err := free(dir); err == nil && left < l.Free+l.Size {
		return info, full(nil)
	}
	f, err := create(place + partSuffix)
	if errors.Is(err, fs.ErrExist) {
		return info, fault.New(fault.Conflict, "fault.exists")
	} else if err != nil {
		return info, writing(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(place + partSuffix)
		}
	}()
	w := &writer{out: f, limits: l, free: func() (int64, error) { return free(dir) }}
	if w.cipher, err = newCipher(key); err != nil {
		return info, err
	}
	if info, err = w.copy(id, r); err != nil {
		return info, err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return info, writing(err)
	}
	if err = os.Rename(place+partSuffix, place); err != nil {
		return info, writing(err)
	}
	return info, syncFolder(dir)
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 2_000_000_000
	}
	if l.Free <= 0 {
		l.Free = 512 << 20
	}
	if l.Formats == nil {
		l.Formats = []Format{CSV, XLSX}
	}
	return l
}

// path is where a file lies. IDs are made by the server, never by a sender.
func path(dir, id string) (string, error) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
		return "", fmt.Errorf("keep upload: %q is no ID", id)
	}
	return filepath.Join(dir, id+suffix), nil
}

func newCipher(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("keep upload: the key has %d bytes instead of %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keep upload: %w", err)
	}
	return cipher.NewGCM(block)
}

// nonce of a segment.
func nonce(number int64, last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:11], uint64(number))
	if last {
		n[11] = 1
	}
	return n
}

// writer encrypts what it is given.
type writer struct {
	out    io.Writer
	cipher cipher.AEAD
	limits Limits
	free   func() (int64, error)
	sniff  sniffer
}

// freeEvery is after how many segments the free space of the disk is asked for again.
const freeEvery = 256

// copy reads ahead by one segment, since the last one is marked.
func (w *writer) copy(id string, r io.Reader) (info Info, err error) {
	now, next, sealed := make([]byte, segment), make([]byte, segment), make([]byte, 0, segment+tag)
	n, err := w.fill(r, now)
	for number := int64(0); err == nil; number++ {
		info.Size += int64(n)
		if info.Size > w.limits.Bytes {
			return info, TooLarge(w.limits.Bytes)
		}
		if problem := w.sniff.look(now[:n], number == 0, w.limits.Formats); problem != nil {
			return info, problem
		}
		if number%freeEvery == 0 {
			if left, e := w.free(); e == nil && left < w.limits.Free {
				return info, full(nil)
			}
		}
		var m int
		if n == segment {
			m, err = w.fill(r, next)
		}
		if err != nil {
			break
		}
		if _, e := w.out.Write(w.cipher.Seal(sealed, nonce(number, m == 0), now[:n], []byte(id))); e != nil {
			return info, writing(e)
		}
		if m == 0 {
			break
		}
		now, next, n = next, now, m
	}
	switch {
	case err != nil:
		return info, fault.New(fault.Invalid, "fault.upload.cut").Because(err)
	case info.Size == 0:
		return info, fault.New(fault.Invalid, "fault.upload.empty")
	case w.limits.Size > 0 && w.limits.Size != info.Size:
		return info, fault.New(fault.Invalid, "fault.upload.cut")
	}
	info.Format = w.sniff.format
	return info, nil
}

// fill reads a segment, which is shorter at the end of the file alone. Unlike io.ReadFull it tells a file that ends from
// one that was cut off, of which the reader itself says io.ErrUnexpectedEOF.
func (w *writer) fill(r io.Reader, into []byte) (n int, err error) {
	for n < len(into) && err == nil {
		var m int
		m, err = r.Read(into[n:])
		n += m
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// TooLarge says that a file has more than so many bytes.
func TooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "fault.upload.large", "limit", max(1, limit/1_000_000))
}

// full says that the disk is, writing why something could not be written.
func full(cause error) error {
	return fault.New(fault.Unavailable, "fault.upload.full").Because(cause)
}

func writing(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return full(err)
	}
	return fmt.Errorf("keep upload: %w", err)
}

// syncFolder makes a new name last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	return nil
}

// Erase removes the file of an ID. That there is none is no error.
func Erase(dir, id string) error {
	place, err := path(dir, id)
	if err != nil {
		return err
	}
	for _, name := range []string{place, place + partSuffix} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("erase upload: %w", err)
		}
	}
	return syncFolder(dir)
}

// Sweep removes every file of a folder that is not kept: what was being written when a program ended, and what nobody
// knows any more. It lists the folder before it asks what to keep. It returns how many it removed.
func Sweep(dir string, keep func(id string) bool) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("sweep uploads: %w", err)
	}
	removed := 0
	for _, e := range entries {
		id, ours := strings.CutSuffix(strings.TrimSuffix(e.Name(), partSuffix), suffix)
		if ours && e.Type().IsRegular() && keep(id) {
			continue
		}
		if e := os.RemoveAll(filepath.Join(dir, e.Name())); e != nil {
			err = fmt.Errorf("sweep uploads: %w", e) // and the others all the same
			continue
		}
		removed++
	}
	return removed, err
}
