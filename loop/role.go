package loop

import (
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A role is the right to run handlers of a loop. One word has whether it is taken, by which
// goroutine, and how many direct calls there have been, because a direct call is short enough
// for each atomic operation to count.
//
// The word names the goroutine while that runs a handler, or serves the queue. It names
// none while the role is on its way to the next holder.
type role struct {
	word atomic.Uint64
	// counted is the number of direct calls, rounded down to a multiple of countStep.
	// The word has its lowest 16 bits and all that is missing.
	counted atomic.Int64
}

const (
	roleTaken  uint64 = 1 << 0 // a goroutine has it, or will in a moment
	roleDirect uint64 = 1 << 1 // for a direct call, whose handler is running
	roleHolder uint64 = goroutine.Mask
	roleCall   uint64 = 1 << 48 // one direct call that has ended, in the count
	roleCount         = ^(roleCall - 1)

	countStep = 256
)

// take takes the role for no goroutine in particular if it is free, and reports whether it
// did.
func (r *role) take() bool { return r.takeAs(roleTaken) }

// takeFor takes the role for the goroutine me if it is free.
func (r *role) takeFor(me goroutine.ID) bool { return r.takeAs(roleTaken | uint64(me)) }

// takeDirect takes the role for a direct call of the goroutine me if it is free.
func (r *role) takeDirect(me goroutine.ID) bool {
	return r.takeAs(roleTaken | roleDirect | uint64(me))
}

func (r *role) takeAs(as uint64) bool {
	for {
		w := r.word.Load()
		if w&roleTaken != 0 {
			return false
		}
		if r.word.CompareAndSwap(w, w|as) {
			return true
		}
	}
}

// assume notes that the goroutine me has the role, which was taken for it.
func (r *role) assume(me goroutine.ID) {
	r.word.Store(r.word.Load()&roleCount | roleTaken | uint64(me))
}

// pass notes that the role is on its way to another goroutine.
func (r *role) pass() { r.word.Store(r.word.Load()&roleCount | roleTaken) }

// free gives the role back. Only its holder changes the word meanwhile.
func (r *role) free() { r.word.Store(r.word.Load() & roleCount) }

// freeDirect gives the role back after a direct call and counts the call.
func (r *role) freeDirect() {
	w := r.word.Load()&roleCount + roleCall
	r.word.Store(w)
	if w/roleCall%countStep == 0 {
		r.counted.Add(countStep)
	}
}

// undirect notes that a direct call goes on as a task like any other.
func (r *role) undirect() { r.word.Store(r.word.Load() &^ roleDirect) }

func (r *role) held() bool   { return r.word.Load()&roleTaken != 0 }
func (r *role) direct() bool { return r.word.Load()&roleDirect != 0 }

// holder returns the goroutine that has the role, or 0.
func (r *role) holder() goroutine.ID { return goroutine.ID(r.word.Load() & roleHolder) }

// heldBy reports whether the goroutine me has the role. It is exact if me is the
// calling goroutine.
func (r *role) heldBy(me goroutine.ID) bool { return r.holder() == me }

// look returns the number of direct calls, and whether the role is held and for a direct
// call, all of one moment.
func (r *role) look() (calls int64, held, direct bool) {
	counted := r.counted.Load() // before the word, so that the word is ahead of it
	w := r.word.Load()
	missing := uint16(w/roleCall) - uint16(counted)
	return counted + int64(missing), w&roleTaken != 0, w&roleDirect != 0
}

// sampled is the function sampled for a direct call that is about to run. The lowest bits
// of the count are nearly always enough.
func (r *role) sampled() bool {
	calls := uint16(r.word.Load() / roleCall)
	return calls%sampleEvery == 0 || calls < sampleAll && r.counted.Load() < sampleAll
}

// calls returns the number of direct calls that have ended as such.
func (r *role) calls() int64 {
	calls, _, _ := r.look()
	return calls
}
