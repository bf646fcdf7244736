package parse

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
)

const (
	placementHint = "put the directive into the comment directly above a function, a method or a type"
	confinedHint  = "put it above a field, a variable, a struct or a function, or behind a field or a variable"
)

// misplaced reports a directive above something that cannot carry it. The directive is
// nil if it could not be read.
func (f *file) misplaced(c directive.Comment, d *directive.Directive) {
	p := directive.Problem{Pos: c.Slash, End: c.End(), Hint: placementHint}
	p.Code, p.Message = f.whereIs(c.Slash)
	if d != nil && d.Names != nil && p.Code != diag.SyntaxInHandler {
		p.Code, p.Message, p.Hint = diag.NotAHandler, "//asyncgen:names is for the names of a package or of a type", namesHint
	}
	confined := d != nil && d.Confined
	if confined {
		p.Hint = confinedHint
	}
	switch p.Code {
	case diag.Detached:
		p.Hint = "remove the blank line"
	case diag.TypeTarget:
		if f.groupAt(c.Slash) {
			p.Message, p.Hint = "the directive is over a group of types, and belongs to none of them", "put it directly over one type of the group"
			break
		}
		if confined {
			p.Message = "//asyncgen:confined is for structs, not for other types"
			break
		}
		p.Hint = "put it over the method that a front should leave out"
	case diag.SyntaxInHandler:
		first := f.errs[0]
		p.Hint = "correct the syntax error first"
		p.Other, p.OtherMessage = f.tok.Pos(first.Pos.Offset), first.Msg
	}
	f.problem(p)
}

// groupAt reports whether the comment above a group of types holds pos.
func (f *file) groupAt(pos token.Pos) bool {
	return slices.ContainsFunc(f.ast.Decls, func(d ast.Decl) bool {
		gen, ok := d.(*ast.GenDecl)
		return ok && gen.Tok == token.TYPE && len(gen.Specs) != 1 && within(gen.Doc, pos)
	})
}

// whereIs describes the place of a misplaced directive at pos.
func (f *file) whereIs(pos token.Pos) (diag.Code, string) {
	if pos < f.ast.Name.End() || !f.ast.Package.IsValid() {
		return diag.NotAHandler, "a package clause cannot carry a directive"
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Pos() <= pos && pos < d.End() {
				return f.inFunction(d, pos)
			}
		case *ast.GenDecl:
			if within(d.Doc, pos) || d.Pos() <= pos && pos < d.End() {
				return inGenDecl(d, pos)
			}
		}
	}
	if len(f.errs) > 0 {
		return diag.SyntaxInHandler, "a syntax error in this file hides the declaration below the directive"
	}
	return f.before(pos)
}

func (f *file) inFunction(d *ast.FuncDecl, pos token.Pos) (diag.Code, string) {
	if d.Body != nil && d.Body.Pos() <= pos {
		return diag.InsideFunction, "a directive inside a function does nothing"
	}
	return diag.NotAHandler, "a directive inside a signature does nothing"
}

// inGenDecl describes the place of a directive in or above a declaration other
// than a function.
func inGenDecl(d *ast.GenDecl, pos token.Pos) (diag.Code, string) {
	if what := insideType(d, pos); what != "" {
		return diag.NotAHandler, what + " cannot carry a directive"
	}
	switch d.Tok {
	case token.TYPE:
		return diag.TypeTarget, "//asyncgen:skip is for methods, not for types"
	case token.CONST:
		return diag.NotAHandler, "a constant cannot carry a directive"
	case token.VAR:
		return diag.NotAHandler, "a variable cannot carry a directive"
	}
	return diag.NotAHandler, "an import cannot carry a directive"
}

// insideType names the smallest member of a type that holds pos in its comment.
func insideType(d *ast.GenDecl, pos token.Pos) string {
	found := ""
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if n.Body.Pos() <= pos && pos < n.Body.End() {
				found = "a statement"
			}
		case *ast.InterfaceType:
			if n.Methods.Pos() <= pos && pos < n.Methods.End() {
				found = "an interface method"
			}
		case *ast.StructType:
			if n.Fields.Pos() <= pos && pos < n.Fields.End() {
				found = "a field"
			}
		}
		return true
	})
	return found
}

// before describes the place of a directive outside of all declarations.
func (f *file) before(pos token.Pos) (diag.Code, string) {
	for _, d := range f.ast.Decls {
		if d.Pos() < pos {
			continue
		}
		if _, ok := d.(*ast.FuncDecl); ok && f.startsLine(pos) {
			return diag.Detached, "a blank line separates the directive from its function"
		}
		break
	}
	return diag.NotAHandler, "the directive belongs to no function"
}

// startsLine reports whether only blanks precede pos on its line.
func (f *file) startsLine(pos token.Pos) bool {
	for i := f.tok.Offset(pos) - 1; i >= 0 && f.src[i] != '\n'; i-- {
		if f.src[i] != ' ' && f.src[i] != '\t' {
			return false
		}
	}
	return true
}
