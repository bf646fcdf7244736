package benchmark

import (
	"context"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// Kinds of self-calls that budgets of the report are about.
const (
	SelfCallWith    = "handler's context"
	SelfCallInPlace = "in place, context.Background"
)

// Recursions through the own loop, which a budget of the report compares.
const (
	ShallowRecursion = "a level of a recursion, depth 10"
	DeepRecursion    = "a level of a recursion, depth 10,000"
)

// A selfCall is a way for a handler to call its own loop.
type selfCall struct {
	kind, executor string
	do             func(context.Context, *loop.Loop, *Book) error
	opts           []loop.Option
}

// selfCalls returns the ways in the order of the report.
func selfCalls() []selfCall {
	return []selfCall{
		{SelfCallWith, Default, deposit0, nil},
		{SelfCallWith, Inline, deposit0, []loop.Option{loop.WithInline()}},
		{SelfCallWith, Thread, deposit0, []loop.Option{loop.WithThread()}},
		{"context.Background", Default, depositWithout, nil},
		{SelfCallInPlace, Default, depositInPlace, nil},
	}
}

// depths are the numbers of frames between a handler and its self-call.
var depths = []struct {
	frames int
	name   string
}{{1, "1 frame"}, {100, "100 frames"}, {10_000, "10,000 frames"}}

// SelfCalls returns the shapes of calls of the own loop at several depths of the stack. The
// executors other than the default one are measured at the first depth only.
func SelfCalls() []Shape {
	var shapes []Shape
	eachSelfCall(func(name string, s selfCall, frames int) {
		shapes = append(shapes, Shape{name, below(frames, s.do, s.opts...)})
	})
	return append(shapes, Shape{ShallowRecursion, recursion(10)}, Shape{DeepRecursion, recursion(10_000)})
}

// SelfCallsOf returns the names of the [SelfCalls] of the given kind.
func SelfCallsOf(kind string) []string {
	var names []string
	eachSelfCall(func(name string, s selfCall, _ int) {
		if s.kind == kind {
			names = append(names, name)
		}
	})
	return names
}

// SelfCallAt returns the name of the self-call of the given kind and executor at the first depth.
func SelfCallAt(kind, executor string) string { return selfCallName(kind, executor, depths[0].name) }

func selfCallName(kind, executor, depth string) string { return kind + ", " + executor + ", " + depth }

// eachSelfCall calls do for each row of the report that is a self-call.
func eachSelfCall(do func(name string, s selfCall, frames int)) {
	for _, s := range selfCalls() {
		for i, d := range depths {
			if i == 0 || s.executor == Default {
				do(selfCallName(s.kind, s.executor, d.name), s, d.frames)
			}
		}
	}
}

// below returns the opener of a batch of calls of do by one handler of a loop, so many
// frames below the handler.
func below(
	frames int, do func(context.Context, *loop.Loop, *Book) error, opts ...loop.Option,
) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		l := onLoop{NewBook(0), loop.New(opts...)}
		return func(ctx context.Context, _, n int) error {
			return repeatOnLoop(ctx, l.loop, 1, func(ctx context.Context) error {
				return descend(frames, func() error {
					for range n {
						if err := do(ctx, l.loop, l.book); err != nil {
							return err
						}
					}
					return nil
				})
			})
		}, l.Close
	}
}

// descend calls f below so many frames.
//
//go:noinline
func descend(frames int, f func() error) error {
	if frames > 0 {
		return descend(frames-1, f)
	}
	return f()
}

// depositWithout calls with a context that does not come from the handler.
func depositWithout(_ context.Context, l *loop.Loop, b *Book) error {
	return deposit0(context.Background(), l, b)
}

// depositInPlace is depositWithout for a handler that is bridged in place.
func depositInPlace(_ context.Context, l *loop.Loop, b *Book) error {
	_, err := loopimpl.Call(context.Background(), l, &bookDepositInPlace, bookDepositCall{b: b, amount: 1})
	return err
}

// recursion returns the opener of a batch of levels of recursions of the given depth. The
// last recursion of a batch is as deep as it takes to make the number of levels exact.
func recursion(depth int) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		l := onLoop{nil, loop.New()}
		return func(ctx context.Context, _, n int) error {
			return repeatOnLoop(ctx, l.loop, 1, func(ctx context.Context) error {
				for ; n > 0; n -= depth {
					if _, err := loopimpl.Call(ctx, l.loop, &levels, levelsCall{l: l.loop, left: min(n, depth)}); err != nil {
						return err
					}
				}
				return nil
			})
		}, l.Close
	}
}

// levelsCall is one level of a recursion.
type levelsCall struct {
	l      *loop.Loop
	left   int
	result int
}

// Run is the handler, which calls itself and returns the number of levels.
func (c *levelsCall) Run(ctx context.Context) error {
	c.result = 1
	if c.left <= 1 {
		return nil
	}
	below, err := loopimpl.Call(ctx, c.l, &levels, levelsCall{l: c.l, left: c.left - 1})
	c.result += below.result
	return err
}

// Handler returns the handler, whose position errors name.
func (*levelsCall) Handler() any { return (*levelsCall).Run }

var levels = loopimpl.Bridge{Name: "benchmark.levels"}
