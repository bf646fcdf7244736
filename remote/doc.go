// Package remote calls handlers that live in other processes. It is the runtime of what
// asyncgen generates for //asyncgen:remote: on one side a function, or a front with the methods
// of a type, that sends a call and waits for its results; on the other a registration that
// answers calls by running the handler on its loop, with everything that package loop
// guarantees there.
//
// The package moves no bytes. An engine does: the module remote/natsremote has one for NATS,
// and package remotetest one in memory. Package engine is for those who write another one. A program that has no remote handlers does not contain
// this package.
//
// # Guarantees
//
// Each has its tests, named in docs/remote.md.
//
//  1. Settlement. A call settles exactly once, and its error says what is known: it did not
//     run and will not; it ran; or, which only a remote call can say, it may have run,
//     because the worker was lost after the call was sent. [Error] has the three as [FateNotRun],
//     [FateRan] and [FateUnknown]. The function [loop.NotRun] reports whether a call may be made again, and is about the
//     outermost call: errors of calls that the handler made do not count. Nothing is tried again behind the caller's back
//     once it may have run.
//
//  2. Deadline and cancel. The caller's deadline travels as a duration, so clocks need not
//     agree, and its cancellation reaches the handler's context. A call that waits for its loop
//     is withdrawn. The caller does not wait for a handler that does not return.
//
//  3. Liveness. A call needs no timeout to notice a dead worker: workers say that they are at
//     work on what takes long, and a caller that hears nothing fails with [ErrLost] in seconds.
//
//  4. Errors. Registered sentinels and error types come back as themselves, on their own or
//     wrapped; others as a [HandlerError] with their text and type. A panic comes back as a
//     [PanicError] with the handler's stack, and the worker goes on.
//
//  5. Versions. The address of a method has a hash of everything that travels, so a caller and a
//     worker that were built from different signatures never meet: the caller gets a
//     [VersionError], and no argument is decoded as something else.
//
//  6. Order. Calls of a serial method with equal keys are handled one at a time, in the order
//     in which they were accepted, whichever worker does it. A worker that was cut off from
//     the network and does not know may overlap with its successor; [Delivery.Fence] is for the
//     store to tell them apart.
//
//  7. Durable work is stored before its generated function returns nil, and handled at least once: it
//     is tried again when the handler fails or its worker dies, and kept as a dead letter,
//     with the reason, when it is given up. [Delivery.ID] is the same in each attempt.
//
//  8. Limits. Messages, nesting and lengths are bounded, and so are the calls that a worker has
//     begun: what comes beyond that is refused at once, not queued. A malformed or hostile message
//     is an error that is counted, never a panic.
//
//  9. No ghosts. A call whose caller has given up before it was sent is never sent later, and
//     one that waits, for its loop or in a stream, does not start. What lies in the socket of a
//     worker that was stopped by its system may; its caller was told that nothing is known.
//
//  10. Context. Of the caller's context values, those registered with [WithContextValue] travel,
//     and the W3C trace context does. Nothing else.
package remote
