// Package emit turns the handlers of a package into the text of its generated files. It
// asks nobody and touches no disk, so whoever has the sources in memory can tell what
// should be generated for them.
package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"path/filepath"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/templates"
)

// File is one generated file and what it was made from.
type File struct {
	Plan model.File
	Src  []byte
	// Overlay is what stands there in builds with the overlay, if the handlers are bridged in place.
	Overlay []byte
}

// Package names, emits and formats the files of one package clause. written returns
// what asyncgen has written to a path before, or nil.
func Package(m *model.Package, written func(path string) []byte) ([]File, []diag.Diagnostic) {
	plans, problems := names.Plan(m)
	if len(problems) > 0 {
		return nil, problems
	}
	var files []File
	for _, plan := range plans {
		file, err := render(plan, written(plan.Path))
		if err != nil {
			problems = append(problems, diag.Diagnostic{
				Pos: m.Handlers[0].Pos, Code: diag.BugSyntax, Package: m.Path,
				Message: fmt.Sprintf("bug in asyncgen: the generated %s does not parse: %v", filepath.Base(plan.Path), err),
				Hint:    "please report it with the handlers' signatures; nothing was written",
			})
			continue
		}
		files = append(files, file)
	}
	return files, problems
}

// render makes the text of one file, or, for handlers that are bridged in place, of the guard and of what
// replaces it.
func render(plan model.File, written []byte) (File, error) {
	file := File{Plan: plan}
	src, err := templates.Render(plan)
	if err != nil {
		return file, err
	}
	if plan.InPlace == "" {
		file.Src, err = formatted(src, written)
		return file, err
	}
	if file.Overlay, err = formatted(src, nil); err != nil {
		return file, err
	}
	if src, err = templates.Guard(plan); err != nil {
		return file, err
	}
	file.Src, err = formatted(src, written)
	return file, err
}

// formatted formats src until nothing changes any more. Once is not always
// enough: the printer may turn a comment into one that it then lays out anew. It
// is enough if that gives what an earlier run has written, after which nothing
// changed any more. Formatting is most of the work where nothing is to be written.
func formatted(src, written []byte) ([]byte, error) {
	const rounds = 4
	for range rounds {
		next, err := format.Source(src)
		if err != nil || bytes.Equal(next, src) || bytes.Equal(next, written) {
			return next, err
		}
		src = next
	}
	return src, nil
}
