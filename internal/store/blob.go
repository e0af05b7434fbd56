package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/opencovey/covey/internal/publication"
)

// blobPart is how many bytes a part of a blob has.
const blobPart = 1 << 20

// PutBlob implements publication.Store. The parts come first, under a name that nobody knows, each in a
// transaction of its own so that nobody waits long; the blob appears with the last.
func (s publications) PutBlob(ctx context.Context, r io.Reader) (hash string, size int64, err error) {
	parts := rand.Text()
	sum := sha256.New()
	buffer := make([]byte, blobPart)
	for number := 0; ; number++ {
		n, err := io.ReadFull(r, buffer)
		if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", 0, fmt.Errorf("keep file: %w", err)
		}
		if n > 0 {
			sum.Write(buffer[:n])
			size += int64(n)
			e := s.change(ctx, nil, func(t *tx) error {
				_, err := t.exec(`INSERT INTO blob_parts (parts, number, made_at, content) VALUES ($1, $2, $3, $4)`, parts, number, t.now, buffer[:n])
				return err
			})
			if e != nil {
				return "", 0, e
			}
		}
		if n < blobPart {
			break
		}
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	err = s.change(ctx, nil, func(t *tx) error {
		n, err := t.changed(`INSERT INTO blobs (hash, size, parts, touched) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING`, hash, size, parts, t.now)
		if err != nil || n > 0 {
			return err
		}
		if _, err := t.exec(`DELETE FROM blob_parts WHERE parts = $1`, parts); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE blobs SET touched = $1 WHERE hash = $2`, t.now, hash)
		return err
	})
	return hash, size, err
}

// Blob implements publication.Store.
func (s publications) Blob(ctx context.Context, hash string) (io.ReadSeekCloser, int64, error) {
	b := &blob{store: s, ctx: ctx, have: -1}
	err := s.view(ctx, func(t *tx) error {
		return t.one(`SELECT size, parts FROM blobs WHERE hash = $1`, hash).Scan(&b.size, &b.parts)
	})
	if err != nil {
		return nil, 0, err
	}
	return b, b.size, nil
}

// blob reads a blob part by part.
type blob struct {
	store publications
	ctx   context.Context
	parts string
	size  int64
	at    int64
	have  int64 // number of the part in content, -1: none
	part  []byte
}

// Read implements io.Reader.
func (b *blob) Read(p []byte) (int, error) {
	if b.at >= b.size {
		return 0, io.EOF
	}
	if number := b.at / blobPart; number != b.have {
		err := b.store.view(b.ctx, func(t *tx) error {
			return t.one(`SELECT content FROM blob_parts WHERE parts = $1 AND number = $2`, b.parts, number).Scan(&b.part)
		})
		if err != nil {
			return 0, err
		}
		b.have = number
	}
	from := b.at % blobPart
	if from >= int64(len(b.part)) {
		return 0, errors.New("read file: a part of it is missing")
	}
	n := copy(p, b.part[from:])
	b.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (b *blob) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return 0, errors.New("read file: negative offset")
	}
	b.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (b *blob) Close() error {
	b.part, b.have = nil, -1
	return nil
}

// SweepBlobs implements publication.Store.
func (s publications) SweepBlobs(ctx context.Context, before time.Time) error {
	return s.change(ctx, nil, func(t *tx) error {
		named := map[string]bool{}
		for _, table := range []string{"publication_runs", "publication_releases"} {
			err := t.each(`SELECT document FROM `+table, nil, func(scan func(...any) error) error {
				var d struct{ Files []publication.File }
				if err := scan(document{&d}); err != nil {
					return fmt.Errorf("sweep files: %w", err)
				}
				for _, f := range d.Files {
					named[f.SHA256] = true
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		var unnamed []string
		err := t.each(`SELECT hash FROM blobs WHERE touched < $1`, []any{before}, func(scan func(...any) error) error {
			var hash string
			err := scan(&hash)
			if !named[hash] {
				unnamed = append(unnamed, hash)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep files: %w", err)
		}
		for _, hash := range unnamed {
			if _, err := t.exec(`DELETE FROM blobs WHERE hash = $1`, hash); err != nil {
				return err
			}
		}
		_, err = t.exec(`DELETE FROM blob_parts WHERE made_at < $1 AND parts NOT IN (SELECT parts FROM blobs)`, before)
		return err
	})
}
