package names

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/internal/model"
)

// declareRemote picks the package-level names for a remote handler.
func (b *bridge) declareRemote() {
	stem := words(b.h.Name)
	if b.h.Recv != nil {
		stem = words(b.h.Recv.Type, b.h.Name)
	}
	b.method = b.planner.declare(b.h, stem+"Method")
	b.args = b.planner.declare(b.h, stem+"Request")
	if f, r := b.h.Front, b.h.Remote(); f != nil && r.Shared && len(r.Errors) > 0 && b.planner.errors[f] == "" {
		b.planner.errors[f] = b.planner.declare(b.h, words(f.Target)+"Errors")
	}
	if b.values() > 0 {
		b.out = b.planner.declare(b.h, stem+"Reply")
	}
}

// remote names everything inside the declarations of a remote handler.
func (b *bridge) remote() model.Bridge {
	h, d := b.h, b.h.Directives[0]
	out := model.Bridge{Source: h, Link: h.Name}
	if h.Recv != nil {
		out.Link = h.Recv.Type + "." + h.Name
	}
	out.Title = b.planner.pkg.Name + "." + out.Link
	client := ""
	if h.Front != nil {
		out.Recv = &model.Var{Name: b.recv, Type: "*" + h.Front.Name}
		client = b.recv + "." + b.planner.frontFields(h.Front).client
	} else {
		client = b.local.Pick("client", "remoteClient")
	}
	b.signature(&out)
	out.Callee = b.callee()
	out.Args, out.Out = b.request(out), b.reply(out)
	out.Wrappers = []model.Wrapper{b.remoteWrapper(out, d, client)}
	out.Remote = b.remoteCall(out, d)
	return out
}

// request is the struct of parameters that travels.
func (b *bridge) request(out model.Bridge) model.Struct {
	s := model.Struct{Name: b.args, Base: b.args, Declared: true}
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

// reply is the struct of results that travels.
func (b *bridge) reply(out model.Bridge) model.Struct {
	if b.values() == 0 {
		return model.Struct{Name: "struct{}", Base: "struct{}"}
	}
	s := model.Struct{Name: b.out, Base: b.out, Declared: true}
	taken := NewScope()
	for i, r := range out.Results[:b.values()] {
		fallback := "r" + strconv.Itoa(i)
		if b.values() == 1 {
			fallback = "result"
		}
		s.Fields = append(s.Fields, wireField(taken, r, b.h.Results[i].Name, fallback))
	}
	return s
}

// wireField names a field after what it carries, both in Go, where it has to be
// exported, and on the wire.
func wireField(taken *Scope, v model.Var, name, fallback string) model.Field {
	if name == "" || name == "_" {
		name = fallback
	}
	exported := Upper(name)
	if first, _ := utf8.DecodeRuneInString(exported); !unicode.IsUpper(first) {
		exported = Upper(fallback)
	}
	return model.Field{Name: taken.Pick(exported, Upper(fallback)), Type: v.Type, Value: v.Name, Wire: name}
}

// remoteWrapper names the function of the caller's side.
func (b *bridge) remoteWrapper(out model.Bridge, d model.Directive, client string) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Same: d.Same, Descriptor: b.method, Client: client}
	w.Params = b.wrapperParams(out, d)
	if b.h.Front == nil {
		at := 0
		if len(w.Params) > 0 && w.Params[0].Context {
			at = 1
		}
		param := model.Var{Name: client, Type: "*" + b.file.Remote + ".Client"}
		w.Params = append(append(w.Params[:at:at], param), w.Params[at:]...)
	}
	w.Ctx = b.contextArg(d)
	if d.Remote.Spawn {
		if !d.Same || len(out.Results) > 0 {
			w.Results = []model.Var{{Type: b.file.Error, Error: true}}
		}
	} else {
		b.bridgeResults(out, &w)
		if b.values() > 0 {
			w.Out, w.OutDefine = NewScope(b.local).Pick("out"), true
		}
	}
	w.Doc = b.doc(out, d, w)
	return w
}

// remoteCall names what both ends share, and how a worker calls the handler.
func (b *bridge) remoteCall(out model.Bridge, d model.Directive) *model.RemoteCall {
	s := b.outside()
	r := &model.RemoteCall{
		Method: b.method, Service: d.Remote.Service, Name: b.h.Name,
		Serial: d.Remote.Serial, Spawn: d.Remote.Spawn,
	}
	names := b.worker(s)
	in := NewScope(s).Pick("in", "args")
	if d.Remote.Key != "" {
		r.KeyIn, r.Key = in, in+"."+b.fieldOf(out, d.Remote.Key)
	}
	r.Errors = b.remoteErrors(d.Remote.Errors)
	if d.Remote.Shared {
		r.ErrorsOf = b.planner.errors[b.h.Front]
	}
	r.Answer = b.answer(out, d, s, names, in)
	if b.h.Front == nil {
		r.Registration = b.registration(d.Remote.Register, "answer calls of ["+out.Link+"]", names)
	}
	return r
}

