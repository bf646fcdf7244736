package generator

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/internal/outfile"
	"github.com/asyncgen/asyncgen/templates"
)

// render names, emits and formats the files of one package clause.
func (r *run) render(p *load.Package, m *model.Package) ([]planned, []Diagnostic) {
	plans, problems := names.Plan(m)
	if len(problems) > 0 {
		return nil, problems
	}
	var files []planned
	for _, plan := range plans {
		src, err := templates.Render(plan)
		if err == nil {
			src, err = formatted(src, current(p, plan.Path))
		}
		if err != nil {
			problems = append(problems, Diagnostic{
				Pos: m.Handlers[0].Pos, Code: diag.BugSyntax, Package: p.Path,
				Message: fmt.Sprintf("bug in asyncgen: the generated %s does not parse: %v", filepath.Base(plan.Path), err),
				Hint:    "please report it with the handlers' signatures; nothing was written",
			})
			continue
		}
		files = append(files, planned{File: File{Path: plan.Path, Package: p.Path, New: src}, plan: plan, name: m.Name})
	}
	return files, problems
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

// current returns what asyncgen has written to a file before, if anything.
func current(p *load.Package, path string) []byte {
	for _, f := range p.Files {
		if f.Owned && f.Path == path {
			return f.Src
		}
	}
	return nil
}

// samePath finds two packages in one directory that would share a file.
func samePath(p *load.Package, files []planned) []Diagnostic {
	var problems []Diagnostic
	for i, f := range files {
		for _, g := range files[:i] {
			if f.Path != g.Path {
				continue
			}
			problems = append(problems, Diagnostic{
				Pos: f.plan.Bridges[0].Source.Pos, Code: diag.TwoPackages, Package: p.Path,
				Message: fmt.Sprintf("this directory holds the packages %s and %s, and both have handlers", g.name, f.name),
				Hint:    "move one of them to a directory of its own",
				Related: []diag.Related{{Pos: g.plan.Bridges[0].Source.Pos, Message: "a handler of package " + g.name}},
			})
		}
	}
	return problems
}

// orphans returns the files of ours that nothing needs any more.
func orphans(p *load.Package, files []planned) []planned {
	var list []planned
	for _, f := range p.Files {
		needed := slices.ContainsFunc(files, func(g planned) bool { return g.Path == f.Path })
		if f.Owned && !needed {
			list = append(list, planned{File: File{Path: f.Path, Package: p.Path, State: Orphaned, Old: f.Src}, name: p.Name})
		}
	}
	return list
}

// compare fills in the state of each file. A file that is not ours stands in
// the way.
func (r *run) compare(p *load.Package, files []planned) []Diagnostic {
	var problems []Diagnostic
	for i := range files {
		f := &files[i]
		if f.State == Orphaned {
			continue
		}
		if outfile.Occupied(f.Path) {
			problems = append(problems, occupied(p, f.Path))
			continue
		}
		f.State = Missing
		j := slices.IndexFunc(p.Files, func(g *load.File) bool { return g.Path == f.Path })
		if j < 0 {
			continue
		}
		have := p.Files[j]
		switch {
		case !have.Owned:
			problems = append(problems, foreign(p, f.Path))
		case outfile.Same(have.Src, f.New):
			f.State, f.Old = Current, have.Src
		default:
			f.State, f.Old = Stale, have.Src
		}
	}
	return problems
}

func foreign(p *load.Package, path string) Diagnostic {
	return Diagnostic{
		Pos: token.Position{Filename: path, Line: 1, Column: 1}, Code: diag.ForeignFile, Package: p.Path,
		Message: filepath.Base(path) + " is in the way: it does not have asyncgen's header, so it is not overwritten",
		Hint:    "rename or remove the file",
	}
}

func occupied(p *load.Package, path string) Diagnostic {
	return Diagnostic{
		Pos: token.Position{Filename: path, Line: 1, Column: 1}, Code: diag.ForeignFile, Package: p.Path,
		Message: filepath.Base(path) + " is in the way: it is no regular file",
		Hint:    "rename or remove it",
	}
}

// placeholder is what an orphan is replaced with while the rest is checked.
func placeholder(f planned) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\npackage %s\n", model.Header, f.name)
	return b.Bytes()
}
