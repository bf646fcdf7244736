package loop

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A verdict is how a context has ended.
type verdict struct {
	err, cause error
	once       sync.Once
	ended      context.Context // see std
}

// loopEnded is the verdict over contexts whose loop has ended first.
var loopEnded = &verdict{err: context.Canceled, cause: ErrClosed}

// std returns an ended context of package context with the same cause, where package context
// finds the cause.
func (v *verdict) std() context.Context {
	v.once.Do(func() {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(v.cause)
		v.ended = ctx
	})
	return v.ended
}

// lifeEnds counts the loops of the program whose life has ended. A context that has seen
// its loops alive need not look at them again before the count has changed.
var lifeEnds atomic.Int64

// A lifetime ends when running handlers have to stop: at Close, or when the time that was
// given to Shutdown is up. It ends the contexts of the loop's handlers, and is the one place
// where waits for their ends are recorded.
type lifetime struct {
	ended atomic.Bool

	mu      sync.Mutex
	done    chan struct{} // of contexts that end for no other reason; made on demand
	funcs   map[*func()]struct{}
	watched map[<-chan struct{}]*canceler // by the Done channels of callers' contexts
}

// over reports whether the life has ended.
func (lt *lifetime) over() bool { return lt.ended.Load() }

// channel returns a channel that is closed when the life ends.
func (lt *lifetime) channel() <-chan struct{} {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	if lt.done == nil {
		lt.done = make(chan struct{})
		if lt.over() {
			close(lt.done)
		}
	}
	return lt.done
}

// end ends the life, once.
func (lt *lifetime) end() {
	lt.mu.Lock()
	if lt.ended.Swap(true) {
		lt.mu.Unlock()
		return
	}
	lifeEnds.Add(1)
	if lt.done != nil {
		close(lt.done)
	}
	funcs, watched := lt.funcs, lt.watched
	lt.funcs, lt.watched = nil, nil
	lt.mu.Unlock()
	for f := range funcs {
		go (*f)()
	}
	for _, w := range watched {
		w.come(loopEnded)
	}
}

// afterFunc runs f in a goroutine of its own when the life has ended. stop prevents that
// and reports whether it did.
func (lt *lifetime) afterFunc(f func()) (stop func() bool) {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	if lt.over() {
		go f()
		return func() bool { return false }
	}
	if lt.funcs == nil {
		lt.funcs = make(map[*func()]struct{})
	}
	lt.funcs[&f] = struct{}{}
	return func() bool {
		lt.mu.Lock()
		defer lt.mu.Unlock()
		_, waiting := lt.funcs[&f]
		delete(lt.funcs, &f)
		return waiting
	}
}

// watch returns the canceler for the Done channel of a caller's context, which from is or
// has.
func (lt *lifetime) watch(from context.Context, source <-chan struct{}) *canceler {
	lt.mu.Lock()
	if w := lt.watched[source]; w != nil {
		lt.mu.Unlock()
		return w
	}
	w := &canceler{life: lt, source: source, tasks: list{link: linkCancel}}
	if lt.over() {
		w.verdict.Store(loopEnded)
		lt.mu.Unlock()
		return w
	}
	if lt.watched == nil {
		lt.watched = make(map[<-chan struct{}]*canceler)
	}
	lt.watched[source] = w
	lt.mu.Unlock()
	w.register(from)
	return w
}

// A canceler ends the handlers' contexts of a loop whose callers' contexts have one Done
// channel, when that is closed or the life of the loop ends. All calls with that channel
// share it, so a long-lived context has one, however many calls come with it.
//
// It is there for as long as it is needed: by a context that was derived from a handler's, by
// a queued task of a Future, or by a goroutine that holds the Done channel, if only the
// channel. For the last it depends on the garbage collector: the canceler refers to its
// channel weakly, and goes when the channel has been collected. Until then it is registered
// with the caller's context, or, if that has a Done channel of its own making, has a
// goroutine.
//
// Nothing is read from a caller's context after the registration. It may have been given
// to another request by then. See pinned for registrations after the call.
type canceler struct {
	life    *lifetime
	source  <-chan struct{}
	verdict atomic.Pointer[verdict]

	// The life's mutex guards what follows.
	dropped bool               // it is of no use any more
	out     weak.Pointer[byte] // the Done channel, see refer
	funcs   map[*func()]struct{}
	tasks   list        // queued tasks to withdraw
	stop    func() bool // ends the registration
	stays   bool        // until the loop ends, see wait
}

