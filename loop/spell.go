package loop

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A goroutine has no public name, but it can have one on its stack, which everybody in
// it can read: below the loop of a runner stand the functions that spell the runner's number,
// one for each hexadecimal digit.

// numbers are those of runners. They are never used again.
var numbers atomic.Uint64

// spell calls main below frames that spell number.
//
//go:noinline
func (r *runner) spell(number uint64) {
	if number == 0 {
		r.main()
		return
	}
	digit(number%16)(r, number/16)
}

// digit returns the function that stands for d.
func digit(d uint64) func(r *runner, rest uint64) {
	return [...]func(r *runner, rest uint64){
		digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7, digit8, digit9, digitA, digitB, digitC, digitD, digitE, digitF,
	}[d]
}

//go:noinline
func digit0(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit1(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit2(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit3(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit4(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit5(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit6(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit7(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit8(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digit9(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitA(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitB(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitC(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitD(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitE(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

//go:noinline
func digitF(r *runner, rest uint64) { r.spell(rest); runtime.KeepAlive(r) }

// digits maps the program counters inside the spellers to what they spell. They are found out by
// looking: a runner whose number is a digit, and who ends at once, leaves its place.
var digits = sync.OnceValue(func() map[uintptr]uint64 {
	found := make(map[uintptr]uint64)
	for d := range uint64(16) {
		r := &runner{spelled: func() {
			// Callers, this function, main, spell, the digit, spell
			var pcs [1]uintptr
			runtime.Callers(4, pcs[:])
			found[pcs[0]] = d
		}}
		digit(d)(r, 0)
	}
	return found
})

// runnerOnStack returns the number of the runner whose goroutine the calling one is, or 0.
func runnerOnStack() (number uint64) {
	known := digits()
	walkStack(func(pc uintptr) bool {
		if d, ok := known[pc]; ok {
			number = number<<4 | d // the innermost is the most significant
		}
		return true
	})
	return number
}
