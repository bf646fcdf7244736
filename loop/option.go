package loop

import "context"

// defaultQueue is the capacity of a loop's queue without WithQueueSize.
const defaultQueue = 1024

// An Option changes how [New] makes a loop. At most one of [WithInline], [WithThread], [NewMain] and
// [Adapt] can decide who runs the handlers of a loop: two of them panic, and so does a nil option.
// Only this package makes options.
type Option interface{ apply(c *config) }

type option func(c *config)

func (o option) apply(c *config) { o(c) }

type config struct {
	name         string
	queue        int
	overflow     Overflow
	panicHandler func(*PanicError)
	errorHandler func(*Error)
	closedError  error
	fullError    error
	observers    []Observer
	slow         *slow
	kind         executorKind
	executor     executor // of NewMain and Adapt
	chosen       string   // the option or function that has chosen the executor
	final        func(context.Context)
	until        context.Context
	coroutines   bool // WithCoroutines
	hostRequired bool // WithHostRequired
}

// configure applies options in their order.
func configure(opts []Option) config {
	c := config{queue: defaultQueue, overflow: OverflowWait}
	for _, opt := range opts {
		if opt == nil {
			panic("loop: nil option")
		}
		opt.apply(&c)
	}
	return c
}

// withHost makes a loop that e runs, for a function of this package.
func withHost(e executor, function string) Option {
	return option(func(c *config) {
		c.choose(function)
		c.executor = e
	})
}

// choose panics if another option has chosen an executor. Only one would have an effect, and a
// loop on a thread that is none is a crash far away.
func (c *config) choose(by string) {
	if c.chosen != "" && c.chosen != by {
		panic("loop: " + c.chosen + " and " + by + " exclude each other: each decides who runs the handlers")
	}
	c.chosen = by
}

// An executorKind selects the executor that New makes.
type executorKind uint8

const (
	executorCrew   executorKind = iota // goroutines of the loop, one at a time
	executorInline                     // the callers, if the loop is idle
	executorThread                     // one OS thread
)

func (c *config) newExecutor() executor {
	switch c.kind {
	case executorInline:
		return inliner{new(crew)}
	case executorThread:
		return newThread()
	default:
		return new(crew)
	}
}

// WithName names the loop in errors, panics and statistics. The default is
// "loop" followed by the source position of the call of New.
func WithName(name string) Option {
	return option(func(c *config) { c.name = name })
}

// WithQueueSize bounds the number of tasks that are accepted and not yet started.
// The default is 1024. It panics if n is less than 1: a loop whose callers wait
// for each other has no use for an empty queue, and an unbounded one turns
// overload into a lack of memory.
func WithQueueSize(n int) Option {
	if n < 1 {
		panic("loop: WithQueueSize needs a capacity of at least 1")
	}
	return option(func(c *config) { c.queue = n })
}

// WithOverflow sets the policy for tasks that find the queue full. The default is [OverflowWait].
func WithOverflow(o Overflow) Option {
	if o < OverflowWait || o > OverflowShed {
		panic("loop: WithOverflow needs OverflowWait, OverflowReject or OverflowShed")
	}
	return option(func(c *config) { c.overflow = o })
}

// WithPanicHandler gives the panics that no caller waits for to h: those of
// spawned handlers, and of handlers whose caller abandoned them. Without it they
// end the process, as the panic of any goroutine does.
//
// h runs on the loop, in the goroutine of the handler, before the next handler
// starts. A panic of h ends the process. A nil h is no panic handler.
func WithPanicHandler(h func(*PanicError)) Option {
	return option(func(c *config) { c.panicHandler = h })
}

// WithErrorHandler gives the errors that no caller waits for to h. If a spawned handler
// returns an error, that is the Reason of the [*Error]. The other errors are those of accepted
// spawned tasks that the loop then did not run, because it was closed or shed the task. Without
// an error handler, or with a nil one, they are counted in [Stats] and dropped.
//
// h must not block: it is called on the loop or by the goroutine that closed it.
func WithErrorHandler(h func(*Error)) Option {
	return option(func(c *config) { c.errorHandler = h })
}

