package remote

import (
	"context"
	"time"
)

// An Engine carries calls to workers and answers back. It moves bytes: what they mean is
// between [Client] and [Worker]. Its methods may be called by any goroutine at any time.
type Engine interface {
	// Codec returns what clients encode with unless they are told otherwise.
	Codec() Codec

	// MaxMessage returns how many bytes of body one message may carry.
	MaxMessage() int

	// Call hands a call to one worker and waits for its reply. It returns an error, an
	// [*Error], if there is none; whether the handler can have run must be in it. It
	// delivers a call once at most, and sends nothing after ctx has ended. If ctx ends while the
	// handler is running, the handler's context is canceled.
	Call(ctx context.Context, c *Call) (*Reply, error)

	// Store stores a call durably. When it returns nil the call will be handled at
	// least once, or end as a dead letter, whatever happens to the caller.
	Store(ctx context.Context, c *Call) error

	// Serve delivers calls for the methods of d until the server is closed.
	Serve(ctx context.Context, d Dispatcher) (Server, error)
}

// A Dispatcher is the worker as an engine sees it.
type Dispatcher interface {
	// Name identifies the worker. It is a word without blanks, dots, asterisks and
	// greater-than signs.
	Name() string

	// Methods returns what the worker answers.
	Methods() []Route

	// Begin admits a call or refuses it. If refused is not nil, that is the reply. Otherwise
	// the engine calls start, once; ctx has to end when the caller cancels or the engine
	// stops. The handler's reply is given to the function reply, once, on another goroutine.
	// Neither Begin nor start blocks or panics, so both may be called where messages are read.
	Begin(c *Call) (start func(ctx context.Context, reply func(*Reply)), refused *Reply)
}

// A Server delivers calls to a dispatcher.
type Server interface {
	// Drain stops taking calls, waits until those that have begun are answered, and
	// releases what the server holds. If ctx ends before, it cancels the contexts of the
	// handlers that still run and returns the cause.
	Drain(ctx context.Context) error

	// Close is Drain without the waiting.
	Close() error
}

// An Address names one version of one handler.
type Address struct {
	Service string // "example_com/shop/Quotes"
	Method  string // "Price"
	Schema  string // 16 hexadecimal digits, a hash of what travels
}

// A Route is an address and how calls get there.
type Route struct {
	Address
	Serial  bool // calls with equal keys are handled in order, one at a time
	Durable bool // nobody waits for the result
}

// A Call is one call on its way to a worker. The ID of one that is neither serial nor
// durable may be empty on the caller's side: then the engine knows it by something that is unique too,
// and need not carry another one.
type Call struct {
	Route
	ID      string            // unique; the idempotency key of durable work
	Key     string            // of serial calls
	Codec   string            // name of what Body is encoded with
	Meta    map[string]string // trace context and registered context values
	Timeout time.Duration     // until the caller's deadline; 0 means that it has none
	Body    []byte

	Delivery Delivery // filled in by the engine on the worker's side
}

// A Delivery says how a call came to its worker.
type Delivery struct {
	// ID identifies the call. Work that is delivered again has the same ID: it is what
	// to remember in order to do it once.
	ID string
	// Key is the key of a serial call.
	Key string
	// Worker is the name of the worker that runs the handler.
	Worker string
	// Attempt counts deliveries of the same work, from 1.
	Attempt int
	// Fence grows with each delivery of a serial call to any worker of its key. A store that
	// refuses writes with a smaller number than it has seen is safe from a worker that
	// was cut off, has been replaced, and does not know.
	Fence uint64
	// Durable is set if nobody waits for the result.
	Durable bool
}

// A Reply is what came of a call.
type Reply struct {
	Status  Status
	Worker  string
	Codec   string // name of what Body is encoded with
	Message string // for people, of a call without result
	Body    []byte // the results, or a failure
}

// Status says in one word what came of a call.
type Status string

// What can come of a call that reached a worker. The handler did not run after the
// statuses from StatusOverloaded on.
const (
	StatusOK         Status = "ok"         // the handler returned without an error
	StatusFailed     Status = "failed"     // the handler returned an error
	StatusPanicked   Status = "panicked"   // the handler panicked
	StatusExited     Status = "exited"     // the handler called runtime.Goexit
	StatusUnanswered Status = "unanswered" // the handler returned what cannot be sent
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
