package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/opencovey/covey/table"
)

// book is an open workbook.
type book struct {
	name     string
	parts    map[string]*zip.File // by partKey
	path     string               // of the workbook part
	links    map[string]link      // of the workbook part, by identifier
	sheets   []sheetEntry
	date1904 bool     // dates are counted from 1904, not 1900
	strings  []string // shared texts
	styles   []format // of cells, by number

	limit, left int64 // bytes that may be unpacked
}

type sheetEntry struct {
	name   string
	link   string
	hidden bool
}

// link is a relationship from one part to another.
type link struct{ kind, target string }

// partKey is the name under which a part of the archive is looked up: some programs write other cases or slashes.
func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(strings.ReplaceAll(name, "\\", "/")), "/"))
}

func (b *book) fail(problem, advice string) error {
	return &table.InputError{File: b.name, Problem: problem, Advice: advice}
}

// damaged is the error for a part of the workbook that cannot be read. It does not quote XML, which may hold a cell.
func (b *book) damaged(part string, err error) error {
	var limit *limitError
	var syntax *xml.SyntaxError
	if errors.As(err, &limit) {
		return b.fail(limit.Error(), "save the sheet as .csv, or raise limits: bytes in the policy's input")
	}
	switch {
	case errors.As(err, &syntax):
		err = fmt.Errorf("XML at line %d", syntax.Line)
	case errors.Is(err, io.EOF): // must not be taken for the end of the rows
		err = errors.New("it is cut off")
	}
	return &table.InputError{
		File: b.name, Problem: "the workbook is damaged: " + part, Err: err,
		Advice: "open it in the spreadsheet program, and save it again as .xlsx or .csv",
	}
}

// part opens a part of the archive, or returns nil when there is none. What is read counts against the limit.
func (b *book) part(name string) (*partReader, error) {
	f := b.parts[partKey(name)]
	if f == nil {
		return nil, nil
	}
	if f.UncompressedSize64 > uint64(b.left) { // what states its size need not be unpacked
		return nil, b.damaged(name, &limitError{b.limit})
	}
	in, err := f.Open()
	if err != nil {
		return nil, b.damaged(name, err)
	}
	return &partReader{in: in, book: b, total: int64(min(f.UncompressedSize64, 1<<62))}, nil
}

// readBook reads the list of sheets and where they are.
func (b *book) readBook() error {
	roots, err := b.readLinks("")
	if err != nil {
		return err
	}
	b.path = "xl/workbook.xml"
	for _, l := range roots {
		if l.kind == "officeDocument" {
			b.path = l.target
		}
	}
	found, err := b.scan(b.path, func(e *element) {
		switch e.Name.Local {
		case "workbookPr":
			b.date1904 = isTrue(e.attr("date1904"))
		case "sheet":
			state := e.attr("state")
			b.sheets = append(b.sheets, sheetEntry{e.attr("name"), e.linkID(), state == "hidden" || state == "veryHidden"})
		}
	})
	if err != nil {
		return err
	} else if !found {
		return b.fail("this is not an Excel workbook (.xlsx), but a zip archive", "unpack it, and give the file inside")
	}
	b.links, err = b.readLinks(b.path)
	b.sheets = slices.DeleteFunc(b.sheets, func(s sheetEntry) bool { return b.links[s.link].kind != "worksheet" })
	return err
}

// readLinks reads the relationships of a part, "" being the archive itself.
func (b *book) readLinks(of string) (map[string]link, error) {
	folder, file := path.Split(of)
	links := map[string]link{}
	_, err := b.scan(folder+"_rels/"+file+".rels", func(e *element) {
		if e.Name.Local != "Relationship" || e.attr("TargetMode") == "External" {
			return
		}
		target := e.attr("Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(folder, target)
		}
		links[e.attr("Id")] = link{path.Base(e.attr("Type")), target}
	})
	return links, err
}

// choose returns the part of the sheet that is wanted.
func (b *book) choose(want string) (string, error) {
	for _, s := range b.sheets {
		if want == "" && !s.hidden || want != "" && strings.EqualFold(strings.TrimSpace(want), strings.TrimSpace(s.name)) {
			return b.links[s.link].target, nil
		}
	}
	switch {
	case len(b.sheets) == 0:
		return "", b.fail("the workbook has no sheets", "give a workbook with a table")
	case want == "":
		return "", b.fail("all sheets of the workbook are hidden", "name one under sheet: in the policy's input; it has: "+b.names())
	}
	return "", b.fail(fmt.Sprintf("there is no sheet %q", want), "the workbook has: "+b.names())
}

// linked returns the part that the workbook links to as the given kind, or "".
func (b *book) linked(kind string) string {
	for _, l := range b.links {
		if l.kind == kind {
			return l.target
		}
	}
	return ""
}

// element is the start of an XML element.
type element xml.StartElement

func (e *element) attr(local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// linkID returns the attribute r:id, whatever the prefix stands for.
func (e *element) linkID() string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func isTrue(text string) bool { return text == "1" || text == "true" }

// scan calls do for every element of a small part, and reports whether there is such a part.
func (b *book) scan(name string, do func(e *element)) (bool, error) {
	in, err := b.part(name)
	if in == nil {
		return false, err
	}
	decoder := xml.NewDecoder(in)
	for {
		token, err := decoder.RawToken()
		if err == io.EOF {
			return true, in.Close()
		} else if err != nil {
			return true, b.damaged(name, errors.Join(err, in.Close()))
		}
		if start, ok := token.(xml.StartElement); ok {
			do((*element)(&start))
		}
	}
}

// partReader reads one part and counts what is unpacked.
type partReader struct {
	in    io.ReadCloser
	book  *book
	done  atomic.Int64
	total int64
}

type limitError struct{ limit int64 }

func (e *limitError) Error() string {
	return fmt.Sprintf("the workbook unpacks to more than the limit of %d bytes", e.limit)
}

func (p *partReader) Read(buffer []byte) (int, error) {
	if p.book.left < 0 {
		return 0, &limitError{p.book.limit}
	}
	if int64(len(buffer)) > p.book.left+1 {
		buffer = buffer[:p.book.left+1]
	}
	n, err := p.in.Read(buffer)
	p.book.left -= int64(n)
	p.done.Add(int64(n))
	if p.book.left < 0 {
		return 0, &limitError{p.book.limit}
	}
	return n, err
}

func (p *partReader) Close() error { return p.in.Close() }
