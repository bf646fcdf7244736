// Package stale finds generated code that is not what asyncgen would write now.
package stale

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/report"
	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/emit"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// Analyzer reports drift between handlers and their bridges.
var Analyzer = &analysis.Analyzer{
	Name: "stale",
	Doc: `report generated code that does not match its handlers

After a handler has changed, its bridge is out of date until asyncgen runs again. This
shows it where the code is edited. asyncgen -check says the same in CI.`,
	URL:        report.Stale.URL(),
	Run:        run,
	ResultType: report.UsedType,
	// A handler whose signature has changed does not fit its bridge.
	RunDespiteErrors: true,
}

func run(pass *analysis.Pass) (any, error) {
	rep := report.New(pass, report.Stale)
	d, err := read(pass)
	if err != nil || d == nil {
		return rep.Used, err
	}
	c := &checker{pass: pass, report: rep, dir: d}
	c.check()
	return rep.Used, nil
}

// checker compares one directory.
type checker struct {
	pass   *analysis.Pass
	report *report.Reporter
	dir    *directory
}

func (c *checker) check() {
	tree := parse.Files(c.dir.Directory)
	var files []emit.File
	problems := []diag.Diagnostic{}
	for _, m := range tree.Build(c.dir.names(c.pass), c.dir.exports(c.pass, tree.Needs().Exports)) {
		made, found := emit.Package(m, c.dir.source)
		files, problems = append(files, made...), append(problems, found...)
	}
	if c.dir.asked {
		return // the answer depends on the source of another package
	}
	problems = append(tree.Diagnostics(), problems...)
	for _, p := range problems {
		c.refused(p)
	}
	if len(problems) > 0 {
		return
	}
	for _, f := range files {
		c.compare(f)
	}
	c.orphans(files)
}

// refused passes on what asyncgen itself would report.
func (c *checker) refused(p diag.Diagnostic) {
	if at, ok := c.at(p.Pos); ok {
		c.report.Reportf(at, "asyncgen cannot generate this: %s (%s)", p.Message, p.Code)
	}
}

// compare reports a file that is missing or differs.
func (c *checker) compare(f emit.File) {
	name := filepath.Base(f.Plan.Path)
	old := c.dir.source(f.Plan.Path)
	switch {
	case !c.mine(name) || bytes.Equal(old, f.Src):
		return
	case old != nil && !slices.Contains([]string{"", model.Format}, model.FormatOf(old)):
		return // written by another version of asyncgen; allow reports it
	case old == nil:
		if at, ok := c.at(f.Plan.Bridges[0].Source.Pos); ok {
			c.report.Reportf(at, "%s does not exist yet: run asyncgen", name)
		}
		return
	}
	fixes := c.rewrite(f)
	said := false
	for _, b := range drifted(f, old) {
		if at, ok := c.at(b.Source.Pos); ok {
			c.report.Report(report.Finding{
				At: at, Fixes: fixes,
				Message: fmt.Sprintf("the generated code for %s is out of date: run asyncgen", b.Name),
			})
			said = true
		}
	}
	if at, ok := c.clause(f.Plan.Path); ok && !said {
		c.whole(at, name, fixes)
	}
}

// whole reports a difference that belongs to no handler. It is in a generated file,
// where nothing else is reported.
func (c *checker) whole(at analysis.Range, name string, fixes []analysis.SuggestedFix) {
	c.report.ReportAnywhere(report.Finding{At: at, Fixes: fixes, Message: name + " is out of date: run asyncgen"})
}

// orphans reports files of ours that nothing needs any more.
func (c *checker) orphans(files []emit.File) {
	for _, s := range c.dir.Files {
		needed := slices.ContainsFunc(files, func(f emit.File) bool { return f.Plan.Path == s.Path })
		if !s.Owned || needed || !c.mine(filepath.Base(s.Path)) {
			continue
		}
		if at, ok := c.clause(s.Path); ok {
			c.report.ReportAnywhere(report.Finding{
				At: at, Message: "nothing needs " + filepath.Base(s.Path) + " any more: run asyncgen, which removes it",
			})
		}
	}
}

// mine reports whether a generated file belongs to the package that is looked at: the
// package itself, its tests, or the external tests.
func (c *checker) mine(name string) bool {
	external := strings.HasSuffix(c.pass.Pkg.Name(), "_test")
	return strings.HasSuffix(name, "_x_test.go") == external
}

// rewrite suggests to replace a file by its current content.
func (c *checker) rewrite(f emit.File) []analysis.SuggestedFix {
	for _, file := range c.pass.Files {
		if c.pass.Fset.Position(file.FileStart).Filename == f.Plan.Path {
			edit := analysis.TextEdit{Pos: file.FileStart, End: file.FileEnd, NewText: f.Src}
			return []analysis.SuggestedFix{{Message: "generate it again", TextEdits: []analysis.TextEdit{edit}}}
		}
	}
	return nil
}

// clause is the name in the package clause of a file of the pass.
func (c *checker) clause(path string) (analysis.Range, bool) {
	for _, f := range c.pass.Files {
		if c.pass.Fset.PositionFor(f.FileStart, false).Filename == path {
			return f.Name, true
		}
	}
	return nil, false
}

// at finds a position of the generator in the files of the pass.
func (c *checker) at(p token.Position) (analysis.Range, bool) {
	for _, f := range c.pass.Files {
		tok := c.pass.Fset.File(f.FileStart)
		if tok.Name() != p.Filename || p.Line < 1 || p.Line > tok.LineCount() {
			continue
		}
		pos := tok.LineStart(p.Line) + token.Pos(p.Column-1)
		var found analysis.Range = place{pos}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Pos() == pos {
				found = id
			}
			return n == nil || n.Pos() <= pos && pos < n.End() || n == f
		})
		return found, true
	}
	return nil, false
}

// place is a position without an end.
type place struct{ pos token.Pos }

func (p place) Pos() token.Pos { return p.pos }
func (p place) End() token.Pos { return p.pos }
