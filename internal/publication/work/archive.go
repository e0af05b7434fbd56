package work

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencovey/covey/internal/upload"
	"github.com/opencovey/covey/release"
)

// Limits of an archive: what its files hold together, and one of them.
const (
	maxUnpacked = 4 << 30
	maxEntry    = 2 << 30
	maxEntries  = 64
)

// check unpacks a bundle that was made elsewhere and verifies it.
func (w *worker) check(ctx context.Context) (*Result, error) {
	w.progress("unpacking", 0, 0)
	f, err := upload.Open(w.spec.Source.Dir, w.spec.Source.ID, w.spec.Source.Key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	u := &unpacker{ctx: ctx, dir: filepath.Join(w.spec.Out, BundleFolder), room: maxUnpacked, leave: w.spec.FreeDisk, seen: map[string]bool{}}
	if err := os.Mkdir(u.dir, 0o700); err != nil {
		return nil, err
	}
	if w.spec.Source.Format == upload.Tar {
		err = u.tar(f)
	} else {
		err = u.zip(f, f.Size())
	}
	if err != nil {
		return nil, err
	}
	for _, name := range append(release.BundleFiles(), release.ManifestFile) {
		if !u.seen[name] {
			return nil, badArchive("it lacks " + name)
		}
	}
	return w.judge(ctx)
}

// badArchive says that an archive is not taken. The text names no entry of it that is not a known file.
func badArchive(why string) error { return &knownError{key: "archive", detail: why} }

// unpacker writes the files of a bundle, and no others, into a folder.
type unpacker struct {
	ctx   context.Context
	dir   string
	top   *string // folder in the archive that the files lie in
	room  int64
	leave int64 // free on the disk
	seen  map[string]bool
	n     int
}

// place returns the name of the file that an entry is, or "" for a folder.
func (u *unpacker) place(name string, mode fs.FileMode) (string, error) {
	if u.n++; u.n > maxEntries {
		return "", badArchive("it has more entries than a release")
	}
	name = strings.TrimPrefix(name, "./")
	if mode.IsDir() {
		return "", nil
	}
	if !mode.IsRegular() || strings.Contains(name, "\\") || !fs.ValidPath(name) {
		return "", badArchive("it holds links, devices or paths that lead elsewhere")
	}
	top, base := path.Split(name)
	if u.top == nil {
		u.top = &top
	}
	switch {
	case top != *u.top || strings.Count(top, "/") > 1:
		return "", badArchive("its files lie in several folders")
	case !slices.Contains(append(release.BundleFiles(), release.ManifestFile), base):
		return "", badArchive("it holds a file that does not belong to a release")
	case u.seen[base]:
		return "", badArchive(base + " is in it twice")
	}
	u.seen[base] = true
	return base, nil
}

// write writes one file of the size that the archive states, if there is room for it: what unpacks to more than it states is not taken either.
func (u *unpacker) write(name string, size uint64, r io.Reader) (err error) {
	if size > uint64(min(u.room, maxEntry)) {
		return badArchive("it unpacks to more than a release may have")
	}
	limit := int64(size)
	if free, err := upload.Free(u.dir); err == nil && free-limit < u.leave {
		return &knownError{key: "full"}
	}
	out, err := os.OpenFile(filepath.Join(u.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	n, err := io.Copy(out, &bounded{u.ctx, io.LimitReader(r, limit+1)})
	if u.room -= n; n > limit {
		return badArchive("it unpacks to more than a release may have")
	}
	if err != nil && !isFull(err) && u.ctx.Err() == nil {
		return badArchive("it is damaged or cut off")
	}
	return err
}

// bounded stops reading when the context ends.
type bounded struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.r.Read(p)
}

func (u *unpacker) tar(f io.Reader) error {
	in := bufio.NewReader(f)
	var r io.Reader = in
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f {
		z, err := gzip.NewReader(in)
		if err != nil {
			return badArchive("it is damaged or cut off")
		}
		// Headers count, too: an archive of nothing but headers ends as well.
		r = io.LimitReader(z, maxUnpacked+(1<<20))
	}
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return badArchive("it is damaged or cut off")
		}
		name, err := u.place(strings.TrimSuffix(h.Name, "/"), h.FileInfo().Mode())
		if err == nil && name != "" {
			err = u.write(name, uint64(h.Size), archive)
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) zip(f io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(f, size)
	if err != nil {
		return badArchive("it is damaged or cut off")
	}
	for _, entry := range archive.File {
		name, err := u.place(strings.TrimSuffix(entry.Name, "/"), entry.Mode())
		if err != nil {
			return err
		}
		if name == "" {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return badArchive("it is damaged or cut off")
		}
		err = errors.Join(u.write(name, entry.UncompressedSize64, r), r.Close())
		if err != nil {
			return err
		}
	}
	return nil
}
