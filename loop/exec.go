package loop

// exec runs the handler of t in the calling goroutine, which holds the loop role,
// and settles the task. If the handler ends the goroutine, exec does not return
// and the role has passed on.
func (l *Loop) exec(t *task) {
	returned := false
	defer func() {
		if !returned {
			l.unwound(t, recover())
		}
	}()
	enter(t.body, t.ctx, t)
	returned = true
	l.settle(t, endReturn, nil)
}

// unwound settles a task whose handler panicked with v, or, if v is nil, called
// runtime.Goexit. It runs as a deferred call of exec, on top of the frames of
// the panic.
func (l *Loop) unwound(t *task, v any) {
	if v != nil {
		l.settle(t, endPanic, l.newPanicError(t.body, v))
		return
	}
	co := t.co
	l.settle(t, endGoexit, nil)
	if co != nil {
		co.bury()
		return
	}
	l.handOver() // a Goexit cannot be stopped: the loop loses this goroutine
}

// settle decides the outcome of a task whose handler has ended, and tells
// whoever waits for it.
func (l *Loop) settle(t *task, how ending, failure *PanicError) {
	t.ending, t.failure = how, failure
	watched := t.finish()
	if watched {
		l.counters.ended(how)
	}
	if failure != nil && (t.kind == kindSpawn || !watched) {
		l.unobserved(failure)
	}
	switch {
	case !watched:
		t.body.recycle()
		l.put(t)
	case t.kind == kindCall:
		t.settled.open() // from here on t is its caller's
	default:
		t.body.settle(t, nil)
	}
}

// unobserved handles a panic that no caller waits for: the loop's panic handler
// gets it, or it ends the process. It is raised again on top of the frames of
// the original one, so that the crash shows where that happened.
func (l *Loop) unobserved(failure *PanicError) {
	switch {
	case l.panicHandler != nil:
		l.panicHandler(failure)
	case l.host == nil:
		panic(failure.Value)
	default:
		// A coroutine would hand the panic to the host, without its stack.
		go panic(failure)
		select {}
	}
}

// handOver passes the role of the calling goroutine to the next in the queue.
func (l *Loop) handOver() {
	l.mu.Lock()
	l.current = nil
	l.role.free()
	next := l.claim()
	l.finish()
	l.mu.Unlock()
	next.pass(l)
}
