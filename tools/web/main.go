// Web builds the page of the explorer: it fetches the packages of web/lock.json from the npm registry, checks their hashes, bundles web/src by esbuild, simplifies the
// shapes of countries, and writes the results to explorer/dist, and the world map of the server's pages to internal/chart. It needs Go alone, and the same sources give the same bytes.
//
// Run it by "make web", or from the folder tools: go run ./web.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := run(".."); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run builds everything. root is the folder of the module.
func run(root string) error {
	packages, err := readLock(filepath.Join(root, "web", "lock.json"))
	if err != nil {
		return err
	}
	modules, err := fetch(packages)
	if err != nil {
		return err
	}
	out := filepath.Join(root, "explorer", "dist")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := bundle(root, modules, out); err != nil {
		return err
	}
	if err := house(root); err != nil {
		return err
	}
	if err := worlds(root, modules, out); err != nil {
		return fmt.Errorf("world map: %w", err)
	}
	notices, err := licences(modules, packages)
	if err != nil {
		return err
	}
	return write(filepath.Join(out, "licences.txt"), notices)
}

// worlds writes the shapes of countries: for the explorer, and drawn for the pages of the server.
func worlds(root, modules, out string) error {
	atlas, list := filepath.Join(modules, "world-atlas", "countries-50m.json"), filepath.Join(root, "web", "countries.csv")
	shapes, err := world(atlas, list)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(out, "world.json"), shapes); err != nil {
		return err
	}
	drawn, err := picture(atlas, list)
	if err != nil {
		return err
	}
	return write(filepath.Join(root, "internal", "chart", "world.svg"), drawn)
}

// write leaves a file alone that is right already, so that what is built from it need not be built again.
func write(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return os.WriteFile(name, data, 0o644)
}

// bundle builds the script and the style.
func bundle(root, modules, out string) error {
	web, err := filepath.Abs(filepath.Join(root, "web"))
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: web,
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: "src/main.tsx", OutputPath: "explorer"},
			{InputPath: "src/style.css", OutputPath: "explorer"},
		},
		Outdir: "out", Bundle: true, Format: api.FormatIIFE, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, TreeShaking: api.TreeShakingTrue,
		LegalComments: api.LegalCommentsNone, // licences.txt has them
		JSX:           api.JSXAutomatic, JSXImportSource: "preact",
		Define:    map[string]string{"process.env.NODE_ENV": `"production"`},
		Loader:    map[string]api.Loader{".csv": api.LoaderText},
		NodePaths: []string{modules},
	})
	for _, message := range api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(os.Stderr, message)
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle: %d errors", len(result.Errors))
	}
	for _, file := range result.OutputFiles {
		if err := write(filepath.Join(out, filepath.Base(file.Path)), file.Contents); err != nil {
			return err
		}
	}
	return nil
}

// licences collects what the licences of the packages ask to be kept with copies of them.
func licences(modules string, packages []lockedPackage) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("This page holds parts of these works.\n")
	for _, p := range packages {
		fmt.Fprintf(&b, "\n%s %s (%s)\n", p.Name, p.Version, p.Licence)
		found := false
		for _, name := range []string{"LICENSE", "LICENSE.txt", "NOTICE"} {
			text, err := os.ReadFile(filepath.Join(modules, p.Name, name))
			if err == nil {
				found = true
				fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
			}
		}
		if !found {
			return nil, fmt.Errorf("package %s has no licence file", p.Name)
		}
	}
	b.WriteString("\nShapes of countries: Natural Earth (public domain), naturalearthdata.com, by way of world-atlas.\n")
	return b.Bytes(), nil
}
