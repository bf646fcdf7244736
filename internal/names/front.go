package names

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// fields are the names of a front's fields.
type fields struct{ target, loop, client string }

// frontFields names the fields of a front. They must not be those of methods,
// which in a front for an interface can begin in lower case.
func (p *planner) frontFields(f *model.Front) fields {
	s := NewScope()
	for name := range p.pkg.Scope.Members[f.Name] {
		s.Take(name)
	}
	for _, h := range p.pkg.Handlers {
		if h.Front == f {
			for _, d := range h.Directives {
				s.Take(d.Generated)
			}
		}
	}
	if f.Mode == model.ModeRemote {
		return fields{client: s.Pick("client", "caller")}
	}
	out := fields{target: s.Pick(model.FrontTarget, "handler")}
	if f.Loop.Kind == model.LoopField {
		out.loop = s.Pick("loop", "executor")
	}
	return out
}

// front names the declarations of a front itself.
func (p *planner) front(f *model.Front, in *imports, file *model.File) model.FrontDecl {
	l := newLocals(frontSubject(f), in, file, NewScope())
	fields := p.frontFields(f)
	if f.Mode == model.ModeRemote {
		return p.remoteFront(f, l, fields)
	}
	if fields.loop != "" {
		in.Runtime() // the type of the field
	}
	d := model.FrontDecl{
		Source: f, Name: f.Name, Constructor: f.Constructor(), Target: l.recvType(), TypeArgs: l.typeArgs(), TypeParams: l.typeVars(),
		TargetField: fields.target, LoopField: fields.loop, Assert: f.Implements, Nil: !p.pkg.Scope.Declares("nil"),
	}
	// The constructor's parameters must not hide the names that its body and its own type
	// parameters mention.
	locals := NewScope()
	locals.Take(l.types...)
	locals.Take(f.Name, file.Runtime)
	d.TargetParam, d.LoopParam = locals.Pick(model.FrontTarget, "inner"), locals.Pick("l", "runner")
	d.Doc = frontDoc(f, "runs the methods of "+link(f.Target)+" on a loop"+p.waitingWords(f)+".")
	on := d.LoopParam
	switch {
	case f.Loop.Kind == model.LoopDefault:
		on = "the default loop"
	case f.Loop.Expr != nil:
		on = f.Loop.Expr.Text(constructor{l, d.TargetParam})
	}
	d.ConstructorDoc = "// " + d.Constructor + " returns a front that runs the methods of " + d.TargetParam + " on " + on + "."
	return d
}

// waitingWords ends the description of a front, if all of its methods wait.
func (p *planner) waitingWords(f *model.Front) string {
	for _, h := range p.pkg.Handlers {
		for _, d := range h.Directives {
			if h.Front == f && d.Mode != model.ModeBridge {
				return ""
			}
		}
	}
	return " and waits for their results"
}

// constructor spells a loop expression as the constructor of a front would.
type constructor struct {
	*locals
	targetParam string
}

// Local implements model.Naming.
func (c constructor) Local(name string) string {
	if name == model.FrontTarget {
		return c.targetParam
	}
	return c.locals.Local(name)
}

// frontCollisions finds fronts whose type or constructor cannot have its name.
func frontCollisions(pkg *model.Package) []diag.Diagnostic {
	var problems []diag.Diagnostic
	for i, f := range pkg.Fronts {
		for _, name := range f.Declared() {
			if d := frontTaken(pkg, pkg.Fronts[:i], f, name); d != nil {
				problems = append(problems, *d)
			}
		}
	}
	return problems
}

// frontTaken looks for anything else that is called name.
func frontTaken(pkg *model.Package, earlier []*model.Front, f *model.Front, name string) *diag.Diagnostic {
	if types.Universe.Lookup(name) != nil {
		return predeclared(pkg, f.NamePos, name)
	}
	d := &diag.Diagnostic{Pos: f.NamePos, Code: diag.NameTaken, Package: pkg.Path, Hint: renameHint}
	for _, other := range append(pkg.Scope.Decls[name], pkg.Scope.Imports[name]...) {
		if !other.Constraint.Excludes(f.Source.Constraint) {
			d.Message = fmt.Sprintf("the generated name %s is taken: package %s has %s of that name", name, pkg.Name, article(other.Kind))
			d.Related = []diag.Related{{Pos: other.Pos, Message: name + " is declared here"}}
			return d
		}
	}
	d.Code, d.Message = diag.NameTwice, fmt.Sprintf("two directives ask for %s", name)
	for _, e := range earlier {
		if slices.Contains(e.Declared(), name) && !e.Source.Constraint.Excludes(f.Source.Constraint) {
			d.Related = []diag.Related{{Pos: e.NamePos, Message: "the other one"}}
			return d
		}
	}
	for _, h := range pkg.Handlers {
		for _, a := range askedFor(h) {
			x := a.directive
			if h.Function() && x.Generated == name && !h.Source.Constraint.Excludes(f.Source.Constraint) {
				d.Related = []diag.Related{{Pos: x.NamePos, Message: "the other one"}}
				return d
			}
		}
	}
	return nil
}
