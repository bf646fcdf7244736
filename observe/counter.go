package observe

import (
	"context"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

// A Counter counts the steps and outcomes of tasks. One may serve several loops. The
// zero value is ready to use and must not be copied. It is the least that an observer
// can do, and good for tests; [loop.Loop.Stats] counts without one.
type Counter struct {
	steps    [steps]number
	outcomes [outcomes]number
}

// A number has a cache line of its own: callers and the loop add to different ones, on
// different cores.
type number struct {
	atomic.Int64
	_ [56]byte
}

const (
	steps    = int(loop.Ended) + 1
	outcomes = int(loop.Refused) + 1
)

var _ loop.UntimedObserver = (*Counter)(nil)

// Untimed says that a Counter does not look at the times of events.
func (c *Counter) Untimed() {}

// Observe counts an event.
func (c *Counter) Observe(ctx context.Context, e loop.Event) context.Context {
	if e.Step == loop.Settled {
		c.outcomes[e.Outcome].Add(1) // the sum of these is the number of such steps
	} else {
		c.steps[e.Step].Add(1)
	}
	return ctx
}

// Steps returns how often tasks have taken a step.
func (c *Counter) Steps(s loop.Step) (n int64) {
	switch {
	case int(s) >= steps:
		return 0
	case s != loop.Settled:
		return c.steps[s].Load()
	}
	for i := range c.outcomes {
		n += c.outcomes[i].Load()
	}
	return n
}

// Outcomes returns how many tasks have settled in this way.
func (c *Counter) Outcomes(o loop.Outcome) int64 {
	if int(o) >= outcomes {
		return 0
	}
	return c.outcomes[o].Load()
}
