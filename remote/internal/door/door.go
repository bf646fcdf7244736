// Package door is between packages remote and remoteimpl. Generated code calls remoteimpl, with clients and workers of remote, which
// let it in through a [Port]: an embedded field whose method nobody else can name.
package door

import (
	"context"
	"reflect"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// A Port is embedded in a type of package remote, under a name that is not exported, and gives a T to those who may import this
// package. The zero value has none.
type Port[T any] struct{ inside T }

// NewPort returns a port to a value.
func NewPort[T any](inside T) Port[T] { return Port[T]{inside} }

func (p *Port[T]) port() T { return p.inside }

// Through returns the value behind the port of x, which must not be a nil pointer.
func Through[T any](x interface{ port() T }) T { return x.port() }

// A Client makes calls. Its errors are those that a caller gets.
type Client interface {
	// Exchange calls a handler and decodes its results.
	Exchange(ctx context.Context, x *Exchange) error
	// Store stores a call.
	Store(ctx context.Context, x *Exchange) error
}

// An Exchange is a call, its arguments and its results. The client fills in the call but for route and key.
type Exchange struct {
	Call    engine.Call
	In, Out any // pointers to arguments and results
	Errors  []ErrorDef
}

// A Worker answers calls.
type Worker interface {
	Register(handlers []Handler) error
}

// A Handler answers the calls of one method.
type Handler struct {
	Route engine.Route
	Fault error // why there is no route
	Serve func(ctx context.Context, in Invocation) *engine.Reply
}

// An Invocation is a call that a worker has begun.
type Invocation interface {
	// Decode reads the arguments.
	Decode(v any) error
	// Begin says that the handler is started now.
	Begin()
	// Answer returns the reply to a call that has come back from its loop, with a pointer to the results.
	Answer(out any, err error, defs []ErrorDef) *engine.Reply
}

// An ErrorDef makes an error, or the errors of a type, known to both ends of a wire.
type ErrorDef struct {
	Name     string
	Sentinel error

	// The others are for errors with contents. Find returns the first of the type in an error, and whether it is the error itself.
	Type   reflect.Type
	Find   func(err error) (found error, exact bool)
	Decode func(c engine.Codec, value []byte) (error, error)
}
