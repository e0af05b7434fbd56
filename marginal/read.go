package marginal

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Read reads what [Counts.Write] wrote. A file of another kind, of a newer version, cut short or damaged is an error with a
// method Hint() string that says what to do. Memory is bounded by a multiple of the size of the input, whatever it holds.
func Read(r io.Reader) (*Counts, error) {
	c, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	return c, nil
}

func read(r io.Reader) (*Counts, error) {
	d, err := newDecoder(r)
	if err != nil {
		return nil, err
	}
	for a := range d.c.attrs {
		t, err := d.trie(a)
		if err != nil {
			return nil, err
		}
		d.c.tries = append(d.c.tries, t)
	}
	return d.c, d.close()
}

// fileError tells what is wrong with a count file and what to do.
type fileError struct{ problem, hint string }

func (e *fileError) Error() string { return e.problem }
func (e *fileError) Hint() string  { return e.hint }

const copyAgain = "copy the file again, or count the shard again"

func errDamaged(what string) error {
	return &fileError{"the file is damaged: " + what, copyAgain}
}

// plain puts errors of the standard library in words.
func plain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &fileError{"the file ends too early", copyAgain}
	case errors.Is(err, gzip.ErrChecksum):
		return errDamaged("its checksum is wrong")
	case errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return errDamaged("its compressed part cannot be read")
	}
	return err
}

// decoder reads a count file: first what does not grow with the combinations, then trie after trie.
type decoder struct {
	c        *Counts       // without tries, unless read puts them there
	after    []int32       // for each attribute, the first of a later column
	build    *trieBuilder  // scratch
	children []uint32      // scratch
	raw      counter       // the file
	in       *bufio.Reader // from raw
	open     counter       // its content
	out      *bufio.Reader // from open
}

// counter counts the bytes that are read from it.
type counter struct {
	r io.Reader
	n int64
}

// Read is that of io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// newDecoder reads up to the first trie.
func newDecoder(r io.Reader) (*decoder, error) {
	d := &decoder{c: &Counts{}, raw: counter{r: r}}
	d.in = bufio.NewReader(&d.raw)
	if err := d.readText(); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(d.in)
	if err != nil {
		return nil, plain(err)
	}
	z.Multistream(false) // so that close sees what follows
	d.open.r = z
	d.out = bufio.NewReaderSize(&d.open, 1<<15)
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	d.build = newTrieBuilder(d.c.Length)
	return d, nil
}

// maxText bounds the lines of text at the beginning.
const maxText = 1 << 12

// readText reads up to and with the empty line.
func (d *decoder) readText() error {
	head, err := d.in.Peek(len(fileMagic))
	if err != nil && err != io.EOF {
		return err
	}
	if string(head) != fileMagic {
		return &fileError{"this is not a count file", "give files that covey count has written"}
	}
	line, err := d.in.ReadSlice('\n')
	if err := checkVersion(line[len(fileMagic):]); err != nil {
		return err
	}
	for total := len(line); len(line) != 1; total += len(line) {
		if err == bufio.ErrBufferFull || total > maxText {
			return errDamaged("its first lines are too long")
		}
		if err != nil {
			return plain(err)
		}
		line, err = d.in.ReadSlice('\n')
	}
	return nil
}

func checkVersion(text []byte) error {
	version, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil || version < 1 {
		return errDamaged("its first line has no version")
	}
	if version > fileVersion {
		return &fileError{
			fmt.Sprintf("the file has version %d of the format, and this program knows versions up to %d", version, fileVersion),
			"use the release of covey that wrote the file, or a newer one",
		}
	}
	return nil
}

// close checks that the file ends where it should and that its checksum is right.
func (d *decoder) close() error {
	switch _, err := d.out.ReadByte(); {
	case err == nil:
		return errDamaged("there is more in it than it should hold")
	case err != io.EOF:
		return plain(err)
	}
	switch _, err := d.in.ReadByte(); {
	case err == nil:
		return errDamaged("something follows its end")
	case err != io.EOF:
		return err
	}
	return nil
}
