package loop

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A WaitKind is the kind of event that a hop of a deadlock waits for.
type WaitKind int

const (
	WaitResult WaitKind = iota + 1 // the result of a call
	WaitRoom                       // room in a full queue
	WaitDrain                      // the end of a Shutdown
)

// String returns "the result", "room in the queue" or "the drain".
func (k WaitKind) String() string {
	switch k {
	case WaitResult:
		return "the result"
	case WaitRoom:
		return "room in the queue"
	case WaitDrain:
		return "the drain"
	}
	return fmt.Sprintf("WaitKind(%d)", int(k))
}

// A Wait is an edge of the wait-for graph: a handler, which holds the role of its loop or is in
// Await, waits for another loop to do something.
type Wait struct {
	Loop     string   // name of the loop whose handler waits
	LoopID   uint64   // its number, see [Loop.ID]
	Handler  string   // the handler, "bank.Account.Deposit"
	Position string   // where its code begins, "account.go:12"
	Kind     WaitKind // what it waits for
	Target   string   // name of the loop that it waits for
	TargetID uint64   // its number
	Stack    string   // of the waiting goroutine, one frame a line, without this package's
}

// A DeadlockError reports that a call would have closed a cycle of handlers that wait for each
// other's loops, so that none of them could ever go on. The call that would have closed the
// cycle fails with it, wrapped in an [*Error]; the others go on when that one has.
//
// Where the cycle was found without the help of contexts, handlers of inline loops
// that one goroutine runs inside each other are one hop; its stack shows them all.
type DeadlockError struct {
	// Hops are the handlers of the cycle. Each waits for the loop of the next, the last for that
	// of the first, whose call has failed.
	Hops []Wait
}

// Error returns a line for each hop, and one with the remedy. The text may reach clients: it
// names handlers and loops, and no stack. The verb %+v of package fmt shows the stacks too.
func (e *DeadlockError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString("it would be a deadlock")
	for i, h := range e.Hops {
		sep := ", where\n"
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s on loop %q waits for %s of loop %q",
			sep, atPosition(h.Handler, h.Position), h.Loop, h.Kind, h.Target)
	}
	b.WriteString("\n" + e.hint())
	return b.String()
}

// hint returns how such a cycle is avoided.
func (e *DeadlockError) hint() string {
	if len(e.Hops) == 1 {
		return "pass on the handler's context, wait inside loop.Await, or call the handler itself"
	}
	return "wait inside loop.Await with the handler's context, which lets the loop run other handlers meanwhile"
}

// Format implements [fmt.Formatter]. The verb %+v prints the stacks of the hops below the
// text of Error.
func (e *DeadlockError) Format(s fmt.State, verb rune) { e.format(s, verb, e.Error()) }

// format formats text, and below it the stacks if they are wanted.
func (e *DeadlockError) format(s fmt.State, verb rune, text string) {
	fmt.Fprintf(s, fmt.FormatString(s, verb), text)
	if e == nil || verb != 'v' || !s.Flag('+') {
		return
	}
	for _, h := range e.Hops {
		fmt.Fprintf(s, "\n\n%s on loop %q:\n%s", h.Handler, h.Loop, h.Stack)
	}
}

// A waitEdge is the event that a blocked goroutine waits for.
type waitEdge struct {
	kind   WaitKind
	target *Loop
	task   *task      // whose result or place it waits for; nil for a drain
	drain  chan error // takes the error if the wait is not for a task of its own; capacity 1
}

// A waiting is a goroutine that runs handlers and is blocked until another goroutine does
// something: a node of the wait-for graph, and the one way out of it.
type waiting struct {
	me   goroutine.ID
	edge waitEdge
	held []*task   // whose handlers it runs, one inside the other, the innermost first
	pcs  []uintptr // where it waits
}

// graph is all handlers that wait. Only a goroutine that runs a handler and is about to
// sleep touches it, never a plain caller and never a call that is settled at once.
var graph struct {
	sync.Mutex
	waiting map[goroutine.ID]*waiting
	found   []Deadlock // the last ones
}

// waitings keeps the records for their memory.
var waitings = sync.Pool{New: func() any { return &waiting{pcs: make([]uintptr, 64)} }}

