package goroutine

import (
	"bytes"
	"runtime"
)

// A Description has the parts of the first line of a goroutine's traceback.
type Description struct {
	// Number is the goroutine's number. It is never used again.
	Number uint64
	// Locked reports whether the goroutine is locked to its thread.
	Locked bool
	// Bubbled reports whether the goroutine belongs to a synctest bubble.
	Bubbled bool
}

// Describe describes the calling goroutine. It takes a microsecond and more, growing with
// the depth of the stack.
func Describe() Description {
	var buf [128]byte
	line, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("\n"))
	return parse(line)
}

// parse reads a line such as "goroutine 18 [running, locked to thread]:".
func parse(line []byte) Description {
	number, states, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("goroutine ")), []byte(" "))
	d := Description{
		Locked:  bytes.Contains(states, []byte("locked to thread")),
		Bubbled: bytes.Contains(states, []byte("synctest bubble")),
	}
	for _, c := range number {
		d.Number = d.Number*10 + uint64(c-'0')
	}
	return d
}

// Callbacks returns how many functions of C are on the stack of the calling goroutine below Go
// code that they have called back. A goroutine with any cannot leave its thread to another
// before the callback returns. Callbacks walks the stack, but only in a program that has
// called C.
func Callbacks() (n int) {
	if runtime.NumCgoCall() == 0 {
		return 0
	}
	var buf [128]uintptr
	for _, pc := range stack(buf[:]) {
		if f := runtime.FuncForPC(pc - 1); f != nil && f.Name() == "runtime.cgocallbackg" {
			n++
		}
	}
	return n
}

// stack returns the program counters on the stack of the calling goroutine, innermost
// first, in buf or, if that is too short, in a longer one. To go on where a walk has ended is
// not possible without walking there again, so a deep stack is walked two or three times.
func stack(buf []uintptr) []uintptr {
	for {
		n := runtime.Callers(3, buf) // Callers, stack, its caller
		if n < len(buf) {
			return buf[:n]
		}
		buf = make([]uintptr, 8*len(buf))
	}
}
