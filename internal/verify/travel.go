package verify

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// travels reports parameters, results and errors of a remote handler that would not arrive as
// they were sent.
func (c *checker) travels(b *model.Bridge, out Output) {
	if b.Remote == nil || c.in.Types == nil || !c.scopePos(out).IsValid() {
		return // or it belongs to another package
	}
	request := c.fieldsOf(b.Args)
	for _, p := range b.Source.Params {
		if p.Context || len(request) == 0 {
			continue
		}
		c.travel(request[0].Type(), place{name: named(p.Name, "the parameter"), of: b, out: out, diag: diag.Diagnostic{Pos: p.Pos}})
		request = request[1:]
	}
	for i, f := range c.fieldsOf(b.Out) {
		r := b.Source.Results[i]
		c.travel(f.Type(), place{name: named(r.Name, "the result"), of: b, out: out, diag: diag.Diagnostic{Pos: r.Pos}})
	}
	for i, e := range b.Remote.Errors {
		if e.Type {
			c.errorTravels(b, i, out)
		}
	}
}

func named(name, otherwise string) string {
	if name == "" || name == "_" {
		return otherwise
	}
	return name
}

// place is the subject of a problem and its position.
type place struct {
	name string
	of   *model.Bridge
	out  Output
	diag diag.Diagnostic
}

// travel reports the first thing in t that cannot travel.
func (c *checker) travel(t types.Type, at place) {
	w := walker{in: c.in.Types}
	path, why := w.walk(t, at.name)
	if why == "" {
		return
	}
	d := at.diag
	d.Code, d.Message = diag.CannotTravel, path+": "+why
	d.Hint = "leave it out, send what it stands for, or give its type MarshalText and UnmarshalText"
	if d.Pos.Filename == "" {
		d.Pos = at.of.Source.Pos
	}
	c.report(at.out, d)
}

// fieldsOf returns the fields of a struct that was generated.
func (c *checker) fieldsOf(s model.Struct) []*types.Var {
	if !s.Declared {
		return nil
	}
	obj := c.in.Types.Scope().Lookup(s.Base)
	if obj == nil {
		return nil
	}
	st, ok := obj.Type().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return slices.Collect(st.Fields())
}

// errorTravels checks the type of a registered error. The generated code has the type as a
// type argument.
func (c *checker) errorTravels(b *model.Bridge, i int, out Output) {
	ref := b.Source.Remote().Errors[i]
	tv, err := types.Eval(c.in.Fset, c.in.Types, c.scopePos(out), b.Remote.Errors[i].Expr)
	if err != nil || !tv.IsType() {
		return // reported where it does not compile
	}
	d := diag.Diagnostic{Pos: ref.Pos}
	if d.Pos.Filename == "" {
		d.Pos = b.Source.Directives[0].Pos
	}
	c.travel(tv.Type, place{name: strings.TrimPrefix(b.Remote.Errors[i].Expr, "*"), of: b, out: out, diag: d})
}

// walker looks for what cannot travel.
type walker struct {
	in   *types.Package
	open []types.Type // named types that are being looked at
}

// walk returns the path to the first thing in t that cannot travel and why, or nothing. The
// run time has the same rules in package remote, for the types of the compiled program.
func (w *walker) walk(t types.Type, path string) (string, string) {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		if encodesItself(t, pointer.Elem()) {
			return "", ""
		}
		return w.walk(pointer.Elem(), path)
	}
	if isTime(t) {
		return "", ""
	}
	if promoted := promotedMarshaler(t); promoted != "" {
		return path, fmt.Sprintf("%s gets its method %s from an embedded field, so the rest of it would be lost", w.text(t), promoted)
	}
	if encodesItself(t, t) {
		return "", ""
	}
	if n, ok := t.(*types.Named); ok {
		if slices.ContainsFunc(w.open, func(o types.Type) bool { return types.Identical(o, n) }) {
			return path, fmt.Sprintf("the type %s contains itself, so a value may have no end", w.text(t))
		}
		w.open = append(w.open, n)
		defer func() { w.open = w.open[:len(w.open)-1] }()
	}
	return w.underlying(t, path)
}

