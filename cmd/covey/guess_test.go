package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/testenv"
	"github.com/opencovey/covey/release"
)

// inspectJSON runs covey inspect -json and returns its report.
func inspectJSON(t *testing.T, args ...string) *inspection {
	t.Helper()
	e, out, errs := testEnv()
	if status := run(t.Context(), e, append([]string{"inspect", "-json"}, args...)); status != 0 {
		t.Fatal(errs)
	}
	var r inspection
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func (r *inspection) column(t *testing.T, name string) *release.InspectColumn {
	t.Helper()
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	t.Fatalf("no column %s", name)
	return nil
}

// TestGuessOfUncleanFile has one or two cells in each column that its kind cannot read.
func TestGuessOfUncleanFile(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("person_id,age,seen,from\n")
	countries := strings.Fields("Kenya UG TZA RW CD SO ET ER SS SD BI ZM MW MZ ZW AO CM NG GH TG BJ CI SN ML NE")
	for i := range 400 {
		age, seen, from := fmt.Sprint(i%80), fmt.Sprintf("2019-%02d-%02d", i%12+1, i%28+1), countries[i%len(countries)]
		switch i {
		case 7, 8:
			age, seen = "old", "spring"
		case 9:
			from = "abroad"
		}
		// The subject: people have two rows, but for the first, who has the words of all.
		fmt.Fprintf(&b, "P%d,%s,%s,%s\n", max(i/2, 5), age, seen, from)
	}
	if err := os.WriteFile("cases.csv", []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r := inspectJSON(t, "-k", "2", "-draft", "draft.yaml", "cases.csv")
	if r.Subject != "person_id" || r.People != 195 {
		t.Errorf("%d people by %q", r.People, r.Subject)
	}
	for name, kind := range map[string]string{"age": "number", "seen": "date", "from": "country"} {
		c := r.column(t, name)
		if c.Kind != kind || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "not readable as a "+kind) {
			t.Errorf("%s: %s, %q", name, c.Kind, c.Notes)
		}
	}
	draft, err := os.ReadFile("draft.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// P5 and nobody else has those words, in two rows: one person, fewer than k.
	for _, word := range []string{"old", "spring", "abroad"} {
		if strings.Contains(string(draft), word) {
			t.Errorf("the draft names %q:\n%s", word, draft)
		}
	}
}

// TestInspectWorkbook reads a sheet as Excel writes it.
func TestInspectWorkbook(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Cases" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
			`<row r="1"><c r="A1" t="inlineStr"><is><t>sex</t></is></c><c r="B1" t="inlineStr"><is><t>hurt</t></is></c></row>` +
			strings.Repeat(`<row><c t="inlineStr"><is><t>Female</t></is></c><c><v>1</v></c></row>`, 12) + `</sheetData></worksheet>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "Cases.XLSX")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r := inspectJSON(t, path)
	if r.Rows != 12 || r.column(t, "hurt").Kind != "flag" || r.column(t, "sex").Values[0].People != 12 {
		t.Errorf("%+v", r)
	}
	e, _, _ := testEnv()
	if _, err := e.openInput("-", release.PolicyInput{Format: release.XLSXFormat}); err == nil {
		t.Error("a workbook was read from a pipe")
	}
}

// TestInspectSharedData drafts a policy for files of others, and reads them by it.
func TestInspectSharedData(t *testing.T) {
	names := []string{"adult_discretised.csv.gz", "nist_acs_excerpt_national2019.csv.gz", "ctdc_global_synthetic_2021-08-25.csv.gz"}
	if testing.Short() {
		names = names[:1]
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := testenv.SharedData(t, name)
			draft := filepath.Join(t.TempDir(), "draft.yaml")
			guessed := inspectJSON(t, "-length", "2", "-draft", draft, path)
			policy, err := readPolicy(draft)
			if err != nil {
				t.Fatal(err)
			}
			read := inspectJSON(t, "-policy", draft, path)
			if read.People != guessed.People || read.Risk.Rare != guessed.Risk.Rare || policy.Protection.Length != 2 {
				t.Errorf("by the draft %d of %d people are rare, by the guess %d of %d",
					read.Risk.Rare, read.People, guessed.Risk.Rare, guessed.People)
			}
			for _, l := range strings.Split(read.text(), "\n") {
				if textWidth(l) > 80 {
					t.Errorf("wider than 80 columns: %s", l)
				}
			}
		})
	}
}
