package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// house builds the style sheet and the script of the server's pages, which need no package.
func house(root string) error {
	folder, err := filepath.Abs(filepath.Join(root, "internal", "web"))
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: folder,
		EntryPoints:   []string{"src/app.ts", "src/app.css"},
		Outdir:        "out", Bundle: true, Format: api.FormatIIFE, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
	})
	for _, message := range api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(os.Stderr, message)
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle: %d errors", len(result.Errors))
	}
	for _, file := range result.OutputFiles {
		if err := write(filepath.Join(folder, "static", filepath.Base(file.Path)), file.Contents); err != nil {
			return err
		}
	}
	return nil
}
