package table

import (
	"bufio"
	"io"
)

// Decode is decode for the fuzz test: there is no other way to see the text of a file before its cells are parted.
func Decode(r io.Reader, want Encoding) (io.Reader, Encoding, error) {
	text, err := decode(bufio.NewReaderSize(r, sniffSize), want)
	if err != nil {
		return nil, want, err
	}
	return text, text.encoding, nil
}
