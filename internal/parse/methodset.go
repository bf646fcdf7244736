package parse

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// method is one method of a front's target: its declaration, and the scope of its
// signature.
type method struct {
	file *file
	name *ast.Ident
	typ  *ast.FuncType
	doc  *ast.CommentGroup
	node ast.Node // the declaration, or the field of an interface
	env  exprEnv
	skip bool // a directive skip is over the field that brings the method
	// when are the constraints of the files that bring the method. A front that
	// has it in certain builds only has output of its own for these.
	when   []model.Constraint
	source *model.Source // of the output, nil for that of the front
}

// shape is the kind of a type, as far as fronts are concerned.
type shape int

const (
	shapeNone shape = iota + 1
	shapeStruct
	shapeInterface
)

// methodSet finds the methods of a front's target, promoted ones included, as
// the language defines them: of each name the one that is embedded least deep,
// and none if there are several at that depth.
type methodSet struct {
	target *frontTarget
	kind   shape
	failed bool // something has been reported
	depth  int  // of the types that are being resolved
}

func (s *methodSet) methods() ([]method, shape) {
	roots := s.declared(&typeDecl{s.target.file, s.target.spec}, s.ownArgs(), nil)
	var bodies []*use
	for _, root := range roots {
		bodies = append(bodies, s.underlying(root)...)
	}
	if len(bodies) == 0 {
		return nil, shapeNone
	}
	switch bodies[0].expr.(type) {
	case *ast.StructType:
		s.kind = shapeStruct
		return s.settle(s.structMethods(roots), false), shapeStruct
	case *ast.InterfaceType:
		s.kind = shapeInterface
		list, ok := s.interfaceMethods(bodies, nil, map[ast.Expr]bool{}, false)
		if !ok {
			return nil, shapeNone
		}
		m := &members{}
		for _, method := range s.nameable(list) {
			m.add(member{method: method, name: method.name.Name})
		}
		return s.settle(m, true), shapeInterface
	}
	return nil, shapeNone
}

// ownArgs returns the target's type parameters as arguments for itself.
func (s *methodSet) ownArgs() []*model.Expr {
	var args []*model.Expr
	if list := s.target.spec.TypeParams; list != nil {
		for _, field := range list.List {
			for _, name := range field.Names {
				x := model.NewIdent(name.Name, model.TypeParamRef)
				x.Refs[0].Index = len(args)
				args = append(args, x)
			}
		}
	}
	return args
}

// structMethods walks the embedded fields level by level.
func (s *methodSet) structMethods(roots []*use) *members {
	all := &members{}
	seen := map[ast.Expr]bool{}
	for depth, level := 0, roots; len(level) > 0; depth++ {
		var next []*use
		for _, u := range level {
			own, embedded := s.members(u)
			for _, m := range own {
				m.depth, m.owner = depth, u
				all.add(m)
			}
			next = append(next, embedded...)
		}
		for _, u := range level {
			seen[u.expr] = true
		}
		level = slices.DeleteFunc(next, func(u *use) bool { return seen[u.expr] })
	}
	return all
}

// members returns the fields and methods that u declares itself, and the types
// that it embeds.
func (s *methodSet) members(u *use) (own []member, embedded []*use) {
	for _, m := range s.ownMethods(u) {
		own = append(own, member{method: m, name: m.name.Name})
	}
	for _, body := range s.underlying(u) {
		switch x := body.expr.(type) {
		case *ast.InterfaceType:
			ms, _ := s.interfaceMethods([]*use{body}, nil, map[ast.Expr]bool{}, u.skip)
			for _, m := range ms {
				own = append(own, member{method: m, name: m.name.Name})
			}
		case *ast.StructType:
			for _, field := range x.Fields.List {
				fields, types := s.field(field, body, u.skip)
				own, embedded = append(own, fields...), append(embedded, types...)
			}
		}
	}
	return own, embedded
}

// field returns the names that a field of a struct declares, and the type that it
// embeds.
func (s *methodSet) field(field *ast.Field, body *use, skip bool) (own []member, embedded []*use) {
	for _, name := range field.Names {
		own = append(own, member{name: name.Name, method: method{when: body.when}})
	}
	if len(field.Names) > 0 {
		return own, nil
	}
	if name := embeddedName(field.Type); name != nil {
		own = append(own, member{name: name.Name, method: method{when: body.when}})
	}
	embedded = s.resolve(field.Type, body.env, body.when)
	for _, e := range embedded {
		e.skip = skip || body.env.file.skipped(field)
	}
	return own, embedded
}

