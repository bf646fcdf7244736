// Package parse reads the syntax of one package directory into the facts that
// the rest of the generator works on: which functions carry directives, what
// their signatures are, which loop they go to, and which names the package
// declares.
//
// It works from syntax alone, so the package need not compile: callers of
// bridges that do not exist yet, errors elsewhere and missing imports do not
// matter. Reading has two steps because the name of a package behind an import
// path is not always evident: [Files] parses, [Tree.Needs] lists the names to look
// up, and [Tree.Build] makes the model.
package parse

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// Directory is a package directory and its files, in the order of their names.
type Directory struct {
	Path   string // import path
	Dir    string
	Module string
	Files  []Source
	// Known maps import paths of packages that are part of the same run to
	// their names.
	Known map[string]string
	// Elsewhere reads a package that is not part of the directory, and the names
	// of its imports. Only types that the target of a front embeds need it. It may
	// be nil.
	Elsewhere func(path string) (Directory, map[string]string)
	// Aliases returns the names of the aliases that a package of another directory may
	// declare, or reports false if that is not found. It may be nil.
	Aliases func(path string) (map[string]bool, bool)
	// Types returns the type-checked package without the files that asyncgen has written. With
	// test it includes test files; the external test package is another one. It is called only
	// if syntax does not decide the loop of a directive, and may be nil.
	Types func(test, external bool) Typed
}

// Typed is a type-checked package. Package is nil if there is none.
type Typed struct {
	Package *types.Package
	Fset    *token.FileSet
}

// Source is one file.
type Source struct {
	Path   string
	Src    []byte
	Err    error // it could not be read
	Owned  bool  // asyncgen has written it
	Marked bool  // it may hold a directive
}

// Tree is a parsed directory.
type Tree struct {
	in    Directory
	fset  *token.FileSet
	files []*file
	units []*unit
	diags diag.List
	// repaired holds the files that do not parse, without the errors
	repaired map[string][]byte
	// answers to Needs
	names   map[string]string
	exports map[string]map[string]bool
	others  map[string]*Tree // packages whose types fronts embed
	// foreignSources are the names that represent files of other packages.
	foreignSources map[string]model.Constraint
}

// file is one parsed file.
type file struct {
	tree       *Tree
	path       string
	src        []byte
	tok        *token.File
	ast        *ast.File
	broken     []region          // declarations that do not parse
	errs       scanner.ErrorList // what is wrong with the rest
	generic    []int             // offsets of the type parameters of methods, if the parser has left them out
	test       bool
	constraint model.Constraint
	imports    []importSpec
	unit       *unit
	targets    []*target
	fronts     []*frontTarget
	skips      []*skipMark
	members    []memberMark
	inFronts   map[*directive.Directive]bool // directives over methods that fronts follow
	conflicted bool                          // it holds an unresolved merge conflict
}

// target is a function with the directives above it.
type target struct {
	file       *file
	decl       *ast.FuncDecl
	directives []*directive.Directive
}

// Files parses a directory. Files that asyncgen has written are not looked at:
// they are stale by definition, and may be broken.
func Files(in Directory) *Tree {
	t := &Tree{in: in, fset: token.NewFileSet(), repaired: map[string][]byte{}, others: map[string]*Tree{}, foreignSources: map[string]model.Constraint{}}
	for _, s := range in.Files {
		if !t.refused(s) {
			t.files = append(t.files, t.parseFile(s))
		}
	}
	for _, f := range t.files {
		t.unitOf(f).add(f)
	}
	for _, f := range t.files {
		f.unit.methodsOf(f)
	}
	t.shareHelpers()
	for _, f := range t.files {
		if in.marked(f.path) && !f.conflicted {
			f.findTargets()
		}
	}
	for _, u := range t.units {
		u.spread()
	}
	return t
}

func (d Directory) marked(path string) bool {
	for _, s := range d.Files {
		if s.Path == path {
			return s.Marked
		}
	}
	return false
}

func (t *Tree) parseFile(s Source) *file {
	// A front repeats the documentation of methods in files without directives.
	const mode = parser.SkipObjectResolution | parser.AllErrors | parser.ParseComments
	f := &file{tree: t, path: s.Path, src: s.Src, test: strings.HasSuffix(s.Path, "_test.go")}
	syntax, err := parser.ParseFile(t.fset, s.Path, s.Src, mode)
	f.errs, f.generic = readable(err)
	if len(f.errs) > 0 || syntax == nil {
		var cleaned []byte
		f.conflicted = f.conflict()
		cleaned, f.broken = isolate(s.Src)
		t.repaired[s.Path] = cleaned
		syntax, err = parser.ParseFile(t.fset, s.Path, cleaned, mode)
		f.errs, f.generic = readable(err)
	}
	f.ast = syntax
	f.tok = t.fset.File(syntax.FileStart)
	f.readImports()
	f.constraint = constraintOf(f)
	return f
}

// conflicted reports whether a file holds a merge conflict. Then nothing is
// known for certain about the package.
func (t *Tree) conflicted() bool {
	return slices.ContainsFunc(t.files, func(f *file) bool { return f.conflicted })
}

// pos returns the place of p in the file as it is on disk, whatever //line
// comments there are: that is the place to edit.
func (f *file) pos(p token.Pos) token.Position { return f.tree.fset.PositionFor(p, false) }

func (t *Tree) report(d diag.Diagnostic) {
	d.Package = t.in.Path
	t.diags.Add(d)
}

// Diagnostics returns the problems found so far.
func (t *Tree) Diagnostics() []diag.Diagnostic { return t.diags.Sorted() }

// Repaired returns the files that do not parse, with the declarations blanked
// that are to blame, by path. Checking these instead of the originals keeps
// errors in one place from showing in another.
func (t *Tree) Repaired() map[string][]byte { return t.repaired }

// problem reports p, which lies in f.
func (f *file) problem(p directive.Problem) {
	d := diag.Diagnostic{Pos: f.pos(p.Pos), End: f.pos(p.End), Code: p.Code, Message: p.Message, Hint: p.Hint}
	if p.Other.IsValid() {
		d.Related = []diag.Related{{Pos: f.pos(p.Other), Message: p.OtherMessage}}
	}
	f.tree.report(d)
}

func (f *file) errorf(node ast.Node, code diag.Code, hint, format string, args ...any) {
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(node.Pos()), End: f.pos(node.End()),
		Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}
