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
// It is a channel of capacity one behind an atomic word: whoever waits yields
// the processor once before it sleeps, and an event that comes within that
// time costs no channel operation at all. On a loop with short handlers this
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
		ch <- struct{}{}
	}
}

// wait blocks until the gate opens and reports true, or until done is closed
// and reports false. After false the event may still come: the caller settles
// who was first and, if the event was, waits again.
func (g *gate) wait(done <-chan struct{}) bool {
	if g.word.Load() == gateOpen {
		return true
	}
	runtime.Gosched()
	switch {
	case g.word.CompareAndSwap(gateShut, gateParked):
	case g.word.Load() == gateOpen:
		return true
	}
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

// waitAgain continues a wait that ended with false.
func (g *gate) waitAgain() { <-g.ch }

// reset shuts the gate for its next use.
func (g *gate) reset() { g.word.Store(gateShut) }

// newGate returns a shut gate.
func newGate() gate { return gate{ch: make(chan struct{}, 1)} }
