package loop

import (
	"context"

	"github.com/asyncgen/asyncgen/loop/internal/door"
)

// Do runs fn on the loop and waits for its error, as [Call] does for a function with a result.
func (l *Loop) Do(ctx context.Context, fn func(context.Context) error) error {
	if fn == nil {
		panicNilFunc("Do")
	}
	a := &action{fn: fn}
	if kept, err := l.call(ctx, a, door.Mode{}); kept || err != nil {
		return err
	}
	if a.err != nil {
		a.err = l.passedOn(a, a.err)
	}
	return a.err
}

// Spawn schedules fn and reports only whether the loop accepted it. The context of fn has the
// values of ctx but does not end with it; it ends with the loop. If fn returns an error, the
// loop's error handler gets it, see [WithErrorHandler].
func (l *Loop) Spawn(ctx context.Context, fn func(context.Context) error) error {
	if fn == nil {
		panicNilFunc("Spawn")
	}
	return l.spawn(ctx, new(room), &action{fn: fn})
}

// panicNilFunc panics in the caller. The function would otherwise fail on the loop, far from the mistake.
func panicNilFunc(name string) { panic("loop: nil function in a call of " + name) }

// An action is the body of a task that has no bridge and no result but an error.
type action struct {
	door.Sealed
	fn  func(context.Context) error
	err error
}

func (a *action) Name() string            { return door.FuncName(a.fn) }
func (a *action) Position() string        { return door.FuncPosition(a.fn) }
func (a *action) Where() string           { return a.Position() }
func (a *action) Run(ctx context.Context) { a.err = a.fn(ctx) }
func (a *action) Err() error              { return a.err }

// A procedure is the body of a task of the loop's own: a timer's, or the final one.
type procedure struct {
	door.Sealed
	fn func(context.Context)
}

func (p *procedure) Name() string            { return door.FuncName(p.fn) }
func (p *procedure) Position() string        { return door.FuncPosition(p.fn) }
func (p *procedure) Where() string           { return p.Position() }
func (p *procedure) Run(ctx context.Context) { p.fn(ctx) }
func (p *procedure) Err() error              { return nil }
