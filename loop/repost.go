package loop

import "time"

// Bounds of the time after which a function that the host has not run is posted again.
const (
	minPatient = time.Second
	maxPatient = time.Minute
)

// startWatch sees to it that a function which the host drops is posted again. a.mu is held.
func (a *adapter) startWatch(l *Loop) {
	if a.watching {
		return
	}
	a.watching, a.patient = true, minPatient
	if a.watch == nil {
		a.watch = time.AfterFunc(a.patient, func() { a.lookAgain(l) })
		return
	}
	a.watch.Reset(a.patient)
}

// lookAgain posts the function again that was posted before the last look and has not begun.
func (a *adapter) lookAgain(l *Loop) {
	a.mu.Lock()
	p := a.posted
	if p == nil || p.begun || a.state != hostRuns {
		a.watching = false
		a.mu.Unlock()
		return
	}
	again := p.old
	if again {
		a.patient = min(2*a.patient, maxPatient)
	}
	p.old = true
	a.watch.Reset(a.patient)
	a.mu.Unlock()
	if again {
		a.postFunction(l, p)
	}
}
