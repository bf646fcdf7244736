package loop

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
)

// A profiled is what the goroutine profile shows of a goroutine that runs a handler.
type profiled struct {
	handler string
	stack   string
	blocked bool
}

// maxProfiledFrames is how many frames the goroutine profile shows of a stack, the innermost
// ones, unless the variable GODEBUG says otherwise.
const maxProfiledFrames = 128

// findHandler looks for the goroutine that runs a handler of the loop with the given
// number, by its labels. It reads the goroutine profile, which, unlike a traceback of all
// goroutines, does not stop the program for as long as it is being written.
//
// Goroutines that the handler has started have the labels, too. Of a stack that the profile
// shows in full, the frame of enter tells. A deeper one is the handler's if it is the only
// one that is cut off, and the others are not the handler's: while the handler runs, one of
// them is. Otherwise findHandler reports false. The caller must make sure that the same
// handler has been running all the time.
//
// The profile has two forms, and of the one for people this relies on what follows:
// records are separated by empty lines; the first line of each has the program counters
// behind an @, innermost first; the second has the labels if there are any.
func findHandler(id uint64) (profiled, bool) {
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		return profiled{}, false
	}
	_, records, _ := strings.Cut(text.String(), "\n") // behind the line with the total
	want := fmt.Sprintf("%q:%q", labelID, strconv.FormatUint(id, 10))
	var deep []profiled
	for record := range strings.SplitSeq(records, "\n\n") {
		head, rest, _ := strings.Cut(record, "\n")
		labels, _, _ := strings.Cut(rest, "\n")
		if !strings.HasPrefix(labels, "# labels:") || !strings.Contains(labels, want) {
			continue
		}
		count, pcs := programCounters(head)
		p := profiled{labelValue(labels, labelHandler), handlerStack(pcs), parked(pcs)}
		switch {
		case runsHandler(pcs):
			return p, true
		case len(pcs) >= maxProfiledFrames && count == 1:
			deep = append(deep, p)
		case len(pcs) >= maxProfiledFrames:
			deep = append(deep, p, p)
		}
	}
	if len(deep) != 1 {
		return profiled{}, false
	}
	return deep[0], true
}

// programCounters reads "1 @ 0x43e3ae 0x44f4b8": how many goroutines there are with a stack.
func programCounters(line string) (count int, pcs []uintptr) {
	number, list, _ := strings.Cut(line, " @")
	count, _ = strconv.Atoi(number)
	for f := range strings.FieldsSeq(list) {
		if pc, err := strconv.ParseUint(f, 0, 64); err == nil {
			pcs = append(pcs, uintptr(pc))
		}
	}
	return count, pcs
}

// labelValue reads a value out of `# labels: {"handler":"f", "loop":"l"}`.
func labelValue(labels, key string) string {
	_, rest, ok := strings.Cut(labels, strconv.Quote(key)+":")
	if !ok {
		return ""
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return ""
	}
	value, _ := strconv.Unquote(quoted)
	return value
}

// runsHandler reports whether the frame of enter is on the stack.
func runsHandler(pcs []uintptr) bool {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == enterName {
			return true
		}
		if !more {
			return false
		}
	}
}

// enterName is the linker's name of enter.
var enterName = thisPackage + "enter"

// parked reports whether a goroutine waits: in the runtime, or in a system call.
func parked(pcs []uintptr) bool {
	if len(pcs) == 0 {
		return false
	}
	f, _ := runtime.CallersFrames(pcs[:1]).Next()
	return f.Function == "runtime.gopark" || strings.HasPrefix(f.Function, "syscall.") ||
		strings.HasPrefix(f.Function, "internal/runtime/syscall.") || f.Function == "runtime.notetsleepg"
}

// handlerStack renders the frames from where the goroutine is to the handler, without
// the runtime's on top and this package's.
func handlerStack(pcs []uintptr) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == enterName {
			break
		}
		shown := b.Len() > 0 || !strings.HasPrefix(f.Function, "runtime.")
		if shown && !strings.HasPrefix(f.Function, thisPackage) {
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			break
		}
	}
	return b.String()
}
