package remote

import (
	"fmt"
	"time"
)

// A ClientOption is given to [NewClient].
type ClientOption interface{ client(c *clientConfig) }

// A WorkerOption is given to [NewWorker].
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
// The engine may have a lower bound of its own. Without this option only the engine's holds.
func WithMaxMessage(bytes int) Option {
	return bothOption(func(c *shared) { c.limit = bytes })
}

// WithContextValue lets a value of the caller's context reach the handler's. Client and
// worker both have to have it; no other values travel.
func WithContextValue(v ContextValue) Option {
	return bothOption(func(c *shared) { c.values = append(c.values, v) })
}

// WithPropagator has trace contexts written and read by p. Without it the W3C headers that
// came with a call are passed on to the calls that its handler makes.
func WithPropagator(p Propagator) Option {
	return bothOption(func(c *shared) { c.tracer = p })
}

// WithEncoding has the client encode its calls with codec, which the workers must accept.
// The default is the engine's.
func WithEncoding(codec Codec) ClientOption {
	return clientOption(func(c *clientConfig) { c.codec = codec })
}

// WithTimeout bounds calls whose context has no deadline. By default they are not
// bounded: a worker that dies is noticed because it no longer says that it is at work.
func WithTimeout(d time.Duration) ClientOption {
	return clientOption(func(c *clientConfig) { c.timeout = d })
}

// WithName names the worker, in errors and for the engine. The default is made of the
// host's name and the process ID, with something random.
func WithName(name string) WorkerOption {
	return workerOption(func(c *workerConfig) { c.name = name })
}

// WithInFlight bounds how many calls a worker has begun and not answered, those that wait
// for their loop included. What comes beyond that is refused at once, with [ErrOverloaded]. The
// default is 1024.
func WithInFlight(n int) WorkerOption {
	return workerOption(func(c *workerConfig) { c.inFlight = n })
}

// WithAccepted has the worker accept calls that are encoded with one of the codecs, besides
// the engine's and JSON.
func WithAccepted(codecs ...Codec) WorkerOption {
	return workerOption(func(c *workerConfig) { c.codecs = append(c.codecs, codecs...) })
}

// maxMessage returns the bound for bodies.
func (c *shared) maxMessage(e Engine) int {
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
