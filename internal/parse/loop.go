package parse

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// candidate is a loop that a handler might mean.
type candidate struct {
	name string
	typ  string // "Loop" or "Sharded"
	file *file
	pos  token.Pos
}

// chooseLoop decides which loop a directive's calls go to.
func (b *builder) chooseLoop(d *directive.Directive) (model.LoopChoice, bool) {
	f := b.target.file
	choice := model.LoopChoice{Kind: model.LoopDefault, Pos: f.pos(d.Slash)}
	if !b.keyIsParam(d) {
		return choice, false
	}
	if d.Key != nil {
		choice.Key = d.Key.Text
	}
	var ok bool
	typ := "Loop"
	if d.Loop != nil {
		choice.Kind, choice.Pos = model.LoopExpr, f.pos(d.Loop.Start)
		choice.Expr, typ, ok = b.loopExpr(d)
	} else {
		var c *candidate
		choice.Kind, c, ok = b.findLoop(d)
		if c != nil {
			choice.Name, typ = c.name, c.typ
		}
	}
	if d.Serial && typ != "Sharded" {
		choice.Key = "" // it orders calls, and says nothing about loops
	}
	return choice, ok && b.keyFits(d, typ)
}

// keyIsParam checks that key= names a parameter.
func (b *builder) keyIsParam(d *directive.Directive) bool {
	if d.Key == nil {
		return true
	}
	var names []string
	for _, p := range b.handler.Params {
		if p.Name == d.Key.Text && p.Name != "_" {
			return true
		}
		if p.Name != "" && p.Name != "_" && !p.Context {
			names = append(names, p.Name)
		}
	}
	hint := "give the parameter a name"
	if len(names) > 0 {
		hint = "parameters are " + strings.Join(names, ", ")
	}
	b.target.file.errorf(d.Key, diag.KeyNotParameter, hint, "key=%s names no parameter of %s", d.Key.Text, b.handler.Name)
	return false
}

// keyFits checks key= against the loop's type, where syntax shows it.
func (b *builder) keyFits(d *directive.Directive, typ string) bool {
	f := b.target.file
	switch {
	case typ == "Sharded" && d.Key == nil:
		f.errorf(d, diag.ShardedNeedsKey, "add key=PARAM, the parameter by which calls are ordered",
			"the loop of %s is a *loop.Sharded, and the directive has no key=", b.handler.Name)
		return false
	case typ == "Loop" && d.Key != nil && !d.Serial:
		f.errorf(d.Key, diag.KeyNeedsSharded, "remove key=, or use a *loop.Sharded",
			"key= chooses among the loops of a *loop.Sharded, and the loop of %s is a single one", b.handler.Name)
		return false
	}
	return true
}

// loopExpr reads loop=. The type is "" if syntax does not show it.
func (b *builder) loopExpr(d *directive.Directive) (*model.Expr, string, bool) {
	return b.loopExprIn(d, b.targetOfType(d, localNames(b.target.decl)))
}

// loopExprIn reads loop= in a scope with the given variables.
func (b *builder) loopExprIn(d *directive.Directive, locals map[string]bool) (*model.Expr, string, bool) {
	f := b.target.file
	fset := token.NewFileSet()
	tree, err := parseLoop(d.Loop.Text)
	if err != nil || containsFuncLit(tree) {
		f.errorf(d.Loop, diag.LoopSyntax, `use an expression such as a.loop or loops.DB(); one with blanks is quoted as a whole: "loop=pick(a, b)"`,
			"loop=%s is not an expression that can stand in a call", d.Loop.Text)
		return nil, "", false
	}
	env := b.env
	env.locals = locals
	if blank := firstBlank(tree); blank {
		f.errorf(d.Loop, diag.LoopNamesBlank, "give the parameter or the receiver a name", "loop=%s mentions the blank identifier", d.Loop.Text)
		return nil, "", false
	}
	typ := b.typeOfLoop(tree)
	x, ok := env.resolve(fset, tree, d.Loop)
	return x, typ, ok
}

func containsFuncLit(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		_, lit := n.(*ast.FuncLit)
		found = found || lit
		return !found
	})
	return found
}

func firstBlank(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == "_"
		return !found
	})
	return found
}

