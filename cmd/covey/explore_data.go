package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/synth/dp"
	"github.com/opencovey/covey/table"
)

// explorerData gives the explorer what a bundle holds: attributes are numbered through the values of all columns, as both number them.
func explorerData(b *release.Bundle) (*explorer.Data, error) {
	m := b.Manifest
	d := &explorer.Data{About: explorerAbout(b)}
	for _, c := range m.Columns {
		column := explorer.Column{Name: c.Name, Label: c.Label, Kind: c.Kind, Group: c.Group, Description: c.Description, Values: []explorer.Value{}}
		for _, v := range c.Values {
			column.Values = append(column.Values, explorer.Value{Value: v.Value, Label: v.Label})
		}
		d.Columns = append(d.Columns, column)
	}
	if err := explorerTotals(b, d); err != nil {
		return nil, err
	}
	base := attributeBase(b.Synthetic.Columns)
	d.Records = explorerRecords(b.Synthetic, base)
	d.Counts = explorerCounts(b.Aggregates, base)
	return d, nil
}

func explorerAbout(b *release.Bundle) explorer.About {
	m := b.Manifest
	people := b.Aggregates.PeopleMargin()
	a := explorer.About{
		Title: m.Title, Description: m.Description, Publisher: m.Publisher, Contact: m.Contact, Licence: m.Licence, Citation: m.Citation,
		Source: m.Source, Software: m.Software, Release: releaseName(m), Records: m.Records, Withheld: m.Withheld,
		People: explorer.Count{Estimate: people.Estimate, Low: people.Low, High: people.High},
		Protection: explorer.Protection{
			Method: m.Protection.Method, K: m.Protection.K, Length: m.Protection.Length, Epsilon: m.Protection.Epsilon, Delta: m.Protection.Delta,
			Statement: m.Protection.Statement, Meaning: m.Protection.Meaning,
		},
	}
	for _, f := range m.Files {
		a.Files = append(a.Files, explorer.File{Name: f.Name, Bytes: f.Bytes, SHA256: f.SHA256})
	}
	a.Files = append(a.Files, explorer.File{Name: release.ManifestFile})
	return a
}

// releaseName is the part of the data package's version that tells contents apart; see docs/formats.md. Unlike the hash of the manifest it is known before the page is
// written.
func releaseName(m *release.Manifest) string {
	hash := sha256.New()
	for _, name := range []string{release.AggregatesFile, release.CodebookFile, release.SyntheticFile} {
		for _, f := range m.Files {
			if f.Name == name {
				fmt.Fprintf(hash, "%s %s\n", f.SHA256, f.Name)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:12]
}

// explorerTotals takes from the codebook how many people have a value in each column and group.
func explorerTotals(b *release.Bundle, d *explorer.Data) error {
	file, err := os.Open(filepath.Join(b.Dir, release.CodebookFile))
	if err != nil {
		return err
	}
	defer file.Close()
	rows := csv.NewReader(file)
	header, err := rows.Read()
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, name := range header {
		at[name] = i
	}
	columns := map[string]*explorer.Column{}
	for i := range d.Columns {
		columns[d.Columns[i].Name] = &d.Columns[i]
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		people, err := strconv.Atoi(row[at["count"]])
		if err != nil {
			people = 0 // empty: not published
		}
		column := columns[row[at["column"]]]
		switch kind := row[at["kind"]]; {
		case kind == "group":
			d.Groups = append(d.Groups, explorer.Group{Name: row[at["group"]], People: people})
		case kind != "blank" && row[at["value"]] == "" && column != nil:
			column.People = people
		}
	}
}

// attributeBase returns the number of the first attribute of each column of a table.
func attributeBase(columns []table.Column) []int32 {
	base, n := make([]int32, len(columns)), int32(0)
	for i := range columns {
		base[i] = n
		n += int32(len(columns[i].Values))
	}
	return base
}

func explorerRecords(t *table.Table, base []int32) iter.Seq2[[]int32, int] {
	return func(yield func([]int32, int) bool) {
		var attrs []int32
		for row, weight := range t.Rows() {
			attrs = attrs[:0]
			for column, code := range row {
				if code > 0 {
					attrs = append(attrs, base[column]+int32(code)-1)
				}
			}
			if !yield(attrs, weight) {
				return
			}
		}
	}
}

func explorerCounts(a *release.Aggregates, base []int32) iter.Seq2[[]int32, explorer.Count] {
	return func(yield func([]int32, explorer.Count) bool) {
		var attrs []int32
		each := func(combination []marginal.Attribute, c dp.Count) bool {
			attrs = attrs[:0]
			for _, at := range combination {
				attrs = append(attrs, base[at.Column]+int32(at.Code)-1)
			}
			return yield(attrs, explorer.Count{Estimate: c.Estimate, Low: c.Low, High: c.High})
		}
		for length := 1; length <= a.Length(); length++ {
			for combination, c := range a.Margins(length) {
				if !each(combination, c) {
					return
				}
			}
		}
	}
}
