package loop

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// breakCycle fails the first wait of the cycle that can be failed. There is one,
// because a cycle comes back to a loop's holder, and what waits for a holder is in
// the queue or waits for a drain. The graph's lock is held, so no handler of the
// cycle can go on.
func breakCycle(cycle []hop) {
	for i, h := range cycle {
		if h.way.fail(func() error { return describeCycle(slices.Concat(cycle[i:], cycle[:i])) }) {
			return
		}
	}
}

// fail ends the wait with an error if that is still possible.
func (e *waitEdge) fail(reason func() error) bool {
	if e.drain != nil {
		select {
		case e.drain <- reason():
			return true
		default:
			return false // it has been told before
		}
	}
	t := e.task
	if !t.state.CompareAndSwap(taskQueued, taskRefused) {
		return false
	}
	l := t.loop
	l.mu.Lock()
	l.unlink(t)
	accepted := t.accepted
	l.mu.Unlock()
	if accepted {
		l.counters.dropped.Add(1)
	} else {
		l.counters.refused.Add(1)
	}
	t.refuse(reason())
	return true
}

// describeCycle renders the handlers of a cycle. The graph's lock is held.
func describeCycle(cycle []hop) *DeadlockError {
	err := &DeadlockError{}
	for _, h := range cycle {
		err.Hops = append(err.Hops, Hop{
			Loop:     h.task.loop.name,
			LoopID:   h.task.loop.id,
			TargetID: h.way.target.id,
			Handler:  h.task.body.name(),
			Position: h.task.body.position(),
			Wait:     h.way.kind,
			Target:   h.way.target.name,
			Stack:    formatStack(h.way.pcs),
		})
	}
	remember(err)
	return err
}

// formatStack renders program counters as a traceback does.
func formatStack(pcs []uintptr) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}
