package loop

import (
	"context"
	"reflect"
	"sync"
)

// Request is for generated code. It is one call of a handler: its arguments and, after Run, its
// results. The handler is a method of the request's type and not a field of [Bridge], because a
// handler may call its own bridge: a variable that refers to the handler would then be
// initialized by means of itself, which does not compile.
type Request interface {
	// Run calls the handler with the arguments, keeps its results, and returns its error.
	Run(ctx context.Context) error
	// Handler returns the handler itself, a function or a method expression. Only
	// its source position is read from it.
	Handler() any
}

// requestOf is a [Request] that is a pointer to C, so that requests can be pooled.
type requestOf[C any] interface {
	*C
	Request
}

// Bridge is for generated code. It describes a handler to the runtime: there is one per
// handler, in a package-level variable, which generated functions hand to [BridgeCall] and
// the other functions of that kind.
//
// Bridge has no type parameters, and the functions that have some do as little as possible:
// the compiler translates all that depends on a handler's types again for each handler.
//
// A Bridge must not be copied after its first use. Any goroutine may use it at any time.
type Bridge struct {
	// Name names the handler in errors and statistics: "bank.Account.Deposit".
	Name string
	// Abandon lets a caller whose context ends leave a running handler.
	Abandon bool
	// NonReentrant refuses a call from a handler of the same loop.
	NonReentrant bool
	// Same is for functions with the signature of their handler: a call that has no result
	// panics with an [*Error], and any error that is returned is the handler's.
	Same bool
	// InPlace is for functions that have the name of their handler as well. Their callers are
	// not aware of the bridge, which makes two differences. A panic of the handler is raised
	// again as it was, not as a [*PanicError]; if it is not recovered, the program's last output
	// includes both stacks. And a call that a handler of the loop makes runs at once, in its
	// goroutine, even if its context has ended.
	InPlace bool
	// Chunk is how many elements of a stream travel together at most; 0 means 64.
	Chunk int

	frames sync.Pool // of *frame; no channel inside
}

// BridgeCall is for generated code. It runs c on l and returns it with the handler's results. An
// error that is not the handler's is an [*Error]. A panic of the handler is raised again as
// a [*PanicError], a [runtime.Goexit] ends the calling goroutine too.
func BridgeCall[C any, P requestOf[C]](ctx context.Context, l *Loop, b *Bridge, c C) (C, error) {
	f := b.take()
	p, ok := f.request.(P)
	if !ok {
		p = new(C)
		f = b.frame(p)
	}
	*p = c
	kept, err := f.wait(ctx, l, false)
	var none C
	if kept {
		return none, err
	}
	c, *p = *p, none // a pool must keep no caller's data alive
	b.frames.Put(f)
	return c, err
}

// BridgeDo is for generated code. It is [BridgeCall] for a handler without results but an error.
func BridgeDo[C any, P requestOf[C]](ctx context.Context, l *Loop, b *Bridge, c C) error {
	f := b.take()
	p, ok := f.request.(P)
	if !ok {
		p = new(C)
		f = b.frame(p)
	}
	*p = c
	kept, err := f.wait(ctx, l, false)
	if !kept {
		var none C
		*p = none
		b.frames.Put(f)
	}
	return err
}

// BridgeMust is for generated code. It is [BridgeCall] for a function without an error result: it
// panics with the [*Error] of a call that has no result. In place, the end of ctx does not keep
// the handler from running: its callers expect the handler to deal with that.
func BridgeMust[C any, P requestOf[C]](ctx context.Context, l *Loop, b *Bridge, c C) C {
	f := b.take()
	p, ok := f.request.(P)
	if !ok {
		p = new(C)
		f = b.frame(p)
	}
	*p = c
	f.must(ctx, l)
	var none C
	c, *p = *p, none
	b.frames.Put(f)
	return c
}

// BridgeGo is for generated code. It schedules r on l and returns at once, unless the queue is full
// and the loop's policy is [OverflowWait]. If the loop does not take the task, the future settles with
// an [*Error].
func BridgeGo[T any](ctx context.Context, l *Loop, b *Bridge, r resulting[T]) *Future[T] {
	f := &Future[T]{source: r}
	b.start(ctx, l, r, &f.core)
	return f
}

// resulting is a [Request] with a result for a future.
type resulting[T any] interface {
	Request
	// Result returns the handler's results without the error.
	Result() T
}

// BridgeStart is for generated code. It is [BridgeGo] for a handler without results but an error.
//
// It is no method of Bridge: every package with bridges would instantiate the future's methods.
func BridgeStart(ctx context.Context, l *Loop, b *Bridge, r Request) *Future[struct{}] {
	f := new(Future[struct{}])
	b.start(ctx, l, r, &f.core)
	return f
}

func (b *Bridge) start(ctx context.Context, l *Loop, r Request, f *future) {
	own := new(framedRoom)
	own.frame = frame{bridge: b, request: r, future: f}
	l.startAsync(ctx, &own.room, &own.frame, f)
}

// A framedRoom is the memory of a task and of its frame.
type framedRoom struct {
	room  room
	frame frame
}

// Spawn schedules r on l and reports only whether the loop accepted it. The handler's context has
// the values of ctx but does not end with it.
func (b *Bridge) Spawn(ctx context.Context, l *Loop, r Request) error {
	own := new(framedRoom)
	own.frame = frame{bridge: b, request: r}
	return l.spawn(ctx, &own.room, &own.frame)
}

// SpawnSame is Spawn for a function without an error result: it panics with an
// [*Error] if the loop does not accept the task.
func (b *Bridge) SpawnSame(ctx context.Context, l *Loop, r Request) {
	if err := b.Spawn(ctx, l, r); err != nil {
		panic(err)
	}
}

