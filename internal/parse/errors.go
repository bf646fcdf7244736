package parse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// sentinelName is how Go programs call errors that others compare with.
var sentinelName = regexp.MustCompile(`^(Err|err)($|\P{Ll})`)

// errors returns the errors that keep their identity: the sentinels of the handler's own
// package, and what errors= lists.
func (b *builder) errors(d *directive.Directive) ([]model.ErrorRef, bool) {
	list, ok := b.target.file.sentinels(), true
	if d.Errors == nil {
		return list, true
	}
	start := d.Errors.Start
	for text := range strings.SplitSeq(d.Errors.Text, ",") {
		at := &directive.Value{Text: text, Start: start}
		start = at.End() + 1
		ref, fine := b.errorRef(at)
		if fine {
			list = union(list, []model.ErrorRef{ref})
		}
		ok = ok && fine
	}
	return list, ok
}

// errorRef reads one element of errors=: ErrFull, *LimitError, dep.ErrFull or *dep.LimitError.
func (b *builder) errorRef(at *directive.Value) (model.ErrorRef, bool) {
	fset := token.NewFileSet()
	tree, err := parser.ParseExprFrom(fset, "", at.Text, parser.SkipObjectResolution)
	named := tree
	star, pointer := tree.(*ast.StarExpr)
	if pointer {
		named = star.X
	}
	f := b.target.file
	ref := model.ErrorRef{Type: pointer, Pos: f.pos(at.Start)}
	switch x := named.(type) {
	case *ast.Ident:
		ref.Name = f.unit.path(f) + "." + x.Name
		ref.Type = pointer || f.unit.typeNamed(x.Name, f.constraint) != nil
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			path, _ := b.env.typePath(x)
			ref.Name = path + "." + x.Sel.Name
			if path == "" {
				ref.Name = id.Name + "." + x.Sel.Name
			}
		}
	}
	if err != nil || ref.Name == "" {
		f.errorf(at, diag.NotAnError, "list variables and types, without blanks: errors=ErrUnknown,*LimitError",
			"%q names neither an error variable nor an error type", at.Text)
		return ref, false
	}
	var ok bool
	ref.Expr, ok = b.env.resolve(fset, tree, at)
	return ref, ok
}

// sentinels returns the error variables of the package that are there whenever f is.
func (f *file) sentinels() []model.ErrorRef {
	var list []model.ErrorRef
	for _, v := range f.unit.values {
		hidden := v.file.test && !f.test || !v.file.constraint.IsZero() && v.file.constraint.Line() != f.constraint.Line()
		if hidden || !sentinelName.MatchString(v.name) || !v.isError() {
			continue
		}
		list = append(list, model.ErrorRef{
			Name: f.unit.path(f) + "." + v.name, Expr: model.NewIdent(v.name, model.ScopeRef),
		})
	}
	return list
}

// isError reports whether a variable is an error, as far as syntax shows it.
func (v *valueDecl) isError() bool {
	env := exprEnv{file: v.file}
	if v.typ != nil {
		return env.isError(v.typ)
	}
	call, ok := v.value.(*ast.CallExpr)
	if !ok {
		return false
	}
	path, name := "", ""
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		path, name = env.qualified(fun)
	case *ast.Ident:
		if !v.file.unit.scope.Declares(fun.Name) {
			path, name = v.file.outside(fun.Name)
		}
	}
	return path == "errors" && name == "New" || path == "fmt" && name == "Errorf"
}
