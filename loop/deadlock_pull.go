package loop

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// A handler that takes its values from a coroutine of [iter.Pull] waits for the coroutine,
// which is another goroutine. If the coroutine calls the handler's loop, both wait for ever.
// Nothing in a program connects the two goroutines, so the traceback of all goroutines is
// read; but only by a coroutine that has waited for a second for a loop that has not moved.

// failIfPulled fails the wait if the calling goroutine is a coroutine of the program's, and the handler that
// has the role of the target waits for it.
func (e *waitEdge) failIfPulled() {
	if !inCoroutine() {
		return
	}
	creator, ok := coroutineCreator(traceback(false))
	if !ok {
		return
	}
	g, t := e.target.holder()
	if g == 0 || t == nil {
		return
	}
	var number uint64
	if w := workers.find(g); w != nil {
		number = w.number
	}
	if !pullsFrom(traceback(true), creator, number, t) {
		return
	}
	pcs := make([]uintptr, 64)
	pcs = pcs[:runtime.Callers(2, pcs)]
	graph.Lock()
	defer graph.Unlock()
	e.fail(func() error { return describeCycle([]hop{{t, *e, pcs}}) })
}

// inCoroutine reports whether the calling goroutine is a coroutine, as the outermost frames of
// its stack show. It takes about a microsecond: very many goroutines may wait for one loop.
func inCoroutine() bool {
	var buf [32]uintptr
	pcs := buf[:]
	n := runtime.Callers(0, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 8*len(pcs))
		n = runtime.Callers(0, pcs)
	}
	for _, pc := range pcs[max(n-2, 0):n] {
		if f := runtime.FuncForPC(pc); f != nil && f.Name() == "runtime.corostart" {
			return true
		}
	}
	return false
}

// pullsFrom reports whether the goroutine with the given number, or, if that is 0, the one
// that runs the handler of t, is blocked in a coroutine that the goroutine named creator has
// made: creator is blocked in the function next of iter.Pull, and is the handler's goroutine,
// or itself a coroutine whose creator is.
//
// A goroutine may hand the function next to another one. So this counts on the goroutine
// that has made the one coroutine in progress of its own being the one that waits for it.
func pullsFrom(all string, creator, number uint64, t *task) bool {
	sections := make(map[uint64]string)
	active := make(map[uint64]int) // coroutines in progress, by who has made them
	for section := range strings.SplitSeq(all, "\n\n") {
		section = strings.TrimSpace(section)
		n, switched := goroutineNumber(section)
		sections[n] = section
		if by, ok := coroutineCreator(section); ok && (!switched || pulls(section)) {
			active[by]++
		}
	}
	for range len(sections) {
		section, ok := sections[creator]
		if !ok || active[creator] != 1 {
			return false
		}
		if !pulls(section) {
			return false
		}
		if creator == number || number == 0 && runsTask(section, t) {
			return true
		}
		if creator, ok = coroutineCreator(section); !ok {
			return false
		}
	}
	return false
}

// pulls reports whether the goroutine that a section of a traceback is about is blocked in
// the function next of iter.Pull.
func pulls(section string) bool {
	if _, switched := goroutineNumber(section); !switched {
		return false
	}
	_, frames, _ := strings.Cut(section, "\n")
	top, _, _ := strings.Cut(frames, "\n")
	return strings.HasPrefix(top, "iter.Pull") && strings.Contains(top, "].func2(")
}

// goroutineNumber returns the number of the goroutine that a section of a traceback is about,
// and whether it is switched to a coroutine, or is one that is switched away from.
func goroutineNumber(section string) (n uint64, switched bool) {
	head, _, _ := strings.Cut(section, "\n")
	number, state, _ := strings.Cut(strings.TrimPrefix(head, "goroutine "), " ")
	n, _ = strconv.ParseUint(number, 10, 64)
	return n, strings.HasPrefix(state, "[coroutine")
}

// coroutineCreator returns the number of the goroutine that has made the coroutine that a
// section of a traceback is about, and whether it is about one.
func coroutineCreator(section string) (creator uint64, ok bool) {
	_, created, ok := strings.Cut(section, "\ncreated by iter.Pull")
	if !ok {
		return 0, false
	}
	_, number, ok := strings.Cut(created, " in goroutine ")
	number, _, _ = strings.Cut(number, "\n")
	creator, err := strconv.ParseUint(number, 10, 64)
	return creator, ok && err == nil
}

// runsTask reports whether the goroutine runs the handler of t: the body of t is an argument in
// a frame of enter, which keeps it alive, so that the traceback prints it as it is.
func runsTask(section string, t *task) bool {
	body := fmt.Sprintf("%p", t.body)
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, enterName+"(") && strings.Contains(line, body+"}") {
			return true
		}
	}
	return false
}

// traceback returns that of the calling goroutine, or of all.
func traceback(all bool) string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, all)
		if n < len(buf) || len(buf) >= 64<<20 {
			return string(buf[:n])
		}
		buf = make([]byte, 2*len(buf))
	}
}
