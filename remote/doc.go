// Package remote calls handlers that live in other processes. It is the runtime of the code that
// asyncgen generates for //asyncgen:remote. On the caller's side, a generated function, or a front with the methods
// of a type, sends a call through a [Client] and waits for its results. On the other side, a [Worker] runs the
// handler on its loop, with everything that package loop guarantees there:
//
//	worker := remote.NewWorker(engine)
//	err := errors.Join(shop.RegisterQuotes(worker, quotes), worker.Start(ctx))
//
//	quotes := shop.NewQuotesRemote(remote.NewClient(engine))
//	cents, err := quotes.Price(ctx, "ACME")
//
// The package moves no bytes. An engine does: the module remote/natsremote has one for NATS,
// and package remotetest one in memory. Package engine is for authors of other engines. A program without
// remote handlers does not contain this package.
//
// # Guarantees
//
// Each has its tests, named in docs/remote.md.
//
//  1. Settlement. A call settles exactly once. The error of a call without results has a fate: the handler did not
//     run and will not ([FateNotRun]); it ran ([FateRan]); or, in remote calls alone, it may have run ([FateUnknown]),
//     because the worker was lost after the call was sent. The function [loop.NotRun] reports whether a call may be made
//     again, and is about the outermost call: errors of calls that the handler made do not count. A call that may have run is
//     never repeated behind the caller's back.
//
//  2. Deadline and cancel. The caller's deadline travels as a duration, so clocks need not
//     agree, and its cancellation reaches the handler's context. A call that waits for its loop
//     is withdrawn. The caller does not wait for a handler that does not return.
//
//  3. Liveness. A call needs no timeout to notice a dead worker: busy workers send heartbeats, and a call without
//     them fails with [ErrLost] within seconds.
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
//     of their acceptance, by any of the workers. A worker that was cut off from
//     the network may overlap with its successor; [Delivery.Fence] lets a store refuse its writes.
//
//  7. Durable work is stored before its generated function returns nil, and handled at least once: it
//     is tried again when the handler fails or its worker dies. Work that is given up is kept as a dead letter,
//     with the reason. [Delivery.ID] is the same in each attempt.
//
//  8. Limits. Messages, nesting and lengths are bounded, and so are the calls that a worker has
//     begun: further calls are refused at once, not queued. A malformed or hostile message
//     is an error that is counted, never a panic.
//
//  9. No ghosts. A call whose caller has given up before it was sent is never sent later, and
//     one that waits, for its loop or in a stream, does not start. One exception is a call in the socket of a
//     worker that its system has stopped: it may run later, and its caller got [FateUnknown].
//
//  10. Context. Of the caller's context values, those of [WithContextValue] travel,
//     and the W3C trace context does. No others do.
package remote