// usable reports whether the canceler still watches, or has its verdict.
func (w *canceler) usable() bool {
	w.life.mu.Lock()
	defer w.life.mu.Unlock()
	return !w.dropped
}

// come ends the contexts, unless they have ended before.
func (w *canceler) come(v *verdict) {
	lt := w.life
	lt.mu.Lock()
	if !w.verdict.CompareAndSwap(nil, v) {
		lt.mu.Unlock()
		return
	}
	if ch := referred(w.out); ch != nil {
		close(ch)
	}
	if lt.watched[w.source] == w {
		delete(lt.watched, w.source)
	}
	funcs, stop := w.funcs, w.stop
	w.funcs, w.stop = nil, nil
	var tasks []*task
	if !lt.over() { // otherwise the loop refuses them
		for t := w.tasks.pop(); t != nil; t = w.tasks.pop() {
			tasks = append(tasks, t)
		}
	}
	lt.mu.Unlock()
	if stop != nil {
		stop()
	}
	for f := range funcs {
		go (*f)()
	}
	for _, t := range tasks {
		t.callerEnded(v)
	}
}

// channel returns the Done channel, or nil if the canceler was dropped.
func (w *canceler) channel() <-chan struct{} {
	w.life.mu.Lock()
	defer w.life.mu.Unlock()
	ch := referred(w.out)
	switch {
	case ch != nil:
		return ch
	case w.verdict.Load() != nil:
		return closedChannel
	case w.dropped:
		return nil
	}
	ch = make(chan struct{})
	w.out = refer(ch)
	runtime.AddCleanup(w.out.Value(), (*canceler).collected, w)
	return ch
}

// closedChannel is the Done channel of contexts that had ended before Done was called.
var closedChannel = func() chan struct{} {
	ch := make(chan struct{})
	close(ch)
	return ch
}()

// refer returns a weak pointer to a channel: a channel is a pointer to a heap object, as
// [reflect.Value.UnsafePointer] documents.
func refer(ch chan struct{}) weak.Pointer[byte] { return weak.Make(*(**byte)(unsafe.Pointer(&ch))) }

// referred returns the channel, or nil if it has been collected.
func referred(p weak.Pointer[byte]) chan struct{} {
	object := p.Value()
	return *(*chan struct{})(unsafe.Pointer(&object))
}

// collected drops the canceler if only holders of the channel needed it, since there are none
// any more. The garbage collector calls it.
func (w *canceler) collected() {
	w.life.mu.Lock()
	if w.stays {
		w.life.mu.Unlock()
		return
	}
	w.dropIfIdle()
}

// afterFunc runs f in a goroutine of its own when the contexts end. It returns nil if the
// canceler was dropped.
func (w *canceler) afterFunc(f func()) (stop func() bool) {
	lt := w.life
	lt.mu.Lock()
	defer lt.mu.Unlock()
	switch {
	case w.verdict.Load() != nil:
		go f()
		return func() bool { return false }
	case w.dropped:
		return nil
	}
	if w.funcs == nil {
		w.funcs = make(map[*func()]struct{})
	}
	w.funcs[&f] = struct{}{}
	return func() bool {
		lt.mu.Lock()
		_, waiting := w.funcs[&f]
		delete(w.funcs, &f)
		w.dropIfIdle()
		return waiting
	}
}

// add withdraws t when the contexts end, unless remove comes first. It reports false if
// the canceler was dropped.
func (w *canceler) add(t *task) bool {
	w.life.mu.Lock()
	defer w.life.mu.Unlock()
	if w.dropped {
		return false
	}
	if w.verdict.Load() == nil {
		t.canceler = w
		w.tasks.push(t)
	}
	return true
}

