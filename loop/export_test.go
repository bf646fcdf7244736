package loop

// Watched reports whether the loop's watch for cut deadlocks is running.
func (l *Loop) Watched() bool { return l.watch.armed.Load() }
