package parse

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// variables returns the package-level loop variables that the handler's file can see, each
// name once.
func (b *builder) variables() []candidate {
	return b.visibleVariables(func(v *valueDecl) loopchoice.Kind { return v.kind(nil) })
}

func (b *builder) visibleVariables(kindOf func(*valueDecl) loopchoice.Kind) []candidate {
	home := b.target.file
	var found []candidate
	for _, v := range home.unit.values {
		if v.file.test && !home.test || v.file.constraint.Excludes(home.constraint) {
			continue
		}
		known := slices.ContainsFunc(found, func(c candidate) bool { return c.Name == v.name })
		if kind := kindOf(v); kind != loopchoice.None && !known {
			found = append(found, candidate{Kind: kind, Name: v.name, Decl: loopDecl{pos: v.file.pos(v.pos)}})
		}
	}
	return found
}

// typedVariables is variables, by the types where syntax does not decide.
func (b *builder) typedVariables() []candidate {
	pkg := b.typed().Package
	return b.visibleVariables(func(v *valueDecl) loopchoice.Kind {
		kind := v.kind(nil)
		// The types of a constrained file are those of some machines only, and the output
		// must not depend on the machine.
		if kind != loopchoice.Unclear || pkg == nil || !v.file.constraint.IsZero() {
			return kind
		}
		obj, ok := pkg.Scope().Lookup(v.name).(*types.Var)
		if !ok || b.typedPos(obj).Filename != v.file.path {
			return kind
		}
		return loopchoice.KindOf(obj.Type())
	})
}

// typed returns the type-checked package, if there is one.
func (b *builder) typed() Typed {
	f := b.target.file
	if f.tree.in.Types == nil {
		return Typed{}
	}
	return f.tree.in.Types(f.test, f.unit.external)
}

// kind returns the kind of a variable: of its declared type, or of its value. The variables in
// seen lead to this one.
func (v *valueDecl) kind(seen []*valueDecl) loopchoice.Kind {
	env := exprEnv{file: v.file}
	switch {
	case v.typ != nil:
		return env.kindOfType(v.typ)
	case v.value == nil || slices.Contains(seen, v):
		return loopchoice.None
	}
	return valueKind{env, append(slices.Clip(seen), v)}.of(v.value, v.result)
}

// valueKind finds the kinds of initial values.
type valueKind struct {
	env  exprEnv
	seen []*valueDecl
}

// of returns the kind of x, or of one of its results if it is a call of several.
func (k valueKind) of(x ast.Expr, result int) loopchoice.Kind {
	switch x := ast.Unparen(x).(type) {
	case *ast.BasicLit, *ast.CompositeLit, *ast.FuncLit, *ast.BinaryExpr, *ast.SliceExpr:
		return loopchoice.None
	case *ast.TypeAssertExpr:
		if result == 0 {
			return k.env.kindOfType(x.Type)
		}
		return loopchoice.None
	case *ast.UnaryExpr:
		return k.unary(x)
	case *ast.CallExpr:
		return k.call(x, result)
	case *ast.Ident:
		return k.ident(x)
	}
	if k.env.standardChain(x) {
		return loopchoice.None
	}
	return loopchoice.Unclear
}

func (k valueKind) unary(x *ast.UnaryExpr) loopchoice.Kind {
	if x.Op != token.AND {
		if x.Op == token.ARROW {
			return loopchoice.Unclear
		}
		return loopchoice.None
	}
	if lit, ok := ast.Unparen(x.X).(*ast.CompositeLit); ok && lit.Type != nil {
		return k.env.kindOfPointer(lit.Type)
	}
	return loopchoice.Unclear
}

// ident is a variable of the package, or a name without a type of its own.
func (k valueKind) ident(id *ast.Ident) loopchoice.Kind {
	u := k.env.file.unit
	for _, v := range u.values {
		if v.name == id.Name && !v.file.constraint.Excludes(k.env.file.constraint) {
			return v.kind(k.seen)
		}
	}
	if !u.scope.Declares(id.Name) && len(k.env.file.dotImports()) > 0 && id.IsExported() {
		return loopchoice.Unclear
	}
	return loopchoice.None // a constant, a function, nil, or a name that is yet to be generated
}

