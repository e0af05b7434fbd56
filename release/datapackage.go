package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The descriptor follows Data Package 2.0 (https://datapackage.org/standard/data-package/, June 2024). It holds nothing that a
// reader of version 1 would refuse: many-valued columns are strings with a pattern, not of the type "list", which is in the text
// of 2.0 but not in its published profile, nor in most programs.
const dataPackageProfile = "https://datapackage.org/profiles/2.0/datapackage.json"

type dataPackage struct {
	Schema       string                   `json:"$schema"`
	Name         string                   `json:"name"`
	Title        string                   `json:"title"`
	Description  string                   `json:"description,omitempty"`
	Version      string                   `json:"version"`
	Licences     []dataPackageLicence     `json:"licenses,omitempty"`
	Contributors []dataPackageContributor `json:"contributors,omitempty"`
	Sources      []dataPackageSource      `json:"sources,omitempty"`
	Resources    []dataPackageResource    `json:"resources"`
}

// dataPackageLicence has a Name, which is an identifier such as CC-BY-4.0, or a Path, which is an address or a file of the package.
type dataPackageLicence struct {
	Name  string `json:"name,omitempty"`
	Path  string `json:"path,omitempty"`
	Title string `json:"title,omitempty"`
}

type dataPackageContributor struct {
	Title string   `json:"title"`
	Path  string   `json:"path,omitempty"`
	Email string   `json:"email,omitempty"`
	Roles []string `json:"roles"`
}

type dataPackageSource struct {
	Title string `json:"title"`
}

type dataPackageResource struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Path        string            `json:"path"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Format      string            `json:"format"`
	MediaType   string            `json:"mediatype"`
	Encoding    string            `json:"encoding"`
	Bytes       int64             `json:"bytes"`
	Hash        string            `json:"hash"`
	Schema      dataPackageSchema `json:"schema"`
}

type dataPackageSchema struct {
	Fields        []dataPackageField `json:"fields"`
	MissingValues []string           `json:"missingValues"`
}

type dataPackageField struct {
	Name        string                  `json:"name"`
	Title       string                  `json:"title,omitempty"`
	Description string                  `json:"description,omitempty"`
	Type        string                  `json:"type"`
	Categories  []dataPackageCategory   `json:"categories,omitempty"`
	Ordered     bool                    `json:"categoriesOrdered,omitempty"`
	Constraints *dataPackageConstraints `json:"constraints,omitempty"`
}

type dataPackageCategory struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type dataPackageConstraints struct {
	Required bool     `json:"required,omitempty"`
	Minimum  *int     `json:"minimum,omitempty"`
	Maximum  *int     `json:"maximum,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Pattern  string   `json:"pattern,omitempty"`
}

// writeDataPackage describes the tables of the bundle for programs. m.Files must have them.
func writeDataPackage(w io.Writer, m *Manifest) error {
	d := dataPackage{
		Schema: dataPackageProfile, Name: slug(m.Title), Title: m.Title, Description: m.Description, Version: m.contentVersion(),
		Licences: m.dataPackageLicences(), Contributors: m.dataPackageContributors(),
	}
	if m.Source != "" {
		d.Sources = []dataPackageSource{{m.Source}}
	}
	for _, r := range m.dataPackageResources() {
		at := slices.IndexFunc(m.Files, func(f ManifestFileEntry) bool { return f.Name == r.Path })
		if at < 0 {
			return fmt.Errorf("describe %s: it is not in the manifest", r.Path)
		}
		r.Type, r.Format, r.MediaType, r.Encoding = "table", "csv", "text/csv", "utf-8"
		r.Bytes, r.Hash = m.Files[at].Bytes, "sha256:"+m.Files[at].SHA256
		d.Resources = append(d.Resources, r)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return err
	}
	_, err := out.WriteTo(w)
	return err
}

// dataPackageResources describes the tables, but for what they share and what depends on their bytes.
func (m *Manifest) dataPackageResources() []dataPackageResource {
	counts := fmt.Sprintf("How many people share a combination of up to %d values, rounded %s.", m.Protection.Length, m.Protection.Rounding)
	if m.Differential() {
		counts = fmt.Sprintf("How many people share a combination of up to %d values, with noise and margins.", m.Protection.Length)
	}
	return []dataPackageResource{
		{
			Name: "synthetic", Path: SyntheticFile, Title: "Synthetic records", Schema: m.syntheticSchema(),
			Description: fmt.Sprintf("One row per synthetic record; no row is a person. %s", m.Protection.Statement),
		},
		{
			Name: "aggregates", Path: AggregatesFile, Title: "Protected counts", Schema: m.aggregatesSchema(),
			Description: counts + " The row of length 0 is the number of people.",
		},
		{
			Name: "codebook", Path: CodebookFile, Title: "Codebook", Schema: m.codebookSchema(),
			Description: "What the columns and values mean, and how many people have them.",
		},
	}
}

// contentVersion names the content of the release in the form of a semantic version, so that two releases of one title can be told
// apart: the version of the format, and the first digits of a hash over the hashes of the tables.
func (m *Manifest) contentVersion() string {
	return fmt.Sprintf("%d.0.0+%s", m.Version, m.contentName())
}

// contentName is the part of the version that tells two contents apart.
func (m *Manifest) contentName() string {
	hash := sha256.New()
	for _, name := range []string{AggregatesFile, CodebookFile, SyntheticFile} {
		for _, f := range m.Files {
			if f.Name == name {
				fmt.Fprintf(hash, "%s %s\n", f.SHA256, f.Name)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:12]
}

// licenceName is what the profile takes for the identifier of a licence.
const licenceName = `^[-a-zA-Z0-9._]+$`

// mailAddress is a plain address of electronic mail.
const mailAddress = `^[^@\s<>]+@[^@\s<>]+\.[a-zA-Z]+$`

// dataPackageLicences returns the licence as the profile wants it. A text that is neither an identifier nor an address goes into
// the title, and its path is the file that repeats it.
func (m *Manifest) dataPackageLicences() []dataPackageLicence {
	switch {
	case m.Licence == "":
		return nil
	case isWebAddress(m.Licence):
		return []dataPackageLicence{{Path: m.Licence}}
	case regexp.MustCompile(licenceName).MatchString(m.Licence):
		return []dataPackageLicence{{Name: m.Licence}}
	}
	return []dataPackageLicence{{Path: ReadmeFile, Title: m.Licence}}
}

// dataPackageContributors returns who answers for the release and where readers may ask.
func (m *Manifest) dataPackageContributors() []dataPackageContributor {
	if m.Publisher == "" && m.Contact == "" {
		return nil
	}
	c := dataPackageContributor{Title: m.Publisher, Roles: []string{"publisher", "contact"}}
	switch {
	case m.Contact == "":
		c.Roles = c.Roles[:1]
	case isWebAddress(m.Contact):
		c.Path = m.Contact
	case regexp.MustCompile(mailAddress).MatchString(m.Contact):
		c.Email = m.Contact
	default:
		if c.Title == "" {
			return []dataPackageContributor{{Title: m.Contact, Roles: c.Roles[1:]}}
		}
		return []dataPackageContributor{{Title: c.Title, Roles: c.Roles[:1]}, {Title: m.Contact, Roles: c.Roles[1:]}}
	}
	if c.Title == "" {
		c.Title, c.Roles = m.Contact, c.Roles[1:]
	}
	return []dataPackageContributor{c}
}

func isWebAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != "" && !strings.ContainsAny(text, " \t\n")
}

// slug makes a name for programs of a title: lower-case letters and digits of English, with hyphens between them.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) == 0 {
		return "release"
	}
	return strings.Join(words, "-")
}
