package loop

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

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

// A name is the name that a loop was given, or the place where it was made.
type name struct {
	given string
	pcs   [6]uintptr // the stack of New; it takes microseconds to find out what they mean
	made  atomic.Pointer[string]
}

// set takes the name that was given, or notes the stack if none was.
func (n *name) set(given string) {
	n.given = given
	if given == "" {
		runtime.Callers(3, n.pcs[:])
	}
}

// String returns the name: if none was given, "loop" and the source position of the
// innermost frame outside of this package.
func (n *name) String() string {
	if n.given != "" {
		return n.given
	}
	if made := n.made.Load(); made != nil {
		return *made
	}
	made := "loop " + positionOutside(n.pcs[:])
	n.made.Store(&made)
	return made
}

// positionOutside returns "file.go:12" of the innermost frame outside of this package.
func positionOutside(pcs []uintptr) string {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, thisPackage) || !more {
			return path.Base(f.File) + ":" + strconv.Itoa(f.Line)
		}
	}
}

// thisPackage is the prefix of the names of this package's functions.
var thisPackage = reflect.TypeFor[Loop]().PkgPath() + "."
