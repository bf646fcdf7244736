// Package loop runs handlers one at a time on an event loop and hands their
// results back to callers that wait for them. It is the runtime of the code that
// asyncgen generates, and can be used without it through [Call],
// [Loop.Do], [Async] and [Loop.Spawn].
//
// A [Loop] owns a queue. The caller of a handler is blocked until the handler has
// run and returned; no two handlers of a loop ever run at the same time, so state
// that only they touch needs no lock. The right to run handlers of a loop is its
// role; at any moment at most one goroutine holds it.
//
// For a short critical section a mutex is cheaper by far. A loop gives more: an
// owner that may be bound to one goroutine, calls that are handled strictly in
// order, calls that can be withdrawn while they wait, bounded queues, work that
// waits for something without keeping others out, and a reliable answer to the
// question whether a call has run.
//
// # Guarantees
//
// Each has its tests, named in docs/guarantees.md.
//
//  1. Settlement. A call settles exactly once: its handler ran and returned, ran
//     and panicked, ran and called [runtime.Goexit]; or did not run, because the
//     loop was closed or full, the context ended while it was queued, or it would
//     have been a deadlock; or was abandoned while it ran. A nil error means
//     that the handler ran to completion. Any other outcome is an [*Error] that
//     wraps one of the sentinels, and [NotRun] reports whether the call may be repeated.
//
//  2. Cancel. A queued call whose context ends is withdrawn and returns at once.
//     A running one is waited for: the handler has the context and is expected to
//     return, and no handler touches its caller's memory after the caller has
//     gone. A bridge marked abandon returns at once instead.
//
//  3. Panic. The panic of a handler is raised again in its blocked caller, as a
//     [*PanicError] with the original value and both stacks, and the loop lives on. A
//     spawned handler's panic ends the process, unless the loop has a panic
//     handler. A Goexit ends the blocked caller's goroutine too, and never the
//     loop, so that t.Fatal in a handler fails the right test.
//
//  4. Order. Tasks of one caller start in the order in which they were submitted, and
//     so do those of all callers, unless the loop is an inline one. A submission
//     happens before the start of its handler; the end of a handler happens
//     before the start of the next and before the return of its caller, in the
//     sense of the Go memory model.
//
//  5. Self-call. A bridge that is called from a handler of the same loop runs in
//     place, whatever context it brings, or fails with [ErrReentrant] if it is
//     marked nonreentrant. The goroutine decides: a goroutine that the handler
//     has started, and a coroutine of [iter.Pull], are not the handler. Futures
//     and spawned tasks are queued.
//
//  6. Deadlock. A call that would close a cycle of handlers that wait for each
//     other's loops, for a result, for room in a full queue or for a drain, fails at
//     once with a [*DeadlockError] that lists every hop with its stack; of two calls
//     that close a cycle together, one fails. A slow handler is never taken for a
//     deadlock. A handler is known by its goroutine and by its context; one of an
//     inline loop that passes neither on, and a wait in a coroutine of iter.Pull,
//     is found within two seconds. The runtime does not see waits by other means,
//     such as a channel; see docs/guarantees.md.
//
//  7. Back-pressure. Queues are bounded, by 1024 tasks or the number in
//     [WithQueueSize], and [WithOverflow] sets the policy for a full one. Nothing is
//     dropped silently.
//
//  8. Stop. [Loop.Shutdown] stops admission and drains; when its time is up it
//     settles the rest. [Loop.Close] settles the queue at once. Both cancel the
//     running handler's context only when time is up, both may be called more than
//     once and by a handler. After that, nothing hangs. A loop that is dropped
//     without being closed leaks no goroutine.
//
//  9. Await. [Await], [AwaitValue] and [Sleep] give up the role while they wait, so that other
//     handlers run, and take it back before they return. A thousand handlers that
//     each sleep for a second on one loop take about a second together.
//
//  10. Context. The handler's context carries the caller's values, deadline and
//     cancellation, and ends with the loop. A spawned handler's context carries the
//     values only, and ends with the loop. The context belongs to its call: the
//     caller's may be used for another request afterwards, and contexts derived
//     from the handler's, and waits for its Done channel, still end when they should.
//
// # Futures and streams
//
// [Async] schedules a handler and returns a [Future], which any number of goroutines may
// await, alone or with others by [All] and [First]. [NewFuture] returns one that the program settles,
// for a result that comes from elsewhere. A stream runs a handler that
// returns an iterator: its producer on the loop, in chunks, the consumer's loop body
// where the consumer is.
//
// # Groups and health
//
// A [ShutdownGroup] shuts down loops and their resources, such as databases, in the order of their
// dependencies and with one deadline. For probes, [Loop.Live] and [Loop.Ready] report
// whether a loop gets on and whether it takes tasks, as do the same methods of a ShutdownGroup.
// [ShutdownMember.Watch] adds the loops that a member keeps to itself.
//
// # The life of an owner
//
// [WithFinal] runs a function on the loop when the last handler has ended, to flush and to
// close the loop's resources. [WithContext] ties the loop to a context, [Loop.Closed] reports
// whether it still accepts tasks, and [Current] returns the loop of a handler.
//
// # Whose goroutine is it
//
// Whether a caller is a handler is decided by its goroutine, exactly and in a few
// nanoseconds. A goroutine that a handler has started is not the handler: its calls are
// queued, whatever context it has, and the handler must not wait for it outside of
// Await. Contexts must go where the call goes all the same: values, deadlines and
// cancellation depend on them, and Await and Sleep give up the loop whose handler's
// context they get.
//
// # Cost
//
// A generated call allocates nothing once the loop has seen the caller's context.
// A new context costs one allocation for the context that is derived from it. A spawned
// task costs one or two, a future two or three. On a loop with a host, see [Adapt], a call to an idle
// loop also allocates, for the function that is posted. A loop that has made no call
// is a kilobyte of memory and no goroutine.
// docs/performance.md has the times, and make bench measures them.
package loop
