package loopimpl

import (
	"context"
	"reflect"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/internal/door"
)

// A Request is one call of a handler: its arguments and, after Run, its
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

// A Bridge describes a handler to the runtime: there is one per
// handler, in a package-level variable, which generated functions hand to [Call] and
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
	// panics with an [*loop.Error], and any error that is returned is the handler's.
	Same bool
	// InPlace is for functions that have the name of their handler as well. Their callers are
	// not aware of the bridge, which makes two differences. A panic of the handler is raised
	// again as it was, not as a [*loop.PanicError]; if it is not recovered, the program's last output
	// includes both stacks. And a call that a handler of the loop makes runs at once, in its
	// goroutine, even if its context has ended.
	InPlace bool
	// Chunk is how many elements of a stream travel together at most; 0 means 64.
	Chunk int

	frames sync.Pool // of *frame; no channel inside
}

// Call runs c on l and returns it with the handler's results. An error that is not the
// handler's is a [*loop.Error]. A panic of the handler is raised again as a [*loop.PanicError],
// a [runtime.Goexit] ends the calling goroutine too.
func Call[C any, P requestOf[C]](ctx context.Context, l *loop.Loop, b *Bridge, c C) (C, error) {
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

// Do is [Call] for a handler without results but an error.
func Do[C any, P requestOf[C]](ctx context.Context, l *loop.Loop, b *Bridge, c C) error {
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

// Must is [Call] for a function without an error result: it panics with the [*loop.Error] of a
// call that has no result. In place, the end of ctx does not keep the handler from running: its
// callers expect the handler to deal with that.
func Must[C any, P requestOf[C]](ctx context.Context, l *loop.Loop, b *Bridge, c C) C {
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

// Async schedules r on l and returns at once, unless the queue is full and the loop's policy is
// [loop.OverflowWait]. If the loop does not take the task, the future settles with a
// [*loop.Error].
func Async[T any](ctx context.Context, l *loop.Loop, b *Bridge, r resulting[T]) *loop.Future[T] {
	f := new(loop.Future[T])
	b.start(ctx, l, r, f, r)
	return f
}

// resulting is a [Request] with a result for a future.
type resulting[T any] interface {
	Request
	// Result returns the handler's results without the error.
	Result() T
}

// Start is [Async] for a handler without results but an error.
//
// It is no method of Bridge: every package with bridges would instantiate the future's methods.
func Start(ctx context.Context, l *loop.Loop, b *Bridge, r Request) *loop.Future[struct{}] {
	f := new(loop.Future[struct{}])
	b.start(ctx, l, r, f, nil)
	return f
}

// start schedules r for a future, which takes its result from source.
func (b *Bridge) start(ctx context.Context, l *loop.Loop, r Request, future, source any) {
	own := new(doorFrame)
	own.frame.bridge, own.frame.request = b, r
	own.door.Start(ctx, l, &own.frame, future, source)
}

// A doorFrame is the memory of a task and of its frame.
type doorFrame struct {
	door  loop.Door
	frame frame
}

// Spawn schedules r on l and reports only whether the loop accepted it. The handler's context has
// the values of ctx but does not end with it.
func (b *Bridge) Spawn(ctx context.Context, l *loop.Loop, r Request) error {
	own := new(doorFrame)
	own.frame.bridge, own.frame.request = b, r
	return own.door.Spawn(ctx, l, &own.frame)
}

// SpawnSame is Spawn for a function without an error result: it panics with a
// [*loop.Error] if the loop does not accept the task.
func (b *Bridge) SpawnSame(ctx context.Context, l *loop.Loop, r Request) {
	if err := b.Spawn(ctx, l, r); err != nil {
		panic(err)
	}
}

// entrance is the door of calls, which need no memory.
var entrance *loop.Door

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
	door.Sealed
	bridge  *Bridge
	request Request
	err     error // the handler's
}

// wait runs the request on l and waits for its end. If kept is true, the handler still has the
// frame. If stays is true, the end of ctx does not keep the handler from running.
func (f *frame) wait(ctx context.Context, l *loop.Loop, stays bool) (kept bool, err error) {
	b := f.bridge
	mode := door.Mode{Abandon: b.Abandon, NonReentrant: b.NonReentrant, InPlace: b.InPlace, Stays: stays}
	if mode.InPlace {
		kept, err = f.inPlace(ctx, l, mode)
	} else {
		kept, err = entrance.Call(ctx, l, f, mode)
	}
	if err != nil {
		if b.Same {
			panic(err)
		}
		return kept, err
	}
	if err, f.err = f.err, nil; err != nil && !mode.InPlace {
		err = entrance.PassedOn(l, f, err)
	}
	return false, err
}

// must is wait for callers that expect a result.
func (f *frame) must(ctx context.Context, l *loop.Loop) {
	if _, err := f.wait(ctx, l, f.bridge.InPlace); err != nil {
		panic(err)
	}
}

func (f *frame) inPlace(ctx context.Context, l *loop.Loop, mode door.Mode) (kept bool, err error) {
	returned := false
	defer f.bridge.unwrap(&returned)
	kept, err = entrance.Call(ctx, l, f, mode)
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
	if p, ok := v.(*loop.PanicError); ok && p.Handler == b.Name {
		panic(p.Value)
	}
	panic(v)
}

func (f *frame) Run(ctx context.Context) { f.err = f.request.Run(ctx) }
func (f *frame) Err() error              { return f.err }
func (f *frame) Name() string            { return f.bridge.Name }
func (f *frame) Position() string        { return door.FuncPosition(f.request.Handler()) }

// Where uses an empty request, because the frame's may be changing. Handler of generated
// requests reads nothing in them; others may, and panic.
func (f *frame) Where() (position string) {
	defer func() { _ = recover() }()
	empty := reflect.New(reflect.TypeOf(f.request).Elem()).Interface()
	return door.FuncPosition(empty.(Request).Handler())
}
