package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencovey/covey/privacy/budget"
	"github.com/opencovey/covey/table"
)

// Limits of what Open reads, against files made to harm. A release of two million people in 40 columns stays far below.
const (
	maxManifest   = 64 << 20 // bytes of a file that is read as a whole
	maxAggregates = 1 << 30  // bytes
	maxRecords    = 2 << 30  // bytes
	maxExplorer   = 1 << 30  // bytes
	maxRow        = 16 << 20 // bytes of one row
	maxCells      = 1 << 30  // distinct records times columns of the table
)

// Bundle is a release that was read back from its folder. It holds nothing that is not public.
type Bundle struct {
	Dir        string
	Manifest   *Manifest
	SHA256     string       // of the manifest, lower-case hexadecimal: it names the release
	Aggregates *Aggregates  // the protected counts
	Synthetic  *table.Table // the synthetic records; attributes of Aggregates are over its columns
	Extra      []string     // what else lies in the folder, sorted; folders end with "/"

	ledger   *budget.Ledger // of a differential release
	codebook []codebookRow
	unsorted int // row of synthetic.csv that does not follow the one before; 0: none
}

// Open reads a bundle. Everything is checked that the files must fulfil to be understood: the format and its version, that each
// file is there with the size and hash of the manifest, that tables have their columns, only listed values, and counts in order.
// Errors are of type *table.InputError and say which file, row and column is at fault.
//
// Whether the counts and records keep what the release promises is for [Verify] to say. Files that do not belong to a bundle are listed in
// Extra and not opened. Links are refused.
func Open(dir string) (*Bundle, error) {
	b, faults := load(dir)
	if len(faults) > 0 {
		return nil, faults[0].in(dir)
	}
	return b, nil
}

// fault is something wrong with the files, and which check it fails.
type fault struct {
	check string
	err   error
}

// in names the file with its folder.
func (f fault) in(dir string) error {
	var bad *table.InputError
	if !errors.As(f.err, &bad) {
		return fmt.Errorf("open release %s: %w", dir, f.err)
	}
	whole := *bad
	whole.File = filepath.Join(dir, bad.File)
	return &whole
}

// load reads what can be read of a bundle. Parts that cannot are nil, and there is a fault that says why. Without a manifest nothing is read.
func load(dir string) (*Bundle, []fault) {
	b := &Bundle{Dir: dir}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return b, []fault{{checkManifest, folderError(err)}}
	}
	defer root.Close()
	if err := b.loadManifest(root); err != nil {
		return b, []fault{{checkManifest, err}}
	}
	faults := b.loadLedger()
	for _, entry := range b.Manifest.Files {
		if err := checkFile(root, entry); err != nil {
			faults = append(faults, fault{checkFiles, err})
		}
	}
	if b.Extra, err = extras(root); err != nil {
		faults = append(faults, fault{checkFiles, err})
	}
	return b, append(faults, b.loadTables(root)...)
}

func (b *Bundle) loadTables(root *os.Root) (faults []fault) {
	columns := tableColumns(b.Manifest)
	for _, part := range []struct {
		name, check string
		limit       int64
		read        func(io.Reader) error
	}{
		{AggregatesFile, checkCountsForm, maxAggregates, func(r io.Reader) (err error) {
			b.Aggregates, err = parseAggregates(r, columns, b.Manifest.Protection.Length, b.Manifest.Differential())
			return err
		}},
		{SyntheticFile, checkRecordsForm, maxRecords, func(r io.Reader) (err error) {
			b.Synthetic, b.unsorted, err = parseRecords(r, b.Manifest, columns)
			return err
		}},
		{CodebookFile, checkCodebook, maxManifest, func(r io.Reader) (err error) {
			b.codebook, err = parseCodebook(r, b.Manifest.Differential())
			return err
		}},
	} {
		if err := readFile(root, part.name, part.limit, part.read); err != nil {
			faults = append(faults, fault{part.check, err})
		}
	}
	return faults
}

func folderError(err error) error {
	in := &table.InputError{Advice: "name the folder of a release, as covey release writes it"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		in.Problem = "there is no such folder"
	case errors.Is(err, fs.ErrPermission):
		in.Problem = "the folder may not be read"
	default:
		in.Problem = "this is not a folder that can be opened"
	}
	return in
}

