package names

import (
	"strconv"

	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// A remote names the declarations for a handler that is called on other machines.
type remote struct {
	signature

	method, request, reply string // declared names; reply is "" if nothing is returned
}

func (p *planner) newRemote(h *model.Handler) *remote {
	r := &remote{signature: signature{planner: p, h: h, locals: &locals{subject: p.handlerSubject(h)}}}
	stem := ident.Words(h.Name)
	if h.Recv != nil {
		stem = ident.Words(h.Recv.Type, h.Name)
	}
	r.method = p.declare(h, stem+"Method")
	r.request = p.declare(h, stem+"Request")
	if f := h.Front; f != nil && h.Remote().Shared && len(h.Remote().Errors) > 0 && p.errors[f] == "" {
		p.errors[f] = p.declare(h, ident.Words(f.Target)+"Errors")
	}
	if r.count() > 0 {
		r.reply = p.declare(h, stem+"Reply")
	}
	return r
}

// build implements namer.
func (r *remote) build(in *imports, f *model.File) model.Bridge {
	hidden := NewScope()
	hidden.Take(r.request, r.reply, r.method)
	if mentionsRuntime(r.h.Directives) {
		hidden.Take(in.Import(model.RuntimePath), in.Import(model.ImplPath))
	}
	takeLoops(hidden, in, r.subject, r.h)
	r.locals = newLocals(r.subject, in, f, hidden)
	d := r.h.Directives[0]
	out := r.bridge()
	client := ""
	if r.h.Front != nil {
		out.Recv.Type = "*" + r.h.Front.Name
		client = r.receiver + "." + r.planner.frontFields(r.h.Front).client
	} else {
		out.Recv = nil // what is generated is a function, also for a method
		client = r.scope.Pick("client", "remoteClient")
	}
	out.Args, out.Out = r.requestStruct(out), r.replyStruct(out)
	out.Wrappers = []model.Wrapper{r.wrapper(out, d, client)}
	out.Remote = r.remoteCall(out, d)
	return out
}

// requestStruct is the struct of parameters that travels.
func (b *remote) requestStruct(out model.Bridge) model.Struct {
	s := model.Struct{Name: b.request, Base: b.request, Declared: true}
	taken := NewScope()
	for i, p := range out.Params {
		if p.Context {
			continue
		}
		if p.Variadic {
			p.Type = "[]" + p.Type
		}
		s.Fields = append(s.Fields, wireField(taken, p, b.h.Params[i].Name, "p"+strconv.Itoa(i+1)))
	}
	return s
}

// replyStruct is the struct of results that travels.
func (b *remote) replyStruct(out model.Bridge) model.Struct {
	if b.count() == 0 {
		return model.Struct{Name: "struct{}", Base: "struct{}"}
	}
	s := model.Struct{Name: b.reply, Base: b.reply, Declared: true}
	taken := NewScope()
	for i, r := range out.Results[:b.count()] {
		fallback := "r" + strconv.Itoa(i)
		if b.count() == 1 {
			fallback = "result"
		}
		s.Fields = append(s.Fields, wireField(taken, r, b.h.Results[i].Name, fallback))
	}
	return s
}

// wireField names a field after its parameter or result, both in Go, where it has to be
// exported, and on the wire.
func wireField(taken *Scope, v model.Var, name, fallback string) model.Field {
	if name == "" || name == "_" {
		name = fallback
	}
	exported := ident.Exported(name, fallback)
	return model.Field{Name: taken.Pick(exported, ident.Upper(fallback)), Type: v.Type, Value: v.Name, Wire: name}
}

// wrapper names the function of the caller's side.
func (b *remote) wrapper(out model.Bridge, d model.Directive, client string) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Same: d.Same, Descriptor: b.method, Client: client}
	w.Params = b.parameters(out, d)
	if b.h.Front == nil {
		at := 0
		if len(w.Params) > 0 && w.Params[0].Context {
			at = 1
		}
		param := model.Var{Name: client, Type: "*" + b.file.Remote + ".Client"}
		w.Params = append(append(w.Params[:at:at], param), w.Params[at:]...)
	}
	w.Ctx = b.contextArg(d)
	if d.Remote.Durable {
		if !d.Same || len(out.Results) > 0 {
			w.Results = []model.Var{{Type: b.file.Error, Error: true}}
		}
	} else {
		b.nameResults(out, &w, "out")
	}
	w.Doc = b.doc(w.Name, remoteSummary(out, d))
	return w
}

// remoteCall names what both ends share, and how a worker calls the handler.
func (b *remote) remoteCall(out model.Bridge, d model.Directive) *model.RemoteCall {
	s := b.planner.outside(b.imports)
	r := &model.RemoteCall{
		Method: b.method, Service: d.Remote.Service, Name: b.h.Name,
		Durable: d.Remote.Durable,
	}
	names := b.worker(s)
	in := NewScope(s).Pick("in", "args")
	if k := d.Remote.Serial; k != nil {
		r.KeyIn, r.Key = in, k.Expr.Text(&farLoop{remote: b, out: out, names: names, in: in})
	}
	r.Errors = b.remoteErrors(d.Remote.Errors)
	if d.Remote.Shared {
		r.ErrorsOf = b.planner.errors[b.h.Front]
	}
	r.Answer = b.answer(out, d, s, names, in)
	if b.h.Front == nil {
		r.Registration = b.registration(d.Remote.Register, out.Link, names)
	}
	return r
}

func (l *locals) remoteErrors(refs []model.ErrorRef) []model.RemoteError {
	var list []model.RemoteError
	for _, e := range refs {
		list = append(list, model.RemoteError{Name: e.Name, Expr: e.Expr.Text(l), Type: e.Type})
	}
	return list
}

