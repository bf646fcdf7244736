package loop

import (
	"cmp"
	"slices"
	"time"
)

// A WaitSnapshot is an edge of the wait-for graph: a handler that is blocked until
// another loop does something.
type WaitSnapshot struct {
	Loop     uint64 // number of the handler's loop, see Snapshot
	LoopName string
	Handler  string
	Kind     WaitKind
	Target   uint64 // number of the loop that it waits for
	Name     string // its name
	Stack    string // of the waiting goroutine, one frame a line
}

// Waits returns the handlers that wait for other loops now, as far as their contexts
// tell, by the numbers of their loops. It stops nobody but those who begin or end such
// a wait at the same moment.
func Waits() []WaitSnapshot {
	waits, stacks := copyWaits()
	// Stacks are written out with the graph unlocked, because it takes many times as
	// long as to copy them.
	for i := range waits {
		waits[i].Stack = formatStack(stacks[i])
	}
	slices.SortFunc(waits, func(a, b WaitSnapshot) int {
		return cmp.Or(cmp.Compare(a.Loop, b.Loop), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Handler, b.Handler))
	})
	return waits
}

func copyWaits() ([]WaitSnapshot, [][]uintptr) {
	graph.Lock()
	defer graph.Unlock()
	waits := make([]WaitSnapshot, 0, len(graph.waiting))
	stacks := make([][]uintptr, 0, len(graph.waiting))
	for t := range graph.waiting {
		w := t.wait
		waits = append(waits, WaitSnapshot{
			Loop: t.loop.id, LoopName: t.loop.name, Handler: t.body.name(),
			Kind: w.kind, Target: w.target.id, Name: w.target.name,
		})
		stacks = append(stacks, slices.Clone(w.pcs))
	}
	return waits, stacks
}

// noteWait adds the task to those that wait, or takes it out. The graph's lock is held.
func (t *task) noteWait(waits bool) {
	if !waits {
		delete(graph.waiting, t)
		return
	}
	if graph.waiting == nil {
		graph.waiting = make(map[*task]struct{})
	}
	graph.waiting[t] = struct{}{}
}

// maxDeadlocks is how many of the deadlocks that were found are remembered.
const maxDeadlocks = 16

// A Deadlock is one that was found, and when.
type Deadlock struct {
	Time time.Time
	Err  *DeadlockError
}

// Deadlocks returns the last 16 deadlocks that were found in the program, the oldest
// first.
func Deadlocks() []Deadlock {
	graph.Lock()
	defer graph.Unlock()
	return slices.Clone(graph.found)
}

// remember keeps a deadlock for those who look later. The graph's lock is held.
func remember(err *DeadlockError) {
	if len(graph.found) == maxDeadlocks {
		graph.found = slices.Delete(graph.found, 0, 1)
	}
	graph.found = append(graph.found, Deadlock{time.Now(), err})
}
