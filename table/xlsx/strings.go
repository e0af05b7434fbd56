package xlsx

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// readStrings reads the texts that cells share.
func (b *book) readStrings() error {
	name := b.linked("sharedStrings")
	in, err := b.part(name)
	if in == nil {
		return err
	}
	decoder := xml.NewDecoder(in)
	var text textCollector
	for {
		token, err := decoder.RawToken()
		if err == io.EOF {
			return in.Close()
		} else if err != nil {
			return b.damaged(name, errors.Join(err, in.Close()))
		}
		text.take(token)
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "si" {
			b.strings = append(b.strings, text.String())
		}
	}
}

// textCollector gathers the text of a shared or inline string: one t, or one per run of equal looks. What tells how to
// pronounce it (rPh) is left out.
type textCollector struct {
	text    strings.Builder
	inText  bool
	inSound bool
}

func (c *textCollector) take(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		switch token.Name.Local {
		case "t":
			c.inText = !c.inSound
		case "rPh":
			c.inSound = true
		}
	case xml.EndElement:
		switch token.Name.Local {
		case "t":
			c.inText = false
		case "rPh":
			c.inSound = false
		}
	case xml.CharData:
		if c.inText {
			c.text.Write(token)
		}
	}
}

// String returns what was gathered, and starts anew.
func (c *textCollector) String() string {
	text := unescape(c.text.String())
	c.text.Reset()
	return text
}

// unescape turns _x000D_ and the like into the character with that code, as ECMA-376 (part 1, 22.9.2.19, ST_Xstring)
// writes what XML cannot.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var out strings.Builder
	for {
		i := strings.Index(text, "_x")
		if i < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:i])
		text = text[i:]
		if len(text) >= 7 && text[6] == '_' {
			if code, err := strconv.ParseUint(text[2:6], 16, 16); err == nil {
				if code != 0 {
					out.WriteRune(rune(code))
				}
				text = text[7:]
				continue
			}
		}
		out.WriteString(text[:2])
		text = text[2:]
	}
}