// remove undoes add.
func (w *canceler) remove(t *task) {
	w.life.mu.Lock()
	w.tasks.remove(t)
	w.dropIfIdle()
}

// dropIfIdle ends the registration if it is not needed, and unlocks the life's mutex.
func (w *canceler) dropIfIdle() {
	lt := w.life
	idle := len(w.funcs) == 0 && w.tasks.empty() && referred(w.out) == nil
	if !idle || w.dropped || w.verdict.Load() != nil {
		lt.mu.Unlock()
		return
	}
	w.dropped = true
	delete(lt.watched, w.source)
	stop := w.stop
	w.stop = nil
	lt.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// register connects w with the end of its source.
func (w *canceler) register(from context.Context) {
	stop := w.listen(from)
	lt := w.life
	lt.mu.Lock()
	if !w.dropped && w.verdict.Load() == nil {
		w.stop = stop
		stop = nil
	}
	lt.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// listen calls come when the source is closed, in one of four ways: through the handler's
// context or the context of package context whose channel it is, or as from offers it, or
// by waiting for it. All but the last need no goroutine.
func (w *canceler) listen(from context.Context) (stop func() bool) {
	if h := currentContext(from); h != nil && h.Done() == w.source {
		return h.AfterFunc(func() { w.come(h.verdict()) })
	}
	if inner := innerContext(from); inner != nil && inner.Done() == w.source {
		return context.AfterFunc(inner, func() { w.come(&verdict{err: inner.Err(), cause: context.Cause(inner)}) })
	}
	deadline, limited := from.Deadline()
	ended := func() {
		err := context.Canceled
		if limited && !time.Now().Before(deadline) {
			err = context.DeadlineExceeded
		}
		w.come(&verdict{err: err, cause: err})
	}
	if from, ok := from.(interface {
		AfterFunc(f func()) (stop func() bool)
	}); ok {
		w.keepInBubble()
		stop := from.AfterFunc(ended)
		return func() bool { // it is anybody's code, and a mutex may be held
			go stop()
			return true
		}
	}
	w.keepInBubble()
	return wait(w.source, ended)
}

// keepInBubble makes w stay until the loop ends if it belongs to a synctest bubble. The
// garbage collector is outside of the bubble and must not close channels of it, neither to
// end the goroutine of wait nor where a context of the bubble ends a registration.
func (w *canceler) keepInBubble() {
	w.life.mu.Lock()
	defer w.life.mu.Unlock()
	w.stays = goroutine.Describe().Bubbled
}

// wait calls f in a goroutine of its own when done is closed, unless stop is called first.
func wait(done <-chan struct{}, f func()) (stop func() bool) {
	quit := make(chan struct{})
	go func() {
		select {
		case <-done:
			f()
		case <-quit:
		}
	}()
	return sync.OnceValue(func() bool {
		close(quit)
		return true
	})
}

// innerContext returns the innermost cancelable context of package context that ctx is
// derived from, or nil.
func innerContext(ctx context.Context) context.Context {
	key := cancelKey()
	if key == nil {
		return nil
	}
	inner, _ := ctx.Value(key).(context.Context)
	return inner
}

// cancelKey returns the key under which the cancelable contexts of package context return
// themselves: the key that the package looks up in a context when it derives another. It
// returns nil if there is none, and then goroutines wait for contexts.
var cancelKey = sync.OnceValue(func() any {
	p := &keyProbe{Context: context.Background(), done: make(chan struct{})}
	_, cancel := context.WithCancel(p)
	cancel()
	return p.key
})

// A keyProbe is a context that notes the key that is looked up in it.
type keyProbe struct {
	context.Context
	done chan struct{}
	key  any
}

func (p *keyProbe) Done() <-chan struct{} { return p.done }

func (p *keyProbe) AfterFunc(func()) (stop func() bool) { return func() bool { return true } }

func (p *keyProbe) Value(key any) any {
	if p.key == nil {
		p.key = key
	}
	return nil
}