// beginWait notes that the calling goroutine is going to wait for edge, if it runs a handler
// as far as ctx or the goroutine shows; end must follow the wait. If the wait closes a cycle,
// the call that can still be refused is refused with a *DeadlockError: usually the one that
// waits, which then finds its gate open; but its handler may have started meanwhile and be
// waiting itself.
//
// The lock makes it exact: of two waits that close a cycle together, the second sees the
// first. And a wait that is noted cannot end unnoticed: the state of its task, which is looked
// at here, changes first.
func beginWait(ctx context.Context, edge waitEdge) *waiting {
	me := goroutine.Current()
	w := waitings.Get().(*waiting)
	w.held = appendHandlers(w.held[:0], ctx, me)
	if len(w.held) == 0 {
		if t := workers.task(me); t != nil {
			w.held = append(w.held, t)
		}
	}
	w.addVisit(me)
	return w.note(me, edge)
}

// search is beginWait for a goroutine that neither has identified as a handler's: it may run a
// handler of an inline loop without its context, or await without it. search looks at all
// loops if mayHold says so, or if the goroutine is a worker. It also looks whether the
// goroutine is a coroutine that the handler waits for.
func (w *waiting) search(edge waitEdge, mayHold bool) *waiting {
	me := goroutine.Current()
	isWorker := workers.find(me) != nil
	if w == nil && (mayHold || isWorker) {
		w = waitings.Get().(*waiting)
		w.held = appendHeld(w.held[:0], me)
		w.addVisit(me)
		w = w.note(me, edge)
	}
	if edge.task != nil && !isWorker {
		edge.failIfPulled()
	}
	return w
}

// addVisit adds the task that stands for the goroutine me, if that is a host's and does not run a
// handler of its loop.
func (w *waiting) addVisit(me goroutine.ID) {
	t := workers.visit(me)
	if t != nil && !slices.ContainsFunc(w.held, func(h *task) bool { return h.loop == t.loop }) {
		w.held = append(w.held, t)
	}
}

// note puts w into the graph if it holds anything, and looks for a cycle.
func (w *waiting) note(me goroutine.ID, edge waitEdge) *waiting {
	if len(w.held) == 0 {
		waitings.Put(w)
		return nil
	}
	w.me, w.edge = me, edge
	w.pcs = w.pcs[:cap(w.pcs)]
	w.pcs = w.pcs[:runtime.Callers(2, w.pcs)]
	graph.Lock()
	defer graph.Unlock()
	if graph.waiting == nil {
		graph.waiting = make(map[goroutine.ID]*waiting)
	}
	graph.waiting[me] = w
	if edge.task != nil {
		edge.task.callerLoop.Store(w.held[0].loop.id)
	}
	if cycle := w.findCycle(); cycle != nil {
		breakCycle(cycle)
	}
	return w
}

// end notes that the wait is over.
func (w *waiting) end() {
	if w == nil {
		return
	}
	graph.Lock()
	delete(graph.waiting, w.me)
	graph.Unlock()
	if t := w.edge.task; t != nil {
		t.callerLoop.Store(0)
	}
	clear(w.held)
	w.edge = waitEdge{}
	waitings.Put(w)
}

// appendHandlers appends the tasks whose handlers the goroutine me runs, as the contexts
// show, innermost first. It is more than one where a handler calls an inline loop and so
// runs the other handler itself.
func appendHandlers(held []*task, ctx context.Context, me goroutine.ID) []*task {
	for c := currentContext(ctx); c != nil; c = currentContext(c.parent) {
		t := c.runningOn(me)
		if t == nil {
			break
		}
		if n := len(held); n == 0 || held[n-1] != t {
			held = append(held, t)
		}
	}
	return held
}

// runningOn returns the task whose handler the goroutine me, which is the calling one, runs
// for the loop of c, or nil.
func (c *handlerContext) runningOn(me goroutine.ID) *task {
	if c.loop.role.heldBy(me) {
		return c.loop.task()
	}
	if t := c.task; t.stage.Load() == stageAwaiting && t.goroutine() == me && !c.over.Load() {
		return t
	}
	return nil
}

// appendHeld appends the tasks of all loops whose handlers the goroutine me, which is the
// calling one, runs: with the role, or in Await.
func appendHeld(held []*task, me goroutine.ID) []*task {
	for l := range Loops() {
		if l.role.heldBy(me) {
			if t := l.task(); t != nil {
				held = append(held, t)
			}
			continue
		}
		l.mu.Lock()
		for t := l.away.first; t != nil; t = t.links[linkAway].next {
			if t.goroutine() == me {
				held = append(held, t)
			}
		}
		l.mu.Unlock()
	}
	return held
}

