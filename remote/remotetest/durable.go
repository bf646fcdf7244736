package remotetest

import (
	"context"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// maxAttempts is how often durable work is tried.
const maxAttempts = 5

// A DeadLetter is durable work that was given up. It has the fields of the one of package natsremote.
type DeadLetter struct {
	Call     engine.Call   // as it was stored
	Reason   engine.Status // of the last attempt
	Message  string        // the handler's error, or the fault of the message
	Attempts int           // number of attempts
	Worker   string        // the worker of the last one
	Time     time.Time     // when it was given up
}

// Store implements [engine.Engine]. The work is tried five times, a second apart at first
// and twice as long after each failure.
func (e *Engine) Store(ctx context.Context, c *engine.Call) error {
	e.mustBeMade()
	if ctx.Err() != nil {
		return engine.Ended(ctx, engine.FateNotRun)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stored[c.ID] {
		return nil
	}
	e.stored[c.ID] = true
	stored := *c
	stored.Body = slices.Clone(c.Body)
	e.work.Go(func() { e.run(&stored) })
	return nil
}

// run tries durable work until it succeeds or is given up, or the engine is closed.
func (e *Engine) run(c *engine.Call) {
	for attempt := 1; ; {
		pause := time.Second
		switch r := e.attempt(c, attempt); {
		case r == nil || !r.Status.Ran() && r.Status != engine.StatusMalformed:
			// There is nobody to do it yet, which is no attempt.
		case r.Status == engine.StatusOK:
			return
		case r.Status == engine.StatusMalformed || attempt == maxAttempts:
			e.bury(c, r, attempt)
			return
		default:
			pause = time.Second << (attempt - 1)
			attempt++
		}
		select {
		case <-time.After(pause):
		case <-e.life.Done():
			return
		}
	}
}

func (e *Engine) bury(c *engine.Call, r *engine.Reply, attempts int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dead = append(e.dead, DeadLetter{*c, r.Status, r.Message, attempts, r.Worker, time.Now()})
}

// attempt returns nil if there is nobody to do the work.
func (e *Engine) attempt(c *engine.Call, attempt int) *engine.Reply {
	if c.Serial {
		release, err := e.wait(e.life, c)
		if err != nil {
			return nil
		}
		defer release()
	}
	s, err := e.pick(c.Route)
	if err != nil {
		return nil
	}
	return s.call(e.life, e.delivered(c, attempt))
}

// Wait waits until all durable work has been done or given up.
func (e *Engine) Wait() {
	if e.made() {
		e.work.Wait()
	}
}

// DeadLetters returns what was given up, in that order.
func (e *Engine) DeadLetters() []DeadLetter {
	if !e.made() {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.dead)
}
