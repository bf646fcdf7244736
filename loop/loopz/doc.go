// Package loopz serves a live page of the loops of a program: which handler each of them is
// running and for how long, which tasks are queued behind it, how long calls take, which
// handlers wait for other loops, and the deadlocks that were found.
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
// # Access
//
// The page shows the names of handlers and loops and the stacks of goroutines, so it is for
// operators of the program. By default, see [WithAccess], it answers only to a client on the
// same machine whose request names a loopback address or localhost, which keeps out other
// machines and web sites that have their name point to 127.0.0.1. A request that a proxy has
// marked as forwarded is refused, whatever origin the mark names; a proxy on the same machine
// that sets no mark is not distinguishable from a client.
//
// The page only looks: it answers GET and HEAD, has no forms and changes nothing. It
// may not be put in a frame, loads nothing from anywhere else, and runs no script but
// its own.
//
// # Cost
//
// Without viewers, the page costs nothing. With any number of them, every loop's mutex is held
// twice a second for as long as it takes to copy a few tasks, and at least nineteen parts of
// the time in twenty are left free of looking. A client that does not read its updates is
// dropped, and the server's Shutdown ends all streams.
package loopz
