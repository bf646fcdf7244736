package loop

import (
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// NewFrames returns a loop whose handlers run in the frames of a game or a simulation, and the
// function that the program calls once for each frame, always in the same goroutine. frame runs
// the handlers in the queue, in order, until budget has passed; it finishes the one that is
// running then, and runs at least one. What does not fit waits for the next frame. frame returns
// nil, or [ErrClosed] when the loop has ended.
//
// Between frames, the goroutine is on the loop as well: a call from there runs in place, as with
// [Adapt], and handlers cannot await. [WithInline] and [WithThread] panic here.
//
//	l, frame := loop.NewFrames(loop.WithName("world"))
//	…
//	func (g *game) Update() error { return g.frame(4 * time.Millisecond) }
func NewFrames(opts ...Option) (l *Loop, frame func(budget time.Duration) error) {
	a := &adapter{state: hostFrames}
	l = newAdapted(a, "NewFrames", opts)
	return l, func(budget time.Duration) error { return a.frame(l, budget) }
}

// frame runs handlers for one frame, see NewFrames.
func (a *adapter) frame(l *Loop, budget time.Duration) (err error) {
	until := time.Now().Add(budget)
	goroutine.Enter(func() {
		if l.role.heldBy(goroutine.Current()) {
			err = errors.New("a handler of " + l.String() + " runs the next frame of its own loop")
			return
		}
		w, leave := a.home.enter(l)
		defer leave()
		a.mu.Lock()
		p := a.posted
		a.mu.Unlock()
		if p != nil && a.begin(p) && l.serveHere(w, 0, until) {
			a.takeOver(l)
		}
		if closed(l.done) {
			err = ErrClosed
		}
	})
	return err
}
