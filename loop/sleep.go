package loop

import "context"

// How a sleep ended.
type slept uint8

const (
	sleptOpen      slept = iota // the gate is open
	sleptWithdrawn              // the context ended and the task will not run
	sleptAbandoned              // the context ended and the handler runs on without its caller
	sleptAsked                  // the loop is stuck and the caller is asked to look at its stack
)

// sleep blocks the calling goroutine until the gate of t opens. If ctx ends first,
// it withdraws the task or, if abandon says so, leaves it; a handler that runs is
// waited for otherwise.
//
// Its frame and those above it are what a blocked caller costs: 100,000 of them fit
// into stacks of 2 KB only because whatever is for handlers stands elsewhere.
func (l *Loop) sleep(ctx context.Context, t *task, kind WaitKind, abandon bool) slept {
	l.watch.arm(l)
	if l.inline && t.kind == kindCall {
		l.compete(t) // the role may have come free before there was somebody to wake
	}
	if t.ctx.up == nil {
		if how := l.doze(ctx, t, abandon, true); how != sleptAsked {
			return how
		}
	}
	return l.sleepAsHandler(ctx, t, kind, abandon)
}

// sleepAsHandler is sleep for a caller that may be a handler itself. It notes in the
// graph that the handler waits. Where its context does not tell, that happens when
// the loop has been stuck for a while and the caller has been asked to look.
//
//go:noinline
func (l *Loop) sleepAsHandler(ctx context.Context, t *task, kind WaitKind, abandon bool) slept {
	edge := waitEdge{kind: kind, target: l, task: t}
	b := blockedBy(t.ctx.up)
	defer func() { b.lift() }()
	how := sleptAsked
	if b.whole || !t.asked.Load() {
		b.raise(edge)
		how = l.doze(ctx, t, abandon, !b.whole)
	}
	if how == sleptAsked {
		b.cut = enclosing()
		b.raise(edge)
		how = l.doze(ctx, t, abandon, false)
	}
	return how
}

// doze blocks until the gate of t opens or ctx ends, or, if ask says so, until the
// caller is asked to look at its stack.
func (l *Loop) doze(ctx context.Context, t *task, abandon, ask bool) slept {
	done := ctx.Done()
	for !t.settled.isOpen() {
		woken := t.settled.wait(done)
		if woken && l.inline && t.kind == kindCall {
			l.compete(t)
		}
		switch {
		case woken && ask && t.asked.Load() && !t.settled.isOpen():
			return sleptAsked
		case woken:
		case t.withdraw():
			return sleptWithdrawn
		case abandon && t.abandon():
			return sleptAbandoned
		default:
			done = nil
		}
	}
	return sleptOpen
}