// noFrame is the frame without a request, of an empty pool.
var noFrame = new(frame)

// take returns a frame of an earlier call, or one without a request.
func (b *Bridge) take() *frame {
	if f, ok := b.frames.Get().(*frame); ok {
		return f
	}
	return noFrame
}

// frame returns a new frame for a request.
func (b *Bridge) frame(r Request) *frame { return &frame{bridge: b, request: r} }

// A frame is the body of the task that runs a request. Neither its bridge nor its request
// ever changes, because both may be read at any time.
type frame struct {
	bridge  *Bridge
	request Request
	err     error   // the handler's
	future  *future // who takes the result of an asynchronous call
}

// wait runs the request on l and waits for its end. If kept is true, the handler still has the
// frame. If stays is true, the end of ctx does not keep the handler from running.
func (f *frame) wait(ctx context.Context, l *Loop, stays bool) (kept bool, err error) {
	b := f.bridge
	mode := callMode{abandon: b.Abandon, nonReentrant: b.NonReentrant, inPlace: b.InPlace, stays: stays}
	if mode.inPlace {
		kept, err = f.inPlace(ctx, l, mode)
	} else {
		kept, err = l.call(ctx, f, mode)
	}
	if err != nil {
		if b.Same {
			panic(err)
		}
		return kept, err
	}
	if err, f.err = f.err, nil; err != nil && !mode.inPlace {
		err = l.passedOn(f, err)
	}
	return false, err
}

// must is wait for callers that expect a result.
func (f *frame) must(ctx context.Context, l *Loop) {
	if _, err := f.wait(ctx, l, f.bridge.InPlace); err != nil {
		panic(err)
	}
}

func (f *frame) inPlace(ctx context.Context, l *Loop, mode callMode) (kept bool, err error) {
	returned := false
	defer f.bridge.unwrap(&returned)
	kept, err = l.call(ctx, f, mode)
	returned = true
	return kept, err
}

// unwrap lets a panic of the handler go on with its own value. Others have been
// raised by calls that the handler made, and belong to it.
func (b *Bridge) unwrap(returned *bool) {
	if *returned {
		return
	}
	v := recover()
	if v == nil {
		return // Goexit, which goes on by itself
	}
	if p, ok := v.(*PanicError); ok && p.Handler == b.Name {
		panic(p.Value)
	}
	panic(v)
}

func (f *frame) run(ctx context.Context) { f.err = f.request.Run(ctx) }
func (f *frame) name() string            { return f.bridge.Name }
func (f *frame) position() string        { return funcPosition(f.request.Handler()) }

// where uses an empty request, because the frame's may be changing. Handler of generated
// requests reads nothing in them; others may, and panic.
func (f *frame) where() (position string) {
	defer func() { _ = recover() }()
	empty := reflect.New(reflect.TypeOf(f.request).Elem()).Interface()
	return funcPosition(empty.(Request).Handler())
}

// settle hands the handler's error to the future, or the error of a spawned task to the loop's
// error handler.
func (f *frame) settle(t *task, err error) {
	if f.future != nil {
		t.staysWith()
		if f.err != nil {
			f.err = t.loop.passedOn(f, f.err)
		}
		f.future.settle(outcome{err: f.err, refusal: err, ending: t.ending, failure: t.failure})
		return
	}
	if err == nil && f.err != nil {
		err = t.loop.spawnFailed(f, f.err)
	}
	t.loop.report(t, err)
}

// RequireOverlay is for generated code. It panics. The generated files of packages whose
// handlers are bridged in place call it when the program starts: the overlay that asyncgen
// makes for a build replaces these files, so a program that calls it was built without the
// overlay, and the handlers would run on the goroutines of their callers.
func RequireOverlay(pkg string) {
	panic("loop: " + pkg + " has handlers that are bridged in place, and was built without the overlay that bridges them.\n" +
		"Build with:\n" +
		"\tgo build -overlay=\"$(asyncgen -overlay ./...)\" ./...\n" +
		"and run and test in the same way. A package of another module has to be named, too: asyncgen -overlay ./... " + pkg + "\n" +
		"See docs/inplace.md for other ways, and for coverage.")
}

// Instances is for generated code. It holds the bridges of a generic handler, one for each instantiation,
// because each pools requests of another type. Its exported fields are those of each [Bridge].
// Generated code holds one per generic handler. It must not be copied after its first use.
type Instances struct {
	Name                                 string
	Abandon, NonReentrant, Same, InPlace bool
	Chunk                                int

	bridges sync.Map // reflect.Type of C → *Bridge
}

// Instance is for generated code. It returns the bridge for requests of type C. The first call for a C
// makes it.
func Instance[C any](set *Instances) *Bridge { return set.bridge(reflect.TypeFor[C]()) }

func (s *Instances) bridge(key reflect.Type) *Bridge {
	if b, ok := s.bridges.Load(key); ok {
		return b.(*Bridge)
	}
	b, _ := s.bridges.LoadOrStore(key, &Bridge{
		Name: s.Name, Abandon: s.Abandon, NonReentrant: s.NonReentrant,
		Same: s.Same, InPlace: s.InPlace, Chunk: s.Chunk,
	})
	return b.(*Bridge)
}

// SupportsCodegenV2 is for generated code. It is the handshake between that and this package.
//
// Every generated file refers to the constant of its format, so that it does not compile with a
// runtime that cannot run it. There is one constant for each format that this package supports. A
// change that generated code needs adds the next one; a change that breaks older code removes
// the older ones.
const SupportsCodegenV2 = true

// BuiltinError is for generated code. It is the predeclared type error, in packages that
// declare another type of that name.
type BuiltinError = error
