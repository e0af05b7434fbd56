package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
)

// What make web built of the folder web; see tools/web.
var (
	//go:embed dist/explorer.js
	script string
	//go:embed dist/explorer.css
	style string
	//go:embed dist/world.json
	world []byte
	//go:embed dist/licences.txt
	licences string
	//go:embed page.html
	pageTemplate string
)

// pageView is what the template is given.
type pageView struct {
	Title           string
	Version         int
	Policy          string
	Style           template.CSS
	Script          template.JS
	Licences        template.HTML // text of ours, without markup
	HasShapes       bool
	Content, Shapes template.HTML // base64 is safe as text
}

// Policy returns the content security policy of a page: nothing may be loaded, and only the script and the style of this package may run. The page carries it itself; a
// server should send it, too.
func Policy() string {
	return fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data: blob:; base-uri 'none'; form-action 'none'", hashOf(script), hashOf(style))
}

func hashOf(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
}

// Write writes the page. The same data give the same bytes with the same version of Go; another may compress differently.
func Write(w io.Writer, d Data) error {
	var content bytes.Buffer
	if err := encode(&content, &d); err != nil {
		return fmt.Errorf("write explorer: %w", err)
	}
	shapes, err := shapesOf(&d)
	if err != nil {
		return fmt.Errorf("write explorer: %w", err)
	}
	if shapes != nil {
		if shapes, err = compressed(shapes); err != nil {
			return fmt.Errorf("write explorer: %w", err)
		}
	}
	page, err := fill(&d, shapes, content.Bytes())
	if err != nil {
		return fmt.Errorf("write explorer: %w", err)
	}
	_, err = w.Write(page)
	return err
}

// fill puts the blocks into the page.
func fill(d *Data, shapes, content []byte) ([]byte, error) {
	v := &pageView{
		Title: d.About.Title, Version: Version, Policy: Policy(), Style: template.CSS(style), Script: template.JS(script), Licences: template.HTML(licences),
		HasShapes: shapes != nil, Shapes: template.HTML(base64.StdEncoding.EncodeToString(shapes)),
		Content: template.HTML(base64.StdEncoding.EncodeToString(content)),
	}
	page, err := template.New("explorer").Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("fill in template: %w", err)
	}
	return out.Bytes(), nil
}

// frameOf returns the page of some data without what is in its blocks, and the shapes that belong into it, which are nil if it needs none.
func frameOf(d *Data) (frame string, shapes []byte, err error) {
	if shapes, err = shapesOf(d); err != nil {
		return "", nil, err
	}
	var empty []byte
	if shapes != nil {
		empty = []byte{}
	}
	page, err := fill(d, empty, nil)
	return string(page), shapes, err
}

// shapesOf returns the shapes of countries, which only a release that names countries needs.
func shapesOf(d *Data) ([]byte, error) {
	if !slices.ContainsFunc(d.Columns, func(c Column) bool { return c.Kind == "country" && len(c.Values) > 0 }) {
		return nil, nil
	}
	if d.Shapes == nil {
		return world, nil
	}
	var form struct {
		Type     string            `json:"type"`
		Features []json.RawMessage `json:"features"`
	}
	if err := json.Unmarshal(d.Shapes, &form); err != nil {
		return nil, fmt.Errorf("shapes of countries: %w", err)
	} else if form.Type != "FeatureCollection" || len(form.Features) == 0 {
		return nil, fmt.Errorf("shapes of countries: this is not GeoJSON: a FeatureCollection with features is wanted")
	}
	return d.Shapes, nil
}

func compressed(text []byte) ([]byte, error) {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zipped.Bytes(), nil
}
