// Package emit turns the handlers of a package into the text of its generated files. It
// runs no command and touches no disk, so a program with the sources in memory can
// compute the output for them.
package emit

import (
	"fmt"
	"path/filepath"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/templates"
)

// File is one generated file with its plan.
type File struct {
	Plan model.File
	Src  []byte
	// Overlay replaces Src in builds with the overlay, if the handlers are bridged in place.
	Overlay []byte
}

// Package names, emits and formats the files of one package clause. written returns
// the text that an earlier run has written to a path, or nil.
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

// render makes the text of one file. For handlers that are bridged in place, it makes the guard and
// the file that replaces the guard.
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
