package loop

import "time"

// Watched reports whether the loop's pulse is running.
func (l *Loop) Watched() bool { return l.pulse.armed.Load() }

// Waiters returns the number of those who watch f together with other futures.
func Waiters[T any](f *Future[T]) int { return len(f.core.waiters) }

// WatchedForSlow reports whether the watch for slow handlers is running.
func (l *Loop) WatchedForSlow() bool { return l.slow.armed.Load() }

// Recorded returns a histogram of these durations.
func Recorded(all ...time.Duration) Histogram {
	var r recorder
	for _, d := range all {
		r.add(int64(d))
	}
	return r.histogram()
}

// Registered reports whether the registry has an entry, of a loop with that name or of one
// that has been collected.
func Registered(name string) bool {
	registry.Lock()
	defer registry.Unlock()
	for _, p := range registry.loops {
		if l := p.Value(); l == nil || l.Name() == name {
			return true
		}
	}
	return false
}

// AskWaiters does what the pulse does on a loop that is stuck.
func (l *Loop) AskWaiters() { l.askWaiters() }
