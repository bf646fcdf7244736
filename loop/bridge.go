package loop

import (
	"context"
	"reflect"
	"sync"
)

// Request is for generated code. It is the arguments of one call, with the handler that they are for. The
// handler is a method of the arguments' type and not a field of [Bridge], because a
// handler may call its own bridge: a variable that refers to the handler would
// then be initialized by means of itself, which does not compile.
type Request[Out any] interface {
	// Run calls the handler.
	Run(ctx context.Context) (Out, error)
	// Handler returns the handler itself, a function or a method expression. Only
	// its source position is read from it.
	Handler() any
}

// Bridge is for generated code. It describes a handler to the runtime: there is one per
// handler, in a package-level variable, and its methods are what generated
// functions call. In is the handler's arguments, Out its results without the
// error.
//
// A Bridge must not be copied after its first use. Its methods may be called
// by any goroutine at any time.
type Bridge[In Request[Out], Out any] struct {
	// Name names the handler in errors and statistics: "bank.Account.Deposit".
	Name string
	// Abandon lets a caller whose context ends leave a running handler.
	Abandon bool
	// Chunk is how many elements of a stream travel together at most; 0 means 64.
	Chunk int
	// NonReentrant refuses a call from a handler of the same loop.
	NonReentrant bool

	frames sync.Pool // of *frame[In, Out]; no channel inside
}

// Call runs the handler on l and waits for its result. An error that is not the
// handler's is an [*Error]. A panic of the handler is raised again as a
// [*PanicError], a [runtime.Goexit] ends the calling goroutine too.
func (b *Bridge[In, Out]) Call(ctx context.Context, l *Loop, in In) (Out, error) {
	f := b.frame(in)
	return f.results(l.call(ctx, f, b.mode()))
}

func (b *Bridge[In, Out]) mode() callMode {
	return callMode{abandon: b.Abandon, nonReentrant: b.NonReentrant}
}

// CallSame is Call for a bridge with the handler's own signature. The error is
// the handler's; a call that has no result panics with an [*Error].
func (b *Bridge[In, Out]) CallSame(ctx context.Context, l *Loop, in In) (Out, error) {
	f := b.frame(in)
	kept, err := l.call(ctx, f, b.mode())
	if err != nil {
		if !kept {
			f.recycle()
		}
		panic(err)
	}
	out, failed := f.out, f.err
	f.recycle()
	return out, failed
}

// Go schedules the handler on l and returns at once, unless the queue is full and the loop's
// policy is [Wait]. If the loop does not take the task, the future settles with an [*Error].
func (b *Bridge[In, Out]) Go(ctx context.Context, l *Loop, in In) *Future[Out] {
	f := new(struct {
		frame[In, Out]
		Future[Out]
	})
	f.bridge, f.in, f.future = b, in, &f.Future
	start(ctx, l, &f.frame, f.future)
	return f.future
}

// Spawn schedules the handler on l and reports only whether the loop accepted it.
// The handler's context has the values of ctx but does not end with it.
func (b *Bridge[In, Out]) Spawn(ctx context.Context, l *Loop, in In) error {
	f := b.frame(in)
	err := l.spawn(ctx, f)
	if err != nil {
		f.recycle()
	}
	return err
}

// SpawnSame is Spawn for a function without an error result: it panics with an
// [*Error] if the loop does not accept the task.
func (b *Bridge[In, Out]) SpawnSame(ctx context.Context, l *Loop, in In) {
	if err := b.Spawn(ctx, l, in); err != nil {
		panic(err)
	}
}

// frame returns a frame for one call.
func (b *Bridge[In, Out]) frame(in In) *frame[In, Out] {
	f, _ := b.frames.Get().(*frame[In, Out])
	if f == nil {
		f = &frame[In, Out]{bridge: b}
	}
	f.in = in
	return f
}

// A frame is the arguments and results of one call.
type frame[In Request[Out], Out any] struct {
	bridge *Bridge[In, Out]
	in     In
	out    Out
	err    error
	future *Future[Out] // who takes the result of an asynchronous call
}

// results takes the results of a call out of its frame and gives the frame back. If kept is
// true, the handler still has the frame.
func (f *frame[In, Out]) results(kept bool, err error) (Out, error) {
	if kept {
		var none Out
		return none, err
	}
	out, failed := f.out, f.err
	f.recycle()
	if err != nil {
		return out, err
	}
	return out, failed
}

