package loop_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A flakyHost is an event loop that may refuse what is posted, in a way of its own.
type flakyHost struct {
	eventLoop
	refuse atomic.Pointer[func()]
}

func (h *flakyHost) post(fn func()) {
	if refuse := h.refuse.Load(); refuse != nil {
		(*refuse)()
		return // dropped
	}
	h.eventLoop.post(fn)
}

// refuses makes the host refuse from now on, or never if how is nil.
func (h *flakyHost) refuses(how func()) {
	if how == nil {
		h.refuse.Store(nil)
		return
	}
	h.refuse.Store(&how)
}

func newFlaky(t *testing.T, opts ...loop.Option) (*flakyHost, *loop.Loop) {
	t.Helper()
	h := &flakyHost{eventLoop: eventLoop{wake: make(chan struct{}, 1)}}
	go h.run()
	t.Cleanup(func() { close(h.wake) })
	return h, loop.Adapt(h.post, append(opts[:len(opts):len(opts)], loop.WithCoroutines())...)
}

var errPost = errors.New("the host is gone")

func postPanics() { panic(errPost) }

// requirePostFailed checks that a call panics with what post did.
func requirePostFailed(t *testing.T, l *loop.Loop) {
	t.Helper()
	raised := caught(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
	})
	var p *loop.PanicError
	require.ErrorAs(t, raised.(error), &p)
	require.ErrorIs(t, p, errPost)
	require.Contains(t, string(p.Stack), "loop_test.postPanics(")
}

func TestAdaptPostPanics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, l := newFlaky(t)
		for range 3 {
			h.refuses(postPanics)
			requirePostFailed(t, l)
			requirePostFailed(t, l)
			h.refuses(nil)
			requireAlive(t, l)
		}
		requireAddsUp(t, l)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

// A caller that waits for room gets a place when the queue is emptied.
func TestAdaptPostPanicsWithAFullQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, l := newFlaky(t, loop.WithQueueSize(1))
		h.refuses(func() {
			time.Sleep(time.Second)
			postPanics()
		})
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { requirePostFailed(t, l) })
		}
		all.Wait()
		h.refuses(nil)
		requireAlive(t, l)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

// Nobody waits for these, so somebody else gets the panic as an error.
func TestAdaptPostPanicsForSpawnedAndFuture(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var reported []error
		h, l := newFlaky(t, loop.WithErrorHandler(func(err *loop.Error) { reported = append(reported, err) }))
		h.refuses(postPanics)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { t.Error("ran"); return nil }))
		require.Len(t, reported, 1)
		require.ErrorIs(t, reported[0], errPost)
		f := loop.Async(context.Background(), l, value(1))
		require.ErrorIs(t, caught(func() { _, _ = f.Await(context.Background()) }).(error), errPost)
		require.NoError(t, l.Shutdown(context.Background()))
		requireAddsUp(t, l)
	})
}

// A handler in Await gets no panic. It goes on with the next call that reaches the host.
func TestAdaptPostPanicsWhileAHandlerAwaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, l := newFlaky(t)
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, time.Second) })
		})
		synctest.Wait()
		h.refuses(postPanics)
		time.Sleep(time.Minute)
		require.Empty(t, call)
		requirePostFailed(t, l)
		require.Empty(t, call)
		h.refuses(nil)
		requireAlive(t, l)
		require.Equal(t, result[int]{1, nil}, <-call)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

func TestAdaptPostExits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, l := newFlaky(t)
		h.refuses(runtime.Goexit)
		require.True(t, exits(func() { _, _ = loop.Call(context.Background(), l, value(1)) }))
		h.refuses(nil)
		requireAlive(t, l)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

// Close and Shutdown come to their ends with any host, with a final function and without.
func TestAdaptEndsWithoutItsHost(t *testing.T) {
	for name, refuse := range map[string]func(){"dropped": func() {}, "panics": postPanics} {
		for _, withFinal := range []bool{false, true} {
			if withFinal && name == "dropped" {
				continue // it may be run yet
			}
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					var reported []error
					opts := []loop.Option{loop.WithErrorHandler(func(err *loop.Error) { reported = append(reported, err) })}
					if withFinal {
						opts = append(opts, loop.WithFinal(func(context.Context) { t.Error("ran") }))
					}
					h, l := newFlaky(t, opts...)
					requireAlive(t, l)
					h.refuses(refuse)
					ctx, cancel := context.WithTimeout(context.Background(), time.Second)
					defer cancel()
					_ = background(func() (int, error) { _ = caught(func() { _, _ = loop.Call(ctx, l, value(1)) }); return 0, nil })
					synctest.Wait()
					require.NoError(t, l.Close())
					require.NoError(t, l.Shutdown(context.Background()))
					<-l.Done()
					require.Equal(t, withFinal, len(reported) == 1, "%v", reported)
				})
			})
		}
	}
}

// A host may run a posted function at once, in the goroutine that posts it, or twice.
func TestAdaptPostRunsInOtherWays(t *testing.T) {
	for name, post := range map[string]func(func()){
		"at once": func(fn func()) { fn() },
		"twice":   func(fn func()) { fn(); fn() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ended := false
				l := loop.Adapt(post, loop.WithCoroutines(), loop.WithFinal(func(context.Context) { ended = true }))
				for range 3 {
					requireAlive(t, l)
					calls(t, l, nap, lock, nap)
					for range 200 {
						require.NoError(t, l.Spawn(context.Background(), quiet(nap)))
					}
					synctest.Wait()
				}
				require.NoError(t, l.Shutdown(context.Background()))
				require.True(t, ended)
			})
		})
	}
}

// The panic of a host that has run the function already is the caller's.
func TestAdaptPostPanicsAfterRunningTheFunction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ran := 0
		l := loop.Adapt(func(fn func()) { fn(); postPanics() })
		for range 2 {
			raised := caught(func() {
				_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { ran++; return 0, nil })
			})
			require.Same(t, errPost, raised)
		}
		require.Equal(t, 2, ran)
		require.NoError(t, l.Close())
		<-l.Done()
	})
}