// findCycle follows the only way out of each goroutine, beginning with w. It returns the
// handlers on the way if it leads back to w, those of w first. The graph's lock is held.
func (w *waiting) findCycle() (cycle []hop) {
	var others []hop
	seen := make(map[*waiting]bool)
	for at := w; ; {
		g, t := at.edge.blocker()
		next := graph.waiting[g]
		if g == 0 || t == nil || next == nil || seen[next] || t.isVisit() && !slices.Contains(next.held, t) {
			return nil // not stuck, or in a cycle further on, whose members know
		}
		if next == w {
			return append(next.hops(t), others...)
		}
		seen[next] = true
		others = append(others, next.hops(t)...)
		at = next
	}
}

// hops returns the handlers of w from t to the innermost. Each waits for the next, and the
// last for the edge of w.
func (w *waiting) hops(t *task) (hops []hop) {
	for i := slices.Index(w.held, t); i > 0; i-- {
		inner := w.held[i-1]
		hops = append(hops, hop{w.held[i], waitEdge{kind: WaitResult, target: inner.loop, task: inner}, w.pcs})
	}
	if len(hops) > 0 {
		t = w.held[0]
	}
	return append(hops, hop{t, w.edge, w.pcs})
}

// blocker returns the goroutine that must go on before the wait can end, and the task whose
// handler it runs. It returns 0 if there is none, or none known: then it is not a deadlock.
func (e *waitEdge) blocker() (goroutine.ID, *task) {
	if t := e.task; t != nil {
		switch t.state.Load() {
		case taskQueued:
			if e.kind == WaitRoom && t.wake.isOpen() {
				return 0, nil
			}
		case taskRunning, taskAbandoned:
			// It may be in Await: then the role's holder has nothing to do with it.
			return t.goroutine(), t
		default:
			return 0, nil
		}
	}
	return e.target.holder()
}

// holder returns the goroutine that has the role of l and the task whose handler it runs,
// or 0 and nil. If no goroutine has it, the host's has to come round to it.
func (l *Loop) holder() (goroutine.ID, *task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.role.holder(); g != 0 || l.home == nil {
		return g, l.task()
	}
	if r := l.home.known.Load(); r != nil {
		return r.me, r.visit
	}
	return 0, nil
}

// A hop is a handler of a cycle and its way out.
type hop struct {
	task *task
	way  waitEdge
	pcs  []uintptr
}

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
			return false // it has failed before
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

// wait describes the hop without its stack. The graph's lock is held.
func (h hop) wait() Wait {
	return Wait{
		Loop:     h.task.loop.Name(),
		LoopID:   h.task.loop.id,
		Handler:  h.task.body.Name(),
		Position: h.task.body.Position(),
		Kind:     h.way.kind,
		Target:   h.way.target.Name(),
		TargetID: h.way.target.id,
	}
}

// describeCycle renders the handlers of a cycle. The graph's lock is held.
func describeCycle(cycle []hop) *DeadlockError {
	err := &DeadlockError{}
	for _, h := range cycle {
		w := h.wait()
		w.Stack = formatStack(h.pcs)
		err.Hops = append(err.Hops, w)
	}
	remember(err)
	return err
}

// formatStack renders program counters as a traceback does, without the frames of this
// package and of the Go runtime at both ends.
func formatStack(pcs []uintptr) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if !ours(f.Function) && !strings.HasPrefix(f.Function, "runtime.") {
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			return b.String()
		}
	}
}

// Waits returns the handlers that wait for other loops now, as far as their contexts or
// goroutines show, by the numbers of their loops. It delays only handlers that begin or end
// such a wait at the same moment.
func Waits() []Wait {
	waits, stacks := copyWaits()
	// Stacks are written out with the graph unlocked, because it takes many times as
	// long as to copy them.
	for i := range waits {
		waits[i].Stack = formatStack(stacks[i])
	}
	slices.SortFunc(waits, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(a.LoopID, b.LoopID), cmp.Compare(a.TargetID, b.TargetID), cmp.Compare(a.Handler, b.Handler))
	})
	return waits
}

func copyWaits() (waits []Wait, stacks [][]uintptr) {
	graph.Lock()
	defer graph.Unlock()
	for _, w := range graph.waiting {
		pcs := slices.Clone(w.pcs)
		for _, h := range w.hops(w.held[len(w.held)-1]) {
			waits = append(waits, h.wait())
			stacks = append(stacks, pcs)
		}
	}
	return waits, stacks
}

// maxDeadlocks is the number of found deadlocks that are kept.
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

// remember keeps a deadlock for Deadlocks. The graph's lock is held.
func remember(err *DeadlockError) {
	if len(graph.found) == maxDeadlocks {
		graph.found = slices.Delete(graph.found, 0, 1)
	}
	graph.found = append(graph.found, Deadlock{time.Now(), err})
}
