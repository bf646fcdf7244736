package loop

import (
	"context"
	"runtime"
	"sync"
)

// An end is the end of a handler's context whose caller's context can end: the
// first of that and the end of the loop.
type end struct {
	done chan struct{}

	mu    sync.Mutex
	by    context.Context      // the one that ended first
	err   error                // its error
	funcs map[*func()]struct{} // to be run when it has come
}

// watchEnd returns the end of c, and watches for it from the first call on.
//
// The watch is a registration with the caller's context and with the loop. It goes
// when nobody has c any more, since c is good for as long as somebody has it, and a
// long-lived parent must not collect one entry per call that looked at Done. The
// garbage collector takes it back: it only unregisters, because it runs outside
// of the synctest bubble whose channels these are.
func (c *handlerContext) watchEnd() *end {
	if e := c.end.Load(); e != nil {
		return e
	}
	e := &end{done: make(chan struct{})}
	if !c.end.CompareAndSwap(nil, e) {
		return c.end.Load() // another goroutine that has this context was faster
	}
	parent, life := c.parent, c.loop.life
	stopParent := context.AfterFunc(parent, func() { e.come(parent) })
	stopLife := context.AfterFunc(life, func() { e.come(life) })
	runtime.AddCleanup(c, func(stop [2]func() bool) {
		stop[0]()
		stop[1]()
	}, [2]func() bool{stopParent, stopLife})
	return e
}

// come ends the context because by has ended, unless it had ended before.
func (e *end) come(by context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return
	}
	e.by, e.err = by, by.Err()
	close(e.done)
	for f := range e.funcs {
		go (*f)()
	}
	e.funcs = nil
}

// first returns the context that ended first and its error, or nil and nil.
func (e *end) first() (context.Context, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.by, e.err
}

// afterFunc runs f when the end has come. stop prevents that and reports whether it
// did.
func (e *end) afterFunc(f func()) (stop func() bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		go f()
		return func() bool { return false }
	}
	if e.funcs == nil {
		e.funcs = make(map[*func()]struct{})
	}
	e.funcs[&f] = struct{}{}
	return func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		_, waiting := e.funcs[&f]
		delete(e.funcs, &f)
		return waiting
	}
}
