// Package conformance asks one question of every library that runs work on an owner:
// what does a caller who waits for the result learn when things do not go well?
//
// Five things happen: the handler panics; the handler calls [runtime.Goexit], as
// t.Fatal does; the handler calls its own owner; the owner stops while a call is
// queued; a call comes after the stop. Each runs in a process of its own, because
// in many libraries the process dies or the caller waits for ever.
//
// The adapters, one file for each library, are what the users of that library write
// when they need the result of what they submit. They are short on purpose: what
// a library could do with more code around it is not the question.
//
// The command cmd/comparison writes the answers to docs/comparison.md. The module is
// nested so that the libraries stay out of asyncgen's own dependencies.
package conformance