func (f *frame[In, Out]) run(ctx context.Context) { f.out, f.err = f.in.Run(ctx) }
func (f *frame[In, Out]) name() string            { return f.bridge.Name }
func (f *frame[In, Out]) position() string        { return funcPosition(f.in.Handler()) }

// where uses empty arguments, because those of the frame may be changing. Handler of generated
// arguments reads nothing in them; others may, and panic.
func (f *frame[In, Out]) where() (position string) {
	defer func() { _ = recover() }()
	var none In
	return funcPosition(none.Handler())
}

// recycle gives the frame back, empty: a pool must keep no caller's data alive.
func (f *frame[In, Out]) recycle() {
	var none frame[In, Out]
	f.in, f.out, f.err, f.future = none.in, none.out, nil, nil // the name may be read at any time
	f.bridge.frames.Put(f)
}

// settle hands the results to the future, or the error of a spawned task to the loop's error
// handler.
func (f *frame[In, Out]) settle(t *task, err error) {
	if f.future != nil {
		t.staysWith()
		f.future.settle(outcome[Out]{out: f.out, err: f.err, refusal: err, ending: t.ending, failure: t.failure})
		return
	}
	if err == nil && f.err != nil {
		t.loop.counters.spawnErrors.Add(1)
		err = f.err
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

// InPlace is [Bridge.Call] for a bridge that has the name of its handler. Its callers are not
// aware of the bridge, which makes two differences. A panic of the handler is raised again as
// it was, not as a [*PanicError]; if it is not recovered, the program's last output includes
// both stacks. And a call that a handler of l makes runs at once, in its goroutine, even if
// ctx has ended.
func (b *Bridge[In, Out]) InPlace(ctx context.Context, l *Loop, in In) (Out, error) {
	mode := b.mode()
	mode.inPlace = true
	return b.inPlace(ctx, l, in, mode)
}

// InPlaceSame is InPlace for a handler without an error result. The end of ctx does not keep
// the handler from running: its callers expect the handler to deal with that. A call that has
// no result all the same, because the loop is closed or full, panics with an [*Error].
func (b *Bridge[In, Out]) InPlaceSame(ctx context.Context, l *Loop, in In) Out {
	mode := b.mode()
	mode.inPlace, mode.stays = true, true
	out, err := b.inPlace(ctx, l, in, mode)
	if err != nil {
		panic(err)
	}
	return out
}

func (b *Bridge[In, Out]) inPlace(ctx context.Context, l *Loop, in In, mode callMode) (Out, error) {
	f, returned := b.frame(in), false
	defer b.unwrap(&returned)
	kept, err := l.call(ctx, f, mode)
	returned = true
	return f.results(kept, err)
}

// unwrap lets a panic of the handler go on with its own value. Others have been
// raised by calls that the handler made, and belong to it.
func (b *Bridge[In, Out]) unwrap(returned *bool) {
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

// Instances is for generated code. It holds the bridges of a generic handler, one for each instantiation.
// The zero value is empty and ready. Generated code holds one per generic
// handler. It must not be copied after its first use.
type Instances struct {
	// Abandon, Chunk and NonReentrant are those of each [Bridge].
	Abandon, NonReentrant bool
	Chunk                 int

	bridges sync.Map // reflect.Type of In → *Bridge[In, Out]
}

// Instance is for generated code. It returns the bridge for In, which must identify the instantiation. The
// first call for an In makes it, with the given name.
func Instance[In Request[Out], Out any](set *Instances, name string) *Bridge[In, Out] {
	key := reflect.TypeFor[In]()
	if b, ok := set.bridges.Load(key); ok {
		return b.(*Bridge[In, Out])
	}
	b, _ := set.bridges.LoadOrStore(key, &Bridge[In, Out]{
		Name:         name,
		Abandon:      set.Abandon,
		Chunk:        set.Chunk,
		NonReentrant: set.NonReentrant,
	})
	return b.(*Bridge[In, Out])
}

// SupportsCodegenV1 is for generated code. It is the handshake between that and this package.
//
// Every generated file refers to it, so that code written by one version of
// asyncgen does not compile against a runtime that no longer runs it. A change
// that breaks generated code removes the constant and adds SupportsCodegenV2.
const SupportsCodegenV1 = true

// BuiltinError is for generated code. It is the predeclared type error, in packages that
// declare another type of that name.
type BuiltinError = error
