package parse

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// convention is a signature that all methods of one name share. The standard
// library finds such methods by type assertions, and go vet refuses methods of
// the name with another signature.
type convention struct {
	params, results []string
	ofErrors        bool // only of types that implement error
}

// conventionOf returns the convention for methods called name. A front's method
// has a context parameter first. Conventions that go vet applies by the type of
// the first parameter, such as that of Seek, do not concern it.
func conventionOf(name string) (convention, bool) {
	bytes := []string{"[]byte"}
	fails := []string{"error"}
	c, ok := map[string]convention{
		"GobDecode":     {params: bytes, results: fails},
		"GobEncode":     {results: []string{"[]byte", "error"}},
		"MarshalJSON":   {results: []string{"[]byte", "error"}},
		"MarshalXML":    {params: []string{"*encoding/xml.Encoder", "encoding/xml.StartElement"}, results: fails},
		"ReadByte":      {results: []string{"byte", "error"}},
		"ReadRune":      {results: []string{"rune", "int", "error"}},
		"UnmarshalJSON": {params: bytes, results: fails},
		"UnmarshalXML":  {params: []string{"*encoding/xml.Decoder", "encoding/xml.StartElement"}, results: fails},
		"UnreadByte":    {results: fails},
		"UnreadRune":    {results: fails},
		"WriteByte":     {params: []string{"byte"}, results: fails},
		"As":            {params: []string{"any"}, results: []string{"bool"}, ofErrors: true},
		"Is":            {params: fails, results: []string{"bool"}, ofErrors: true},
		"Unwrap":        {results: fails, ofErrors: true},
	}[name]
	return c, ok
}

// text returns the convention as a method of the given name would be declared.
func (c convention) text(name string) string {
	results := strings.Join(c.results, ", ")
	if len(c.results) > 1 {
		results = "(" + results + ")"
	}
	text := name + "(" + strings.Join(c.params, ", ") + ") " + results
	return strings.ReplaceAll(text, "encoding/", "")
}

// follows reports whether the handler's own signature is that of the convention.
func (b *builder) follows(c convention) bool {
	typ := b.target.decl.Type
	return slices.Equal(b.spelled(typ.Params), c.params) && slices.Equal(b.spelled(typ.Results), c.results)
}

// conventional decides about a method with one of the names that have a
// convention. It keeps the handler's signature if that follows the convention. ok
// is false if no generated method can follow it.
func (b *builder) conventional(name string, mode model.Mode, same bool) (c convention, keeps, ok bool) {
	c, known := conventionOf(name)
	switch {
	case !known || c.ofErrors && !b.ofError():
		return c, same, true
	case mode != model.ModeBridge && mode != model.ModeRemote || !b.follows(c):
		return c, same, false
	}
	return c, true, true
}

// checkConvention applies the conventions to a directive over a method. It
// reports false if that has been reported.
func (b *builder) checkConvention(d *directive.Directive, out *model.Directive) bool {
	if b.handler.Recv == nil || d.InPlace || d.Mode == model.ModeRemote {
		return true
	}
	c, keeps, ok := b.conventional(out.Generated, d.Mode, out.Same)
	out.Same = keeps
	if ok || d.Name == nil && out.Generated == b.handler.Name {
		return true
	}
	var at ast.Node = d
	if d.Name != nil {
		at = d.Name
	}
	b.target.file.errorf(at, diag.ConventionalName, "choose another name",
		"methods named %s have the signature %s, and the generated one would have another", out.Generated, c.text(out.Generated))
	return false
}

// followsConvention reports whether the front's method keeps the handler's
// signature. ok is false if go vet would refuse a method of another package,
// and that has been reported. A method of the front's own package is refused
// already where it is declared.
func (t *frontTarget) followsConvention(m method, b *builder, mode model.Mode, same bool) (keeps, ok bool) {
	name := m.name.Name
	if mode == model.ModeAsync || mode == model.ModeSpawn {
		return same, true // the method has another name
	}
	c, same, ok := b.conventional(name, mode, same)
	if ok || m.file.tree == t.file.tree || b.handler.Front.Interface {
		return same, true
	}
	t.errorf(t.directive, diag.ConventionalName, t.foreignHint(m),
		"methods named %s have the signature %s, and that of %s, which %s has from %s, is another",
		name, c.text(name), name, t.spec.Name.Name, m.file.tree.in.Path)
	return same, false
}

// ofError reports whether the receiver's type declares the method of an error.
func (b *builder) ofError() bool {
	if b.handler.Front != nil || b.handler.Recv == nil {
		return false // the front's method Error has a context parameter, unless it is an interface's
	}
	return slices.ContainsFunc(b.target.file.unit.methods[b.handler.Recv.Type], func(fn *funcDecl) bool {
		t := fn.decl.Type
		env := exprEnv{file: fn.file}
		return fn.decl.Name.Name == "Error" && t.Params.NumFields() == 0 && t.Results.NumFields() == 1 && env.spell(t.Results.List[0].Type) == "string"
	})
}

// spelled returns the types of a list of parameters in the spelling of the
// conventions.
func (b *builder) spelled(list *ast.FieldList) []string {
	var types []string
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		for range fieldNames(field) {
			types = append(types, b.env.spell(field.Type))
		}
	}
	return types
}

// spell returns a type with import paths in place of package names, or "" for
// types that no convention mentions.
func (e exprEnv) spell(x ast.Expr) string {
	switch t := ast.Unparen(x).(type) {
	case *ast.StarExpr:
		return "*" + e.spell(t.X)
	case *ast.ArrayType:
		if t.Len == nil {
			return "[]" + e.spell(t.Elt)
		}
	case *ast.InterfaceType:
		if t.Methods.NumFields() == 0 {
			return "any"
		}
	case *ast.Ident, *ast.SelectorExpr:
		path, name := e.typePath(t)
		switch {
		case path != "":
			return path + "." + name
		case name == "uint8":
			return "byte"
		case name == "int32":
			return "rune"
		}
		return name
	}
	return ""
}