func (b *bridge) remoteErrors(refs []model.ErrorRef) []model.RemoteError {
	var list []model.RemoteError
	for _, e := range refs {
		list = append(list, model.RemoteError{Name: e.Name, Expr: e.Expr.Text(b), Type: e.Type})
	}
	return list
}

// outside returns a scope in which nothing is free that the package or the file declares.
// The worker's side has locals of its own choice only, so there is no need to look more closely.
func (b *bridge) outside() *Scope {
	s := NewScope(b.planner.universe, b.planner.declared)
	for name := range b.planner.given {
		s.Take(name)
	}
	for _, name := range b.imports.names {
		s.Take(name)
	}
	return s
}

// workerNames are the parameters of the function that registers handlers.
type workerNames struct{ worker, target, loop string }

func (b *bridge) worker(s *Scope) workerNames {
	n := workerNames{worker: s.Pick("worker", "remoteWorker")}
	if b.h.Recv != nil {
		n.target = s.Pick(model.FrontTarget, "handler")
	}
	if b.h.Front != nil && b.h.Front.Loop.Kind == model.LoopGiven {
		n.loop = s.Pick("l", "runner")
	}
	return n
}

// answer names how a worker calls the handler.
func (b *bridge) answer(out model.Bridge, d model.Directive, outer *Scope, names workerNames, in string) model.Answer {
	s := NewScope(outer)
	s.Take(in)
	a := model.Answer{Handler: out.Callee, Ctx: "_", In: "_", Callee: out.Callee, LoopIn: "_", Named: b.planner.pkg.Scope.Declares("nil")}
	if b.h.Recv != nil {
		a.Callee = names.target + "." + b.h.Name
	}
	if contextParam(b.h) >= 0 {
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
	for i, r := range b.h.Results[:b.values()] {
		name := r.Name
		if name == "" || name == "_" {
			name = "r" + strconv.Itoa(i)
		}
		a.Results = append(a.Results, s.Pick(name, "r"+strconv.Itoa(i)))
	}
	a.Err = s.Pick("err", "failure")
	f := &farLoop{bridge: b, out: out, names: names, in: in}
	a.Loop = f.text(d)
	if f.used {
		a.LoopIn = in
	}
	return a
}

// fieldOf returns the field that carries a parameter.
func (b *bridge) fieldOf(out model.Bridge, param string) string {
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

// farLoop spells a loop expression where the worker registers handlers: the receiver is a
// parameter there, and the handler's parameters are fields of what has arrived.
type farLoop struct {
	*bridge
	out   model.Bridge
	names workerNames
	in    string
	used  bool // the arguments are mentioned
}

func (f *farLoop) text(d model.Directive) string {
	text := f.file.Runtime + ".Default()"
	switch d.Loop.Kind {
	case model.LoopField:
		text = f.names.target + "." + d.Loop.Name
	case model.LoopVar:
		text = d.Loop.Name
	case model.LoopGiven:
		text = f.names.loop
	case model.LoopExpr:
		text = d.Loop.Expr.Text(f)
	}
	if d.Loop.Key != "" {
		return f.file.Runtime + ".Shard(" + text + ", " + f.Local(d.Loop.Key) + ")"
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
func (b *bridge) registration(name, does string, n workerNames) *model.Registration {
	r := &model.Registration{Name: name, Worker: n.worker, Target: n.target, Loop: n.loop}
	if n.target != "" {
		r.TargetType = b.recvType()
	}
	on := "its loop"
	if n.loop != "" {
		on = n.loop
	}
	r.Doc = "// " + name + " has " + n.worker + " " + does + ", each on " + on + "."
	return r
}

// remoteFront names the declarations of a front whose methods are called from afar.
func (b *bridge) remoteFront(names fields) model.FrontDecl {
	f := b.h.Front
	d := model.FrontDecl{
		Source: f, Name: f.Name, Constructor: f.Constructor(), Target: b.recvType(),
		TargetField: names.client, Assert: f.Interface && !f.Partial, Nil: !b.planner.pkg.Scope.Declares("nil"),
	}
	d.TargetParam = b.outside().Pick("client", "remoteClient")
	d.Doc = "// " + f.Name + " calls the methods of [" + f.Target + "] on workers and waits for their results."
	d.ConstructorDoc = "// " + d.Constructor + " returns a front that calls workers through " + d.TargetParam + "."
	d.Registration = b.registration(f.Register, "answer calls of the methods of ["+f.Target+"]", b.worker(b.outside()))
	d.Registration.ErrorsOf = b.planner.errors[f]
	for _, h := range b.planner.pkg.Handlers {
		if r := h.Remote(); h.Front == f && r.Shared {
			d.Registration.Errors = b.remoteErrors(r.Errors)
			break
		}
	}
	return d
}
