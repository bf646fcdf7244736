package history

// Idle reports whether nothing runs and nothing is waited for: every execution has ended, and all work
// that was stored has been done or is a dead letter.
func Idle(events []Event) bool {
	running := make(map[int]bool)
	durable, open := make(map[string]bool), make(map[string]bool)
	done := make(map[string]bool)
	for _, e := range events {
		switch e.Kind {
		case Begin:
			running[e.Run] = true
		case End, Fail, Gone:
			delete(running, e.Run)
			done[e.Op] = done[e.Op] || e.Kind == End
		case Dead:
			done[e.Op] = true
		case Invoke:
			durable[e.Op] = e.Mode.durable()
		case Return:
			if durable[e.Op] && e.Outcome == OK {
				open[e.Op] = true
			}
		}
	}
	if len(running) > 0 {
		return false
	}
	for op := range open {
		if !done[op] {
			return false
		}
	}
	return true
}
