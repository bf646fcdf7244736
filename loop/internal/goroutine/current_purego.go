//go:build purego || !(386 || amd64 || arm || arm64 || loong64 || mips || mipsle || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package goroutine

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// anonymous is the ID of all goroutines that have none of their own.
const anonymous ID = 1 << 3

// numbers counts the IDs that Enter has given. They are never used again.
var numbers atomic.Uint64

// Current returns the ID of the calling goroutine.
func Current() ID {
	if n := spelled(); n != 0 {
		return ID(n<<4) & Mask
	}
	return anonymous
}

// Anonymous reports whether goroutines share the ID, because they have none of their own.
func (id ID) Anonymous() bool { return id == anonymous }

// Enter calls f in the calling goroutine, which has an ID of its own meanwhile.
func Enter(f func()) {
	if Current().Anonymous() {
		spell(numbers.Add(1), f)
		return
	}
	f()
}

// spell calls f below frames that spell number: there is one function for each hexadecimal
// digit, and the least significant digit is outermost.
//
//go:noinline
func spell(number uint64, f func()) {
	if number == 0 {
		f()
		return
	}
	digits[number%16](number/16, f)
}

var digits [16]func(rest uint64, f func())

func init() { // the functions refer to digits themselves
	digits = [16]func(rest uint64, f func()){
		digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7,
		digit8, digit9, digitA, digitB, digitC, digitD, digitE, digitF,
	}
}

//go:noinline
func digit0(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit1(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit2(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit3(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit4(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit5(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit6(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit7(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit8(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digit9(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitA(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitB(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitC(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitD(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitE(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

//go:noinline
func digitF(rest uint64, f func()) { spell(rest, f); runtime.KeepAlive(f) }

// values maps the program counters inside the functions of digits to the digits. They are
// found out by spelling each digit and looking at the stack.
var values = sync.OnceValue(func() map[uintptr]uint64 {
	found := make(map[uintptr]uint64)
	for d := range uint64(16) {
		digits[d](0, func() {
			var pcs [1]uintptr
			runtime.Callers(3, pcs[:]) // Callers, this function, spell
			found[pcs[0]] = d
		})
	}
	return found
})

// spelled returns the number that the frames of the calling goroutine spell, or 0.
func spelled() (number uint64) {
	var buf [128]uintptr
	n := runtime.Callers(2, buf[:])
	if n == len(buf) {
		return read(stack(make([]uintptr, 8*len(buf))))
	}
	return read(buf[:n])
}

// read returns the number that frames spell, innermost first.
func read(pcs []uintptr) (number uint64) {
	known := values()
	for _, pc := range pcs {
		if d, ok := known[pc]; ok {
			number = number<<4 | d // the innermost digit is the most significant
		}
	}
	return number
}

// Temporary reports whether a goroutine has an ID only while it runs a function given to [Enter].
const Temporary = true