// typeOfLoop finds the type of a loop expression in the simple cases: a field
// of the receiver, a parameter, a package-level variable.
func (b *builder) typeOfLoop(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		for _, v := range b.variables() {
			if v.name == x.Name && !localNames(b.target.decl)[x.Name] {
				return v.typ
			}
		}
	case *ast.SelectorExpr:
		id, ok := x.X.(*ast.Ident)
		if !ok || b.handler.Recv == nil || id.Name != b.handler.Recv.Name {
			return ""
		}
		for _, c := range b.fields() {
			if c.name == x.Sel.Name {
				return c.typ
			}
		}
	}
	return ""
}

// findLoop chooses a loop where the directive names none: a field of the
// receiver, else a variable of the package, else the default loop.
func (b *builder) findLoop(d *directive.Directive) (model.LoopKind, *candidate, bool) {
	kind, found := model.LoopField, b.fields()
	if len(found) == 0 {
		kind, found = model.LoopVar, b.variables()
	}
	switch len(found) {
	case 0:
		return model.LoopDefault, nil, true
	case 1:
		return kind, &found[0], true
	}
	what, prefix := "the receiver has several fields", b.receiverPrefix()
	if kind == model.LoopVar {
		what, prefix = "the package has several variables", ""
	}
	var related []diag.Related
	for _, c := range found {
		related = append(related, diag.Related{Pos: c.file.pos(c.pos), Message: prefix + c.name + " is a candidate"})
	}
	f := b.target.file
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(d.Slash), End: f.pos(d.End()), Code: diag.LoopAmbiguous, Related: related,
		Message: what + " that could be the loop of " + b.handler.Name,
		Hint:    "say which one, as in loop=" + prefix + found[0].name,
	})
	return 0, nil, false
}

func (b *builder) receiverPrefix() string {
	if r := b.handler.Recv; r != nil && r.Name != "" && r.Name != "_" {
		return r.Name + "."
	}
	return ""
}

// fields returns the loop fields of the receiver's type.
func (b *builder) fields() []candidate {
	if b.handler.Recv == nil {
		return nil
	}
	home := b.target.file
	st, f := home.unit.structOf(b.handler.Recv.Base, home.constraint)
	if st == nil {
		return nil
	}
	var found []candidate
	for _, field := range st.Fields.List {
		typ := exprEnv{file: f}.loopType(field.Type)
		if typ == "" {
			continue
		}
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{embeddedName(field.Type)}
		}
		for _, n := range names {
			if n != nil && n.Name != "_" {
				found = append(found, candidate{n.Name, typ, f, n.Pos()})
			}
		}
	}
	return found
}

// variables returns the package-level loop variables that the handler's file
// can see, each name once.
func (b *builder) variables() []candidate {
	home := b.target.file
	var found []candidate
	for _, v := range home.unit.values {
		if v.file.test && !home.test || v.file.constraint.Excludes(home.constraint) {
			continue
		}
		typ := v.loopType()
		known := slices.ContainsFunc(found, func(c candidate) bool { return c.name == v.name })
		if typ != "" && !known {
			found = append(found, candidate{v.name, typ, v.file, v.pos})
		}
	}
	return found
}

// loopType returns the loop type of a variable, or "": from its declared type,
// or from a call whose result is known from syntax.
func (v *valueDecl) loopType() string {
	env := exprEnv{file: v.file}
	if v.typ != nil {
		return env.loopType(v.typ)
	}
	call, ok := v.value.(*ast.CallExpr)
	if !ok {
		return ""
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && v.file.unit.scope.Declares(id.Name) {
		return v.file.unit.resultOf(id.Name, v.file.constraint)
	}
	path, name := env.typePath(call.Fun)
	switch {
	case path != model.RuntimePath:
		return ""
	case name == "New" || name == "Default":
		return "Loop"
	case name == "NewSharded":
		return "Sharded"
	}
	return ""
}

// resultOf returns the loop type that a function of the package returns, or "".
func (u *unit) resultOf(name string, c model.Constraint) string {
	for _, fn := range u.funcs[name] {
		results := fn.decl.Type.Results
		if fn.file.constraint.Excludes(c) || results.NumFields() != 1 {
			continue
		}
		return exprEnv{file: fn.file}.loopType(results.List[0].Type)
	}
	return ""
}