func (w *walker) underlying(t types.Type, path string) (string, string) {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Kind() == types.Invalid || u.Info()&(types.IsBoolean|types.IsString|types.IsFloat) != 0 ||
			u.Info()&types.IsInteger != 0 && u.Kind() != types.Uintptr {
			return "", ""
		}
	case *types.Slice:
		return w.walk(u.Elem(), path+"[]")
	case *types.Array:
		return w.walk(u.Elem(), path+"[]")
	case *types.Map:
		if !isKey(u.Key()) {
			return path + "[key]", w.text(u.Key()) + " cannot be a key on the wire"
		}
		return w.walk(u.Elem(), path+"[]")
	case *types.Struct:
		return w.fields(u, path, map[string]bool{})
	}
	return path, w.text(t) + " cannot travel"
}

// fields checks the fields of a struct. Embedded structs are flattened on the wire, where names
// could hide one another.
func (w *walker) fields(s *types.Struct, path string, seen map[string]bool) (string, string) {
	for i := range s.NumFields() {
		f := s.Field(i)
		at := path + "." + f.Name()
		if !f.Exported() {
			return at, "the field is not exported, and would be lost"
		}
		name, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
		if name == "-" {
			return at, "the field is tagged \"-\", and would be lost"
		}
		if inner := flattened(f, name); inner != nil {
			if where, why := w.inside(inner, at, seen); why != "" {
				return where, why
			}
			continue
		}
		if name == "" {
			name = f.Name()
		}
		if seen[name] {
			return at, fmt.Sprintf("there are two fields called %s, and one would be lost", name)
		}
		seen[name] = true
		if where, why := w.walk(f.Type(), at); why != "" {
			return where, why
		}
	}
	return "", ""
}

// flattened returns the struct of an embedded field, if its fields are fields of the outer
// struct on the wire.
func flattened(f *types.Var, tag string) types.Type {
	if !f.Embedded() || tag != "" {
		return nil
	}
	t := types.Unalias(f.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if isTime(t) || encodesItself(t, t) {
		return nil
	}
	if _, ok := t.Underlying().(*types.Struct); !ok {
		return nil
	}
	return t
}

// inside looks at the fields of an embedded struct.
func (w *walker) inside(t types.Type, path string, seen map[string]bool) (string, string) {
	if slices.ContainsFunc(w.open, func(o types.Type) bool { return types.Identical(o, t) }) {
		return path, fmt.Sprintf("the type %s contains itself, so a value may have no end", w.text(t))
	}
	w.open = append(w.open, t)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	return w.fields(t.Underlying().(*types.Struct), path, seen)
}

func isTime(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "time" && n.Obj().Name() == "Time"
}

// isKey reports whether a type can be the key of a map: a string, an integer, or one that
// writes itself as text.
func isKey(t types.Type) bool {
	if isTime(t) {
		return false
	}
	if hasMethod(t, "MarshalText") && hasMethod(types.NewPointer(t), "UnmarshalText") {
		return true
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsString|types.IsInteger) != 0 && b.Kind() != types.Uintptr
}

// encodesItself reports whether writer has methods that write a value of type t, which others
// of its pointer read.
func encodesItself(writer, t types.Type) bool {
	if _, ok := t.(*types.Named); !ok {
		return false
	}
	reader := types.NewPointer(t)
	text := hasMethod(writer, "MarshalText") && hasMethod(reader, "UnmarshalText")
	binary := hasMethod(writer, "MarshalBinary") && hasMethod(reader, "UnmarshalBinary") &&
		hasMethod(writer, "MarshalJSON") && hasMethod(reader, "UnmarshalJSON")
	return text || binary
}

func hasMethod(t types.Type, name string) bool {
	return types.NewMethodSet(t).Lookup(nil, name) != nil
}

// promotedMarshaler returns the method of an embedded field that would marshal the whole struct as
// that field alone.
func promotedMarshaler(t types.Type) string {
	if _, ok := t.Underlying().(*types.Struct); !ok {
		return ""
	}
	for _, name := range []string{"MarshalText", "MarshalBinary", "MarshalJSON"} {
		m := types.NewMethodSet(t).Lookup(nil, name)
		if m != nil && len(m.Index()) > 1 {
			return name
		}
	}
	return ""
}

// text returns a type as the package would write it.
func (w *walker) text(t types.Type) string { return types.TypeString(t, types.RelativeTo(w.in)) }
