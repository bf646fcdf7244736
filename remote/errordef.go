package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"

	"github.com/asyncgen/asyncgen/loop"
)

// An ErrorDef makes an error, or the errors of a type, known to both ends of a wire. Make one
// with [Sentinel] or [ErrorType].
type ErrorDef struct {
	name     string
	sentinel error
	typ      reflect.Type                              // of errors with contents
	find     func(err error) (found error, exact bool) // the first of that type in err
	decode   func(c Codec, value []byte) (error, error)
}

// Sentinel registers one error value. name is the same in every process: the path and the
// name of the variable.
func Sentinel(name string, err error) ErrorDef { return ErrorDef{name: name, sentinel: err} }

// ErrorType registers a type of errors, whose exported fields travel.
func ErrorType[E error](name string) ErrorDef {
	return ErrorDef{
		name: name,
		typ:  reflect.TypeFor[E](),
		find: func(err error) (error, bool) {
			if own, ok := err.(E); ok {
				return own, true
			}
			found, ok := errors.AsType[E](err)
			if !ok {
				return nil, false
			}
			return found, false
		},
		decode: func(c Codec, value []byte) (error, error) {
			var e E
			if err := c.Unmarshal(value, &e); err != nil {
				return nil, err
			}
			if v := reflect.ValueOf(e); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
				return nil, fmt.Errorf("an error of type %s is nil", reflect.TypeFor[E]())
			}
			return e, nil
		},
	}
}

// wellKnown are errors that every process has.
func wellKnown() []ErrorDef {
	return []ErrorDef{
		Sentinel("context.Canceled", context.Canceled),
		Sentinel("context.DeadlineExceeded", context.DeadlineExceeded),
		Sentinel("errors.ErrUnsupported", errors.ErrUnsupported),
		Sentinel("io.EOF", io.EOF),
		Sentinel("io.ErrUnexpectedEOF", io.ErrUnexpectedEOF),
		Sentinel("io/fs.ErrExist", fs.ErrExist),
		Sentinel("io/fs.ErrNotExist", fs.ErrNotExist),
		Sentinel("io/fs.ErrPermission", fs.ErrPermission),
		Sentinel("loop.ErrAbandoned", loop.ErrAbandoned),
		Sentinel("loop.ErrCanceled", loop.ErrCanceled),
		Sentinel("loop.ErrClosed", loop.ErrClosed),
		Sentinel("loop.ErrFull", loop.ErrFull),
		Sentinel("remote.ErrLost", ErrLost),
		Sentinel("remote.ErrNoWorker", ErrNoWorker),
		Sentinel("remote.ErrUnreachable", ErrUnreachable),
	}
}
