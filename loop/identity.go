package loop

import (
	"context"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// enter runs the handler of b in the calling goroutine, which holds the loop role
// as root. The compiler must not inline it, and it has one call in it, because its
// frame is how onHandlerStack recognizes the goroutine of a running handler. root
// stays alive throughout, because enclosing reads it off the stack.
//
//go:noinline
func enter(b body, c context.Context, root *task) {
	b.run(c)
	runtime.KeepAlive(root)
}

// enterAwait runs fn in a goroutine of its own for a handler that awaits it. Its
// frame tells that goroutine from others, as enter's does.
//
//go:noinline
func enterAwait(fn func()) {
	fn()
	runtime.KeepAlive(fn)
}

// onHandlerStack reports whether the calling goroutine is executing a handler.
//
// A goroutine has no public name, but the program counters on its stack are
// public, and the one inside enter is among them exactly while a handler runs.
// Reading them costs some hundred nanoseconds, growing with the depth of the
// stack. Only those pay who already hold the context of a running handler and
// have called its own loop, are in Await, or are about to sleep.
func onHandlerStack() bool {
	want := frames().enter
	return walkStack(func(pc uintptr) bool { return pc != want }) > 0
}

// handlersOnStack returns how many handlers the calling goroutine is executing, one
// inside the other. A function that a handler awaits in another goroutine counts
// as the handler.
func handlersOnStack() (n int) {
	want := frames()
	walkStack(func(pc uintptr) bool {
		if pc == want.enter || pc == want.await {
			n++
		}
		return true
	})
	return n
}

// walkStack calls visit for the frames of the calling goroutine, innermost first,
// until it returns false. It returns 1 if that happened, else 0.
func walkStack(visit func(pc uintptr) bool) int {
	var buf [128]uintptr
	// Each frame costs, and the one that is looked for is usually not far down.
	pcs := buf[:16]
	for skip := 3; ; {
		n := runtime.Callers(skip, pcs)
		for _, pc := range pcs[:n] {
			if !visit(pc) {
				return 1
			}
		}
		if n < len(pcs) {
			return 0
		}
		skip += n
		pcs = buf[:]
	}
}

// marks are the program counters by which frames are recognized.
type marks struct{ enter, await uintptr }

// frames returns the marks: whatever a probe finds directly above itself.
var frames = sync.OnceValue(func() marks {
	var m marks
	enter(probe{pc: &m.enter}, nil, nil)
	enterAwait(func() { m.await = callerPC() })
	return m
})

// A probe is a handler that looks at its caller.
type probe struct {
	body
	pc *uintptr
}

func (p probe) run(context.Context) { *p.pc = callerPC() }

// callerPC returns the program counter of the frame above its caller's.
//
//go:noinline
func callerPC() uintptr {
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:]) // Callers, callerPC, the probe
	return pcs[0]
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

// callerPosition returns "file.go:12" of the innermost frame outside this package.
func callerPosition() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, thisPackage) || !more {
			return path.Base(f.File) + ":" + strconv.Itoa(f.Line)
		}
	}
}

// thisPackage is what the names of this package's functions begin with.
var thisPackage = reflect.TypeFor[Loop]().PkgPath() + "."