// ownMethods returns the methods that are declared with u as their receiver.
func (s *methodSet) ownMethods(u *use) []method {
	if u.decl == nil {
		return nil
	}
	var list []method
	for _, fn := range u.decl.file.unit.methods[u.decl.spec.Name.Name] {
		unseen := fn.file.test && !u.decl.file.test && !s.target.refinedMethod(method{file: fn.file, node: fn.decl})
		if unseen || fn.file.constraint.Excludes(u.decl.file.constraint) {
			continue
		}
		env := s.env(fn.file)
		for i, name := range fn.file.receiverOf(fn.decl).params {
			if i < len(u.args) && name != "_" {
				env.args[name] = u.args[i]
			}
		}
		list = append(list, method{
			file: fn.file, name: fn.decl.Name, typ: fn.decl.Type, doc: fn.decl.Doc, node: fn.decl,
			env: env, skip: u.skip, when: s.and(u.when, fn.file),
		})
	}
	return list
}

// interfaceMethods adds the methods of interfaces to list. It reports whether
// they are ordinary ones, and not constraints.
func (s *methodSet) interfaceMethods(bodies []*use, list []method, seen map[ast.Expr]bool, skip bool) ([]method, bool) {
	if len(bodies) == 0 {
		return list, s.failed
	}
	for _, body := range bodies {
		t, ok := body.expr.(*ast.InterfaceType)
		if !ok {
			return list, false
		}
		if seen[t] {
			continue
		}
		seen[t] = true
		for _, field := range t.Methods.List {
			if list, ok = s.element(field, body, list, seen, skip); !ok {
				return list, false
			}
		}
	}
	return list, true
}

// element adds the methods of one element of an interface to list.
func (s *methodSet) element(field *ast.Field, body *use, list []method, seen map[ast.Expr]bool, skip bool) ([]method, bool) {
	file := body.env.file
	if fn, ok := field.Type.(*ast.FuncType); ok && len(field.Names) > 0 {
		return merge(list, method{
			file: file, name: field.Names[0], typ: fn, doc: field.Doc, node: field,
			env: body.env, skip: skip, when: body.when,
		}), true
	}
	if id, ok := field.Type.(*ast.Ident); ok && id.Name == "any" {
		return list, true
	}
	var bodies []*use
	uses := s.resolve(field.Type, body.env, body.when)
	if len(uses) == 0 {
		s.undefined(field.Type, body.env)
	}
	for _, u := range uses {
		bodies = append(bodies, s.underlying(u)...)
	}
	return s.interfaceMethods(bodies, list, seen, skip || file.skipped(field))
}

// undefined reports an element of an interface that is declared nowhere.
func (s *methodSet) undefined(x ast.Expr, env exprEnv) {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok || env.file.tree != s.target.file.tree {
		return
	}
	_, known := env.args[id.Name]
	if known || types.Universe.Lookup(id.Name) != nil || env.file.unit.scope.Declares(id.Name) {
		return
	}
	s.failed = true
	env.file.errorf(id, diag.BadDeclaration, "correct the declaration and run asyncgen again", "undefined: %s", id.Name)
}

// merge adds a method to those of an interface. One that is there already is
// listed twice, which does no harm. It counts as skipped only if both are.
func merge(list []method, m method) []method {
	i := slices.IndexFunc(list, func(other method) bool {
		return other.name.Name == m.name.Name && len(other.when) == 0 && len(m.when) == 0
	})
	switch {
	case i < 0:
		return append(list, m)
	case list[i].skip:
		list[i] = m
	}
	return list
}

// nameable drops the unexported methods of other packages' interfaces, after
// reporting them unless they are skipped: no type of this package can have them.
func (s *methodSet) nameable(list []method) []method {
	return slices.DeleteFunc(list, func(m method) bool {
		if ast.IsExported(m.name.Name) || m.file.tree == s.target.file.tree {
			return false
		}
		if m.skip {
			return false // the front leaves it out
		}
		s.failed = true
		s.target.errorf(s.target.directive, diag.FrontMethod, "put //asyncgen:skip over the embedded interface, or list the methods",
			"%s embeds the unexported method %s of %s, which no type of this package can have", s.target.spec.Name.Name, m.name.Name, m.file.tree.in.Path)
		return true
	})
}
