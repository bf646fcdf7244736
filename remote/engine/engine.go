// Package engine is between package remote and what carries its calls, as package database/sql/driver is between database/sql and
// databases. Programs that call handlers do not need it: they make an engine with natsremote.Connect or remotetest.New, and give it to
// remote.NewClient and remote.NewWorker.
//
// An [Engine] moves bytes. What they mean is between the client and the worker, which encode and decode them, and count what they
// refuse. Each [Call] has one [Reply], or an [*Error] that says whether its handler can have run.
package engine

import (
	"context"
	"strings"
	"time"
)

// An Engine carries calls to workers and replies back. Its methods may be called by any goroutine at any time.
type Engine interface {
	// Codec returns the encoding of clients that have no other one.
	Codec() Codec

	// MaxMessage returns how many bytes of body one message may carry.
	MaxMessage() int

	// Call delivers a call to one worker, at most once, and waits for its reply. Without a reply it returns an [*Error]; any other
	// error counts as one of [FateUnknown]. It sends nothing after ctx has ended. If ctx ends while the handler is running, the
	// handler's context is canceled. Neither the engine nor its caller changes c from then on.
	Call(ctx context.Context, c *Call) (*Reply, error)

	// Store stores a call durably. After a nil error the call is handled at least once, or ends as a dead letter, even if the caller
	// ends. Errors are those of Call: [FateNotRun] means that the call is not stored.
	Store(ctx context.Context, c *Call) error

	// Serve delivers calls for the methods of d until the server is closed. ctx bounds the beginning only.
	Serve(ctx context.Context, d Dispatcher) (Server, error)
}

// A Dispatcher is a worker, as its engine uses it. Its methods may be called by any goroutine at any time.
type Dispatcher interface {
	// Name identifies the worker. It is a word without blanks, dots, asterisks and
	// greater-than signs.
	Name() string

	// Methods returns the routes of the worker's handlers, sorted.
	Methods() []Route

	// Begin admits a call or refuses it. A refused call has the reply that is not nil. Otherwise
	// the engine calls start, once; ctx has to end when the caller cancels or the engine
	// stops. The handler's reply is given to the function reply, once, on another goroutine.
	// Neither Begin nor start blocks or panics, so both may be called where messages are read.
	Begin(c *Call) (start func(ctx context.Context, reply func(*Reply)), refused *Reply)
}

// A Server delivers calls to a dispatcher.
type Server interface {
	// Shutdown stops taking calls, waits until those that have begun are answered, and
	// releases all that the server holds. If ctx ends before, it cancels the contexts of the
	// handlers that still run and returns the cause.
	Shutdown(ctx context.Context) error

	// Close is Shutdown without the waiting.
	Close() error
}

// An Address names one version of one handler.
type Address struct {
	Service string // "example_com/shop/Quotes"
	Method  string // "Price"
	Schema  string // 16 hexadecimal digits, a hash of everything that travels
}

// String returns the method as people know it: "Quotes.Price".
func (a Address) String() string {
	service := a.Service[strings.LastIndexByte(a.Service, '/')+1:]
	if service == "" {
		return a.Method
	}
	return service + "." + a.Method
}

// A Route is an address, and the way of calls to it.
type Route struct {
	Address
	Serial  bool // calls with equal keys are handled in order, one at a time
	Durable bool // calls are stored, and nobody waits for the result
}

// A Call is one call on its way to a worker. The ID of one that is neither serial nor
// durable may be empty on the caller's side: then the engine knows it by something that is unique too,
// and need not carry another one.
type Call struct {
	Route
	ID      string            // unique; the idempotency key of durable work
	Key     string            // of serial calls
	Codec   string            // name of the encoding of Body
	Meta    map[string]string // trace context and registered context values
	Timeout time.Duration     // until the caller's deadline; 0 means that it has none
	Body    []byte

	// The engine sets the other fields on the worker's side.

	// Attempt counts deliveries of the same durable work, from 1. 0 is the first one too.
	Attempt int
	// Fence grows with each delivery of a serial call to any worker of its key.
	Fence uint64
}

// A Reply is a worker's answer to a call.
type Reply struct {
	Status  Status
	Worker  string
	Codec   string // name of the encoding of Body
	Message string // for people, of a call without result
	Body    []byte // the results, or a failure
}

// Status says in one word what has become of a call.
type Status string

// The ends of a call that has reached a worker. The handler did not run after the
// statuses from StatusOverloaded on.
const (
	StatusOK         Status = "ok"         // the handler returned without an error
	StatusFailed     Status = "failed"     // the handler returned an error
	StatusPanicked   Status = "panicked"   // the handler panicked
	StatusExited     Status = "exited"     // the handler called runtime.Goexit
	StatusUnanswered Status = "unanswered" // the handler returned something that cannot be sent
	StatusOverloaded Status = "overloaded" // the worker or its loop has as much to do as it may
	StatusClosed     Status = "closed"     // the worker or its loop stops
	StatusCanceled   Status = "canceled"   // the caller gave up, or its deadline passed
	StatusMalformed  Status = "malformed"  // the message cannot be decoded or breaks a limit
	StatusUnknown    Status = "unknown"    // the worker does not have this version of the method
	StatusRefused    Status = "refused"    // the loop refused for another reason
)

// Ran reports whether the handler was started.
func (s Status) Ran() bool {
	switch s {
	case StatusOK, StatusFailed, StatusPanicked, StatusExited, StatusUnanswered:
		return true
	}
	return false
}
