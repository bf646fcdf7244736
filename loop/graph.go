package loop

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A waitEdge is an edge of the wait-for graph: the handler of a task, which holds
// its loop's role or is in Await, is blocked until something happens on another
// loop. The zero value means that it is not.
type waitEdge struct {
	kind   WaitKind
	target *Loop
	task   *task      // the task whose result or place it waits for; nil for a drain
	drain  chan error // takes the error if a drain is to end; capacity 1
	pcs    []uintptr  // where the goroutine waits; the slice is used again
}

// graph is the edges of all handlers that wait. It is touched only by a handler that
// is about to sleep until another loop does something, never by a plain caller and
// never by a call that is settled at once. The edges stand in the tasks; those of
// handlers whose contexts do not lead to their tasks stand here, by the address of
// the task that was found on the stack.
var graph struct {
	sync.Mutex
	cut map[string]waitEdge

	waiting map[*task]struct{} // the tasks with an edge
	found   []Deadlock         // the last ones
}

// A blockade is the handlers on the stack of the calling goroutine, which is going
// to wait. It is more than one where a handler calls an inline loop and so runs
// the other handler itself. The zero value means that the goroutine is executing
// no handler, as far as is known.
type blockade struct {
	tasks []*task  // as the contexts tell, innermost first
	cut   []string // the addresses of all of them, if the contexts do not tell of all
	whole bool     // tasks are all
}

func (b blockade) empty() bool { return len(b.tasks)+len(b.cut) == 0 }

// blockedBy returns the blockade of the calling goroutine if it is executing the
// handler of c.
func blockedBy(c *handlerContext) blockade {
	if c == nil || !c.inFlight() {
		return blockade{}
	}
	b := blockade{whole: true}
	// Contexts lead to callers as frames do, so as many belong to this goroutine
	// as there are handlers on its stack, unless the chain is cut in between.
	for range handlersOnStack() {
		if c == nil {
			b.whole = false
			break
		}
		if n := len(b.tasks); c.inFlight() && (n == 0 || b.tasks[n-1] != c.root) {
			b.tasks = append(b.tasks, c.root)
		}
		c = c.up
	}
	return b
}

// raise notes that the goroutine is going to wait as edge says; lift must follow
// the wait. If the wait closes a cycle, the call that can still be refused is
// refused with a *DeadlockError: usually the one that waits, which then finds its
// gate open; but its handler may have started meanwhile and be waiting itself.
//
// The lock makes it exact: of two waits that close a cycle together, the second
// sees the first. And a wait that is noted cannot end unnoticed, because whoever
// ends it changes the task first, which is looked at here.
func (b blockade) raise(edge waitEdge) {
	if b.empty() {
		return
	}
	graph.Lock()
	defer graph.Unlock()
	b.set(edge)
	if cycle := b.findCycle(edge); cycle != nil {
		breakCycle(cycle)
	}
}

// lift notes that the wait is over.
func (b blockade) lift() {
	if b.empty() {
		return
	}
	graph.Lock()
	b.set(waitEdge{})
	graph.Unlock()
}

// set gives the innermost task the edge, and each around it one to the next inside.
// The graph's lock is held.
func (b blockade) set(edge waitEdge) {
	for _, address := range b.cut {
		if edge.target == nil {
			delete(graph.cut, address)
			continue
		}
		if graph.cut == nil {
			graph.cut = make(map[string]waitEdge)
		}
		edge.pcs = edge.stack(nil)
		graph.cut[address] = edge
	}
	for _, t := range b.tasks {
		t.setWait(edge)
		if edge.target != nil {
			edge = waitEdge{kind: WaitResult, target: t.loop, task: t}
		}
	}
}

// findCycle follows the only way out of each handler, beginning with edge, the way
// out of the blockade. It returns the handlers on it if it leads back, the
// blockade's own first.
func (b blockade) findCycle(edge waitEdge) (cycle []hop) {
	seen := make(map[*task]bool)
	way := edge
	for {
		t := way.blocker()
		if t == nil || seen[t] {
			return nil // not stuck, or in a cycle further on, whose members know
		}
		if own := b.within(t); own != nil {
			return append(own, cycle...)
		}
		seen[t] = true
		way = t.wayOut()
		cycle = append(cycle, hop{t, way})
	}
}

// within returns the hops from t to the end of the blockade, or nil if t is not
// one of its tasks.
func (b blockade) within(t *task) (own []hop) {
	for i := slices.Index(b.tasks, t); i >= 0; i-- {
		own = append(own, hop{b.tasks[i], b.tasks[i].wait})
	}
	if own == nil && len(b.cut) > 0 && slices.Contains(b.cut, address(t)) {
		own = []hop{{t, t.wayOut()}}
	}
	return own
}

// A hop is a handler of a cycle and its way out.
type hop struct {
	task *task
	way  waitEdge
}

// wayOut returns what the handler of t waits for. The graph's lock is held.
func (t *task) wayOut() waitEdge {
	if t.wait.target == nil && len(graph.cut) > 0 {
		return graph.cut[address(t)]
	}
	return t.wait
}

// address returns the address of t as a traceback prints it.
func address(t *task) string { return fmt.Sprintf("%p", t) }

// setWait sets the task's edge and remembers the stack.
func (t *task) setWait(edge waitEdge) {
	edge.pcs = t.wait.pcs
	if edge.target != nil {
		edge.pcs = edge.stack(edge.pcs)
	}
	t.wait = edge
	t.noteWait(edge.target != nil)
}

// stack returns where the calling goroutine waits, in buf if that has been used for
// it before.
func (e *waitEdge) stack(buf []uintptr) []uintptr {
	if buf == nil {
		buf = make([]uintptr, 64)
	}
	buf = buf[:cap(buf)]
	n := runtime.Callers(2, buf)
	// The frames of this package on top say nothing about the wait.
	for i := range n {
		if f, _ := runtime.CallersFrames(buf[i : i+1]).Next(); !strings.HasPrefix(f.Function, thisPackage) {
			return append(buf[:0], buf[i:n]...)
		}
	}
	return buf[:n]
}

// blocker returns the task that must go on before the wait can end, or nil if
// there is none, or none known: then it is not a deadlock.
func (e *waitEdge) blocker() *task {
	if e.target == nil {
		return nil
	}
	if e.task != nil {
		switch e.task.state.Load() {
		case taskQueued:
			if e.kind == WaitRoom && e.task.settled.isOpen() {
				return nil
			}
		case taskRunning, taskAbandoned:
			// It may be in Await: then the role's holder has nothing to do with it.
			return e.task
		default:
			return nil
		}
	}
	return e.target.holder()
}

// holder returns the task whose handler holds the role of l, or nil.
func (l *Loop) holder() *task {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.role.held() {
		return nil
	}
	if l.current != nil {
		return l.current
	}
	if t := l.inlined.resident.Load(); t != nil && t.running() {
		return t
	}
	return nil
}
