package loop

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Loop runs handlers one at a time, in the order in which they were submitted.
// Make one with [New], [NewMain] or [Adapt]. A nil *Loop and the zero value refuse every
// call with [ErrNoLoop]. A Loop must not be copied.
//
// All methods may be called by any goroutine at any time, handlers included.
type Loop struct {
	name         name
	capacity     int // 0 as long as no call is taken, see unavailable
	size         int // the capacity otherwise
	overflow     Overflow
	panicHandler func(*PanicError)
	errorHandler func(*Error)
	closedError  error // see WithClosedError; nil without
	fullError    error

	id        uint64 // see registry
	observers []Observer
	timed     bool      // one of them looks at the times
	looked    bool      // there are observers, or slow handlers are looked for
	slow      *slow     // nil without WithSlowHandler
	born      time.Time // see clock

	life lifetime
	done chan struct{}

	executor  executor
	crew      *crew     // nil if the executor has none
	inline    bool      // callers run their own handlers, see inlined
	home      *home     // nil if the loop has no host
	tasks     sync.Pool // of *task; a loop's own, see task
	counters  counters
	recorders atomic.Pointer[recorders]
	pulse     pulse
	timers    timers

	role    role            // who may run handlers
	inlined inlined         // what an inline loop needs besides
	derived *handlerContext // see selfContext; the role's holder touches it, and nobody else

	mu          sync.Mutex
	closed      atomic.Bool // no task is accepted any more; set with mu held
	current     *task       // the task that the role's holder runs, if any
	queue       list        // accepted tasks and awaiting ones that want the role back
	spawned     list        // the spawned tasks in queue
	waiting     list        // tasks for which the queue has no room
	queued      int         // accepted tasks in queue
	maxQueue    int
	waitingRoom int  // tasks in waiting
	away        list // tasks whose handlers have given up the role
	awaiting    int  // their number
	accepted    int64
	started     int64                 // tasks taken out of the queue to be run
	final       func(context.Context) // to be run before the end
	finalTask   *task                 // which runs it
	ended       bool                  // done is closed; for those outside of the synctest bubble that it belongs to

	running stretch  // what current is doing; callers do not touch it, so it stands apart
	sighted sighting // where Live has found the loop
}

// New returns a loop that is running. It must be stopped with [Loop.Shutdown] or [Loop.Close];
// a loop without a reference to it is stopped by the garbage collector, which is a safety net
// and no substitute.
//
// In a synctest bubble, make the loop inside the bubble.
func New(opts ...Option) *Loop {
	c := configure(opts)
	l := &Loop{
		capacity:     c.queue,
		size:         c.queue,
		overflow:     c.overflow,
		panicHandler: c.panicHandler,
		errorHandler: c.errorHandler,
		closedError:  c.closedError,
		fullError:    c.fullError,
		observers:    c.observers,
		timed:        slices.ContainsFunc(c.observers, looksAtTimes),
		born:         time.Now().Add(-1), // so that clock is never 0, which means not yet
		done:         make(chan struct{}),
		queue:        list{link: linkQueue},
		spawned:      list{link: linkSpawn},
		waiting:      list{link: linkQueue},
		away:         list{link: linkAway},
		final:        c.final,
	}
	l.name.set(c.name)
	l.executor = c.executor
	if l.executor == nil {
		l.executor = c.newExecutor()
	}
	switch e := l.executor.(type) {
	case *crew:
		l.crew = e
	case inliner:
		l.crew, l.inline = e.crew, true
	}
	c.configureHost(l)
	l.slow = c.slow.of(l)
	l.looked = len(l.observers) > 0 || l.slow != nil
	register(l)
	if c.until != nil {
		l.shutdownAfter(c.until)
	}
	return l
}

// Default returns the program's shared loop, which generated code uses where a directive has
// loop=default. The first call makes it, with the name "default". It belongs to the whole
// program: a library must neither stop it nor use it in a synctest bubble.
func Default() *Loop { return defaultLoop() }

var defaultLoop = sync.OnceValue(func() *Loop { return New(WithName("default")) })

// made reports whether the loop has been made by New: it is neither nil nor the zero value.
func (l *Loop) made() bool { return l != nil && l.executor != nil }

// over reports whether the last handler has ended.
func (l *Loop) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// ID returns the number of the loop in the program: loops are numbered from 1 in the order in
// which they were made. It returns 0 if l is nil.
func (l *Loop) ID() uint64 {
	if l == nil {
		return 0
	}
	return l.id
}

// Name returns the name given by [WithName].
func (l *Loop) Name() string {
	if !l.made() {
		return ""
	}
	return l.name.String()
}

// Done returns a channel that is closed when the loop has stopped and the last
// handler has ended. It returns nil if l is nil or the zero value.
func (l *Loop) Done() <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.done
}

// Closed reports whether the loop has begun to stop: it accepts no more tasks, because
// Shutdown or Close was called or the context of [WithContext] has ended. It costs a
// load from memory. A nil loop is closed.
func (l *Loop) Closed() bool { return !l.made() || l.closed.Load() }

// String returns "loop" and the name in quotes, for messages, or "no loop" if there is none.
func (l *Loop) String() string {
	if !l.made() {
		return "no loop"
	}
	return fmt.Sprintf("loop %q", l.Name())
}