func (b *Bundle) loadManifest(root *os.Root) error {
	return readFile(root, ManifestFile, maxManifest, func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		hash := sha256.Sum256(data)
		b.SHA256 = hex.EncodeToString(hash[:])
		b.Manifest, err = parseManifest(data)
		return err
	})
}

// openFile opens a regular file of the bundle, no link.
func openFile(root *os.Root, name string, limit int64) (*os.File, int64, error) {
	bad := func(problem, advice string) (*os.File, int64, error) {
		return nil, 0, &table.InputError{File: name, Problem: problem, Advice: advice}
	}
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == ManifestFile:
		return bad("there is no such file, so this is no release", "name the folder of a release, as covey release writes it")
	case errors.Is(err, fs.ErrNotExist):
		return bad("the file is missing", "get the whole release again")
	case err != nil:
		return bad("the file cannot be read", "")
	case !info.Mode().IsRegular():
		return bad("this is not an ordinary file", "put a copy of the file in its place")
	case info.Size() > limit:
		return bad(fmt.Sprintf("the file has more than the limit of %d bytes", limit), "")
	}
	file, err := root.Open(name)
	if err != nil {
		return bad("the file cannot be read", "")
	}
	return file, info.Size(), nil
}

// readFile lets read read a file; errors that say nothing of the file get its name.
func readFile(root *os.Root, name string, limit int64, read func(io.Reader) error) error {
	file, _, err := openFile(root, name, limit)
	if err != nil {
		return err
	}
	defer file.Close()
	err = read(io.LimitReader(file, limit))
	var known *table.InputError
	if err != nil && !errors.As(err, &known) {
		return &table.InputError{File: name, Problem: "the file cannot be read", Err: err}
	}
	return err
}

// checkFile compares a file with its entry in the manifest.
func checkFile(root *os.Root, entry ManifestFileEntry) error {
	file, size, err := openFile(root, entry.Name, maxRecords)
	if err != nil {
		return err
	}
	defer file.Close()
	const advice = "get the whole release again, from those who published it"
	if size != entry.Bytes {
		return &table.InputError{
			File: entry.Name, Problem: fmt.Sprintf("the file has %d bytes, but %s says %d", size, ManifestFile, entry.Bytes), Advice: advice,
		}
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return &table.InputError{File: entry.Name, Problem: "the file cannot be read", Err: err}
	}
	if hex.EncodeToString(hash.Sum(nil)) != entry.SHA256 {
		return &table.InputError{
			File: entry.Name, Problem: "the file was changed: its SHA-256 is not the one in " + ManifestFile, Advice: advice,
		}
	}
	return nil
}

// extras lists what is in the folder and does not belong to a bundle.
func extras(root *os.Root) ([]string, error) {
	folder, err := root.Open(".")
	if err != nil {
		return nil, folderError(err)
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return nil, folderError(err)
	}
	var extra []string
	known := append(BundleFiles(), ManifestFile)
	for _, entry := range entries {
		name := entry.Name()
		if slices.Contains(known, name) {
			continue
		}
		if entry.IsDir() {
			name += "/"
		}
		extra = append(extra, name)
	}
	slices.Sort(extra)
	return extra, nil
}

// tableColumns returns the columns of the table that synthetic.csv holds: one for each column of the manifest, but for a many-valued one
// one for each of its labels.
func tableColumns(m *Manifest) []table.Column {
	var columns []table.Column
	for i := range m.Columns {
		c := &m.Columns[i]
		kind, _ := table.ParseKind(c.Kind)
		values := make([]string, len(c.Values))
		for j, v := range c.Values {
			values[j] = v.Value
		}
		if kind != table.Many {
			columns = append(columns, table.Column{Name: c.Name, Field: c.Name, Kind: kind, Values: values})
			continue
		}
		for _, label := range values {
			columns = append(columns, table.Column{
				Name: c.Name + ": " + label, Field: c.Name, Label: label, Kind: kind, Values: []string{label},
			})
		}
	}
	return columns
}
