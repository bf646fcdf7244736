package names

import (
	"go/ast"
	"slices"
	"strconv"

	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// A call names the declarations for a handler that runs on a loop of the program.
type call struct {
	signature

	args, out   string // declared types, "" if not declared
	descriptors []model.Descriptor
}

func (p *planner) newCall(h *model.Handler) *call {
	c := &call{signature: signature{planner: p, h: h, locals: &locals{subject: p.handlerSubject(h)}}}
	stem := h.Name
	switch {
	case h.Front != nil:
		stem = ident.Words(h.Front.Name, h.Name)
	case h.Recv != nil:
		stem = ident.Words(h.Recv.Type, h.Name)
	default:
		stem = ident.Lower(stem)
	}
	c.declareDescriptors(stem)
	if h.HTTP {
		return c // it needs no types of its own
	}
	c.args = p.declare(h, stem+"Call")
	if c.count() > 1 && c.async() {
		c.out = p.declare(h, c.resultsName(stem))
	}
	return c
}

func (c *call) declareDescriptors(stem string) {
	for i, d := range c.optionSets() {
		name := stem
		if i > 0 {
			name += optionWord(d)
		}
		switch {
		case c.generic() && !c.h.HTTP:
			d.Name = c.planner.declare(c.h, name+"Instances")
		case c.h.Recv != nil:
			d.Name = c.planner.declare(c.h, name, name+"Bridge")
		default:
			// The bare name would be a package-level variable called get or len.
			d.Name = c.planner.declare(c.h, name+"Bridge")
		}
		c.descriptors = append(c.descriptors, d)
	}
}

// optionsOf returns the description of a handler that a directive needs. Only a caller that waits
// can abandon or deadlock; for others whatever description there is will do.
func (c *call) optionsOf(d model.Directive) (o model.Descriptor, whatever bool) {
	if d.Mode != model.ModeBridge {
		return model.Descriptor{}, true
	}
	o = model.Descriptor{Options: d.Options, InPlace: c.h.InPlace && !c.h.HTTP}
	o.Same = d.Same && !o.InPlace && !c.h.HTTP && c.count() < len(c.h.Results)
	return o, false
}

// optionSets returns the distinct descriptions that the directives of a handler need, in their
// order.
func (c *call) optionSets() []model.Descriptor {
	var sets []model.Descriptor
	for _, d := range c.h.Directives {
		if o, whatever := c.optionsOf(d); !whatever && !slices.Contains(sets, o) {
			sets = append(sets, o)
		}
	}
	if len(sets) == 0 {
		return []model.Descriptor{{}}
	}
	return sets
}

func optionWord(o model.Descriptor) string {
	word := ""
	if o.Abandon {
		word += "Abandon"
	}
	if o.NonReentrant {
		word += "NonReentrant"
	}
	if o.Same {
		word += "Same"
	}
	word += sizeWord("Body", o.Body) + sizeWord("Buffer", o.Buffer)
	if o.Direct {
		word += "Direct"
	}
	if o.Chunk > 0 {
		word += "By" + strconv.Itoa(o.Chunk)
	}
	if word == "" {
		return "Plain"
	}
	return word
}

// sizeWord names a size, which is negative if there is no limit.
func sizeWord(what string, n int) string {
	switch {
	case n == 0:
		return ""
	case n < 0:
		return what + "Unlimited"
	}
	return what + strconv.Itoa(n)
}

// async reports whether there is a future of the handler's results.
func (c *call) async() bool {
	return slices.ContainsFunc(c.h.Directives, func(d model.Directive) bool { return d.Mode == model.ModeAsync })
}

// visible reports whether users can name the handler, and so should be able to name the type
// that its futures deliver.
func (c *call) visible() bool {
	return (c.h.Recv == nil || ast.IsExported(c.owner())) && ast.IsExported(c.h.Word())
}

// owner returns the type that users call the methods of: the receiver's, unless only its front is exported.
func (c *call) owner() string {
	if c.h.Front != nil && !ast.IsExported(c.h.Recv.Type) {
		return c.h.Front.Name
	}
	return c.h.Recv.Type
}

func (c *call) resultsName(stem string) string {
	switch {
	case !c.visible():
		return stem + "Results"
	case c.h.Recv != nil:
		return c.owner() + ident.Upper(c.h.Word()) + "Results"
	}
	return c.h.Word() + "Results"
}

// build implements namer.
func (c *call) build(in *imports, f *model.File) model.Bridge {
	c.locals = newLocals(c.subject, in, f, c.mentioned(in))
	if c.h.Front != nil {
		c.target = c.planner.frontFields(c.h.Front).target
	}
	out := c.bridge()
	out.Descriptors = c.descriptors
	if c.h.HTTP {
		for _, d := range c.h.Directives {
			out.Wrappers = append(out.Wrappers, c.httpWrapper(out, d))
		}
		return out
	}
	out.Guard = c.guard(out)
	c.nameFields(&out)
	out.Out = c.outStruct(out)
	out.Run = c.run(out)
	for _, d := range c.h.Directives {
		out.Wrappers = append(out.Wrappers, c.wrapper(out, d))
	}
	return out
}

// mentioned returns the package-level names that bodies mention and that no local may hide.
func (c *call) mentioned(in *imports) *Scope {
	s := NewScope()
	s.Take(c.args, c.out)
	if c.h.HTTP {
		s.Take(c.root()) // the bridge itself mentions the handler
	}
	if !c.h.HTTP || mentionsRuntime(c.h.Directives) {
		s.Take(in.Import(model.RuntimePath), in.Import(model.ImplPath))
	}
	for _, d := range c.descriptors {
		s.Take(d.Name)
	}
	takeLoops(s, in, c.subject, c.h)
	return s
}

// root returns the name at package level by which the handler is mentioned.
func (c *call) root() string {
	if c.h.Recv != nil {
		return c.h.Recv.Type
	}
	return c.h.Called()
}

// mentionsRuntime reports whether the loop of a directive is spelled by means of the runtime.
func mentionsRuntime(directives []model.Directive) bool {
	return slices.ContainsFunc(directives, func(d model.Directive) bool {
		return d.Loop.Kind == model.LoopDefault || d.Loop.Key != nil
	})
}

// takeLoops takes the names that the loop expressions of a handler mention.
func takeLoops(s *Scope, in *imports, subject subject, h *model.Handler) {
	for _, d := range h.Directives {
		switch d.Loop.Kind {
		case model.LoopVar:
			s.Take(d.Loop.Name)
		case model.LoopExpr:
			takeMentioned(s, in, d.Loop.Expr)
		}
		if k := d.Loop.Key; k != nil && k.Expr != nil {
			takeMentioned(s, in, k.Expr)
		}
		if d.Same && subject.contextParam() < 0 {
			s.Take(in.Import("context"))
		}
	}
}

// nameFields names the fields of the type of a call after the arguments and results that they
// hold. The type has methods, whose names no field can have.
func (c *call) nameFields(out *model.Bridge) {
	out.Args = model.Struct{Name: c.args + c.typeArgs(), Base: c.args, Declared: true}
	taken := NewScope()
	taken.Take("Run", "Handler", "Result")
	add := func(name, typ, value string) {
		out.Args.Fields = append(out.Args.Fields, model.Field{Name: taken.Pick(name), Type: typ, Value: value})
	}
	switch {
	case c.h.Front != nil:
		add(c.target, c.recvType(), out.Recv.Name+"."+c.target)
	case out.Recv != nil:
		add(out.Recv.Name, out.Recv.Type, out.Recv.Name)
	}
	for _, p := range out.Params {
		if p.Variadic {
			p.Type = "[]" + p.Type
		}
		if !p.Context {
			add(p.Name, p.Type, p.Name)
		}
	}
	if c.h.Stream() != model.NoStream {
		return // a producer never changes
	}
	for i, r := range out.Results[:c.count()] {
		fallback := numbered(i, "")
		if c.count() == 1 {
			fallback = "result"
		}
		name := taken.Pick(named(r.Name, fallback), fallback)
		out.Kept = append(out.Kept, model.Field{Name: name, Type: r.Type})
	}
}

// outStruct returns the type of a future's result.
func (c *call) outStruct(out model.Bridge) model.Struct {
	switch n := c.count(); {
	case !c.async():
		return model.Struct{}
	case n == 0:
		return model.Struct{Name: "struct{}", Base: "struct{}"}
	case n == 1:
		return model.Struct{Name: out.Results[0].Type, Base: out.Results[0].Type}
	}
	s := model.Struct{Name: c.out + c.typeArgs(), Base: c.out, Declared: true, Of: c.returning(out)}
	taken := NewScope()
	for i, r := range out.Results[:c.count()] {
		name, fallback := numbered(i, r.Name), numbered(i, "")
		if c.visible() {
			name, fallback = ident.Exported(name, fallback), ident.Upper(fallback)
		}
		s.Fields = append(s.Fields, model.Field{Name: taken.Pick(name, fallback), Type: r.Type})
	}
	return s
}

// returning links to the handler, or to the future function if users cannot name the handler.
func (c *call) returning(out model.Bridge) string {
	if c.h.Front == nil || ast.IsExported(c.h.Recv.Type) {
		return out.Link
	}
	i := slices.IndexFunc(c.h.Directives, func(d model.Directive) bool { return d.Mode == model.ModeAsync })
	return link(c.h.Front.Name, c.h.Directives[i].Generated)
}

// run names the receiver, the parameter and the result of the method that calls the handler.
// Only what that method itself mentions counts.
func (c *call) run(out model.Bridge) model.Run {
	s := NewScope()
	s.Take(c.types...)
	s.Take(c.args, c.out, "nil", c.Import("context"), c.Import(model.RuntimePath), c.Import(model.ImplPath))
	if c.h.Recv == nil {
		s.Take(c.h.Called())
	}
	for _, x := range c.exprs {
		c.takeMentioned(s, x)
	}
	var r model.Run
	if c.contextParam() >= 0 {
		r.Ctx = s.Pick("ctx", "callCtx")
	}
	if len(out.Args.Fields)+len(out.Kept) > 0 {
		r.Call = s.Pick("c", "call")
	}
	r.Err = s.Pick("err", "callErr")
	r.None = "nil"
	if c.planner.pkg.Scope.Declares("nil") {
		r.None = r.Err
	}
	return r
}

// paired returns the type of a sequence that yields an error with each element of the handler's.
func (c *call) paired() string {
	return c.Import("iter") + ".Seq2[" + c.h.Results[0].Element.Text(c) + ", " + c.file.Error + "]"
}

// wrapper names one generated function.
func (c *call) wrapper(out model.Bridge, d model.Directive) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Same: d.Same, InPlace: c.h.InPlace, Stream: c.h.Stream()}
	w.Params = c.parameters(out, d)
	w.Ctx = c.contextArg(d)
	w.Loop = c.loopText(d)
	w.Descriptor = c.descriptor(out, d)
	switch {
	case c.h.Paired(d):
		w.Results = []model.Var{{Name: out.Results[0].Name, Type: c.paired()}}
	case w.Stream != model.NoStream:
		w.Results = out.Results
	case d.Mode == model.ModeBridge:
		c.nameResults(out, &w, "c", "call")
	case d.Mode == model.ModeAsync:
		w.Results = []model.Var{{Type: "*" + c.imports.Runtime() + ".Future[" + out.Out.Name + "]"}}
	case d.Mode == model.ModeSpawn && !d.Same:
		w.Results = []model.Var{{Type: c.file.Error, Error: true}}
	}
	w.Doc = c.doc(w.Name, c.summary(out, d))
	return w
}

