package parse

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// unit is the files of a directory that share a package clause. A script, which
// is a program of its own, is a unit of its own.
type unit struct {
	name     string
	external bool
	script   string // path of the script, if the unit is one
	files    []*file
	scope    model.Scope
	types    map[string][]*typeDecl
	values   []*valueDecl
	funcs    map[string][]*funcDecl
	methods  map[string][]*funcDecl // by the receiver's type
	namings  []*naming
	// incomplete is set if a directive has no handler, because something has been reported.
	incomplete bool
}

type typeDecl struct {
	file *file
	spec *ast.TypeSpec
}

type funcDecl struct {
	file *file
	decl *ast.FuncDecl
}

// valueDecl is one package-level variable.
type valueDecl struct {
	file  *file
	name  string
	typ   ast.Expr // may be nil
	value ast.Expr // may be nil
	// result is the index of the variable among the results of value, a call.
	result int
	pos    token.Pos
}

// unitOf returns the unit that f belongs to.
func (t *Tree) unitOf(f *file) *unit {
	name := f.ast.Name.Name
	external := f.test && strings.HasSuffix(name, "_test")
	script := t.scriptOf(f)
	i := slices.IndexFunc(t.units, func(u *unit) bool {
		return u.name == name && u.external == external && u.script == script
	})
	if i >= 0 {
		return t.units[i]
	}
	u := &unit{
		name: name, external: external, script: script,
		scope: model.Scope{Decls: map[string][]model.Decl{}, Members: map[string]map[string][]model.Decl{}},
		types: map[string][]*typeDecl{}, funcs: map[string][]*funcDecl{}, methods: map[string][]*funcDecl{},
	}
	t.units = append(t.units, u)
	return u
}

// add makes f a file of the unit.
func (u *unit) add(f *file) {
	f.unit = u
	u.files = append(u.files, f)
	u.declarations(f)
}

// declarations records the declarations of f.
func (u *unit) declarations(f *file) {
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			u.addFunc(f, d)
		case *ast.GenDecl:
			u.addGen(f, d)
		}
	}
}

func (u *unit) addFunc(f *file, d *ast.FuncDecl) {
	if d.Recv != nil {
		return // see methodsOf
	}
	if d.Name.Name != "init" {
		u.declare(f, d.Name, "function")
		u.funcs[d.Name.Name] = append(u.funcs[d.Name.Name], &funcDecl{f, d})
	}
}

// methodsOf records the methods of f, once the types of its unit are known, aliases among them.
func (u *unit) methodsOf(f *file) {
	for _, d := range f.ast.Decls {
		if d, ok := d.(*ast.FuncDecl); ok {
			u.addMethod(f, d)
		}
	}
}

func (u *unit) addMethod(f *file, d *ast.FuncDecl) {
	if r := f.receiverOf(d); r.base != "" {
		u.member(r.base, d.Name.Name, f.declared(d.Name, "method"))
		u.methods[r.base] = append(u.methods[r.base], &funcDecl{f, d})
	}
}

func (u *unit) addGen(f *file, d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			u.declare(f, s.Name, "type")
			u.types[s.Name.Name] = append(u.types[s.Name.Name], &typeDecl{f, s})
			u.addFields(f, s)
		case *ast.ValueSpec:
			u.addValues(f, d.Tok, s)
		}
	}
}

func (u *unit) addValues(f *file, tok token.Token, s *ast.ValueSpec) {
	kind := "variable"
	if tok == token.CONST {
		kind = "constant"
	}
	for i, name := range s.Names {
		u.declare(f, name, kind)
		if tok != token.VAR || name.Name == "_" {
			continue
		}
		v := &valueDecl{file: f, name: name.Name, typ: s.Type, pos: name.Pos()}
		switch len(s.Values) {
		case len(s.Names):
			v.value = s.Values[i]
		case 1:
			v.value, v.result = s.Values[0], i
		}
		u.values = append(u.values, v)
	}
}

func (u *unit) addFields(f *file, s *ast.TypeSpec) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range st.Fields.List {
		for _, name := range field.Names {
			u.member(s.Name.Name, name.Name, f.declared(name, "field"))
		}
		if len(field.Names) == 0 {
			if name := embeddedName(field.Type); name != nil {
				u.member(s.Name.Name, name.Name, f.declared(name, "field"))
			}
		}
	}
}

func (f *file) declared(name *ast.Ident, kind string) model.Decl {
	return model.Decl{Pos: f.pos(name.Pos()), Kind: kind, Constraint: f.constraint}
}

func (u *unit) declare(f *file, name *ast.Ident, kind string) {
	if name.Name != "_" {
		u.scope.Decls[name.Name] = append(u.scope.Decls[name.Name], f.declared(name, kind))
	}
}

func (u *unit) member(typ, name string, d model.Decl) {
	if name == "_" {
		return
	}
	if u.scope.Members[typ] == nil {
		u.scope.Members[typ] = map[string][]model.Decl{}
	}
	u.scope.Members[typ][name] = append(u.scope.Members[typ][name], d)
}

// typeNamed returns the declaration of a type that a file with constraint c can
// see, or nil.
func (u *unit) typeNamed(name string, c model.Constraint) *typeDecl {
	for _, t := range u.types[name] {
		if !t.file.constraint.Excludes(c) {
			return t
		}
	}
	return nil
}
