package parse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// chooseLoop decides which loop a directive's calls go to.
func (b *builder) chooseLoop(d *directive.Directive) (model.LoopChoice, bool) {
	f := b.target.file
	choice := model.LoopChoice{Kind: model.LoopDefault, Pos: f.pos(d.Slash)}
	key, ok := b.readKey(d)
	if !ok {
		return choice, false
	}
	choice.Key = key
	kind := loopchoice.Loop
	switch {
	case d.Loop == nil:
		var c candidate
		choice.Kind, c, ok = b.findLoop(d)
		choice.Name, kind = c.Name, c.Kind
	case d.Loop.Text == loopchoice.Default:
		choice.Pos = f.pos(d.Loop.Start)
	default:
		choice.Kind, choice.Pos = model.LoopExpr, f.pos(d.Loop.Start)
		choice.Expr, kind, ok = b.loopExpr(d)
	}
	return choice, ok && b.keyFits(d, kind)
}

// keyFits checks key= against the loop's type, where syntax shows it.
func (b *builder) keyFits(d *directive.Directive, kind loopchoice.Kind) bool {
	f := b.target.file
	switch {
	case kind == loopchoice.Sharded && d.Key == nil:
		hint := "add key=EXPR, by which calls are ordered, such as a parameter"
		if b.handler.HTTP {
			hint = "add key=path:NAME, key=header:NAME or key=query:NAME, the part of the request by which calls are ordered"
		}
		f.errorf(d, diag.ShardedNeedsKey, hint,
			"the loop of %s is a *loop.Sharded, and the directive has no key=", b.handler.Name)
		return false
	case kind == loopchoice.Loop && d.Key != nil:
		f.errorf(d.Key, diag.KeyNeedsSharded, "remove key=, or use a *loop.Sharded",
			"key= chooses among the loops of a *loop.Sharded, and the loop of %s is a single one", b.handler.Name)
		return false
	}
	return true
}

// loopExpr reads loop=.
func (b *builder) loopExpr(d *directive.Directive) (*model.Expr, loopchoice.Kind, bool) {
	return b.loopExprIn(d, b.targetOfType(d, localNames(b.target.decl)))
}

// loopExprIn reads loop= in a scope with the given variables.
func (b *builder) loopExprIn(d *directive.Directive, locals map[string]bool) (*model.Expr, loopchoice.Kind, bool) {
	const hint = `use an expression such as a.loop or loops.DB(); one with blanks is quoted as a whole: "loop=pick(a, b)"`
	tree := b.parseExpr("loop", d.Loop, hint)
	if tree == nil {
		return nil, loopchoice.None, false
	}
	env := b.env
	env.locals = locals
	kind := b.kindOfLoop(tree)
	x, ok := env.resolve(token.NewFileSet(), tree, d.Loop)
	return x, kind, ok
}

// parseExpr parses the Go expression that is the value of an argument. It returns nil if that has
// been reported.
func (b *builder) parseExpr(argument string, v *directive.Value, hint string) ast.Expr {
	f := b.target.file
	tree, err := parseExpr(v.Text)
	if err != nil || containsFuncLit(tree) {
		f.errorf(v, diag.LoopSyntax, hint, "%s=%s is not an expression that can stand in a call", argument, v.Text)
		return nil
	}
	if firstBlank(tree) {
		f.errorf(v, diag.LoopNamesBlank, "give the parameter or the receiver a name", "%s=%s mentions the blank identifier", argument, v.Text)
		return nil
	}
	return tree
}

// parseExpr parses the value of loop=, key= or serial=.
func parseExpr(text string) (ast.Expr, error) { return parser.ParseExpr(text) }

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

// kindOfLoop finds the type of a loop expression in the simple cases: a field of the
// receiver, a package-level variable.
func (b *builder) kindOfLoop(x ast.Expr) loopchoice.Kind {
	name, list := "", []candidate(nil)
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if !localNames(b.target.decl)[x.Name] {
			name, list = x.Name, b.variables()
		}
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok && b.handler.Recv != nil && id.Name == b.handler.Recv.Name {
			name, list = x.Sel.Name, b.fields()
		}
	}
	for _, c := range list {
		if c.Name == name {
			return c.Kind
		}
	}
	return loopchoice.Unclear
}

// findLoop chooses a loop where the directive names none.
func (b *builder) findLoop(d *directive.Directive) (model.LoopKind, candidate, bool) {
	choose := b.chooser()
	variables := b.variables()
	if b.varies(d, choose, variables) {
		return model.LoopDefault, candidate{}, false
	}
	decision := choose(b.fields(), variables)
	if len(decision.Unclear) > 0 || covered(decision.Found) {
		decision = choose(b.typedFields(), b.typedVariables())
	}
	switch n := len(decision.Found); {
	case n == 1 && decision.Field:
		return model.LoopField, decision.Found[0], true
	case n == 1:
		return model.LoopVar, decision.Found[0], true
	case n > 1:
		b.ambiguous(d, decision)
	case len(decision.Unclear) > 0:
		b.undecided(d, decision)
	default:
		b.loopless(d)
	}
	return model.LoopDefault, candidate{}, false
}

