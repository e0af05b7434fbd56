package explorer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/testenv"
)

// record is a record of the small release below, by attribute: gender f 0, m 1; means debt 2, threats 3; yes of two flags of a group 4, 5.
type record struct {
	attrs  []int32
	weight int
}

var records = []record{
	{[]int32{}, 5},
	{[]int32{0, 2}, 10},
	{[]int32{0, 2, 3, 4}, 20},
	{[]int32{1, 3, 5}, 30},
	{[]int32{1, 4, 5}, 40},
}

func recordsOf(list []record) iter.Seq2[[]int32, int] {
	return func(yield func([]int32, int) bool) {
		for _, r := range list {
			if !yield(r.attrs, r.weight) {
				return
			}
		}
	}
}

type counted struct {
	attrs []int32
	count explorer.Count
}

func countsOf(list ...counted) iter.Seq2[[]int32, explorer.Count] {
	return func(yield func([]int32, explorer.Count) bool) {
		for _, c := range list {
			if !yield(c.attrs, c.count) {
				return
			}
		}
	}
}

func some(n int, attrs ...int32) counted { return counted{attrs, explorer.Count{Estimate: n}} }

// small returns a release of 105 records.
func small() explorer.Data {
	value := func(names ...string) (values []explorer.Value) {
		for _, name := range names {
			values = append(values, explorer.Value{Value: name})
		}
		return values
	}
	return explorer.Data{
		About: explorer.About{
			Title: "Small <release> & co", Release: "abc", Records: 105, People: explorer.Count{Estimate: 100},
			Protection: explorer.Protection{Method: explorer.KAnonymity, K: 10, Length: 2},
		},
		Columns: []explorer.Column{
			{Name: "gender", Kind: "category", Values: value("f", "m")},
			{Name: "means", Kind: "many", Values: value("debt", "threats")},
			{Name: "labour", Kind: "flag", Group: "exploitation", Values: value("yes")},
			{Name: "sex", Kind: "flag", Group: "exploitation", Values: value("yes")},
		},
		Groups:  []explorer.Group{{Name: "exploitation", People: 90}},
		Records: recordsOf(records),
		Counts:  countsOf(some(30, 0), some(70, 1), some(30, 2), some(50, 3), some(30, 0, 2), some(20, 2, 3), some(10, 3, 4)),
	}
}

