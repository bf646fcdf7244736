package loop

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

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
// innermost frame outside of the runtime.
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

// positionOutside returns "file.go:12" of the innermost frame outside of the runtime.
func positionOutside(pcs []uintptr) string {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if !ours(f.Function) || !more {
			return path.Base(f.File) + ":" + strconv.Itoa(f.Line)
		}
	}
}

// ours reports whether a function belongs to the runtime, which is no news to its users: to this
// package or to loopimpl.
func ours(function string) bool {
	return strings.HasPrefix(function, thisPackage) || strings.HasPrefix(function, implPackage)
}

var implPackage = strings.TrimSuffix(thisPackage, ".") + "/loopimpl."

// thisPackage is the prefix of the names of this package's functions.
var thisPackage = reflect.TypeFor[Loop]().PkgPath() + "."
