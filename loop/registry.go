package loop

import (
	"iter"
	"runtime"
	"slices"
	"sync"
	"weak"
)

// registry holds all loops of the program, weakly: it keeps none from being collected. Only
// [New] and functions that look at all loops touch it, never a call.
var registry struct {
	sync.Mutex
	next  uint64
	loops map[uint64]weak.Pointer[Loop]
}

// register adds a loop until it has been collected.
func register(l *Loop) {
	registry.Lock()
	defer registry.Unlock()
	if registry.loops == nil {
		registry.loops = make(map[uint64]weak.Pointer[Loop])
	}
	registry.next++
	l.id = registry.next
	registry.loops[l.id] = weak.Make(l)
	runtime.AddCleanup(l, unregister, l.id)
}

func unregister(id uint64) {
	registry.Lock()
	defer registry.Unlock()
	delete(registry.loops, id)
}

// Loops returns the loops of the program that have not ended, in the order in which they were
// made. A loop has ended when its [Loop.Done] channel is closed.
func Loops() iter.Seq[*Loop] {
	registry.Lock()
	ids := make([]uint64, 0, len(registry.loops))
	for id := range registry.loops {
		ids = append(ids, id)
	}
	registry.Unlock()
	slices.Sort(ids)
	return func(yield func(*Loop) bool) {
		for _, id := range ids {
			registry.Lock()
			l := registry.loops[id].Value()
			registry.Unlock()
			if l != nil && !l.over() && !yield(l) {
				return
			}
		}
	}
}
