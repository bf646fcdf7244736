package remote

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// A Client calls handlers on workers. Make one with [NewClient] and give it to generated
// functions and fronts. It may be used by any number of goroutines, holds nothing that has to
// be closed besides its engine, and does no work of its own between calls. Every call with a nil Client or a zero one fails, and
// [loop.NotRun] is true for its error.
type Client struct {
	clientPort
	engine engine.Engine
	config clientConfig

	name  string // of the client, random
	calls atomic.Uint64
}

// NewClient returns a client that sends its calls through e. It panics if e or an option is nil.
func NewClient(e engine.Engine, opts ...ClientOption) *Client {
	if e == nil {
		panic("remote: NewClient needs an engine")
	}
	c := &Client{engine: e, name: rand.Text()}
	c.clientPort = door.NewPort[door.Client](caller{c})
	c.config.codec = e.Codec()
	for _, o := range opts {
		if o == nil {
			panic("remote: NewClient got a nil option")
		}
		o.client(&c.config)
	}
	return c
}

// clientPort is the way of generated code to the inside of a client.
type clientPort = door.Port[door.Client]

// A caller is a client, as generated code uses it.
type caller struct{ *Client }

// Exchange implements [door.Client].
func (c caller) Exchange(ctx context.Context, x *door.Exchange) error {
	if err := c.fill(ctx, &x.Call, x.In); err != nil {
		return err
	}
	ctx, cancel := c.limit(ctx, &x.Call)
	defer cancel()
	reply, err := c.engine.Call(ctx, &x.Call)
	if err != nil {
		return unreplied(x.Call.Route, err)
	}
	return c.result(ctx, x, reply)
}

// Store implements [door.Client].
func (c caller) Store(ctx context.Context, x *door.Exchange) error {
	if err := c.fill(ctx, &x.Call, x.In); err != nil {
		return err
	}
	return unreplied(x.Call.Route, c.engine.Store(ctx, &x.Call))
}

// fill completes a call with everything that a message needs.
func (c *Client) fill(ctx context.Context, call *engine.Call, in any) error {
	if ctx.Err() != nil {
		return unreplied(call.Route, engine.Ended(ctx, FateNotRun))
	}
	body, err := c.config.codec.Marshal(in)
	if err != nil {
		return newError(call.Route, FateNotRun, ErrMalformed, err)
	}
	if limit := c.config.maxMessage(c.engine); len(body) > limit {
		return newError(call.Route, FateNotRun, ErrTooLarge, sizeError{len(body), limit})
	}
	call.ID = idOf(ctx)
	if call.ID == "" && (call.Serial || call.Durable) {
		call.ID = c.name + strconv.FormatUint(c.calls.Add(1), 36)
	}
	call.Codec = c.config.codec.Name()
	call.Body = body
	call.Meta = c.config.carried(ctx)
	return nil
}

// limit says how much time a call has, and sees to it that this is not for ever where the
// client has a limit of its own.
func (c *Client) limit(ctx context.Context, call *engine.Call) (context.Context, context.CancelFunc) {
	cancel := func() {}
	deadline, ok := ctx.Deadline()
	if !ok && c.config.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, c.config.timeout)
		deadline, ok = ctx.Deadline()
	}
	if ok {
		// A call that has no time left is sent on its way to be refused.
		call.Timeout = max(time.Until(deadline), 1)
	}
	return ctx, cancel
}

// result turns a reply into what the caller gets.
func (c *Client) result(ctx context.Context, x *door.Exchange, r *engine.Reply) error {
	call := &x.Call
	switch r.Status {
	case engine.StatusOK:
		if err := c.decode(r.Codec, r.Body, x.Out); err != nil {
			return c.noAnswer(call, r, err)
		}
		return nil
	case engine.StatusFailed, engine.StatusPanicked:
		var f failure
		if err := c.decode(r.Codec, r.Body, &f); err != nil {
			return c.noAnswer(call, r, err)
		}
		if r.Status == engine.StatusPanicked {
			return &PanicError{Method: call.String(), Worker: r.Worker, Value: f.Message, Type: f.Type, Stack: f.Stack}
		}
		if len(f.Result) > 0 {
			if err := c.decode(r.Codec, f.Result, x.Out); err != nil {
				return c.noAnswer(call, r, err)
			}
		}
		codec, _ := c.config.codecNamed(r.Codec)
		return f.restore(codec, call, r, x.Errors)
	}
	return settled(ctx, call, r)
}

func (c *Client) decode(name string, body []byte, v any) error {
	codec, err := c.config.codecNamed(name)
	if err != nil {
		return err
	}
	return codec.Unmarshal(body, v)
}

func (c *Client) noAnswer(call *engine.Call, r *engine.Reply, cause error) error {
	err := newError(call.Route, FateRan, ErrNoAnswer, cause)
	err.Worker = r.Worker
	return err
}

// sizeError gives the two numbers that matter.
type sizeError struct{ size, limit int }

func (e sizeError) Error() string {
	return fmt.Sprintf("%d bytes, and %d are allowed", e.size, e.limit)
}
