package loop

import (
	"runtime"
	"sync/atomic"
)

// Positions of a gate.
const (
	gateShut   uint32 = iota
	gateParked        // somebody sleeps on the channel
	gateOpen
)

// A gate lets one goroutine wait for one event that another goroutine announces.
//
// It is an atomic word, and a channel of capacity one whose signal makes the waiter look at
// the word again. The waiter yields the processor once before it sleeps, and an event that
// comes within that time costs no channel operation at all. On a loop with short handlers this
// halves the price of a call, see docs/performance.md.
//
// A gate is used again after reset. One goroutine waits; opening a gate that is
// open already does nothing.
type gate struct {
	word atomic.Uint32
	ch   chan struct{}
}

// open announces the event. The caller must not touch the gate's owner
// afterwards: the waiter may already have put it to another use.
func (g *gate) open() {
	// The channel is read first, because after the swap the gate is the waiter's.
	ch := g.ch
	if g.word.Swap(gateOpen) == gateParked {
		signal(ch)
	}
}

// signal makes a waiter look at its gate. One signal is enough for all that has
// happened before it is received.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// soon waits for the event for the time that is cheaper than going to sleep, and
// reports whether it came. It polls first if the event comes from a thread of its
// own.
func (g *gate) soon(polls int) bool {
	for range polls {
		if g.word.Load() == gateOpen {
			return true
		}
	}
	if g.word.Load() == gateOpen {
		return true
	}
	runtime.Gosched()
	return !g.word.CompareAndSwap(gateShut, gateParked) && g.word.Load() == gateOpen
}

// wait sleeps, after soon, until there is a signal and reports true, or until done
// is closed and reports false. Neither says whether the gate is open: a signal may
// be a nudge, or be left over from the gate's last use.
func (g *gate) wait(done <-chan struct{}) bool {
	if done == nil {
		<-g.ch
		return true
	}
	select {
	case <-g.ch:
		return true
	case <-done:
		return false
	}
}

// isOpen reports whether the event has come.
func (g *gate) isOpen() bool { return g.word.Load() == gateOpen }

// nudge wakes a sleeping waiter although the event has not come.
func (g *gate) nudge() {
	if g.word.Load() == gateParked {
		signal(g.ch)
	}
}

// reset shuts the gate for its next use.
func (g *gate) reset() { g.word.Store(gateShut) }

// newGate returns a shut gate.
func newGate() gate { return gate{ch: make(chan struct{}, 1)} }
