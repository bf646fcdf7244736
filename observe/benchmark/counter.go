package main

import (
	"context"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

// A counter counts the steps and outcomes of tasks, which is the least that an observer can do.
type counter struct {
	steps    [int(loop.StepEnded) + 1]number
	outcomes [int(loop.OutcomeRefused) + 1]number
}

// A number has a cache line of its own: callers and the loop add to different ones, on
// different cores.
type number struct {
	atomic.Int64
	_ [56]byte
}

// Untimed marks an observer that does not look at the times of events.
func (c *counter) Untimed() {}

// Observe counts an event.
func (c *counter) Observe(ctx context.Context, e loop.Event) context.Context {
	if e.Step == loop.StepSettled {
		c.outcomes[e.Outcome].Add(1)
	} else {
		c.steps[e.Step].Add(1)
	}
	return ctx
}
