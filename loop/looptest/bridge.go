package looptest

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

// A request is a function as the arguments of a bridge, which some guarantees are
// about.
type request func(context.Context) error

func (r request) Run(ctx context.Context) (struct{}, error) { return struct{}{}, r(ctx) }
func (r request) Handler() any                              { return r }

// A bridge is what generated code has for a handler.
type bridge struct {
	loop.Bridge[request, struct{}]
}

func (b *bridge) call(ctx context.Context, l *loop.Loop, fn request) error {
	_, err := b.Call(ctx, l, fn)
	return err
}

// leave is a bridge with the argument abandon.
var leave = bridge{loop.Bridge[request, struct{}]{Name: "looptest.leave", Abandon: true}}

// alone is a bridge with the argument nonreentrant.
var alone = bridge{loop.Bridge[request, struct{}]{Name: "looptest.alone", NonReentrant: true}}
