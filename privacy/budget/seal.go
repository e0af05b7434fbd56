package budget

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// format marks ledger files.
const format = "covey privacy ledger"

// headJSON is what a ledger file says before its releases.
type headJSON struct {
	Format     string     `json:"format"`
	Version    int        `json:"version"`
	Dataset    string     `json:"dataset"`
	Relation   string     `json:"relation"`
	Accounting Accounting `json:"accounting"`
	Epsilon    string     `json:"epsilon"`
	Delta      string     `json:"delta"`
}

// fileJSON is a ledger file. Seal is that of the last release, so that cutting
// releases off the end shows.
type fileJSON struct {
	headJSON
	Releases []releaseJSON `json:"releases"`
	Seal     string        `json:"seal"`
}

// entryJSON is what the seal of a release covers, beside the seal before it.
type entryJSON struct {
	Name      string         `json:"name"`
	At        string         `json:"at"`
	Spendings []spendingJSON `json:"spendings"`
}

type releaseJSON struct {
	entryJSON
	Seal string `json:"seal"`
}

// fingerprint is the SHA-256 of a seal and the JSON form of a value, in hexadecimal.
func fingerprint(before string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers only
	}
	sum := sha256.Sum256([]byte(before + "\n" + string(text)))
	return hex.EncodeToString(sum[:])
}

func (f *File) headJSON() headJSON {
	a := f.account
	return headJSON{format, version, f.dataset, Relation, a.accounting, Text(a.epsilon), Text(a.delta)}
}

func (f *File) sealHead() string { return fingerprint(format, f.headJSON()) }

func sealRelease(before string, r Release) string { return fingerprint(before, r.json()) }

// json writes spendings with their cost in concentrated differential privacy, whatever
// the accounting of the file.
func (r Release) json() entryJSON {
	j := entryJSON{r.Name, r.At.Format(time.RFC3339), []spendingJSON{}}
	for _, s := range r.Spendings {
		j.Spendings = append(j.Spendings, s.json(Concentrated))
	}
	return j
}

// encode writes the file as it would be with these releases.
func (f *File) encode(releases []Release) ([]byte, error) {
	j := fileJSON{headJSON: f.headJSON(), Releases: []releaseJSON{}, Seal: f.head}
	for _, r := range releases {
		j.Releases = append(j.Releases, releaseJSON{r.json(), r.Seal})
		j.Seal = r.Seal
	}
	content, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, err
	}
	if content = append(content, '\n'); len(content) > maxFile {
		return nil, fmt.Errorf("ledger grows beyond %d bytes", maxFile)
	}
	return content, nil
}

// decode reads a file, enters everything anew and compares. What it accepts is byte
// for byte what encode writes.
func (f *File) decode(content []byte) error {
	var j fileJSON
	if err := strict(content, &j); err != nil {
		return err
	}
	if j.Format != format {
		return fmt.Errorf("%w: not a ledger", ErrDamaged)
	}
	if err := checkHead(j.Version, j.Relation); err != nil {
		return err
	}
	b, err := budgetFrom(j.Epsilon, j.Delta, j.Accounting)
	if err != nil {
		return err
	}
	if f.account, err = newAccount(b); err != nil {
		return err
	}
	if err := checkText("data set", j.Dataset); err != nil {
		return err
	}
	f.dataset = j.Dataset
	f.head, f.releases = f.sealHead(), nil
	for i, r := range j.Releases {
		if err := f.decodeRelease(r); err != nil {
			return fmt.Errorf("release %d: %w", i+1, err)
		}
	}
	again, err := f.encode(f.releases)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, content) {
		return fmt.Errorf("%w: it is not as this program wrote it; it was cut or edited", ErrDamaged)
	}
	return nil
}

func (f *File) decodeRelease(j releaseJSON) error {
	if err := checkText("name of the release", j.Name); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, j.At)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	spendings, err := spendingsFrom(j.Spendings)
	if err != nil {
		return err
	}
	r := Release{Name: j.Name, At: at.UTC(), Spendings: spendings}
	r.Seal = sealRelease(f.seal(), r)
	if r.Seal != j.Seal {
		return fmt.Errorf("%w: its seal does not fit", ErrDamaged)
	}
	if f.account, err = f.account.plusAll(spendings); err != nil {
		return err
	}
	f.releases = append(f.releases, r)
	return nil
}

func checkText(what, text string) error {
	if text == "" || len(text) > maxWhat || !utf8.ValidString(text) {
		return fmt.Errorf("%s: want 1 to %d bytes of text", what, maxWhat)
	}
	return nil
}
