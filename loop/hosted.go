package loop

import "github.com/asyncgen/asyncgen/loop/internal/goroutine"

// NewHosted is [Adapt] for a host that the program runs itself: host calls run, which is the
// host's own loop and returns when that ends, such as the Run method of a toolkit's application.
// The calling goroutine is the host's.
//
// Nothing is posted before host is called: calls wait until then, or fail with [ErrNoHost] if the
// loop has the option [WithHostRequired]. When run has returned or panicked, the loop is closed
// as by [Loop.Close]: callers get [ErrClosed], the function of [WithFinal] runs, and nothing is
// posted any more. A second call of host panics.
//
//	ui, host := loop.NewHosted(fyne.Do)
//	…
//	host(app.Run)
func NewHosted(post func(func()), opts ...Option) (l *Loop, host func(run func())) {
	if post == nil {
		panic("loop: NewHosted needs a function that posts")
	}
	a := &adapter{post: post}
	l = newAdapted(a, "NewHosted", opts)
	return l, func(run func()) { a.host(l, run) }
}

// WithCoroutines lets the handlers of [Adapt] and [NewHosted] run in coroutines of the host's
// thread, as those of [WithThread] do: a handler can await, and others run meanwhile. It is for
// hosts that do not check which goroutine calls them, such as goja's. It panics with other loops.
//
// If C code on the host's goroutine runs a loop inside of the host's, as dialogs do, handlers that
// are in Await go on after it has returned, and Await fails with [ErrCannotAwait] in the handlers
// that are started meanwhile. A handler that calls [runtime.Goexit] leaves a goroutine behind,
// which waits for ever.
func WithCoroutines() Option {
	return option(func(c *config) { c.coroutines = true })
}

// WithHostRequired lets calls fail with [ErrNoHost] until the host of [NewHosted] runs. By
// default they wait. It panics with other loops.
func WithHostRequired() Option {
	return option(func(c *config) { c.hostRequired = true })
}

// configureHost takes the options that are for hosts, or panics if l has none.
func (c *config) configureHost(l *Loop) {
	if c.coroutines && c.chosen != "Adapt" && c.chosen != "NewHosted" {
		panic("loop: WithCoroutines is for Adapt and NewHosted")
	}
	if c.hostRequired && c.chosen != "NewHosted" {
		panic("loop: WithHostRequired is for NewHosted")
	}
	if a, ok := l.executor.(*adapter); ok {
		a.configure(c, l)
	}
}

// host calls run as the host's own loop, see NewHosted.
func (a *adapter) host(l *Loop, run func()) {
	if run == nil {
		panic("loop: the host needs a function that runs it")
	}
	goroutine.Enter(func() {
		p := a.start(l)
		defer a.end(l)
		if p != nil {
			a.postFunction(l, p)
		}
		run()
	})
}

// start begins to post functions, and returns the one that was to be posted before.
func (a *adapter) start(l *Loop) *posting {
	a.mu.Lock()
	if a.state != hostAwaited {
		a.mu.Unlock()
		panic("loop: the host of " + l.String() + " has been run before")
	}
	a.state = hostRuns
	p := a.posted
	if p != nil {
		a.startWatch(l)
	}
	a.mu.Unlock()
	a.home.settle(l)
	l.mu.Lock()
	l.capacity = l.size
	l.mu.Unlock()
	return p
}

// end closes the loop, whose host has ended, and runs here what must run all the same: handlers
// that were in Await, and the final function.
func (a *adapter) end(l *Loop) {
	a.mu.Lock()
	a.state = hostEnded
	a.mu.Unlock()
	l.stop(true)
	for !closed(l.done) {
		a.mu.Lock()
		p := a.posted
		a.mu.Unlock()
		if p != nil && a.begin(p) {
			a.run(l, p)
			continue
		}
		select {
		case <-l.done:
		case <-a.again: // a handler comes back from Await
		}
	}
	a.home.leave()
}
