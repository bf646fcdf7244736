package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
)

// ValueUse is a function of some package that is used as a value.
type ValueUse struct {
	Func  *types.Func
	Ident *ast.Ident
	In    *Func // nil in initializers
}

// Values returns the functions that are used as values, other than those whose place
// is known because the runtime calls them.
func (r *Result) Values() []ValueUse { return r.valueUses }

// Where describes the place of a function for messages; nil is the initializer of a variable.
func (r *Result) Where(in *Func) string {
	if in == nil {
		return "while the package is initialized"
	}
	switch in.Place.Kind {
	case OnLoop:
		return "on " + in.Place.Loop.Label
	case Awaiting:
		return "inside loop.Await, which gives the loop up"
	case Goroutine:
		return "on another goroutine (" + in.Place.Why + ")"
	}
	if in.Obj != nil {
		return "in " + title(in.Obj) + ", which does not run on a loop"
	}
	return "outside of any loop"
}

// OtherInstance reports whether x is certainly not the receiver of the function around
// it: another parameter or variable of the same type. Each instance may have a loop
// of its own.
func (r *Result) OtherInstance(x ast.Expr, in *Func) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	recv := r.Receiver(in)
	if !ok || recv == nil {
		return false
	}
	obj := r.Pass.TypesInfo.Uses[id]
	if obj == nil || obj == recv || NamedOf(obj.Type()) == nil || NamedOf(obj.Type()) != NamedOf(recv.Type()) {
		return false
	}
	return r.isParam(obj, in)
}

// isParam reports whether obj is a parameter of the function or one around it.
func (r *Result) isParam(obj types.Object, in *Func) bool {
	for f := in; f != nil; f = f.Outer {
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				if r.Pass.TypesInfo.Defs[name] == obj {
					return true
				}
			}
		}
	}
	return false
}

// ContextAt returns the name of a context parameter that can be used at pos, or "".
func (r *Result) ContextAt(pos token.Pos, in *Func) string {
	scope := r.Pass.Pkg.Scope().Innermost(pos)
	for f := in; f != nil && scope != nil; f = f.Outer {
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				obj := r.Pass.TypesInfo.Defs[name]
				if obj == nil || name.Name == "_" || !IsContext(obj.Type()) {
					continue
				}
				if _, found := scope.LookupParent(name.Name, pos); found == obj {
					return name.Name
				}
			}
		}
	}
	return ""
}

// IsContext reports whether t is context.Context.
func IsContext(t types.Type) bool {
	return IsNamed(t, "context", "Context")
}

// IsNamed reports whether t is a type of the package at path, or a pointer to it.
func IsNamed(t types.Type, path, name string) bool {
	named := NamedOf(t)
	return named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path && named.Obj().Name() == name
}

// IsChan reports whether t is a channel.
func IsChan(t types.Type) bool {
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// SpawnedAround returns the spawned handler or literal that a function is or is part
// of, or nil: what runs elsewhere is no part of it.
func (r *Result) SpawnedAround(in *Func) *Func {
	for f := in; f != nil; f = f.Outer {
		switch {
		case f.Spawned:
			return f
		case f.fixed:
			return nil
		}
	}
	return nil
}