// covered reports whether a type of another package may hide one of several fields.
func covered(list []candidate) bool {
	return slices.ContainsFunc(list, func(c candidate) bool { return c.Decl.covered })
}

// findField chooses a field of the receiver for a remote front, whose registration takes a loop
// if there is none.
func (b *builder) findField(d *directive.Directive) (model.LoopKind, candidate, bool) {
	if b.varies(d, loopchoice.Choose[loopDecl], nil) {
		return model.LoopGiven, candidate{}, false
	}
	decision := loopchoice.Choose(b.fields(), nil)
	if len(decision.Unclear) > 0 || covered(decision.Found) {
		decision = loopchoice.Choose(b.typedFields(), nil)
	}
	switch {
	case len(decision.Found) == 1:
		return model.LoopField, decision.Found[0], true
	case len(decision.Found) > 1:
		b.ambiguous(d, decision)
	case len(decision.Unclear) > 0:
		b.undecided(d, decision)
	default:
		return model.LoopGiven, candidate{}, true
	}
	return model.LoopGiven, candidate{}, false
}

func (b *builder) ambiguous(d *directive.Directive, decision loopchoice.Decision[loopDecl]) {
	what, prefix := "the package has several variables", ""
	if decision.Field {
		what, prefix = "the receiver has several fields", b.receiverPrefix()
	}
	b.reportLoop(d, diag.LoopAmbiguous, decision.Found, " is a candidate",
		"name one of them, as in loop="+prefix+decision.Found[0].Name, what+" that could be the loop of "+b.handler.Name)
}

// undecided reports declarations whose types neither syntax nor the type checker shows.
func (b *builder) undecided(d *directive.Directive, decision loopchoice.Decision[loopDecl]) {
	hint := "name the loop with loop=, or write loop=default for the program's shared loop"
	if first := decision.Unclear[0]; !first.Decl.field {
		hint = "name the loop, as in loop=" + first.Name + ", or write loop=default for the program's shared loop"
	}
	b.reportLoop(d, diag.LoopUndecided, decision.Unclear, " may be a loop", hint,
		"the loop of "+b.handler.Name+" is undecided: the type of "+decision.Unclear[0].Name+" is not known here")
}

func (b *builder) loopless(d *directive.Directive) {
	f := b.target.file
	if r := b.handler.Recv; r != nil && f.unit.typeNamed(r.Type, f.constraint) == nil {
		f.errorf(b.target.decl.Recv, diag.UnknownReceiver, "declare the type, or correct its name", "the receiver's type %s is not declared", r.Type)
		return
	}
	hint := "declare a variable of type *loop.Loop, or write loop=default for the program's shared loop"
	if b.ofStruct() {
		hint = "add a field of type *loop.Loop to " + b.handler.Recv.Type + ", or write loop=default for the program's shared loop"
	}
	if name := b.loopParam(); name != "" && d.Mode != model.ModeRemote {
		hint = "name its parameter, as in loop=" + name
	}
	b.reportLoop(d, diag.NoLoop, nil, "", hint, b.handler.Name+" has no loop: neither its receiver nor the package has one")
}

// loopParam returns the name of a parameter that is a loop, or "".
func (b *builder) loopParam() string {
	for _, field := range b.target.decl.Type.Params.List {
		if kind := b.env.kindOfType(field.Type); kind != loopchoice.Loop && kind != loopchoice.Sharded {
			continue
		}
		for _, n := range field.Names {
			if n.Name != "_" {
				return n.Name
			}
		}
	}
	return ""
}

// ofStruct reports whether the handler is a method of a struct.
func (b *builder) ofStruct() bool {
	if b.handler.Recv == nil {
		return false
	}
	f := b.target.file
	decl := f.unit.typeNamed(b.handler.Recv.Type, f.constraint)
	if decl == nil {
		return false
	}
	x, _ := exprEnv{file: decl.file}.underlying(decl.spec.Type)
	_, ok := x.(*ast.StructType)
	return ok
}

// reportLoop reports a loop that cannot be chosen, with the declarations in question.
func (b *builder) reportLoop(d *directive.Directive, code diag.Code, list []candidate, is, hint, message string) {
	f, related := b.target.file, []diag.Related(nil)
	for _, c := range list {
		name := c.Name
		if c.Decl.field {
			name = b.receiverPrefix() + name
		}
		related = append(related, diag.Related{Pos: c.Decl.pos, Message: name + is})
	}
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(d.Slash), End: f.pos(d.End()), Code: code, Related: related, Message: message, Hint: hint,
	})
}

func (b *builder) receiverPrefix() string {
	if r := b.handler.Recv; r != nil && r.Name != "" && r.Name != "_" {
		return r.Name + "."
	}
	return ""
}
