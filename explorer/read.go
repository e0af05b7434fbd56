package explorer

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxHeader bounds the first part of the content, in bytes.
const maxHeader = 64 << 20

// Page is a page that was read back, to be compared with what it should be.
type Page struct {
	Story *Story // what it shows first; nil: nothing

	frame           string // all but the two blocks below: program, style, markup and licences
	shapes, content []byte // compressed
}

// Likeness says how far a page is what [Write] makes of some data.
type Likeness int

// How far a page is what it should be.
const (
	Other       Likeness = iota // it holds something else
	SameContent                 // it holds the data, but program, markup or shapes of countries are others: those of another version, or changed
	Same                        // it is the same but for compression
)

// ReadPage takes a page apart. It fails if this is not one, or is damaged where its story stands.
func ReadPage(page []byte) (*Page, error) {
	p := &Page{}
	rest := page
	var err error
	if bytes.Contains(page, []byte(shapesMark)) {
		if p.shapes, rest, err = cutBlock(rest, shapesMark); err != nil {
			return nil, err
		}
	}
	if p.content, rest, err = cutBlock(rest, contentMark); err != nil {
		return nil, err
	}
	p.frame = string(rest)
	header, err := p.header()
	if err != nil {
		return nil, fmt.Errorf("read explorer: %w", err)
	}
	if header.Story != nil {
		if p.Story, err = parseStory(header.Story); err != nil {
			return nil, fmt.Errorf("read explorer: its story: %w", err)
		}
	}
	return p, nil
}

// Marks of the blocks in page.html.
const (
	shapesMark  = `<script type="text/plain" id="shapes">`
	contentMark = `<script type="text/plain" id="content"`
)

// cutBlock returns what a block of text holds, and the page without it.
func cutBlock(page []byte, mark string) (block, rest []byte, err error) {
	missing := errors.New("read explorer: this is no page of the explorer, or a damaged one")
	start := bytes.Index(page, []byte(mark))
	if start < 0 {
		return nil, nil, missing
	}
	open := bytes.IndexByte(page[start:], '>')
	if open < 0 {
		return nil, nil, missing
	}
	open += start + 1
	end := bytes.IndexByte(page[open:], '<')
	if end < 0 {
		return nil, nil, missing
	}
	block = make([]byte, base64.StdEncoding.DecodedLen(end))
	n, err := base64.StdEncoding.Decode(block, page[open:open+end])
	if err != nil {
		return nil, nil, missing
	}
	return block[:n], bytes.Join([][]byte{page[:open], page[open+end:]}, nil), nil
}

// rawHeader is the header of a page as far as it is read: what else it says is compared, not believed.
type rawHeader struct {
	Story json.RawMessage `json:"story"`
}

func (p *Page) header() (*rawHeader, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(p.content))
	if err != nil {
		return nil, err
	}
	in := &oneByOne{in: zipped}
	size, err := binary.ReadUvarint(in)
	if err != nil || size > maxHeader {
		return nil, errors.New("the content has no header")
	}
	text, err := io.ReadAll(io.LimitReader(zipped, int64(size)))
	if err != nil {
		return nil, err
	}
	var h rawHeader
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, errors.New("the header is no JSON")
	}
	return &h, nil
}

// oneByOne reads single bytes and no further.
type oneByOne struct{ in io.Reader }

func (r *oneByOne) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(r.in, b[:])
	return b[0], err
}

// Compare says how far the page is what Write makes of the data. It fails if Write would.
func (p *Page) Compare(d Data) (Likeness, error) {
	same, err := sameContent(p.content, func(w io.Writer) error { return encodePlain(w, &d) })
	if err != nil {
		return Other, fmt.Errorf("compare explorer: %w", err)
	} else if !same {
		return Other, nil
	}
	frame, shapes, err := frameOf(&d)
	if err != nil {
		return Other, fmt.Errorf("compare explorer: %w", err)
	}
	if frame != p.frame || (shapes == nil) != (p.shapes == nil) {
		return SameContent, nil
	}
	if shapes != nil {
		same, err = sameContent(p.shapes, func(w io.Writer) error { _, err := w.Write(shapes); return err })
		if err != nil || !same {
			return SameContent, err
		}
	}
	return Same, nil
}

// sameContent reports whether what is compressed is what write writes.
func sameContent(zipped []byte, write func(io.Writer) error) (bool, error) {
	in, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return false, nil
	}
	c := &comparer{in: in}
	if err := write(c); err != nil && !errors.Is(err, errDiffers) {
		return false, err
	} else if err != nil {
		return false, nil
	}
	n, err := in.Read(make([]byte, 1))
	return n == 0 && err == io.EOF, nil
}

var errDiffers = errors.New("the content differs")

// comparer takes what is written for what can be read, or fails with errDiffers.
type comparer struct {
	in     io.Reader
	buffer []byte
}

func (c *comparer) Write(p []byte) (int, error) {
	if len(c.buffer) < len(p) {
		c.buffer = make([]byte, len(p))
	}
	got := c.buffer[:len(p)]
	if _, err := io.ReadFull(c.in, got); err != nil || !bytes.Equal(got, p) {
		return 0, errDiffers
	}
	return len(p), nil
}
