package isolation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
)

// readMarks reads //asyncgen:confined over fields, structs, variables and functions.
func (r *Result) readMarks() {
	for _, f := range r.Pass.Files {
		if r.generated[f] {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				r.markFunc(d)
			case *ast.GenDecl:
				r.markDecl(d)
			}
		}
	}
}

func (r *Result) markFunc(d *ast.FuncDecl) {
	mark := markIn(d.Doc)
	fn, _ := r.Pass.TypesInfo.Defs[d.Name].(*types.Func)
	if mark == nil || fn == nil {
		return
	}
	var owner *types.Named
	if recv := fn.Signature().Recv(); recv != nil {
		owner = NamedOf(recv.Type())
	}
	if l, ok := r.loopFor(mark, owner); ok {
		r.owned[fn] = &l
	}
}

func (r *Result) markDecl(d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.ValueSpec:
			mark := markIn(s.Doc, s.Comment, d.Doc)
			if mark == nil || d.Tok != token.VAR {
				continue
			}
			for _, name := range s.Names {
				if l, ok := r.loopFor(mark, nil); ok && r.Pass.TypesInfo.Defs[name] != nil {
					r.variables[r.Pass.TypesInfo.Defs[name]] = &l
				}
			}
		case *ast.TypeSpec:
			mark := markIn(s.Doc, s.Comment)
			if mark == nil && len(d.Specs) == 1 {
				mark = markIn(d.Doc)
			}
			if st, ok := s.Type.(*ast.StructType); ok {
				r.markStruct(s, st, mark)
			}
		}
	}
}

// markStruct marks the fields of a struct. A mark over the struct is one over each of
// its fields, except for loops, fields of types that are safe to share, and embedded
// fields, whose types have marks of their own.
func (r *Result) markStruct(spec *ast.TypeSpec, st *ast.StructType, whole *directive.Directive) {
	obj, _ := r.Pass.TypesInfo.Defs[spec.Name].(*types.TypeName)
	if obj == nil {
		return
	}
	named, _ := types.Unalias(obj.Type()).(*types.Named)
	for _, field := range st.Fields.List {
		mark := markIn(field.Doc, field.Comment)
		if mark == nil {
			mark = whole
		}
		if mark == nil {
			continue
		}
		for _, name := range fieldNames(field, mark != whole) {
			v, _ := r.Pass.TypesInfo.Defs[name].(*types.Var)
			if v == nil || mark == whole && (isLoopType(v.Type()) || Shared(v.Type())) {
				continue
			}
			if l, ok := r.loopFor(mark, named); ok {
				r.variables[v] = &l
			}
		}
	}
}

// fieldNames returns the identifiers that define fields.
func fieldNames(field *ast.Field, embedded bool) []*ast.Ident {
	if len(field.Names) > 0 || !embedded {
		return field.Names
	}
	x := field.Type
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if id := calleeIdent(x); id != nil {
		return []*ast.Ident{id}
	}
	return nil
}

// Shared reports whether values of a type are made to be used by several goroutines:
// channels, and what packages sync and sync/atomic declare.
func Shared(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Chan); ok {
		return true
	}
	named := NamedOf(t)
	if named == nil || named.Obj().Pkg() == nil {
		return false
	}
	path := named.Obj().Pkg().Path()
	return path == "sync" || path == "sync/atomic"
}

// loopFor returns the loop of a mark. Without loop= it is the one that a handler would get.
func (r *Result) loopFor(mark *directive.Directive, owner *types.Named) (Loop, bool) {
	switch {
	case mark.Loop != nil && mark.Loop.Text == loopchoice.Default:
		return Loop{Key: defaultKey, Label: "the default loop"}, true
	case mark.Loop != nil:
		return r.loopNamed(mark, owner)
	}
	var fields []loopchoice.Candidate[*types.Var]
	if owner != nil {
		if l, ok := r.fronts[owner.Obj()]; ok {
			return l, true // the value need not know its loop
		}
		fields = loopchoice.Fields(owner, r.Pass.Pkg)
	}
	vars := loopchoice.Variables(r.Pass.Pkg, func(v *types.Var) bool { return r.InTest(mark.Pos()) || !r.InTest(v.Pos()) })
	decision := loopchoice.Choose(fields, vars)
	switch n := len(decision.Found); {
	case n == 1 && decision.Field:
		return r.loopOfField(decision.Found[0].Decl, owner), true
	case n == 1:
		return r.loopOfVar(decision.Found[0].Decl), true
	case n > 1:
		r.problem(mark.Pos(), word(mark)+": there are several loops, name one with loop=")
	default:
		r.problem(mark.Pos(), word(mark)+": there is no loop in reach, declare one or name one with loop=")
	}
	return Loop{}, false
}

// loopNamed resolves loop=: a field of the struct, with or without a receiver before its name,
// or an expression of the package's scope.
func (r *Result) loopNamed(mark *directive.Directive, owner *types.Named) (Loop, bool) {
	x, err := parser.ParseExpr(mark.Loop.Text)
	if err != nil {
		r.problem(mark.Loop.Pos(), word(mark)+": loop="+mark.Loop.Text+" is no expression")
		return Loop{}, false
	}
	name := ""
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok && !r.isImport(id.Name) {
			name = x.Sel.Name
		}
	}
	if owner != nil && name != "" {
		for _, c := range loopchoice.Fields(owner, r.Pass.Pkg) {
			if c.Name == name && c.Kind != loopchoice.Unclear {
				return r.loopOfField(c.Decl, owner), true
			}
		}
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	if err := types.CheckExpr(r.Pass.Fset, r.Pass.Pkg, mark.Pos(), x, info); err != nil || !isLoopType(info.TypeOf(x)) {
		r.problem(mark.Loop.Pos(), word(mark)+": loop="+mark.Loop.Text+" is no *loop.Loop here")
		return Loop{}, false
	}
	whole := r.Pass.TypesInfo
	defer func(saved *types.Info) { r.Pass.TypesInfo = saved }(whole)
	r.Pass.TypesInfo = info
	return r.loopOf(x), true
}

// isImport reports whether some file imports a package under the name.
func (r *Result) isImport(name string) bool {
	for _, p := range r.Pass.Pkg.Imports() {
		if p.Name() == name {
			return true
		}
	}
	return false
}

// word returns the spelling of a mark for messages.
func word(mark *directive.Directive) string {
	if mark.InPlace {
		return "//asyncgen:bridge inplace"
	}
	return "//asyncgen:confined"
}

func (r *Result) problem(pos token.Pos, message string) {
	r.Problems = append(r.Problems, Problem{pos, message})
}

// markIn returns the first mark in comments. The generator, which reads all directives,
// reports an invalid one.
func markIn(groups ...*ast.CommentGroup) *directive.Directive {
	return directiveIn(groups, func(d *directive.Directive) bool { return d.Confined })
}

// directiveIn returns the first directive in comments, which may be nil, that is of a kind.
func directiveIn(groups []*ast.CommentGroup, is func(*directive.Directive) bool) *directive.Directive {
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			at := directive.Comment{Slash: c.Slash, Text: c.Text}
			if !directive.Is(at) {
				continue
			}
			if d, _ := directive.Parse(at); d != nil && is(d) {
				return d
			}
		}
	}
	return nil
}