// descriptor returns the variable that describes the handler for a directive.
func (c *call) descriptor(out model.Bridge, d model.Directive) string {
	o, whatever := c.optionsOf(d)
	for _, known := range c.descriptors {
		name := known.Name
		if known.Name = ""; !whatever && known != o {
			continue
		}
		if c.generic() && !c.h.HTTP {
			return c.file.Impl + ".Instance[" + out.Args.Name + "](&" + name + ")"
		}
		return name
	}
	return ""
}

// loopText returns the expression for the loop.
func (c *call) loopText(d model.Directive) string {
	text := c.loopChoice(d.Loop)
	if d.Loop.Key != nil {
		return c.imports.Runtime() + ".Shard(" + text + ", " + c.key(d.Loop.Key) + ")"
	}
	return text
}

// key returns the expression for the key of a sharded loop.
func (c *call) key(k *model.Key) string {
	if k.Part != nil {
		return k.Part.Expr(c.values[1])
	}
	return k.Expr.Text(c)
}

func (c *call) loopChoice(choice model.LoopChoice) string {
	switch choice.Kind {
	case model.LoopField:
		if c.h.Front != nil {
			return c.receiver + "." + c.planner.frontFields(c.h.Front).loop
		}
		return c.receiver + "." + choice.Name
	case model.LoopVar:
		return choice.Name
	case model.LoopExpr:
		return choice.Expr.Text(c)
	}
	return c.imports.Runtime() + ".Default()"
}

// httpWrapper names the generated function of an HTTP handler, which is an HTTP handler too. Its
// error goes to an error handler, unless the function has to have the handler's signature.
func (c *call) httpWrapper(out model.Bridge, d model.Directive) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Params: out.Params, Loop: c.loopText(d), Descriptor: c.descriptor(out, d)}
	call := model.Serve
	switch {
	case len(out.Results) > 0 && (d.Same || c.h.InPlace):
		call, w.Results = model.Try, out.Results
	case len(out.Results) > 0:
		call = model.ServeError
	}
	w.HTTP = &model.HTTPCall{Call: call, Writer: out.Params[0].Name, Request: out.Params[1].Name, Handler: out.Callee, Source: out.Callee}
	switch {
	case c.h.Front != nil:
		w.HTTP.Handler = out.Recv.Name + "." + c.target + "." + c.h.Name + out.OwnArgs
	case out.Recv != nil:
		w.HTTP.Handler = out.Recv.Name + "." + c.h.Called() + out.OwnArgs
	}
	w.Doc = c.doc(w.Name, c.summary(out, d))
	return w
}
