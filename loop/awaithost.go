package loop

import (
	"context"
	"runtime"
)

// awaitHosted is Await on a loop whose host runs handlers in coroutines of one
// thread. The coroutine is left where it is, so fn runs in a goroutine of its own;
// how it ends is repeated in the handler.
func awaitHosted[T any](ctx context.Context, t *task, fn func(context.Context) (T, error)) (T, error) {
	var (
		out      T
		err      error
		returned bool
		failure  any
	)
	t.noteAwait()
	t.leave()
	go enterAwait(func() {
		defer func() {
			if !returned {
				if failure = recover(); failure != nil {
					failure = t.loop.newPanicError(t.body, failure)
				}
			}
			t.comeBack()
		}()
		out, err = fn(ctx)
		returned = true
	})
	t.co.pause()
	t.stage.Store(stageRunning)
	t.noteResume()
	switch {
	case failure != nil:
		panic(failure)
	case !returned:
		runtime.Goexit()
	}
	return out, err
}

// comeBack puts t into the line of those who wait for the loop role.
func (t *task) comeBack() {
	l := t.loop
	l.mu.Lock()
	l.awaiting--
	l.queue.push(t)
	next := l.claim()
	l.mu.Unlock()
	next.pass(l)
}
