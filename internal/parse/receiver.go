package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// receiver is a method's receiver taken apart. Aliases are resolved.
type receiver struct {
	name    string // "" if unnamed
	base    string // "" if it cannot be the receiver of a method
	pointer bool
	params  []string // names of its type parameters
}

func (f *file) receiverOf(d *ast.FuncDecl) receiver {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return receiver{}
	}
	var r receiver
	field := d.Recv.List[0]
	if len(field.Names) > 0 {
		r.name = field.Names[0].Name
	}
	x := f.receiverType(field.Type)
	if star, ok := x.(*ast.StarExpr); ok {
		r.pointer = true
		x = f.receiverType(star.X)
	}
	var args []ast.Expr
	switch generic := x.(type) {
	case *ast.IndexExpr:
		x, args = ast.Unparen(generic.X), []ast.Expr{generic.Index}
	case *ast.IndexListExpr:
		x, args = ast.Unparen(generic.X), generic.Indices
	}
	for _, a := range args {
		name := "_"
		if id, ok := ast.Unparen(a).(*ast.Ident); ok {
			name = id.Name
		}
		r.params = append(r.params, name)
	}
	if id, ok := x.(*ast.Ident); ok {
		r.base = id.Name
	}
	return r
}

// embeddedName returns the name of an embedded field of type x.
func embeddedName(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.StarExpr:
		return embeddedName(x.X)
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return embeddedName(x.X)
	case *ast.IndexListExpr:
		return embeddedName(x.X)
	}
	return nil
}

// receiverType resolves x, which may be an alias that the package declares.
func (f *file) receiverType(x ast.Expr) ast.Expr {
	for range maxAliases {
		x = ast.Unparen(x)
		id, ok := x.(*ast.Ident)
		if !ok {
			return x
		}
		t := f.unit.typeNamed(id.Name, f.constraint)
		if t == nil || !t.spec.Assign.IsValid() {
			return x
		}
		switch next := ast.Unparen(t.spec.Type).(type) {
		case *ast.Ident:
			if f.unit.typeNamed(next.Name, f.constraint) == nil {
				return x // a predeclared type, or one that is missing
			}
		case *ast.StarExpr:
		default:
			return x
		}
		x = t.spec.Type
	}
	return x
}

// buildReceiver fills in the receiver and the type parameters that it brings.
func (b *builder) buildReceiver() bool {
	f, d := b.target.file, b.target.decl
	if d.Recv == nil {
		return true
	}
	r := f.receiverOf(d)
	if r.base == "" {
		f.errorf(d.Recv, diag.UnknownReceiver, "declare the method on a type of this package", "the receiver is no type of this package")
		return false
	}
	b.handler.Recv = &model.Receiver{Name: r.name, Type: r.base, Pointer: r.pointer}
	decl := f.unit.typeNamed(r.base, f.constraint)
	for i, name := range r.params {
		b.env.typeParams[name] = i
	}
	delete(b.env.typeParams, "_")
	if len(r.params) == 0 {
		return true
	}
	return b.receiverParams(r, decl)
}

// receiverParams takes the constraints of a generic receiver from the type's
// declaration.
func (b *builder) receiverParams(r receiver, decl *typeDecl) bool {
	f := b.target.file
	if decl == nil || decl.spec.TypeParams.NumFields() != len(r.params) {
		f.errorf(b.target.decl.Recv, diag.UnknownReceiver, "declare the type, or correct its type parameters",
			"no declaration of the type %s with %d type parameters is to be found", r.base, len(r.params))
		return false
	}
	env := exprEnv{file: decl.file, typeParams: map[string]int{}}
	var constraints []ast.Expr
	for _, field := range decl.spec.TypeParams.List {
		for _, name := range field.Names {
			env.typeParams[name.Name] = len(constraints)
			constraints = append(constraints, field.Type)
		}
	}
	ok := true
	for i, name := range r.params {
		x, fine := env.expr(constraints[i])
		ok = ok && fine
		b.handler.TypeParams = append(b.handler.TypeParams, model.TypeParam{Name: name, Constraint: x})
	}
	return ok
}
