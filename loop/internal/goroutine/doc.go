// Package goroutine answers which goroutine the caller is.
//
// Package loop has to decide whether a caller is the goroutine that runs a handler
// now: a call of the handler's own loop runs in place, every other call is queued.
// The answer must be exact, because a wrong one runs two handlers at once or blocks
// a handler for ever, and it must be cheap, because every call asks.
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
// Other ways were tried and given up. A walk over the stack with [runtime.Callers]
// costs about 30 ns for each frame. The text of a traceback leaves out the middle of a
// deep stack. Labels of the goroutine profile are inherited by the goroutines that a
// handler starts.
//
// # Fallback
//
// WebAssembly has no such assembly, and the build tag purego does without it
// everywhere. There, Current returns the number that the first line of a goroutine's
// traceback shows. The number is unique for the life of the program. It takes one pass
// over the stack, a microsecond and more. BenchmarkCurrent measures both.
package goroutine

// An ID identifies a goroutine while it lives. It is never 0, its lowest three bits
// are 0, and it fits into 48 bits: package loop keeps it in a word with other things.
type ID uint64

// Mask has the bits that an ID may use.
const Mask = 1<<48 - 1<<3
