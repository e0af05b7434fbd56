package marginal_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

func write(t testing.TB, c *marginal.Counts) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteRead(t *testing.T) {
	each(t, 5, func(t *testing.T, k kind, rng *rand.Rand) {
		o := marginal.Options{Length: 1 + rng.IntN(k.length), Threshold: 1 + rng.IntN(5)}
		c := count(t, k.table(rng), o)
		file := write(t, c)
		if !bytes.Equal(file, write(t, c)) {
			t.Fatal("written twice, the bytes differ")
		}
		got, err := marginal.Read(iotest.OneByteReader(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !equalCounts(c, got) || got.Threshold != c.Threshold {
			t.Error("read counts differ from those written")
		}
		if !bytes.Equal(file, write(t, got)) {
			t.Error("written again, the bytes differ")
		}
	})
}

// sample has a column of every kind of name, value and blank.
func sample(t testing.TB) *marginal.Counts {
	b := table.NewBuilder([]table.Column{
		{Name: "age", Field: "age", Kind: table.Number, Values: []string{"<18", "18+"}, Blanks: []table.BlankCount{{Reason: "blank", People: 3}}},
		{Name: "means: debt", Field: "means", Label: "debt", Kind: table.Many, Values: []string{"debt"}},
		{Name: "país", Field: "país", Kind: table.Country, Values: []string{"BRA", "", "PRT"}},
	})
	b.Add([]uint16{1, 1, 1}, 300)
	b.Add([]uint16{2, 0, 3}, 70_000)
	b.Add([]uint16{2, 1, 1}, 2)
	b.Add([]uint16{0, 0, 2}, 1)
	return count(t, b.Table(), marginal.Options{})
}

func TestReadColumns(t *testing.T) {
	c := sample(t)
	got, err := marginal.Read(bytes.NewReader(write(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Columns, c.Columns) {
		t.Errorf("columns %+v, want %+v", got.Columns, c.Columns)
	}
}

// The example of docs/formats.md.
func TestFileContent(t *testing.T) {
	b := table.NewBuilder([]table.Column{
		{Name: "sex", Field: "sex", Values: []string{"f", "m"}},
		{Name: "age", Field: "age", Values: []string{"adult"}, Blanks: []table.BlankCount{{Reason: "blank", People: 5}}},
	})
	b.Add([]uint16{1, 1}, 2)
	b.Add([]uint16{1, 0}, 1)
	b.Add([]uint16{2, 0}, 4)
	got := string(unpack(t, write(t, count(t, b.Table(), marginal.Options{Length: 2}))))
	want := "\x02\x01\x07" + "\x02" + "\x03sex\x03sex\x00\x08category\x02\x01f\x01m\x00" +
		"\x03age\x03age\x00\x08category\x01\x05adult\x01\x05blank\x05" +
		"\x02\x01\x01\x03\x04" + "\x01\x01\x02" + "\x01\x02\x02" + "\x00" + "\x00"
	if got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestFileSaysItIsSensitive(t *testing.T) {
	text, _, _ := strings.Cut(string(write(t, sample(t))), "\n\n")
	for _, want := range []string{"covey counts 1\n", "SENSITIVE", "never publish"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not hold %q", text, want)
		}
	}
}

// hinter is an error that says what to do.
type hinter interface{ Hint() string }

func TestReadRefuses(t *testing.T) {
	file := write(t, sample(t))
	text, packed, _ := bytes.Cut(file, []byte("\n\n"))
	text = append(text, '\n', '\n')
	changed := bytes.Clone(file)
	changed[len(changed)-5] ^= 1 // in the checksum
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", "", "not a count file"},
		{"other text", "name,count\nage,3\n", "not a count file"},
		{"newer", strings.Replace(string(file), "counts 1", "counts 2", 1), "version 2"},
		{"no version", strings.Replace(string(file), "counts 1", "counts x", 1), "no version"},
		{"version 0", strings.Replace(string(file), "counts 1", "counts 0", 1), "no version"},
		{"only the version", "covey counts 1", "too early"},
		{"endless text", "covey counts 1\n" + strings.Repeat("text\n", 1000), "first lines are too long"},
		{"endless line", "covey counts 1\n" + strings.Repeat("text", 10000), "first lines are too long"},
		{"only text", string(text), "too early"},
		{"not packed", string(text) + strings.Repeat("x", 100), "compressed part"},
		{"cut", string(file[:len(file)-9]), "too early"},
		{"without its checksum", string(file[:len(file)-8]), "too early"},
		{"checksum", string(changed), "checksum"},
		{"twice", string(file) + string(packed), "follows its end"},
		{"more", string(file) + "\n", "follows its end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := marginal.Read(strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) || c != nil {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			var hint hinter
			if !errors.As(err, &hint) || hint.Hint() == "" {
				t.Errorf("%v: no hint", err)
			}
		})
	}
}

// Every byte cut off the end is noticed, and every changed bit of the compressed part on which the counts depend.
func TestReadNoticesDamage(t *testing.T) {
	file := write(t, sample(t))
	begin := bytes.Index(file, []byte("\n\n")) + 2
	for n := range file {
		if _, err := marginal.Read(bytes.NewReader(file[:n])); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(file))
		}
	}
	const gzipHeader = 10 // method and flags, then time, level and system
	for i := begin + gzipHeader; i < len(file); i++ {
		for bit := range 8 {
			file[i] ^= 1 << bit
			c, err := marginal.Read(bytes.NewReader(file))
			file[i] ^= 1 << bit
			if err == nil && !bytes.Equal(write(t, c), file) {
				t.Errorf("bit %d of byte %d changed: other counts without an error", bit, i)
			}
		}
	}
}

