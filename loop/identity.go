package loop

import (
	"context"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"sync"
)

// enter runs the handler of b. The compiler must not inline it, and it has one
// call in it, because its frame is how onHandlerStack recognizes the goroutine
// of a running handler.
//
//go:noinline
func enter(b body, c context.Context) {
	b.run(c)
}

// onHandlerStack reports whether the calling goroutine is executing a handler.
//
// A goroutine has no public name, but the program counters on its stack are
// public, and the one inside enter is among them exactly while a handler runs.
// Reading them costs some hundred nanoseconds, growing with the depth of the
// stack. Only those pay who already hold the context of a running handler of
// the same loop: self-calls and Await.
func onHandlerStack() bool {
	want := handlerFrame()
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if pc == want {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// handlerFrame returns the program counter that enter's frame shows while a
// handler runs: whatever a handler of our own finds directly above itself.
var handlerFrame = sync.OnceValue(func() uintptr {
	var p probe
	enter(&p, nil)
	return p.pc
})

// A probe is a handler that looks at its caller.
type probe struct {
	body
	pc uintptr
}

func (p *probe) run(context.Context) {
	var pcs [2]uintptr
	runtime.Callers(1, pcs[:]) // run itself, enter
	p.pc = pcs[1]
}

// funcPosition returns "file.go:12", where the code of the function fn begins,
// or "" if fn is not a function.
//
// Positions are read from the binary instead of being written into generated
// code: they are right even if the handler has moved since, and generated
// files do not change when a line is added above a handler.
func funcPosition(fn any) string {
	pc := funcPC(fn)
	if pc == 0 {
		return ""
	}
	file, line := runtime.FuncForPC(pc).FileLine(pc)
	return path.Base(file) + ":" + strconv.Itoa(line)
}

// funcName returns the linker's name of the function fn without the directories
// of its package, "bank.(*Account).Deposit", or "" if fn is not a function.
func funcName(fn any) string {
	pc := funcPC(fn)
	if pc == 0 {
		return ""
	}
	return path.Base(runtime.FuncForPC(pc).Name())
}

func funcPC(fn any) uintptr {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return 0
	}
	return v.Pointer()
}

// atPosition returns "name (position)", or what there is of it.
func atPosition(name, position string) string {
	if position == "" {
		return name
	}
	return name + " (" + position + ")"
}

// callerPosition returns "file.go:12" of the first caller outside this package's
// constructors.
func callerPosition() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "unknown"
	}
	return path.Base(file) + ":" + strconv.Itoa(line)
}
