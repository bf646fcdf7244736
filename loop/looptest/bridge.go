package looptest

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A request is a function as the arguments of a bridge, which some guarantees are
// about.
type request func(context.Context) error

// Run implements [loopimpl.Request].
func (r *request) Run(ctx context.Context) error { return (*r)(ctx) }

// Handler implements [loopimpl.Request].
func (r *request) Handler() any { return *r }

// A bridge is what generated code has for a handler.
type bridge struct {
	loopimpl.Bridge
}

func (b *bridge) call(ctx context.Context, l *loop.Loop, fn request) error {
	return loopimpl.Do(ctx, l, &b.Bridge, fn)
}

// leave is a bridge with the argument abandon.
var leave = bridge{loopimpl.Bridge{Name: "looptest.leave", Abandon: true}}

// alone is a bridge with the argument nonreentrant.
var alone = bridge{loopimpl.Bridge{Name: "looptest.alone", NonReentrant: true}}
