package remotetest

import (
	"context"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// turn is who may go next among the calls with one key.
type turn struct {
	free  chan struct{} // holds one element while nobody has the turn
	users int           // who has it or waits for it
}

// wait waits until no other call with c's key is running.
func (e *Engine) wait(ctx context.Context, c *engine.Call) (release func(), err error) {
	name := c.Service + " " + c.Key
	t := e.enter(name)
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; e.leave(name, t) }, nil
	case <-ctx.Done():
		e.leave(name, t)
		return nil, engine.Ended(ctx, engine.FateNotRun)
	}
}

func (e *Engine) enter(name string) *turn {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.keys[name]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		e.keys[name] = t
	}
	t.users++
	return t
}

func (e *Engine) leave(name string, t *turn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(e.keys, name)
	}
}
