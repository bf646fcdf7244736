package parse

import (
	"go/ast"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// method is one method of a front's target: how it is declared, and the scope
// in which its signature is to be read.
type method struct {
	file *file
	name *ast.Ident
	typ  *ast.FuncType
	doc  *ast.CommentGroup
	node ast.Node // the declaration, or the field of an interface
	env  exprEnv
	skip bool // the directive skip stands over what brings the method
}

// shape says what is behind a type, as far as fronts care.
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
	failed bool // something has been reported
	depth  int  // of the types that are being resolved
}

func (s *methodSet) methods() ([]method, shape) {
	root := s.declared(&typeDecl{s.target.file, s.target.spec}, s.ownArgs())
	body := s.underlying(root)
	if body == nil {
		return nil, shapeNone
	}
	switch body.expr.(type) {
	case *ast.StructType:
		return s.structMethods(root), shapeStruct
	case *ast.InterfaceType:
		list, ok := s.interfaceMethods(body, nil, map[ast.Expr]bool{}, false)
		if !ok {
			return nil, shapeNone
		}
		return s.nameable(list), shapeInterface
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
func (s *methodSet) structMethods(root *use) []method {
	var (
		all   []method
		found = map[string]bool{}
		seen  = map[ast.Expr]bool{}
	)
	for level := []*use{root}; len(level) > 0; {
		members := map[string][]method{}
		count := map[string]int{}
		var order []string
		var next []*use
		for _, u := range level {
			own, embedded := s.members(u)
			for _, name := range own.names {
				count[name]++
				order = append(order, name)
				members[name] = own.methods[name]
			}
			next = append(next, embedded...)
		}
		for _, u := range level {
			seen[u.expr] = true
		}
		for _, name := range order {
			if !found[name] && count[name] == 1 && ast.IsExported(name) {
				all = append(all, members[name]...)
			}
		}
		for _, name := range order {
			found[name] = true
		}
		level = slices.DeleteFunc(next, func(u *use) bool { return seen[u.expr] })
	}
	return all
}

// memberList is the fields and methods of one type. Fields have no methods.
type memberList struct {
	names   []string
	methods map[string][]method
}

func (l *memberList) add(name string, ms ...method) {
	if !slices.Contains(l.names, name) {
		l.names = append(l.names, name)
	}
	l.methods[name] = append(l.methods[name], ms...)
}

// members returns what u declares itself, and what it embeds.
func (s *methodSet) members(u *use) (memberList, []*use) {
	list := memberList{methods: map[string][]method{}}
	for _, m := range s.ownMethods(u) {
		list.add(m.name.Name, m)
	}
	body := s.underlying(u)
	if body == nil {
		return list, nil
	}
	var embedded []*use
	switch x := body.expr.(type) {
	case *ast.InterfaceType:
		ms, _ := s.interfaceMethods(body, nil, map[ast.Expr]bool{}, u.skip)
		for _, m := range ms {
			list.add(m.name.Name, m)
		}
	case *ast.StructType:
		for _, field := range x.Fields.List {
			for _, name := range field.Names {
				list.add(name.Name)
			}
			if len(field.Names) > 0 {
				continue
			}
			if name := embeddedName(field.Type); name != nil {
				list.add(name.Name)
			}
			if e := s.resolve(field.Type, body.env); e != nil {
				e.skip = u.skip || body.env.file.skipped(field)
				embedded = append(embedded, e)
			}
		}
	}
	return list, embedded
}

// ownMethods returns the methods that are declared with u as their receiver.
func (s *methodSet) ownMethods(u *use) []method {
	if u.decl == nil {
		return nil
	}
	var list []method
	for _, fn := range u.decl.file.unit.methods[u.decl.spec.Name.Name] {
		if fn.file.test && !u.decl.file.test || fn.file.constraint.Excludes(u.decl.file.constraint) {
			continue
		}
		env := s.env(fn.file)
		for i, name := range fn.file.receiverOf(fn.decl).params {
			if i < len(u.args) && name != "_" {
				env.args[name] = u.args[i]
			}
		}
		list = append(list, method{fn.file, fn.decl.Name, fn.decl.Type, fn.decl.Doc, fn.decl, env, u.skip})
	}
	return list
}

// interfaceMethods adds the methods of an interface to list. It reports whether
// it is an ordinary one, and not a constraint.
func (s *methodSet) interfaceMethods(body *use, list []method, seen map[ast.Expr]bool, skip bool) ([]method, bool) {
	if seen[body.expr] {
		return list, true
	}
	seen[body.expr] = true
	for _, field := range body.expr.(*ast.InterfaceType).Methods.List {
		if fn, ok := field.Type.(*ast.FuncType); ok && len(field.Names) > 0 {
			m := method{body.env.file, field.Names[0], fn, field.Doc, field, body.env, skip}
			i := slices.IndexFunc(list, func(other method) bool { return other.name.Name == m.name.Name })
			switch {
			case i < 0:
				list = append(list, m)
			case list[i].skip:
				list[i] = m // it is listed elsewhere too, so the front has it
			}
			continue
		}
		if id, ok := field.Type.(*ast.Ident); ok && id.Name == "any" {
			continue
		}
		e := s.resolve(field.Type, body.env)
		if e = s.underlying(e); e == nil {
			return list, s.failed
		}
		if _, ok := e.expr.(*ast.InterfaceType); !ok {
			return list, false
		}
		var ok bool
		if list, ok = s.interfaceMethods(e, list, seen, skip || body.env.file.skipped(field)); !ok {
			return list, false
		}
	}
	return list, true
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
		s.target.errorf(s.target.directive, diag.FrontMethod, "put //asyncgen:skip over what is embedded, or list the methods",
			"%s embeds the unexported method %s of %s, which no type of this package can have", s.target.spec.Name.Name, m.name.Name, m.file.tree.in.Path)
		return true
	})
}
