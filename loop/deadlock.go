package loop

import (
	"fmt"
	"strings"
)

// A WaitKind is what a hop of a deadlock waits for.
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

// A Hop is one handler of a deadlock: it holds the role of its loop, or is in
// Await, and waits for the loop of the next hop. The last waits for the first.
type Hop struct {
	Loop     string   // the loop whose handler waits
	Handler  string   // the handler, "bank.Account.Deposit"
	Position string   // where its code begins, "account.go:12"
	Wait     WaitKind // what it waits for
	Target   string   // the loop that it waits for
	LoopID   uint64   // number of the loop that waits, see Snapshot
	TargetID uint64   // and of the one that it waits for
	Stack    string   // stack of the waiting goroutine, one frame a line
}

// A DeadlockError says that a call would have closed a cycle of handlers that
// wait for each other's loops, none of which could ever go on. The call that would
// have closed the cycle fails with it, wrapped in an [*Error]; the others go on when
// that one has.
//
// Where the cycle was found without the help of contexts, handlers of inline loops
// that one goroutine runs inside each other are one hop; its stack shows them all.
type DeadlockError struct {
	Hops []Hop // the first is the handler whose call failed
}

// Error lists the hops, with the stacks.
func (e *DeadlockError) Error() string {
	var b strings.Builder
	b.WriteString("it would be a deadlock")
	for i, h := range e.Hops {
		sep := ", where "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s on loop %q waits for %s of loop %q",
			sep, atPosition(h.Handler, h.Position), h.Loop, h.Wait, h.Target)
	}
	for _, h := range e.Hops {
		fmt.Fprintf(&b, "\n\n%s on loop %q:\n%s", h.Handler, h.Loop, h.Stack)
	}
	return b.String()
}
