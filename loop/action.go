package loop

import "context"

// Do runs fn on the loop and waits for its error, as [Call] does for a function with a result.
func (l *Loop) Do(ctx context.Context, fn func(context.Context) error) error {
	a := &action{fn: fn}
	if kept, err := l.call(ctx, a, callMode{}); kept || err != nil {
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
	return l.spawn(ctx, new(room), &action{fn: fn})
}

// An action is the body of a task that has no bridge and no result but an error.
type action struct {
	fn  func(context.Context) error
	err error
}

func (a *action) name() string            { return funcName(a.fn) }
func (a *action) position() string        { return funcPosition(a.fn) }
func (a *action) where() string           { return a.position() }
func (a *action) run(ctx context.Context) { a.err = a.fn(ctx) }
func (a *action) settle(t *task, err error) {
	if err == nil && a.err != nil {
		err = t.loop.spawnFailed(a, a.err)
	}
	t.loop.report(t, err)
}

// A procedure is the body of a task of the loop's own: a timer's, or the final one.
type procedure struct{ fn func(context.Context) }

func (p *procedure) name() string              { return funcName(p.fn) }
func (p *procedure) position() string          { return funcPosition(p.fn) }
func (p *procedure) where() string             { return p.position() }
func (p *procedure) run(ctx context.Context)   { p.fn(ctx) }
func (p *procedure) settle(t *task, err error) { t.loop.report(t, err) }