func (k valueKind) call(call *ast.CallExpr, result int) loopchoice.Kind {
	fun, _ := instantiated(ast.Unparen(call.Fun))
	switch fun := fun.(type) {
	case *ast.FuncLit:
		return k.env.kindOfResult(fun.Type, result)
	case *ast.Ident:
		return k.callOfName(fun, call, result)
	case *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType:
		return k.env.kindOfType(fun) // a conversion
	case *ast.SelectorExpr:
		path, name := k.env.qualified(fun)
		if path == model.RuntimePath && result == 0 {
			return loopchoice.Constructed(name)
		}
		if k.env.standardChain(fun) && k.loopless(call.Args) {
			return loopchoice.None
		}
	}
	return loopchoice.Unclear
}

// loopless reports whether all values are known to be no loops: a generic function may return
// one of its arguments.
func (k valueKind) loopless(args []ast.Expr) bool {
	return !slices.ContainsFunc(args, func(x ast.Expr) bool {
		fun, isFunc := ast.Unparen(x).(*ast.FuncLit)
		return isFunc && k.env.kindOfResult(fun.Type, 0) != loopchoice.None || k.of(x, 0) != loopchoice.None || k.env.mentionsRuntime(x)
	})
}

// callOfName is the call of a function of the package, a predeclared function, or a conversion.
func (k valueKind) callOfName(id *ast.Ident, call *ast.CallExpr, result int) loopchoice.Kind {
	f := k.env.file
	for _, fn := range f.unit.funcs[id.Name] {
		if !fn.file.constraint.Excludes(f.constraint) {
			env := exprEnv{file: fn.file, typeParams: map[string]int{}}
			for _, name := range typeParamNames(fn.decl.Type.TypeParams) {
				env.typeParams[name] = 0
			}
			return env.kindOfResult(fn.decl.Type, result)
		}
	}
	switch {
	case f.unit.typeNamed(id.Name, f.constraint) != nil:
		return k.env.kindOfType(id)
	case f.unit.scope.Declares(id.Name):
		return loopchoice.Unclear // a variable that holds a function
	case id.Name == "new" && len(call.Args) == 1:
		return k.env.kindOfPointer(call.Args[0])
	case id.Name == "min" || id.Name == "max" || !id.IsExported() || len(f.dotImports()) == 0:
		return loopchoice.None // predeclared, or yet to be generated
	}
	return loopchoice.Unclear
}

// kindOfResult returns the kind of a function's result.
func (e exprEnv) kindOfResult(fn *ast.FuncType, result int) loopchoice.Kind {
	if fn.Results == nil {
		return loopchoice.None
	}
	i := 0
	for _, field := range fn.Results.List {
		if i += max(len(field.Names), 1); result >= i {
			continue
		}
		if id, ok := ast.Unparen(field.Type).(*ast.Ident); ok {
			if _, ok := e.typeParams[id.Name]; ok {
				return loopchoice.Unclear
			}
		}
		return e.kindOfType(field.Type)
	}
	return loopchoice.None
}

// kindOfPointer returns the kind of a pointer to the type x.
func (e exprEnv) kindOfPointer(x ast.Expr) loopchoice.Kind {
	path, name := e.typePath(x)
	if e.readingTree().opaque(path) {
		return loopchoice.Unclear
	}
	return loopchoice.Named(path, name)
}

// qualified resolves a name of an imported package.
func (e exprEnv) qualified(x *ast.SelectorExpr) (path, name string) {
	if id, ok := x.X.(*ast.Ident); ok {
		if p, ok := e.file.importNamed(id.Name); ok {
			return p, x.Sel.Name
		}
	}
	return "", ""
}

// standardChain reports whether x begins with a name of the standard library, which knows no
// loops: http.DefaultClient, time.Now().Unix.
func (e exprEnv) standardChain(x ast.Expr) bool {
	for {
		switch t := ast.Unparen(x).(type) {
		case *ast.SelectorExpr:
			if path, _ := e.qualified(t); path != "" {
				return e.readingTree().loopless(path)
			}
			x = t.X
		case *ast.CallExpr:
			x = t.Fun
		case *ast.IndexExpr:
			x = t.X
		case *ast.StarExpr:
			x = t.X
		default:
			return false
		}
	}
}

// mentionsRuntime reports whether an expression mentions package loop.
func (e exprEnv) mentionsRuntime(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			path, _ := e.qualified(sel)
			found = found || path == model.RuntimePath
		}
		return !found
	})
	return found
}
