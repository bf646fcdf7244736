package remoteimpl

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// An ErrorDef makes an error, or the errors of a type, known to both ends of a wire. Make one
// with [Sentinel] or [ErrorType].
type ErrorDef = door.ErrorDef

// Sentinel registers one error value. name is the same in every process: the path and the
// name of the variable.
func Sentinel(name string, err error) ErrorDef { return ErrorDef{Name: name, Sentinel: err} }

// ErrorType registers a type of errors, whose exported fields travel.
func ErrorType[E error](name string) ErrorDef {
	return ErrorDef{
		Name: name,
		Type: reflect.TypeFor[E](),
		Find: func(err error) (error, bool) {
			if own, ok := err.(E); ok {
				return own, true
			}
			found, ok := errors.AsType[E](err)
			if !ok {
				return nil, false
			}
			return found, false
		},
		Decode: func(c engine.Codec, value []byte) (error, error) {
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
