package remote

import (
	"fmt"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// A ClientOption is a setting of [NewClient]. Of two options of one kind the second one counts, unless its documentation differs.
type ClientOption interface{ client(c *clientConfig) }

// A WorkerOption is a setting of [NewWorker]. Of two options of one kind the second one counts, unless its documentation differs.
type WorkerOption interface{ worker(c *workerConfig) }

// An Option is for clients and workers.
type Option interface {
	ClientOption
	WorkerOption
}

// shared is the configuration that clients and workers have in common.
type shared struct {
	codec  Codec
	limit  int // bytes of a body; 0 leaves it to the engine
	values []ContextValue
	tracer Propagator
}

type clientConfig struct {
	shared
	timeout time.Duration
}

type workerConfig struct {
	shared
	name     string
	inFlight int
	codecs   []Codec
}

type bothOption func(c *shared)

func (o bothOption) client(c *clientConfig) { o(&c.shared) }
func (o bothOption) worker(c *workerConfig) { o(&c.shared) }

type clientOption func(c *clientConfig)

func (o clientOption) client(c *clientConfig) { o(c) }

type workerOption func(c *workerConfig)

func (o workerOption) worker(c *workerConfig) { o(c) }

// WithMaxMessage bounds the encoded arguments and the encoded results of one call, in bytes.
// The engine may have a lower bound of its own. Without this option only the engine's holds. It panics if bytes is less than 1.
func WithMaxMessage(bytes int) Option {
	if bytes < 1 {
		panic("remote: WithMaxMessage needs a bound of at least 1 byte")
	}
	return bothOption(func(c *shared) { c.limit = bytes })
}

// WithContextValue lets a value of the caller's context reach the handler's. Client and
// worker both have to have it; no other values travel. It may be given several times, for several values. It panics if a field of v
// is not set.
func WithContextValue(v ContextValue) Option {
	if v.Name == "" || v.Get == nil || v.Set == nil {
		panic("remote: WithContextValue needs a value with Name, Get and Set")
	}
	return bothOption(func(c *shared) { c.values = append(c.values, v) })
}

// WithPropagator has trace contexts written and read by p. Without it, and if p is nil, the W3C headers that
// came with a call are passed on to the calls that its handler makes.
func WithPropagator(p Propagator) Option {
	return bothOption(func(c *shared) { c.tracer = p })
}

// WithEncoding has the client encode its calls with codec, which the workers must accept.
// The default is the engine's. It panics if codec is nil.
func WithEncoding(codec Codec) ClientOption {
	if codec == nil {
		panic("remote: WithEncoding needs a codec")
	}
	return clientOption(func(c *clientConfig) { c.codec = codec })
}

// WithTimeout bounds calls whose context has no deadline. By default they are not
// bounded: the heartbeats of the engine end a call whose worker has died. It panics if d is not positive.
func WithTimeout(d time.Duration) ClientOption {
	if d <= 0 {
		panic("remote: WithTimeout needs a positive duration")
	}
	return clientOption(func(c *clientConfig) { c.timeout = d })
}

// WithName names the worker, in errors and for the engine. The default, and that of "", is made of the
// host's name and the process ID, with something random.
func WithName(name string) WorkerOption {
	return workerOption(func(c *workerConfig) { c.name = name })
}

// WithInFlight bounds how many calls a worker has begun and not answered, those that wait
// for their loop included. Further calls are refused at once, with [ErrOverloaded]. The
// default is 1024. It panics if n is less than 1.
func WithInFlight(n int) WorkerOption {
	if n < 1 {
		panic("remote: WithInFlight needs at least 1 call")
	}
	return workerOption(func(c *workerConfig) { c.inFlight = n })
}

// WithAccepted has the worker accept calls that are encoded with one of the codecs, besides
// the engine's and JSON. It may be given several times. It panics if a codec is nil.
func WithAccepted(codecs ...Codec) WorkerOption {
	if slices.Contains(codecs, nil) {
		panic("remote: WithAccepted got a nil codec")
	}
	return workerOption(func(c *workerConfig) { c.codecs = append(c.codecs, codecs...) })
}

// maxMessage returns the bound for bodies.
func (c *shared) maxMessage(e engine.Engine) int {
	if c.limit > 0 {
		return min(c.limit, e.MaxMessage())
	}
	return e.MaxMessage()
}

// codecNamed returns the codec for an answer, which has the caller's own encoding.
func (c *clientConfig) codecNamed(name string) (Codec, error) {
	if c.codec.Name() != name {
		return nil, fmt.Errorf("the answer is encoded with %q, the call was with %q", name, c.codec.Name())
	}
	return c.codec, nil
}
