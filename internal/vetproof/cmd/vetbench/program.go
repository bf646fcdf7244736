package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/asyncgen/asyncgen/generator"
)

// unit is one store of the program, in about 150 lines of what people write: handlers,
// helpers, a constructor, code outside of the loop.
//
//go:embed unit.go.tmpl
var unit string

const (
	lines   = 10_000 // written by hand; the generated code comes on top
	perFile = 5      // units
)

const imports = `package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)
`

// writeProgram writes a package of that many lines and its generated code into dir, and
// returns how many there are of each.
func writeProgram(ctx context.Context, checkout, dir string) (written, generated int, err error) {
	mod := fmt.Sprintf("module example.com/bench\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n", checkout)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		return 0, 0, err
	}
	tmpl, err := template.New("unit").Parse(unit)
	if err != nil {
		return 0, 0, err
	}
	for n := 0; written < lines; {
		file := bytes.NewBufferString(imports)
		for range perFile {
			n++
			if err := tmpl.Execute(file, n); err != nil {
				return 0, 0, err
			}
		}
		written += bytes.Count(file.Bytes(), []byte("\n"))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("stores%d.go", n)), file.Bytes(), 0o600); err != nil {
			return 0, 0, err
		}
	}
	result, err := generator.Generate(ctx, generator.Config{Dir: dir, SkipVerify: true})
	if err != nil {
		return 0, 0, err
	}
	for _, d := range result.Diagnostics {
		return 0, 0, fmt.Errorf("%s: %s", d.Pos, d.Message)
	}
	for _, f := range result.Files {
		generated += bytes.Count(f.New, []byte("\n"))
	}
	_, err = result.Write()
	return written, generated, err
}
