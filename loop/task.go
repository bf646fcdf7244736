package loop

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/door"
	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// The states of a task. The goroutine that swaps a task out of taskQueued or taskRunning has
// decided its outcome; all others find the decision made.
//
//	queued ──▶ running
//	   │          ├──▶ finished     the handler ended: returned, panicked, exited
//	   │          └──▶ abandoned    the caller left; the handler still runs
//	   ├──▶ withdrawn               the caller's context ended first
//	   └──▶ refused                 the loop closed, or shed it, first
const (
	taskQueued uint32 = iota + 1
	taskRunning
	taskFinished
	taskAbandoned
	taskWithdrawn
	taskRefused
)

// The stages of a handler with regard to the loop role. For a direct call the role's own word
// decides, until it awaits.
const (
	stageNone     uint32 = iota // not started, or ended
	stageRunning                // running, with the role
	stageAwaiting               // in Await, or in line to come back from it
)

// A kind is the way in which a task is waited for.
type kind uint8

const (
	kindCall   kind = iota + 1 // the caller is blocked until the task settles
	kindAsync                  // a Future takes the result
	kindSpawn                  // nobody does
	kindStream                 // the consumer of a stream is, see stream
)

// An ending is the way in which a handler ended.
type ending uint8

const (
	endReturn ending = iota + 1
	endPanic
	endGoexit
)

// A body is the typed part of a task: arguments, results and how to run them.
type body = door.Body

// A named is something that runs a handler, and says which.
type named = door.Named

// A task is one scheduled call of a handler. Tasks of blocked callers belong to
// a pool of their loop, because the channels inside must not leave the loop's
// synctest bubble; the others are left to the garbage collector.
type task struct {
	loop *Loop
	body body
	// kind never changes: the pulse looks at tasks whose caller is gone already.
	kind kind
	// accepted reports whether the task has had a place in the queue. Guarded by the loop's
	// mutex until wake opens.
	accepted bool
	// alone reports whether the task was first in the queue when it entered it, so that
	// polling for its result may be worth it.
	alone bool
	state atomic.Uint32
	stage atomic.Uint32

	// wake opens when there is something for the waiting goroutine to look at: the outcome of
	// a call, a chunk of a stream, or, for the other kinds, a place in the queue.
	wake gate
	// turn opens when an awaiting handler gets the loop role back. Its channel
	// is made by the first Await.
	turn gate

	// Written before wake opens, read after it.
	lead    bool // the caller is to run the handler itself, see WithInline
	ending  ending
	failure *PanicError
	refusal error // why a task in state taskRefused did not run

	// ctx is the handler's context. It is kept with the pooled task, because the next call may
	// come with the same caller's context.
	ctx *handlerContext

	// future takes the result of an asynchronous call.
	future *future

	// caller is the goroutine that waits for the task, if one does. callerLoop is the number
	// of the loop whose handler that goroutine runs, as far as the graph has it.
	caller     goroutine.ID
	callerLoop atomic.Uint64
	// awaiter is the goroutine that runs the function that the handler awaits. It is set
	// while the handler is in Await.
	awaiter atomic.Uint64

	// co is the coroutine that runs the handler, on a loop with a host.
	co *coroutine
	// direct reports whether the caller runs the handler without having been in the queue.
	direct bool
	// since is when the task was submitted, on an inline loop.
	since  time.Time
	timing timing
	// asked is one of askedNot, askedAny and askedHandler.
	asked atomic.Uint32

	// canceler withdraws the task when its caller's context ends, if no goroutine is blocked
	// for the task. Guarded by the mutex of the loop's lifetime.
	canceler *canceler

	// beforeAwait is called before the handler gives up the loop role, if there is one.
	beforeAwait func()

	links [linkCount]link
}

// running reports whether the handler of t is running, with the role.
func (t *task) running() bool {
	if t.direct && t.loop.inlined.resident.Load() == t {
		return t.loop.role.direct()
	}
	return t.stage.Load() == stageRunning
}

// goroutine returns the goroutine that runs the handler of t, or the function that it awaits,
// and 0 if it does not run.
func (t *task) goroutine() goroutine.ID {
	if t.stage.Load() == stageAwaiting {
		return goroutine.ID(t.awaiter.Load())
	}
	return t.loop.role.holder()
}

// finish decides that the handler has ended, and reports whether its caller is
// still there.
func (t *task) finish() bool {
	t.stage.Store(stageNone)
	t.loop.counters.running.Add(-1)
	return t.state.CompareAndSwap(taskRunning, taskFinished)
}

// refuse settles a task that does not run, and wakes the goroutine that waits for it. The
// caller has taken it out of the queue and to the state taskRefused.
func (t *task) refuse(reason error) {
	t.refusal = reason
	if t.kind != kindCall {
		err := t.loop.refused(t.body, reason)
		if t.kind != kindStream { // as the caller of a call, its consumer tells
			t.noteRefusal(err)
		}
		t.deliver(err)
	}
	t.wake.open()
}

// fail settles a task that did not run, as if its handler had panicked. The caller has taken
// it out of the queue and to the state taskRefused.
func (t *task) fail(failure *PanicError) {
	t.ending, t.failure = endPanic, failure
	t.noteRefusal(failure)
	switch t.kind {
	case kindCall:
	case kindSpawn:
		t.deliver(failure)
	default:
		t.deliver(nil)
	}
	t.wake.open()
}

// deliver hands the outcome of a task that no caller waits for to its recipient. err is nil if
// the handler ran, and then t.ending is how it ended.
func (t *task) deliver(err error) {
	switch t.kind {
	case kindAsync:
		t.staysWith()
		failed := t.body.Err()
		if failed != nil {
			failed = t.loop.passedOn(t.body, failed)
		}
		t.future.settle(outcome{err: failed, refusal: err, ending: t.ending, failure: t.failure})
	case kindSpawn:
		if failed := t.body.Err(); err == nil && failed != nil {
			err = t.loop.spawnFailed(t.body, failed)
		}
		t.loop.report(t, err)
	case kindStream:
		t.wake.open() // the consumer finds the outcome in the task
	}
}

// callTask returns a task for the goroutine me, which calls b and will be blocked.
func (l *Loop) callTask(ctx context.Context, b body, me goroutine.ID) *task {
	t, _ := l.tasks.Get().(*task)
	if t == nil {
		t = &task{loop: l, kind: kindCall, wake: newGate()}
	}
	t.body, t.caller = b, me
	t.bind(ctx)
	t.state.Store(taskQueued)
	return t
}

// put gives a task back after its call is over and nobody refers to it.
func (l *Loop) put(t *task) {
	t.body, t.failure, t.refusal, t.ending, t.accepted, t.alone, t.co = nil, nil, nil, 0, false, false, nil
	t.wake.reset()
	t.asked.Store(askedNot)
	l.tasks.Put(t)
}

// A room is the memory of a task that is not pooled, and of its context.
type room struct {
	task task
	ctx  handlerContext
}

// newTask returns a task that is not pooled. A detached one does not end with ctx.
func (l *Loop) newTask(ctx context.Context, b body, k kind, detached bool) *task {
	return l.taskIn(new(room), ctx, b, k, detached)
}

// taskIn is newTask in memory that the caller has allocated.
func (l *Loop) taskIn(own *room, ctx context.Context, b body, k kind, detached bool) *task {
	t := &own.task
	t.loop, t.body, t.kind, t.ctx = l, b, k, &own.ctx
	t.ctx.derive(ctx, l, t, detached)
	t.state.Store(taskQueued)
	return t
}
