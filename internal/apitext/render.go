package apitext

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// Lines returns what p exports, one sorted line for each thing, with its full signature:
//
//	const OverflowWait Overflow = 0
//	func Shard[K comparable](*Sharded, K) *Loop
//	method (*Loop) Close() error
//	type Event struct, Err error
//	type Observer interface, Observe(context.Context, Event) context.Context
//	var ErrClosed error
//
// Names of parameters are no part of it. Types of other packages have their import path, without the
// path of this module.
func Lines(p *types.Package) []string {
	r := &renderer{pkg: p}
	scope := p.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); obj.Exported() {
			r.object(obj)
		}
	}
	slices.Sort(r.lines)
	return slices.Compact(r.lines)
}

type renderer struct {
	pkg   *types.Package
	lines []string
}

func (r *renderer) printf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *renderer) object(obj types.Object) {
	switch obj := obj.(type) {
	case *types.Const:
		r.printf("const %s %s = %s", obj.Name(), r.text(obj.Type()), obj.Val().ExactString())
	case *types.Var:
		r.printf("var %s %s", obj.Name(), r.text(obj.Type()))
	case *types.Func:
		r.printf("func %s%s", obj.Name(), r.signature(obj.Signature()))
	case *types.TypeName:
		r.typeName(obj)
	}
}

func (r *renderer) typeName(obj *types.TypeName) {
	if alias, ok := obj.Type().(*types.Alias); ok {
		r.printf("type %s%s = %s", obj.Name(), r.typeParams(alias.TypeParams()), r.text(alias.Rhs()))
		return
	}
	named, ok := obj.Type().(*types.Named)
	if !ok {
		r.printf("type %s = %s", obj.Name(), r.text(obj.Type())) // of a basic type
		return
	}
	head := "type " + obj.Name() + r.typeParams(named.TypeParams())
	switch under := named.Underlying().(type) {
	case *types.Struct:
		r.printf("%s struct", head)
		r.fields(head, under)
	case *types.Interface:
		r.printf("%s interface", head)
		r.elements(head, under)
		return // its methods are elements
	default:
		r.printf("%s %s", head, r.text(under))
	}
	r.methods(named)
}

// fields renders the exported fields of a struct. Of the others it matters that there are some:
// literals without keys, conversions and comparisons depend on them.
func (r *renderer) fields(head string, s *types.Struct) {
	hidden := false
	for i := range s.NumFields() {
		f := s.Field(i)
		tag := ""
		if s.Tag(i) != "" {
			tag = " " + strconv.Quote(s.Tag(i))
		}
		switch {
		case f.Exported() && f.Embedded():
			r.printf("%s struct, embedded %s%s", head, r.text(f.Type()), tag)
		case f.Exported():
			r.printf("%s struct, %s %s%s", head, f.Name(), r.text(f.Type()), tag)
		default:
			hidden = true
			r.promoted(head, f)
		}
	}
	if hidden {
		r.printf("%s struct, unexported fields", head)
	}
}

// promoted renders the exported fields that an embedded field without an exported name promotes.
func (r *renderer) promoted(head string, f *types.Var) {
	typ := f.Type()
	if p, ok := typ.Underlying().(*types.Pointer); ok {
		typ = p.Elem()
	}
	s, ok := typ.Underlying().(*types.Struct)
	if !f.Embedded() || !ok {
		return
	}
	for inner := range s.Fields() {
		if inner.Exported() {
			r.printf("%s struct, %s %s", head, inner.Name(), r.text(inner.Type()))
		}
	}
}

// elements renders the methods of an interface, those of embedded interfaces included, and its type
// sets.
func (r *renderer) elements(head string, t *types.Interface) {
	hidden := false
	for m := range t.Methods() {
		if m.Exported() {
			r.printf("%s interface, %s%s", head, m.Name(), r.signature(m.Signature()))
		} else {
			hidden = true
		}
	}
	if hidden {
		r.printf("%s interface, unexported methods", head)
	}
	for e := range t.EmbeddedTypes() {
		if _, ok := e.Underlying().(*types.Interface); !ok || e == types.Universe.Lookup("comparable").Type() {
			r.printf("%s interface, %s", head, r.text(e))
		}
	}
}

// methods renders the exported methods of a type, promoted ones included.
func (r *renderer) methods(named *types.Named) {
	values := types.NewMethodSet(named)
	for m := range types.NewMethodSet(types.NewPointer(named)).Methods() {
		fn := m.Obj().(*types.Func)
		if !fn.Exported() {
			continue
		}
		star := "*"
		if values.Lookup(fn.Pkg(), fn.Name()) != nil {
			star = ""
		}
		r.printf("method (%s%s%s) %s%s", star, named.Obj().Name(), typeArgs(named.TypeParams()), fn.Name(), r.signature(fn.Signature()))
	}
}

// text renders a type.
func (r *renderer) text(t types.Type) string {
	return types.TypeString(withoutNames(t), r.qualifier)
}

// qualifier is the import path of another package, without the path of this module.
func (r *renderer) qualifier(p *types.Package) string {
	if p == r.pkg {
		return ""
	}
	return strings.TrimPrefix(p.Path(), module)
}

// signature renders type parameters, parameters and results.
func (r *renderer) signature(s *types.Signature) string {
	plain := withoutNames(s).(*types.Signature)
	return r.typeParams(s.TypeParams()) + strings.TrimPrefix(types.TypeString(plain, r.qualifier), "func")
}

func (r *renderer) typeParams(list *types.TypeParamList) string {
	var words []string
	for p := range list.TypeParams() {
		words = append(words, p.Obj().Name()+" "+r.text(p.Constraint()))
	}
	return brackets(words)
}

func typeArgs(list *types.TypeParamList) string {
	var words []string
	for p := range list.TypeParams() {
		words = append(words, p.Obj().Name())
	}
	return brackets(words)
}

func brackets(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "[" + strings.Join(words, ", ") + "]"
}