// outside returns a scope without the names that the package or the file declares. All locals of
// the worker's side are generated, so each name can be avoided.
func (p *planner) outside(in *imports) *Scope {
	s := NewScope(p.universe, p.declared)
	for name := range p.given {
		s.Take(name)
	}
	for _, name := range in.names {
		s.Take(name)
	}
	return s
}

// workerNames are the parameters of the function that registers handlers.
type workerNames struct{ worker, target, loop string }

func (l *locals) worker(s *Scope) workerNames {
	n := workerNames{worker: s.Pick("worker", "remoteWorker")}
	if l.subject.recv != nil {
		n.target = s.Pick(model.FrontTarget, "handler")
	}
	if l.front != nil && l.front.Loop.Kind == model.LoopGiven {
		n.loop = s.Pick("l", "runner")
	}
	return n
}

// answer names how a worker calls the handler.
func (b *remote) answer(out model.Bridge, d model.Directive, outer *Scope, names workerNames, in string) model.Answer {
	b.imports.Runtime() // the type of what the loop function returns
	s := NewScope(outer)
	s.Take(in)
	a := model.Answer{Handler: out.Callee, Ctx: "_", In: "_", Callee: out.Callee, LoopIn: "_", Named: b.planner.pkg.Scope.Declares("nil")}
	if b.h.Recv != nil {
		a.Callee = names.target + "." + b.h.Name
	}
	if b.contextParam() >= 0 {
		a.Ctx = s.Pick("ctx", "callCtx")
	}
	fields := out.Args.Fields
	for _, p := range out.Params {
		if p.Context {
			a.Args = append(a.Args, a.Ctx)
			continue
		}
		arg := in + "." + fields[0].Name
		if p.Variadic {
			arg += "..."
		}
		fields, a.In = fields[1:], in
		a.Args = append(a.Args, arg)
	}
	for i, r := range b.h.Results[:b.count()] {
		a.Results = append(a.Results, s.Pick(numbered(i, r.Name), numbered(i, "")))
	}
	a.Err = s.Pick("err", "failure")
	f := &farLoop{remote: b, out: out, names: names, in: in}
	a.Loop = f.text(d)
	if f.used {
		a.LoopIn = in
	}
	return a
}

// fieldOf returns the field that carries a parameter.
func (b *remote) fieldOf(out model.Bridge, param string) string {
	fields := out.Args.Fields
	for _, p := range b.h.Params {
		if p.Context {
			continue
		}
		if p.Name == param {
			return fields[0].Name
		}
		fields = fields[1:]
	}
	return param
}

// farLoop spells expressions where the worker registers handlers: the receiver is a
// parameter there, and the handler's parameters are fields of the request. The key of a serial
// call, which the caller evaluates, has the latter only.
type farLoop struct {
	*remote
	out   model.Bridge
	names workerNames
	in    string
	used  bool // the arguments are mentioned
}

func (f *farLoop) text(d model.Directive) string {
	var text string
	switch d.Loop.Kind {
	case model.LoopField:
		text = f.names.target + "." + d.Loop.Name
	case model.LoopVar:
		text = d.Loop.Name
	case model.LoopGiven:
		text = f.names.loop
	case model.LoopExpr:
		text = d.Loop.Expr.Text(f)
	default:
		text = f.imports.Runtime() + ".Default()"
	}
	if k := d.Loop.Key; k != nil {
		return f.imports.Runtime() + ".Shard(" + text + ", " + k.Expr.Text(f) + ")"
	}
	return text
}

// Local implements model.Naming.
func (f *farLoop) Local(name string) string {
	if f.h.Front != nil && name == model.FrontTarget || f.h.Recv != nil && f.h.Recv.Name == name {
		return f.names.target
	}
	f.used = true
	return f.in + "." + f.fieldOf(f.out, name)
}

// registration names the function of the worker's side.
func (l *locals) registration(name, what string, n workerNames) *model.Registration {
	r := &model.Registration{Name: name, Worker: n.worker, Target: n.target, Loop: n.loop}
	if n.target != "" {
		r.TargetType = l.recvType()
	}
	on := "its loop"
	if n.loop != "" {
		l.imports.Runtime() // the type of the parameter
		on = n.loop
	}
	r.Doc = "// " + name + " registers " + what + " with " + n.worker + ", which runs each call on " + on + "."
	return r
}

// remoteFront names the declarations of a front whose methods are called from afar.
func (p *planner) remoteFront(f *model.Front, l *locals, names fields) model.FrontDecl {
	d := model.FrontDecl{
		Source: f, Name: f.Name, Constructor: f.Constructor(), Target: l.recvType(),
		TargetField: names.client, Assert: f.Implements, Nil: !p.pkg.Scope.Declares("nil"),
	}
	d.TargetParam = p.outside(l.imports).Pick("client", "remoteClient")
	d.Doc = frontDoc(f, "calls the methods of "+link(f.Target)+" on workers and waits for their results.")
	d.ConstructorDoc = "// " + d.Constructor + " returns a front that calls workers through " + d.TargetParam + "."
	d.Registration = l.registration(f.Register, "the methods of "+link(f.Target), l.worker(p.outside(l.imports)))
	d.Registration.ErrorsOf = p.errors[f]
	for _, h := range p.pkg.Handlers {
		if r := h.Remote(); h.Front == f && r.Shared {
			d.Registration.Errors = l.remoteErrors(r.Errors)
			break
		}
	}
	return d
}
