// Package loopz serves a live page of the loops of a program: which handler each of
// them is running and for how long, who is queued behind it, how long calls take,
// which handlers wait for other loops, and the deadlocks that were found.
//
// Nothing is served until a program mounts it, at one path of its choice:
//
//	mux.Handle("/debug/loops", loopz.Handler())
//
// The page is for people, and keeps itself up to date. For terminals and programs
// there are text and JSON, chosen by ?format=text, ?format=json or the Accept header:
//
//	curl http://localhost:8080/debug/loops
//
// # Who may look
//
// The page shows the names of handlers and loops and the stacks of goroutines, so it
// is for those who run the program. Unless [WithAccess] says otherwise, it answers
// only to a client on the same machine that asks for it by a loopback address or as
// localhost, which keeps out other machines and web sites that have their name point
// to 127.0.0.1. A request that a proxy says it has forwarded is refused, wherever it
// says that it is from; a proxy on the same machine that says nothing cannot be told
// from a client.
//
// The page only looks: it answers GET and HEAD, has no forms and changes nothing. It
// may not be put in a frame, loads nothing from anywhere else, and runs no script but
// its own.
//
// # What it costs
//
// While nobody looks, nothing. While somebody does, every loop's mutex is held twice a
// second for as long as it takes to copy a few tasks, however many people look, and at
// least nineteen parts of the time in twenty are left free of looking. A client that
// does not read what it is sent is dropped, and the server's Shutdown ends all streams.
package loopz