func TestAsk(t *testing.T) {
	pick := func(column string, values ...string) explorer.Pick {
		return explorer.Pick{Column: column, Values: values}
	}
	tests := []struct {
		name    string
		picks   []explorer.Pick
		source  explorer.Source
		count   explorer.Count
		records int
		columns []explorer.ColumnAnswer
	}{
		{"everyone", nil, explorer.Published, explorer.Count{Estimate: 100, Low: 100, High: 109}, 105, []explorer.ColumnAnswer{
			{Any: 100, Records: []int{30, 70}},
			{Any: 60, Records: []int{30, 50}},
			{Any: 90, Records: []int{60}},
			{Any: 90, Records: []int{70}},
		}},
		{"one column ignores its own pick", []explorer.Pick{pick("gender", "f")}, explorer.Published, explorer.Count{Estimate: 30, Low: 30, High: 39}, 30, []explorer.ColumnAnswer{
			{Any: 100, Records: []int{30, 70}},
			{Any: 30, Records: []int{30, 20}},
			{Any: 20, Records: []int{20}},
			{Any: 20, Records: []int{0}},
		}},
		{"two columns, in another order", []explorer.Pick{pick("labour", "yes"), pick("means", "threats")}, explorer.Published, explorer.Count{Estimate: 10, Low: 10, High: 19}, 20, []explorer.ColumnAnswer{
			{Any: 20, Records: []int{20, 0}},
			{Any: 20, Records: []int{20, 20}},
			{Any: 50, Records: []int{20}},
			{Any: 20, Records: []int{0}},
		}},
		{"rare", []explorer.Pick{pick("gender", "f"), pick("sex", "yes")}, explorer.Rare, explorer.Count{}, 0, nil},
		{"several of a many-valued column", []explorer.Pick{pick("means", "debt", "threats")}, explorer.Synthetic, explorer.Count{}, 60, nil},
		{"several of another", []explorer.Pick{pick("gender", "m", "f")}, explorer.Published, explorer.Count{Estimate: 100, Low: 100, High: 118}, 100, nil},
		{"several, of which one is rare", []explorer.Pick{pick("gender", "m", "f"), pick("means", "debt")}, explorer.Published, explorer.Count{Estimate: 30, Low: 30, High: 48}, 30, nil},
		{"too long", []explorer.Pick{pick("gender", "m"), pick("labour", "yes"), pick("sex", "yes")}, explorer.Synthetic, explorer.Count{}, 40, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := small()
			a, err := explorer.Ask(&d, test.picks)
			if err != nil {
				t.Fatal(err)
			}
			if a.Source != test.source || a.Records != test.records || a.Source == explorer.Published && a.Count != test.count {
				t.Errorf("got %s %v, %d records; want %s %v, %d", a.Source, a.Count, a.Records, test.source, test.count, test.records)
			}
			if test.columns != nil {
				if diff := cmp.Diff(test.columns, a.Columns); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	for _, bad := range [][]explorer.Pick{{pick("gender", "x")}, {pick("x", "f")}, {pick("gender")}, {pick("gender", "f"), pick("gender", "m")}} {
		d := small()
		if _, err := explorer.Ask(&d, bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	d := small()
	d.About.Withheld = true
	if a, err := explorer.Ask(&d, []explorer.Pick{pick("gender", "f")}); err != nil || !a.Open {
		t.Errorf("beside an earlier release the margin has an upper end: %v, %v", a, err)
	}
	if a, err := explorer.Ask(&d, []explorer.Pick{pick("gender", "m", "f")}); err != nil || a.Source != explorer.Synthetic {
		t.Errorf("beside an earlier release counts are added up: %v, %v", a, err)
	}
}

func TestWrite(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := explorer.Write(out, small()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same data give two pages")
	}
	page := first.String()
	if !strings.Contains(page, "<title>Small &lt;release&gt; &amp; co</title>") {
		t.Error("the title is not there, or not escaped")
	}
	// The policy allows the script and the style by hash and nothing else.
	for kind, pattern := range map[string]string{"script": `(?s)<script>(.*?)</script>`, "style": `(?s)<style>(.*?)</style>`} {
		text := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if text == nil {
			t.Fatalf("there is no %s", kind)
		}
		hash := sha256.Sum256([]byte(text[1]))
		if want := kind + "-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"; !strings.Contains(explorer.Policy(), want) {
			t.Errorf("the policy %q lacks %s", explorer.Policy(), want)
		}
	}
	if strings.Contains(explorer.Policy(), "unsafe") || !strings.HasPrefix(explorer.Policy(), "default-src 'none'") {
		t.Errorf("the policy is %q", explorer.Policy())
	}
	// The licences are text as it is, which must not end its block.
	notices := regexp.MustCompile(`(?s)id="licences">(.*?)</script>`).FindStringSubmatch(page)
	if notices == nil || !strings.Contains(notices[1], `"License" shall mean`) || !strings.HasSuffix(strings.TrimSpace(notices[1]), "world-atlas.") {
		t.Error("the licences are not there, or not whole")
	}
	// Nothing is fetched. That the script asks for nothing either is tested in a browser.
	markup := regexp.MustCompile(`(?s)<script>.*?</script>`).ReplaceAllString(page, "")
	for _, address := range regexp.MustCompile(`(?:src|href)="[^"]*"|url\(`).FindAllString(markup, -1) {
		t.Errorf("the page has %s", address)
	}
	if strings.Contains(page, `id="shapes"`) {
		t.Error("a release without countries carries their shapes")
	}
	withCountry := small()
	withCountry.Columns[0].Kind = "country"
	var out bytes.Buffer
	if err := explorer.Write(&out, withCountry); err != nil || !strings.Contains(out.String(), `id="shapes"`) {
		t.Errorf("a release with countries has no shapes: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(d *explorer.Data)
		want   string
	}{
		{"method", func(d *explorer.Data) { d.About.Protection.Method = "hope" }, `no method of protection "hope"`},
		{"k", func(d *explorer.Data) { d.About.Protection.K = 0 }, "k is 0"},
		{"length", func(d *explorer.Data) { d.About.Protection.Length = 99 }, "length 99"},
		{"kind", func(d *explorer.Data) { d.Columns[0].Kind = "x" }, `no kind "x"`},
		{"name twice", func(d *explorer.Data) { d.Columns[1].Name = "gender" }, `"gender" is empty or there twice`},
		{"value twice", func(d *explorer.Data) { d.Columns[0].Values[1].Value = "f" }, `"f" is there twice`},
		{"group", func(d *explorer.Data) { d.Groups = nil }, `no group "exploitation"`},
		{"number of records", func(d *explorer.Data) { d.About.Records = 104 }, "there are 105 records, but 104"},
		{"no weight", func(d *explorer.Data) { d.Records = recordsOf([]record{{nil, 0}}) }, "record 1: there are 0 of it"},
		{"unknown attribute", func(d *explorer.Data) { d.Records = recordsOf([]record{{[]int32{6}, 1}}) }, "no attribute 6"},
		{"attributes in disorder", func(d *explorer.Data) { d.Records = recordsOf([]record{{[]int32{2, 0}, 1}}) }, "attribute 0 is out of order"},
		{"two of a column", func(d *explorer.Data) { d.Records = recordsOf([]record{{[]int32{0, 1}, 1}}) }, "the second of its column"},
		{"combination too long", func(d *explorer.Data) { d.Counts = countsOf(some(10, 0, 2, 4)) }, "length 3"},
		{"combinations in disorder", func(d *explorer.Data) { d.Counts = countsOf(some(10, 1), some(10, 0)) }, "out of order"},
		{"combination twice", func(d *explorer.Data) { d.Counts = countsOf(some(10, 0, 2), some(10, 0, 2)) }, "out of order"},
		{"combination of unknown", func(d *explorer.Data) { d.Counts = countsOf(some(10, 9)) }, "not in order"},
		{"exact count", func(d *explorer.Data) { d.Counts = countsOf(some(13, 0)) }, "13 is no multiple of 10"},
		{"rare count", func(d *explorer.Data) { d.Counts = countsOf(some(0, 0)) }, "0 is no multiple of 10"},
		{"margin", func(d *explorer.Data) {
			d.About.Protection.Method = explorer.Differential
			d.Counts = countsOf(counted{[]int32{0}, explorer.Count{Estimate: 5, Low: 6, High: 9}})
		}, "5 is not from 6 to 9"},
		{"shapes", func(d *explorer.Data) { d.Columns[0].Kind = "country"; d.Shapes = json.RawMessage(`{}`) }, "not GeoJSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := small()
			test.change(&d)
			var out bytes.Buffer
			err := explorer.Write(&out, d)
			if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
				t.Errorf("got %v and %d bytes, want %q and none", err, out.Len(), test.want)
			}
		})
	}
}

// TestCatalogues holds the languages to the same keys and the same gaps to fill, and the sources to keys that exist.
func TestCatalogues(t *testing.T) {
	web := filepath.Join(testenv.ModuleRoot(t), "web")
	read := func(lang string) map[string]string {
		data, err := os.ReadFile(filepath.Join(web, "locales", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var catalogue map[string]string
		if err := json.Unmarshal(data, &catalogue); err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		return catalogue
	}
	gaps := func(text string) []string {
		found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	english := read("en")
	for _, lang := range []string{"fr", "es", "ar"} {
		other := read(lang)
		same := 0
		for key, text := range english {
			switch translated, ok := other[key]; {
			case !ok || strings.TrimSpace(translated) == "":
				t.Errorf("%s: %q is missing", lang, key)
			case !slices.Equal(gaps(text), gaps(translated)):
				t.Errorf("%s: %q has the gaps %v, want %v", lang, key, gaps(translated), gaps(text))
			case translated == text:
				same++
			}
		}
		for key := range other {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %q is in no use", lang, key)
			}
		}
		if same > len(english)/10 {
			t.Errorf("%s: %d texts are the English ones", lang, same)
		}
	}
	var sources strings.Builder
	files, err := filepath.Glob(filepath.Join(web, "src", "*.ts*"))
	if err != nil || len(files) < 10 {
		t.Fatalf("sources: %v, %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(data)
	}
	for key := range english {
		prefix, _, _ := strings.Cut(key, "_") // "view_map" is built of "view_" and a name
		if !strings.Contains(sources.String(), `"`+key+`"`) && !strings.Contains(sources.String(), "`"+prefix+"_${") {
			t.Errorf("no source names %q", key)
		}
	}
	for _, call := range regexp.MustCompile(`\bt\("(\w+)"`).FindAllStringSubmatch(sources.String(), -1) {
		if _, ok := english[call[1]]; !ok {
			t.Errorf("the sources ask for %q, which no catalogue has", call[1])
		}
	}
}
