package loop

import "sync/atomic"

// A role is the right to run handlers of a loop, as a word: whether somebody holds
// it, whether for a direct call, and how many direct calls there have been. In one
// word, because a direct call is short enough for each atomic operation to count.
type role struct{ word atomic.Uint64 }

const (
	roleTaken  uint64 = 1 << 0 // somebody holds it
	roleDirect uint64 = 1 << 1 // who took it for a direct call and is running its handler
	roleCall   uint64 = 1 << 2 // one direct call that has ended, in the count
)

// take takes the role if it is free and reports whether it did. as is roleTaken,
// alone or with roleDirect.
func (r *role) take(as uint64) bool {
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

// free gives the role back. Nobody but the holder changes the word meanwhile.
func (r *role) free() { r.word.Store(r.word.Load() &^ (roleTaken | roleDirect)) }

// freeDirect gives the role back after a direct call, and counts it.
func (r *role) freeDirect() {
	r.word.Store(r.word.Load()&^(roleTaken|roleDirect) + roleCall)
}

// undirect notes that a direct call goes on as a task like any other.
func (r *role) undirect() { r.word.Store(r.word.Load() &^ roleDirect) }

func (r *role) held() bool   { return r.word.Load()&roleTaken != 0 }
func (r *role) direct() bool { return r.word.Load()&roleDirect != 0 }

// look returns the three at one moment.
func (r *role) look() (calls int64, held, direct bool) {
	w := r.word.Load()
	return int64(w / roleCall), w&roleTaken != 0, w&roleDirect != 0
}

// calls returns the number of direct calls that have ended as such.
func (r *role) calls() int64 { return int64(r.word.Load() / roleCall) }