// pack makes a file of content, with a right checksum.
func pack(t testing.TB, content []byte) []byte {
	t.Helper()
	file := bytes.NewBufferString("covey counts 1\n\n")
	z := gzip.NewWriter(file)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func unpack(t testing.TB, file []byte) []byte {
	t.Helper()
	_, packed, _ := bytes.Cut(file, []byte("\n\n"))
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A file whose checksum is right may still lie. What is impossible is refused.
func TestReadRefusesTheImpossible(t *testing.T) {
	column := func(name string, values ...string) string {
		text := string(rune(len(name))) + name + "\x00\x00\x08category" + string(rune(len(values)))
		for _, v := range values {
			text += string(rune(len(v))) + v
		}
		return text + "\x00"
	}
	ab := column("a", "x", "y") + column("b", "z")
	for _, tt := range []struct{ name, content, want string }{
		{"good", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x04" + "\x01\x02\x02" + "\x01\x01\x01" + "\x00", ""},
		{"length 0", "\x00", "length of combinations"},
		{"length 7", "\x07", "length of combinations"},
		{"threshold 0", "\x02\x00", "threshold"},
		{"persons", "\x02\x01\xff\xff\xff\xff\xff\x01", "number of persons"},
		{"a name for ever", "\x02\x01\x05\x02\xff\xff\xff\xff\xff\xff\x07", "too large"},
		{"a name beyond the end", "\x02\x01\x05\x02\x7fabc", "too early"},
		{"a column twice", "\x02\x01\x05\x02" + column("a") + column("a"), "two columns of one name"},
		{"a value twice", "\x02\x01\x05\x02" + column("a", "x", "x"), "value twice"},
		{"unknown kind", "\x02\x01\x05\x02\x01a\x00\x00\x03odd\x00\x00", "unknown kind"},
		{"unknown value", "\x02\x01\x05\x02" + ab + "\x02\x01\x02", "attribute is out of range"},
		{"same value", "\x02\x01\x05\x02" + ab + "\x02\x01\x00", "attribute is out of range"},
		{"more values than people", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x04", "number of persons"},
		{"below the threshold", "\x02\x03\x05\x02" + ab + "\x02\x01\x01\x02\x03", "number of persons"},
		{"two of one column", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x04" + "\x01\x01\x02", "column twice"},
		{"pair of more than its first", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x04" + "\x01\x02\x03", "number of persons"},
		{"pair of more than its second", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x01" + "\x01\x02\x02", "number of persons"},
		{"too many pairs", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x04" + "\x02", "number of combinations"},
		{"more", "\x02\x01\x05\x02" + ab + "\x02\x01\x01\x02\x03" + "\x01\x01\x04" + "\x01\x02\x02" + "\x01\x01\x01" + "\x00\x00", "more in it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := marginal.Read(bytes.NewReader(pack(t, []byte(tt.content))))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// One person who holds 300 attributes shares four million combinations of three, all alike: a file that takes a thousand times its size
// in memory. Read must stop early.
func TestReadBomb(t *testing.T) {
	const columns = 300
	content := []byte{3, 1, 1}
	content = binary.AppendUvarint(content, columns)
	for i := range columns {
		content = append(content, fmt.Sprintf("\x05c%04d\x00\x00\x08category\x01\x01v\x00", i)...)
	}
	content = append(content, bytes.Repeat([]byte{1, 1, 1}, columns)...)
	for a := range columns {
		n := columns - 1 - a
		content = binary.AppendUvarint(content, uint64(n))
		content = append(content, bytes.Repeat([]byte{1}, 2*n)...)
		for i := range n {
			content = binary.AppendUvarint(content, uint64(n-1-i))
		}
		content = append(content, bytes.Repeat([]byte{1}, n*(n-1))...)
	}
	file := pack(t, content)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := marginal.Read(bytes.NewReader(file))
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "unpacks") {
		t.Errorf("%v, want an error", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(200*len(file))+20<<20 {
		t.Errorf("%d bytes of memory for a file of %d", used, len(file))
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("disk full")
	c := count(t, shape{name: "big", columns: geometric(12, 4, 20), rows: 4000, cell: skewed}.table(), marginal.Options{})
	size := len(write(t, c))
	for _, limit := range []int{0, 10, 200, size / 2, size - 1} {
		if err := c.Write(&limited{limit, full}); !errors.Is(err, full) {
			t.Errorf("after %d bytes: %v, want %v", limit, err, full)
		}
	}
	if _, err := marginal.Read(iotest.ErrReader(full)); !errors.Is(err, full) {
		t.Errorf("read: %v, want %v", err, full)
	}
}

// limited takes so many bytes and then fails.
type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return l.left, l.err
	}
	l.left -= len(p)
	return len(p), nil
}

func FuzzRead(f *testing.F) {
	f.Add(unpack(f, write(f, sample(f))), true)
	f.Add(write(f, sample(f)), false)
	f.Add([]byte{}, true)
	f.Add(unpack(f, write(f, count(f, kinds[0].table(rand.New(rand.NewPCG(1, 1))), marginal.Options{}))), true)
	f.Fuzz(func(t *testing.T, data []byte, content bool) {
		if content {
			data = pack(t, data)
		}
		c, err := marginal.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		file := write(t, c)
		again, err := marginal.Read(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("what Write made of it cannot be read: %v", err)
		}
		if !bytes.Equal(file, write(t, again)) {
			t.Fatal("written again, the bytes differ")
		}
		for length := 1; length <= c.Length; length++ {
			n := 0
			for combination, people := range c.All(length) {
				if people < c.Threshold || people > c.People || c.Get(combination...) != people {
					t.Fatalf("%v: %d persons", combination, people)
				}
				n++
			}
			if n != c.Len(length) {
				t.Fatalf("Len(%d) = %d, All gives %d", length, c.Len(length), n)
			}
		}
		if _, err := marginal.MergeFiles(marginal.Part{Name: "a", Reader: bytes.NewReader(data)}); err != nil && c.Threshold == 1 {
			t.Fatalf("it can be read but not merged: %v", err)
		}
		c.Prune(2)
	})
}

// What is alike throughout packs best. Read must not take it for a bomb.
func TestReadWhatIsAlike(t *testing.T) {
	testenv.NotRaces(t)
	columns := names(geometric(200, 1, 1))
	b := table.NewBuilder(columns)
	b.Add(slices.Repeat([]uint16{1}, len(columns)), 1)
	c := count(t, b.Table(), marginal.Options{})
	got, err := marginal.Read(bytes.NewReader(write(t, c)))
	if err != nil || !equalCounts(c, got) {
		t.Errorf("other counts, or %v", err)
	}
}
