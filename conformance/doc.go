// Package conformance compares libraries that run work on an owner by the results that a waiting
// caller gets in five faults.
//
// The faults are: the handler panics; the handler calls [runtime.Goexit], as
// t.Fatal does; the handler calls its own owner; the owner stops while a call is
// queued; a call comes after the stop. Each runs in a process of its own, because
// in many libraries the process dies or the caller waits forever.
//
// The adapters, one file for each library, are the code that users of that library write to get
// the result of a task. They are short on purpose: more code around a library is not part of the
// comparison.
//
// The command cmd/comparison writes the answers to docs/comparison.md. The module is
// nested so that the libraries stay out of asyncgen's own dependencies.
package conformance
