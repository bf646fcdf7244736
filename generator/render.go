package generator

import (
	"bytes"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/emit"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/outfile"
)

// render makes the files of one package clause.
func (r *run) render(p *load.Package, m *model.Package) ([]planned, []diag.Diagnostic) {
	files, problems := emit.Package(m, func(path string) []byte { return current(p, path) })
	var all []planned
	for _, f := range files {
		all = append(all, planned{File: File{Path: f.Plan.Path, Package: p.Path, New: f.Src}, plan: f.Plan, overlay: f.Overlay, name: m.Name})
	}
	return all, problems
}

// current returns the text that asyncgen has written to a file before, or nil.
func current(p *load.Package, path string) []byte {
	for _, f := range p.Files {
		if f.Owned && f.Path == path {
			return f.Src
		}
	}
	return nil
}

// samePath finds two packages in one directory that would share a file.
func samePath(p *load.Package, files []planned) []diag.Diagnostic {
	var problems []diag.Diagnostic
	for i, f := range files {
		for _, g := range files[:i] {
			if f.Path != g.Path {
				continue
			}
			problems = append(problems, diag.Diagnostic{
				Pos: f.plan.Origin(), Code: diag.TwoPackages, Package: p.Path,
				Message: fmt.Sprintf("this directory holds the packages %s and %s, and both have handlers", g.name, f.name),
				Hint:    "move one of them to a directory of its own",
				Related: []diag.Related{{Pos: g.plan.Origin(), Message: "a handler of package " + g.name}},
			})
		}
	}
	return problems
}

// orphans returns asyncgen's files that no handler needs any more.
func orphans(p *load.Package, files []planned) []planned {
	var list []planned
	for _, f := range p.Files {
		needed := slices.ContainsFunc(files, func(g planned) bool { return g.Path == f.Path })
		if f.Owned && !needed {
			list = append(list, planned{File: File{Path: f.Path, Package: p.Path, State: StateOrphaned, Old: f.Src}, name: p.Name})
		}
	}
	return list
}

// compare fills in the state of each file. A file without asyncgen's header is
// a problem.
func (r *run) compare(p *load.Package, files []planned) []diag.Diagnostic {
	var problems []diag.Diagnostic
	for i := range files {
		f := &files[i]
		if f.State == StateOrphaned {
			continue
		}
		if outfile.Occupied(f.Path) {
			problems = append(problems, occupied(p, f.Path))
			continue
		}
		f.State = StateMissing
		j := slices.IndexFunc(p.Files, func(g *load.File) bool { return g.Path == f.Path })
		if j < 0 {
			continue
		}
		have := p.Files[j]
		switch {
		case !have.Owned:
			problems = append(problems, foreign(p, f.Path))
		case outfile.Same(have.Src, f.New):
			f.State, f.Old = StateCurrent, have.Src
		default:
			f.State, f.Old = StateStale, have.Src
		}
	}
	return problems
}

func foreign(p *load.Package, path string) diag.Diagnostic {
	return diag.Diagnostic{
		Pos: token.Position{Filename: path, Line: 1, Column: 1}, Code: diag.ForeignFile, Package: p.Path,
		Message: filepath.Base(path) + " is in the way: it does not have asyncgen's header, so it is not overwritten",
		Hint:    "rename or remove the file",
	}
}

func occupied(p *load.Package, path string) diag.Diagnostic {
	return diag.Diagnostic{
		Pos: token.Position{Filename: path, Line: 1, Column: 1}, Code: diag.ForeignFile, Package: p.Path,
		Message: filepath.Base(path) + " is in the way: it is no regular file",
		Hint:    "rename or remove it",
	}
}

// placeholder returns the replacement of an orphan during the type check.
func placeholder(f planned) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\npackage %s\n", model.Header, f.name)
	return b.Bytes()
}
