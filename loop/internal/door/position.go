package door

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
)

// FuncPosition returns "file.go:12", where the code of the function fn begins,
// or "" if fn is not a function.
//
// Positions are read from the binary instead of being written into generated
// code: they are right even if the handler has moved since, and generated
// files do not change when a line is added above a handler.
func FuncPosition(fn any) string {
	pc := funcPC(fn)
	if pc == 0 {
		return ""
	}
	file, line := runtime.FuncForPC(pc).FileLine(pc)
	return path.Base(file) + ":" + strconv.Itoa(line)
}

// FuncName returns the linker's name of the function fn without the directories
// of its package, "bank.(*Account).Deposit", or "" if fn is not a function.
func FuncName(fn any) string {
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