// WithClosedError adds err to the errors of all calls that the loop refuses because it is closed,
// of those that its end takes out of the queue, and of streams that its end cuts short. It is for
// libraries with an error such as ErrManagerClosed, whose users need not know that there is a
// loop. The [*Error] of such a call wraps both [ErrClosed] and err, which is its field Own, and
// has the text of err. WithClosedError panics if err is nil.
func WithClosedError(err error) Option {
	if err == nil {
		panic("loop: WithClosedError needs an error")
	}
	return option(func(c *config) { c.closedError = err })
}

// WithFullError is [WithClosedError] for calls that the loop refuses with [ErrFull]. Only a loop
// with [OverflowReject] or [OverflowShed] refuses any. WithFullError panics if err is nil.
func WithFullError(err error) Option {
	if err == nil {
		panic("loop: WithFullError needs an error")
	}
	return option(func(c *config) { c.fullError = err })
}

// WithFinal runs fn on the loop when everything else is over: the last handler has ended,
// and none will be accepted. It is where the loop's own things are flushed and closed.
// Shutdown waits for it within its time, and [Loop.Done] is closed after it. It runs once,
// however the loop is stopped, also by Close, and as a handler does: calls of the loop
// itself run in place, and a panic goes where that of a spawned handler goes. It does not
// run if the loop is dropped without being stopped. A nil fn is no final function.
//
// The context has no values. It ends when the time of Shutdown is up; after Close, it has
// ended already.
func WithFinal(fn func(context.Context)) Option {
	return option(func(c *config) { c.final = fn })
}

// WithContext shuts the loop down when ctx ends: it accepts no more tasks from then on,
// accepted tasks run, and [Loop.Done] is closed when the last handler has ended. Handlers do
// not notice; to give them a time limit, call [Loop.Shutdown] with one. The option does not
// keep a dropped loop from being collected.
func WithContext(ctx context.Context) Option {
	if ctx == nil {
		panic("loop: WithContext needs a context")
	}
	return option(func(c *config) { c.until = ctx })
}

// WithInline lets a caller run its handler itself when the loop is idle, in its own goroutine,
// without a switch to another: the lowest latency, close to that of a mutex. A caller that
// finds the loop busy waits in the queue and then runs its own handler; no caller ever runs
// another's, so a handler's panic, Goexit, labels and thread are those of its caller. Spawned
// tasks and those of futures run in a goroutine of the loop.
//
// All guarantees hold, with two remarks. As with [sync.Mutex], a caller that
// arrives when the loop happens to be free may overtake callers who wait in the
// queue, for up to a millisecond; what one goroutine submits stays in order
// always. And a caller cannot abandon a handler that it runs itself, so abandon
// has no effect once the handler has started.
func WithInline() Option {
	return option(func(c *config) {
		c.choose("WithInline")
		c.kind = executorInline
	})
}

// WithThread runs all handlers of the loop on one OS thread, which runs nothing
// else: for C libraries, graphics contexts and everything else that belongs to a
// thread. Between a waiting caller and the thread, both sides poll for a short,
// adaptive time before they sleep, because waking a thread takes many times as
// long as running a short handler; an idle loop uses no processor time.
//
// Handlers run in coroutines of that thread, which is how a handler continues on
// it after [Await]; the function given to Await runs in a goroutine of its own, on
// another thread. A handler may lock its thread, which changes nothing, and must not
// unlock it more often than it has locked it. A handler that C code has called back cannot
// leave the thread to others, and Await fails there with [ErrCannotAwait].
func WithThread() Option {
	return option(func(c *config) {
		c.choose("WithThread")
		c.kind = executorThread
	})
}

// An Overflow is the policy of a loop for tasks that find its queue full.
type Overflow int

const (
	// OverflowWait lets the submitter wait for room, first come first served, until its
	// context ends or the loop closes. It is the zero value and the default.
	OverflowWait Overflow = iota
	// OverflowReject refuses the task with [ErrFull].
	OverflowReject
	// OverflowShed makes room by refusing the oldest spawned task in the queue
	// with [ErrFull]. A task whose caller waits is never shed; if the queue holds
	// only such, the new task is refused with ErrFull.
	OverflowShed
)

// String returns the policy in lower case: "wait", "reject" or "shed".
func (o Overflow) String() string {
	switch o {
	case OverflowWait:
		return "wait"
	case OverflowReject:
		return "reject"
	case OverflowShed:
		return "shed"
	}
	return "invalid"
}
