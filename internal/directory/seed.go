package directory

import (
	"embed"
	"fmt"
)

// seed is the list that a new map begins with: data/datapackage.json says what it
// is and under which terms.
//
//go:embed data/tools.csv
var seed embed.FS

// Seed returns the entries that a new map begins with, by name. Nobody has checked
// them: Checked is zero, and what is known only from general knowledge says so in
// Sources, above all addresses that no source names ("not confirmed: ...").
func Seed(v *Vocabulary) ([]Tool, error) {
	file, err := seed.Open("data/tools.csv")
	if err != nil {
		return nil, fmt.Errorf("read the built-in list: %w", err)
	}
	defer file.Close()
	tools, problems, err := ReadCSV(file, "tools.csv", v)
	if err != nil {
		return nil, fmt.Errorf("read the built-in list: %w", err)
	}
	for _, p := range problems {
		if !p.Warning {
			return nil, fmt.Errorf("read the built-in list: %s", p)
		}
	}
	return tools, nil
}
