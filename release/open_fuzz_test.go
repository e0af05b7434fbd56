package release

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/table"
)

// fuzzManifest is a sound manifest.
func fuzzManifest() *Manifest {
	m := &Manifest{
		Format: ManifestFormat, Version: ManifestVersion, Title: "Invented",
		Protection: ManifestProtection{Method: "k-anonymity", K: 2, Length: 2, Rounding: "down", Statement: "yes"},
		People:     6, Records: 6, Unit: "person",
		Columns: []ManifestColumn{
			{Name: "gender", Kind: "category", Values: []ManifestValue{{"f", "Female"}, {"m,\"x\"", ""}}},
			{Name: "means", Kind: "many", Delimiter: ";", Values: []ManifestValue{{"a", ""}, {"b", ""}}},
			{Name: "empty", Kind: "flag", Values: []ManifestValue{}},
		},
	}
	names := BundleFiles()
	slices.Sort(names)
	for _, name := range names {
		m.Files = append(m.Files, ManifestFileEntry{name, 1, strings.Repeat("0a", 32)})
	}
	return m
}

// isInputError reports whether an error is one for people, with a file.
func isInputError(err error) bool {
	var bad *table.InputError
	return errors.As(err, &bad) && bad.File != "" && bad.Problem != ""
}

// FuzzManifest: whatever the bytes, there is an error for people, or a manifest that is the same when written and read again.
func FuzzManifest(f *testing.F) {
	sound, err := fuzzManifest().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(bytes.Replace(sound, []byte(`"version": 1`), []byte(`"version": 2`), 1))
	f.Add([]byte(`{"format": "covey-release", "version": 1, "columns": [[[]]]}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	f.Add([]byte("{}{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			if !isInputError(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseManifest(again)
		if err != nil {
			t.Fatalf("read back: %v\n%s", err, again)
		}
		for i := range m.Columns { // null is written as null and []: nothing
			if len(m.Columns[i].Values) == 0 {
				m.Columns[i].Values, back.Columns[i].Values = nil, nil
			}
		}
		if !reflect.DeepEqual(back, m) {
			t.Errorf("read back:\ngot  %+v\nwant %+v", back, m)
		}
		if columns := tableColumns(m); len(newAggregates(columns, m.Protection.Length).attrs) > maxColumns*maxListedValues {
			t.Error("more attributes than the limits allow")
		}
	})
}

// FuzzAggregates: whatever the bytes, there is an error for people, or counts that are the same when written again, each found by Get.
func FuzzAggregates(f *testing.F) {
	const header = "count,length,column_1,value_1,column_2,value_2\n"
	f.Add(header + "6,0,,,,\n4,1,gender,f,,\n2,1,gender,\"m,\"\"x\"\"\",,\n2,1,means,a,,\n2,2,gender,f,means,a\n2,2,means,a,means,b\n")
	f.Add(header + "6,0,,,,\n4,1,gender,m,x,,\n")
	f.Add(header + "6,0,,,,\n\n4,1,gender,f,,\n4,1,gender,f,,\n")
	f.Add(header + "6,0,,,,\n4,2,gender,f,gender,f\n-1,1,gender,f,,\n")
	f.Add(header)
	const noised = "count,low,high,length,column_1,value_1,column_2,value_2\n"
	f.Add(noised + "6,4,8,0,,,,\n4,0,6,1,gender,f,,\n0,0,2,2,gender,f,means,a\n")
	f.Add(noised + "6,4,-8,0,,,,\n")
	columns := tableColumns(fuzzManifest())
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAggregates(strings.NewReader(text), columns, 2, strings.HasPrefix(text, "count,low"))
		if err != nil {
			if !isInputError(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		want, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := WriteAggregates(&out, a); err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q (%v)", got, want, err)
		}
		for length := 1; length <= 2; length++ {
			for combination, n := range a.All(length) {
				if a.Get(combination...) != n || !slices.IsSortedFunc(combination, marginal.Attribute.Compare) {
					t.Errorf("%v is not found", combination)
				}
			}
		}
	})
}

// FuzzRecords: whatever the bytes, there is an error for people, or as many records as rows, which are the same when written again.
func FuzzRecords(f *testing.F) {
	f.Add("gender,means,empty\n,,\nf,a;b,\n\"m,\"\"x\"\"\",b,\n")
	f.Add("gender,means,empty\nf,b;a,\n")
	f.Add("gender,means,empty\nf,a;a,\nf,,x\n")
	f.Add("gender,means,empty\r\nf,,\r\n,,\r\n")
	m := fuzzManifest()
	columns := tableColumns(m)
	policy := &Policy{Columns: []PolicyColumn{
		{Field: table.Field{Name: "gender"}}, {Field: table.Field{Name: "means", Kind: table.Many}}, {Field: table.Field{Name: "empty", Kind: table.Flag}},
	}}
	f.Fuzz(func(t *testing.T, text string) {
		y, unsorted, err := parseRecords(strings.NewReader(text), m, columns)
		if err != nil {
			if !isInputError(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		want, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if y.People() != len(want)-1 {
			t.Errorf("%d records of %d rows", y.People(), len(want)-1)
		}
		if unsorted > 0 {
			return
		}
		var out bytes.Buffer
		if err := WriteRecords(&out, y, policy); err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(&out).ReadAll()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q (%v)", got, want, err)
		}
	})
}

// FuzzCodebook: whatever the bytes, there is an error for people, or as many rows as lines below the header.
func FuzzCodebook(f *testing.F) {
	header := strings.Join(codebookHeader(false), ",") + "\n"
	noised := strings.Join(codebookHeader(true), ",") + "\n"
	f.Add(header + "gender,Gender,category,,,,,4\ngender,Gender,category,,,f,Female,4\ngender,Gender,blank,,,blank,blank,2\n")
	f.Add(header + "gender,Gender,category,,,,,0\n")
	f.Add(header + "gender\n")
	f.Add(noised + "gender,Gender,category,,,,,4,,\ngender,Gender,category,,,f,Female,0,0,3\n")
	f.Fuzz(func(t *testing.T, text string) {
		book, err := parseCodebook(strings.NewReader(text), strings.Contains(text, "low,high"))
		if err != nil {
			if !isInputError(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		for _, row := range book {
			if row.count < 0 || row.row < 2 {
				t.Errorf("row %+v", row)
			}
		}
	})
}

// TestCheckJSON: two programs must not read one file in two ways.
func TestCheckJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": {"b": 1}, "c": [{"b": 1}, {"b": 2}]}`: "",
		`[]`:                          "",
		`7`:                           "",
		``:                            "not JSON",
		`{"a": 1, "a": 2}`:            "twice",
		`{"a": 1, "A": 2}`:            "twice",
		`[{"x": {"y": 1, "y": 2}}]`:   "twice",
		`{} {}`:                       "something after",
		`{"a": 1]`:                    "not JSON",
		`{"a": "a", "b": "a"}`:        "",
		strings.Repeat("[", 33):       "nested",
		`{"a": "` + "\xc3" + `"}`:     "UTF-8",
		`{"a": 1e999999999999999999}`: "",
	} {
		err := checkJSON([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if err == nil && !json.Valid([]byte(text)) {
			t.Errorf("%s is passed and not JSON", text)
		}
	}
}
