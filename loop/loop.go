package loop

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Loop runs handlers one at a time, in the order in which they were submitted.
// Make one with [New]; the zero value is not usable. A nil *Loop refuses every
// call with [ErrNoLoop].
//
// All methods may be called by any goroutine at any time, handlers included.
type Loop struct {
	name         string
	capacity     int
	overflow     Overflow
	panicHandler func(*PanicError)
	errorHandler func(error)

	id        uint64 // see registry
	observers []Observer
	timed     bool      // one of them looks at the times
	looked    bool      // there are observers, or slow handlers are looked for
	slow      *slow     // nil without WithSlowHandler
	born      time.Time // see clock

	// life ends when running handlers are told to stop: at Close, or when the
	// time given to Shutdown is up. Its cause is ErrClosed.
	life context.Context
	kill context.CancelCauseFunc
	done chan struct{}

	crew      *crew
	host      host      // who runs the queue instead of the crew, if anybody
	inline    bool      // callers run their own handlers, see inlined
	tasks     sync.Pool // of *task; a loop's own, see task
	counters  counters
	queueTime recorder
	runTime   recorder
	watch     watch
	timers    timers

	role     role        // who may run handlers
	crashing atomic.Bool // a panic is about to end the process
	inlined  inlined     // what an inline loop needs besides

	mu          sync.Mutex
	current     *task // the task that the role's holder runs, if any
	queue       list  // accepted tasks and awaiting ones that want the role back
	spawned     list  // the spawned tasks in queue
	waiting     list  // tasks for which the queue has no room
	queued      int   // accepted tasks in queue
	maxQueue    int
	waitingRoom int // tasks in waiting
	awaiting    int // handlers that have given up the role
	accepted    int64
	started     int64 // tasks taken out of the queue to be run
	stopping    bool
	ended       bool // done is closed; for those outside of the synctest bubble that it belongs to

	running stretch  // what current is doing; callers do not touch it, so it stands apart
	sighted sighting // where Live has found the loop
}

// New returns a loop that is running. It must be stopped with [Loop.Shutdown] or
// [Loop.Close]; a loop that nobody refers to any more is stopped by the garbage
// collector, which is a safety net and no substitute.
//
// In a synctest bubble, make the loop inside the bubble.
func New(opts ...Option) *Loop {
	c := config{queue: defaultQueue, overflow: Wait}
	for _, opt := range opts {
		opt(&c)
	}
	if c.name == "" {
		c.name = "loop " + callerPosition()
	}
	l := &Loop{
		name:         c.name,
		capacity:     c.queue,
		overflow:     c.overflow,
		panicHandler: c.panicHandler,
		errorHandler: c.errorHandler,
		observers:    c.observers,
		timed:        slices.ContainsFunc(c.observers, looksAtTimes),
		born:         time.Now().Add(-1), // so that clock is never 0, which means not yet
		done:         make(chan struct{}),
		crew:         new(crew),
		queue:        list{link: linkQueue},
		spawned:      list{link: linkSpawn},
		waiting:      list{link: linkQueue},
		inline:       c.executor == executorInline,
	}
	l.life, l.kill = context.WithCancelCause(context.Background())
	switch c.executor {
	case executorThread:
		l.host = newThread(l)
	case executorHost:
		l.host = c.host
	}
	l.slow = c.slow.of(l)
	l.looked = len(l.observers) > 0 || l.slow != nil
	runtime.AddCleanup(l, (*crew).dismiss, l.crew)
	register(l)
	return l
}

// Default returns the loop that bridges use whose directive, receiver and package
// name no other. It is made by the first call and is named "default". It belongs to
// the whole program: a library must neither stop it nor use it in a synctest
// bubble.
func Default() *Loop { return defaultLoop() }

var defaultLoop = sync.OnceValue(func() *Loop { return New(WithName("default")) })

// Name returns the name given by [WithName].
func (l *Loop) Name() string {
	if l == nil {
		return ""
	}
	return l.name
}

// Done returns a channel that is closed when the loop has stopped and the last
// handler has ended. It returns nil if l is nil.
func (l *Loop) Done() <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.done
}

// String returns the name, for messages.
func (l *Loop) String() string { return "loop " + l.Name() }
