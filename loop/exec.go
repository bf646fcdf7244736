package loop

// exec runs the handler of t in the calling goroutine, which holds the loop role,
// and settles the task. If the goroutine ends, because the handler called Goexit
// or somebody who was told of its end did, exec does not return and the role has
// passed on.
func (l *Loop) exec(t *task) {
	co, stays := t.co, false
	defer func() {
		if !stays {
			l.lose(co)
		}
	}()
	l.run(t)
	stays = true
}

// run calls the handler and settles the task, however the handler ends.
func (l *Loop) run(t *task) {
	returned := false
	defer func() {
		if returned {
			return
		}
		// This is on top of the frames of the panic, if it is one.
		if v := recover(); v != nil {
			l.settle(t, endPanic, l.newPanicError(t.body, v))
		} else {
			l.settle(t, endGoexit, nil)
		}
	}()
	enter(t.body, t.handlerCtx(), t)
	returned = true
	l.settle(t, endReturn, nil)
}

// lose lets the loop go on without the calling goroutine, whose end cannot be
// stopped.
func (l *Loop) lose(co *coroutine) {
	switch {
	case l.crashing.Load(): // nothing goes on
	case co != nil:
		co.bury()
	default:
		l.handOver()
	}
}

// settle decides the outcome of a task whose handler has ended, and tells
// whoever waits for it.
func (l *Loop) settle(t *task, how ending, failure *PanicError) {
	t.ending, t.failure = how, failure
	watched := t.finish()
	if watched {
		l.counters.ended(how)
	} else {
		l.counters.left.Add(-1)
	}
	t.noteEnd(how, watched, failure)
	if failure != nil && (t.kind == kindSpawn || !watched) {
		l.unobserved(failure)
	}
	switch {
	case !watched:
		// The caller may still be reading who it abandons: neither the task nor
		// its body goes back to a pool.
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
		l.crashing.Store(true)
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
	l.ends()
	l.role.free()
	next := l.claim()
	l.finish()
	l.mu.Unlock()
	next.pass(l)
}
