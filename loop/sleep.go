package loop

import "context"

// How a sleep ended.
type slept uint8

const (
	sleptOpen      slept = iota // the gate is open
	sleptWithdrawn              // the context ended and the task will not run
	sleptAbandoned              // the context ended and the handler runs on without its caller
)

// sleep blocks the calling goroutine until the gate of t opens. If ctx ends first,
// it withdraws the task or, if abandon says so, leaves it; a handler that runs is
// waited for otherwise.
//
// A caller that is a handler itself notes in the graph that it waits. Where its
// context does not tell, that happens when the loop has been stuck for a while and
// the caller has been asked to look.
func (l *Loop) sleep(ctx context.Context, t *task, kind WaitKind, abandon bool) slept {
	l.watch.arm(l)
	if l.inline {
		l.compete(t) // the role may have come free before there was somebody to wake
	}
	edge := waitEdge{kind: kind, target: l, task: t}
	b := blockedBy(t.ctx.up)
	b.raise(edge)
	defer func() { b.lift() }()
	done := ctx.Done()
	for !t.settled.isOpen() {
		woken := t.settled.wait(done)
		if woken && l.inline {
			l.compete(t)
		}
		switch {
		case woken && b.empty() && t.asked.Load() && !t.settled.isOpen():
			b.cut = enclosing()
			b.raise(edge)
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
