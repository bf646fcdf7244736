// Package loophttp runs HTTP handlers on an event loop of package loop. It is the
// runtime of the code that asyncgen generates for handlers of the type
// func(http.ResponseWriter, *http.Request), with or without an error result.
//
// A handler on a loop must not wait for its client: everything else on the loop would wait,
// too. So a [Bridge] reads the request before it schedules the handler, keeps the response in
// memory while the handler runs, and sends it when the handler has ended and the loop is free
// for others. To the client nothing of this shows.
//
// # What holds
//
// Each has its tests, named in docs/guarantees.md.
//
//  1. Call. The request's context governs the call, as any context governs a call of
//     package loop. The context of the request that the handler gets is the handler's
//     context: with it, the handler may call bridges of its own loop and
//     [loop.Await]. If the client goes while the call is queued, the call is withdrawn
//     and the handler does not run; if it goes while the handler runs, the context
//     ends. Additions of the handler to its request (forms, the pattern) are in the
//     caller's afterwards.
//
//  2. Refusal. If the loop is closed or, with [loop.OverflowReject], full, or the request's
//     context ends before the handler has started, the answer is 503, with a
//     Retry-After of one second. The latter goes nowhere if the client has gone, but if a
//     timeout has ended the context, the client must not get 200. A deadlock, a
//     reentrant call and a nil loop are faults of the program: the answer is 500, and
//     the error goes to the server's ErrorLog and not to the client.
//
//  3. Request. Up to Body bytes (1 MiB) of the body are read before the handler is
//     scheduled. If there are more, or a [http.MaxBytesReader] of a middleware allows
//     less, the answer is 413; if Content-Length is more, no byte of them is read. (To
//     save the connection, net/http may then wait for a rest of less than 256 KiB.) A
//     body that cannot be read is answered with 400, one that does not come before
//     the read deadline with 408. A client that expects 100-continue gets it. The handler
//     finds the same request as without a bridge, with trailers, and reads from memory.
//
//  4. Response. Up to Buffer bytes (1 MiB) of the response are held. A write that
//     would exceed that sends the held bytes, and its own, before it returns: the
//     handler gives up the loop meanwhile, as in [loop.Await], so other handlers may
//     run in the middle of that write. Flush does the same at any size, and so does a
//     status below 200, such as 103, which is sent at once. A response that fits is
//     sent after the handler, in the goroutine that called Serve. Where that matters, a
//     Buffer of less than zero lets a handler write as much as it wants without giving
//     up the loop. The end of a context does not cut a write to the client short,
//     neither the request's nor the loop's; the server's WriteTimeout does. A handler
//     may hand its writer to a bridge of another loop; unless it does so in
//     [loop.Await], it holds its own loop until that has answered. In any other way, a
//     handler of another loop must not use it.
//
//  5. Fidelity. Status, header, trailers of both kinds, sniffed Content-Type, computed
//     Content-Length, HEAD, 204 and 304 are as with net/http alone, over HTTP/1 and
//     HTTP/2, because they are left to net/http. So is the header from the
//     moment of WriteHeader. Write returns [http.ErrBodyNotAllowed] and
//     [http.ErrContentLength], the latter over HTTP/2 as well, where net/http finds out
//     later. A WriteHeader too many is logged with its caller, over HTTP/2 as well.
//
//  6. Control. The writer is a [http.Flusher] and an [io.StringWriter], and
//     [http.ResponseController] can flush it and set the deadlines of the connection.
//     It has no Unwrap and is no [io.ReaderFrom], [http.Pusher] or CloseNotifier.
//     Hijacking fails with an error that wraps [http.ErrNotSupported].
//
//  7. Panic. A panic of the handler goes on in the goroutine that serves the request,
//     as a [*loop.PanicError]: net/http logs it with both stacks and closes the
//     connection, a middleware may recover it. Held bytes are not sent, so a
//     middleware can still answer. [http.ErrAbortHandler] is raised as it is, and
//     nothing is logged. A [runtime.Goexit] ends the serving goroutine and the connection.
//
//  8. Direct. A direct bridge does none of this to request and response: the handler
//     gets the connection's own, with the handler's context in the request. That is for
//     hijacking, for bodies that have no end and for conversations in which client and
//     server take turns. Its handler must do its I/O in [loop.Await]. Points 1, 2
//     and 7 hold.
//
//  9. Error. A handler may return an error: func(http.ResponseWriter, *http.Request) error. The
//     error goes to the error handler that [HandleErrors] has put in front of the bridge, in
//     the goroutine that serves the request. The held response is dropped, with the handler's
//     changes of the header, so the error handler may write any other. Without an error
//     handler, the answer is 500, and the error goes to the server's ErrorLog.
//
// # Health
//
// [Health] serves the health of a loop or a group to liveness and readiness probes.
//
// # Memory
//
// A request in the queue holds its body, one that runs its response as well. With the defaults
// and a queue of 1024 that is up to a gigabyte of bodies, and callers that wait for room in
// the queue hold theirs, too. Where clients may be hostile, set Body to the size that the
// handler needs, let the loop reject tasks that find no room, and give the server its
// timeouts: a client that sends or reads slowly occupies a goroutine and this memory, as with
// net/http alone, and only the loop is safe from it.
package loophttp
