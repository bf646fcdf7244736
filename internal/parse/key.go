package parse

import (
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// readKey reads key=, if there is one, and reports whether it is right.
func (b *builder) readKey(d *directive.Directive) (*model.Key, bool) {
	if d.Key == nil {
		return nil, true
	}
	if part, is := b.requestKey(d); is {
		return &model.Key{Text: d.Key.Text, Pos: b.target.file.pos(d.Key.Start), Part: part}, part != nil
	}
	if b.isRequestParam(d.Key.Text) {
		b.target.file.errorf(d.Key, diag.WrongKey, "use a part of the request: key=path:NAME, key=header:NAME or key=query:NAME",
			"key=%s is no key: no two requests are equal", d.Key.Text)
		return nil, false
	}
	x, ok := b.keyExpr("key", d.Key)
	if ok && d.Mode == model.ModeRemote {
		ok = b.withoutContext("key", d.Key, x, "the worker chooses the loop before the call has a context")
	}
	return x, ok
}

// readSerial reads serial=, if there is one, and reports whether it is right. The caller evaluates
// it, which has the arguments of the call and nothing else.
func (b *builder) readSerial(d *directive.Directive) (*model.Key, bool) {
	if d.Serial == nil {
		return nil, true
	}
	const where = "the caller evaluates it, with the arguments that travel"
	key, ok := b.keyExpr("serial", d.Serial)
	if !ok || !b.withoutContext("serial", d.Serial, key, where) {
		return nil, false
	}
	for _, name := range key.Expr.Idents(model.LocalRef) {
		if i, ok := b.handler.ParamNamed(name); !ok || i < 0 {
			b.wrongKey("serial", d.Serial, "use a parameter", "mentions the receiver, which is on the worker: "+where)
			return nil, false
		}
	}
	return key, true
}

// keyExpr reads an expression by which calls are ordered, in the scope of the handler's signature.
func (b *builder) keyExpr(argument string, v *directive.Value) (*model.Key, bool) {
	f := b.target.file
	tree := b.parseExpr(argument, v, "use an expression such as id or "+`r.Room; one with blanks is quoted as a whole: "`+argument+`=pick(a, b)"`)
	if tree == nil {
		return nil, false
	}
	env := b.env
	env.locals = localNames(b.target.decl)
	if b.receiver != "" {
		env.locals[b.receiver] = true
	}
	x, ok := env.resolve(token.NewFileSet(), tree, v)
	if !ok {
		return nil, false
	}
	for i, ref := range x.Refs {
		if ref.Kind == model.LocalRef && ref.Name == b.receiver {
			x.Refs[i].Name = model.FrontTarget // its receiver is the front itself
		}
	}
	for _, name := range x.Idents(model.ScopeRef) {
		if !f.unit.scope.Declares(name) && types.Universe.Lookup(name) == nil {
			b.wrongKey(argument, v, b.keyHint(), "mentions "+name+", which is neither a parameter of "+b.handler.Name+" nor declared elsewhere")
			return nil, false
		}
	}
	return &model.Key{Text: v.Text, Pos: f.pos(v.Start), Expr: x}, true
}

func (b *builder) wrongKey(argument string, v *directive.Value, hint, message string) {
	b.target.file.errorf(v, diag.WrongKey, hint, "%s=%s %s", argument, v.Text, message)
}

// keyHint names the values by which calls of the handler can be ordered.
func (b *builder) keyHint() string {
	var names []string
	for _, p := range b.handler.Params {
		if p.Name != "" && p.Name != "_" && !p.Context {
			names = append(names, p.Name)
		}
	}
	switch {
	case b.handler.HTTP:
		return "use key=path:NAME, key=header:NAME or key=query:NAME"
	case len(names) > 0:
		return "parameters are " + strings.Join(names, ", ")
	}
	return "use a parameter with a name, the receiver, or a name of the package"
}

// withoutContext reports a key that mentions the call's context where there is none.
func (b *builder) withoutContext(argument string, v *directive.Value, key *model.Key, why string) bool {
	for _, name := range key.Expr.Idents(model.LocalRef) {
		if i, ok := b.handler.ParamNamed(name); ok && i >= 0 && b.handler.Params[i].Context {
			b.wrongKey(argument, v, "use another parameter", "mentions the context "+name+": "+why)
			return false
		}
	}
	return true
}
