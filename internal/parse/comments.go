package parse

import (
	"errors"
	"go/ast"
	"go/scanner"
	"go/token"
	"io/fs"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
)

// comment is a comment and the one on the line above it, if there is one.
type comment struct {
	directive.Comment
	previous string
}

// scanComments returns all comments of a file. It uses the scanner and not the
// parser's comments because the parser gives up in badly broken files, and a
// directive must never be lost silently.
func scanComments(tok *token.File, src []byte) []comment {
	var (
		s    scanner.Scanner
		list []comment
		last = -1 // line of the last comment
	)
	s.Init(tok, src, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, kind, text := s.Scan()
		if kind == token.EOF {
			return list
		}
		if kind != token.COMMENT {
			continue
		}
		c := comment{Comment: directive.Comment{Slash: pos, Text: text}}
		line := tok.PositionFor(pos, false).Line
		if line == last+1 {
			c.previous = list[len(list)-1].Text
		}
		last = line
		list = append(list, c)
	}
}

// findTargets reads the directives of f and attaches each to its declaration.
func (f *file) findTargets() {
	for _, c := range scanComments(f.tok, f.src) {
		if !directive.Is(c.Comment) || directive.InProse(c.Comment, c.previous) {
			continue
		}
		d, problems := directive.Parse(c.Comment)
		for _, p := range problems {
			f.problem(p)
		}
		f.unit.incomplete = f.unit.incomplete || d == nil && !directive.IsNaming(c.Comment)
		if len(problems) > 0 && (problems[0].Pos == c.Slash || problems[0].Code == diag.UnknownDirective) {
			// The comment as a whole is wrong, so its place needs no second
			// diagnostic.
			continue
		}
		if f.inBroken(c.Slash) {
			f.unit.incomplete = true
			continue
		}
		f.place(c.Comment, d)
	}
}

// place attaches a directive to the declaration below it. The directive is nil if
// it has been reported.
func (f *file) place(c directive.Comment, d *directive.Directive) {
	decl, spec, field := f.handlerAt(c.Slash), f.typeAt(c.Slash), f.skippableAt(c.Slash)
	switch {
	case d != nil && d.Allow != nil: // the checker says where it has an effect
	case d != nil && d.Names != nil:
		f.name(d)
	case directive.IsNaming(c): // it has been reported, and belongs to no declaration
	case d != nil && d.Confined:
		if decl == nil && !f.confinable(c.Slash) {
			f.misplaced(c, d)
		}
	case decl != nil && d != nil && d.Skip:
		f.skips = append(f.skips, &skipMark{directive: d, node: decl})
	case decl != nil && d != nil:
		f.attach(decl, d)
	case spec != nil && d != nil && !d.Skip:
		f.attachType(spec, d)
	case d != nil && d.Skip && field != nil:
		f.skips = append(f.skips, &skipMark{directive: d, node: field})
	case field != nil && len(field.Names) > 0:
		if d != nil {
			f.members = append(f.members, memberMark{directive: d, node: field})
		}
	case decl == nil && spec == nil || d != nil:
		f.misplaced(c, d)
	}
}

// handlerAt returns the function whose doc comment holds pos.
func (f *file) handlerAt(pos token.Pos) *ast.FuncDecl {
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && within(fn.Doc, pos) {
			return fn
		}
	}
	return nil
}

func within(g *ast.CommentGroup, pos token.Pos) bool {
	return g != nil && g.Pos() <= pos && pos < g.End()
}

func (f *file) attach(decl *ast.FuncDecl, d *directive.Directive) {
	for _, t := range f.targets {
		if t.decl == decl {
			t.directives = append(t.directives, d)
			return
		}
	}
	if !f.callable(decl) {
		return
	}
	f.targets = append(f.targets, &target{file: f, decl: decl, directives: []*directive.Directive{d}})
}

// inBroken reports a directive that belongs to a declaration that does not
// parse. Errors elsewhere in the file do not matter.
func (f *file) inBroken(pos token.Pos) bool {
	offset := f.tok.Offset(pos)
	for _, r := range f.broken {
		if r.from <= offset && offset < r.to {
			f.tree.report(diag.Diagnostic{
				Pos: f.pos(f.tok.Pos(r.at)), Code: diag.SyntaxInHandler,
				Message: "syntax error in an annotated declaration: " + r.message,
				Hint:    "correct it and run asyncgen again",
			})
			return true
		}
	}
	return false
}

// callable reports functions that no generated code can call.
func (f *file) callable(decl *ast.FuncDecl) bool {
	name := decl.Name.Name
	if name != "_" && (name != "init" || decl.Recv != nil) {
		return true
	}
	f.errorf(decl.Name, diag.Uncallable, "remove the directive or rename the function", "a function named %s cannot be called", name)
	return false
}

// rootCause drops the operation and the path from an error of the file system:
// the diagnostic has the path already.
func rootCause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
