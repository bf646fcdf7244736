package loop

// Watched reports whether the loop's watch for cut deadlocks is running.
func (l *Loop) Watched() bool { return l.watch.armed.Load() }

// Waiters returns the number of those who watch f together with other futures.
func Waiters[T any](f *Future[T]) int { return len(f.waiters) }

// WatchedForSlow reports whether the watch for slow handlers is running.
func (l *Loop) WatchedForSlow() bool { return l.slow.armed.Load() }
