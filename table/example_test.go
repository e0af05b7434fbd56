package table_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/opencovey/covey/table"
)

func ExampleRead() {
	const file = "case,gender,means\n1,Female,Debt bondage; Threats\n2,female,threats\n1,,Threats\n3,Unknown,-99\n"
	rows, err := table.OpenCSV(strings.NewReader(file), "cases.csv", table.Format{})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, stats, err := table.Read(context.Background(), rows, table.Schema{
		Subject: "case",
		Fields: []table.Field{
			{Name: "gender", Map: map[string]string{"female": "Female"}},
			{Name: "means", Kind: table.Many, Map: map[string]string{"threats": "Threats"}},
		},
		Blanks: []table.Blank{{Text: "Unknown", Reason: "not collected"}, {Text: "-99", Reason: "not recorded"}},
	}, table.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stats.Rows, "rows,", t.People(), "people,", t.Len(), "distinct records")
	for _, c := range t.Columns {
		fmt.Println(c.Name, c.Values, c.Blanks)
	}
	for codes, people := range t.Sorted().Rows() {
		fmt.Println(codes, people)
	}
	// Output:
	// 4 rows, 3 people, 3 distinct records
	// gender [Female] [{not collected 1}]
	// means: Debt bondage [Debt bondage] [{not recorded 1}]
	// means: Threats [Threats] [{not recorded 1}]
	// [0 0 0] 1
	// [1 0 1] 1
	// [1 1 1] 1
}

func ExampleBuilder() {
	b := table.NewBuilder([]table.Column{{Name: "gender", Values: []string{"Female", "Male"}}})
	b.Add([]uint16{1}, 1)
	b.Add([]uint16{2}, 1)
	b.Add([]uint16{1}, 3)
	for codes, people := range b.Table().Rows() {
		fmt.Println(codes, people)
	}
	// Output:
	// [1] 4
	// [2] 1
}

func ExampleProfileRows() {
	const file = "age,means\n17,Physical Abuse;Threats\n,Threats\n-99,Physical Abuse\n21,Physical abuse;Threats\n"
	rows, err := table.OpenCSV(strings.NewReader(file), "cases.csv", table.Format{})
	if err != nil {
		fmt.Println(err)
		return
	}
	columns, err := table.ProfileRows(context.Background(), rows, table.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range columns {
		fmt.Println(c.Name, c.Kind, c.Distinct, c.Blanks, c.Tidy)
	}
	// Output:
	// age category 2 [{ blank 1} {-99 not recorded 1}] []
	// means many 3 [] [{Physical abuse Physical Abuse 1 false}]
}
