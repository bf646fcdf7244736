// Package goroutine identifies the calling goroutine.
//
// Package loop has to decide whether a caller is the goroutine that runs a handler now: a call
// of the handler's own loop runs in place, every other call is queued. The answer must be
// exact, because a wrong one runs two handlers at once or blocks a handler forever, and it
// must be cheap, because every call needs it.
//
// # Identity
//
// [Current] returns the address of the running goroutine's descriptor, the g of the
// Go runtime. Every port of Go keeps it where one instruction reaches it: in thread
// local storage on amd64 and 386, and in a register that the assembler names g on all
// others. Reading it takes about 2 ns at any depth of the stack and allocates nothing.
//
//   - It is exact while the goroutine lives. A descriptor does not move, and it is
//     used for another goroutine only after its goroutine has ended. An ID must
//     therefore be compared with IDs of goroutines that are known to be alive. The
//     goroutine that runs a handler is.
//   - It depends on no layout of the runtime: no field of the descriptor is read, there
//     is no table of versions and no linkname directive.
//   - A goroutine that calls C and is called back from C is the same goroutine.
//   - A coroutine of [iter.Pull] is another goroutine than its caller.
//
// Other ways were tried and given up. A walk over the stack grows with its depth. The
// text of a traceback shows the number of the goroutine in its first line, but takes 4 to 40
// microseconds, because the rest is formatted as well; and it leaves out the middle of a
// deep stack. Labels of the goroutine profile are inherited by the goroutines that a
// handler starts.
//
// # Fallback
//
// WebAssembly has no such assembly, and the build tag purego does without it everywhere.
// There, a goroutine has an ID while it runs a function that was given to [Enter]: the frames
// below the function spell a number, and [Current] reads it from the program counters on the
// stack. That is one pass over the stack, at about 30 ns for each frame. Goroutines that have
// not called Enter share one ID, which [ID.Anonymous] recognizes. Package loop lets goroutines
// enter before they run handlers, so the fallback is as exact. BenchmarkCurrent measures both.
package goroutine

// An ID identifies a goroutine while it lives. It is never 0, its lowest three bits
// are 0, and it fits into 48 bits: package loop keeps it in a word with other things.
type ID uint64

// Mask has the bits that an ID may use.
const Mask = 1<<48 - 1<<3
