package loop_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// calls makes a call that has the handler do all this.
func calls(t *testing.T, l *loop.Loop, do ...func(context.Context)) {
	t.Helper()
	err := callOf(l, func(ctx context.Context) (int, error) {
		for _, f := range do {
			f(ctx)
		}
		return 0, nil
	})
	require.NoError(t, err)
}

// callOf makes a call in a goroutine of its own, which ends: a caller of an inline loop that runs
// its handler itself stays locked.
func callOf(l *loop.Loop, handler func(context.Context) (int, error)) error {
	r := <-background(func() (int, error) { return loop.Call(context.Background(), l, handler) })
	return r.err
}

func lock(context.Context)     { runtime.LockOSThread() }
func unlock(context.Context)   { runtime.UnlockOSThread() }
func nap(ctx context.Context)  { _ = loop.Sleep(ctx, time.Millisecond) }
func panics(context.Context)   { panic(errHandler) }
func collects(context.Context) { runtime.GC() }
func awaits(ctx context.Context) {
	_ = loop.Await(ctx, func(context.Context) error { lock(ctx); return nil })
}

// The first call of many a C library locks the thread, and the last unlocks it.
func TestThreadMayBeLockedByHandlers(t *testing.T) {
	for name, handlers := range map[string][][]func(context.Context){
		"for good":              {{lock}, {nap}, {lock, nap}, {nap}},
		"across Await":          {{lock, nap, unlock}, {lock, lock, nap, unlock, nap, unlock}, {nap}},
		"by one for another":    {{lock}, {lock, nap}, {unlock}, {nap, unlock}, {nap}},
		"less than unlocked":    {{unlock}, {unlock, nap}, {nap, unlock, nap}, {nap}},
		"in what is awaited":    {{awaits}, {lock, awaits, unlock}, {nap}},
		"and collected garbage": {{lock, collects, nap, collects, unlock, collects}, {nap}},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, newLoop maker) {
				l := newLoop(t)
				for _, h := range handlers {
					calls(t, l, h...)
				}
				requireAddsUp(t, l)
			})
		})
	}
}

// Handlers that await while others lock the thread come back to a thread that is as they left it.
func TestThreadMayBeLockedByManyAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		kinds := [][]func(context.Context){{lock, nap, nap}, {nap, unlock, nap}, {lock, nap, unlock}, {nap}, {lock, lock}, {unlock}}
		var pending []<-chan result[int]
		for i := range 20 * len(kinds) {
			pending = append(pending, background(func() (int, error) {
				return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					for _, f := range kinds[i%len(kinds)] {
						f(ctx)
					}
					return 0, nil
				})
			}))
		}
		for _, c := range pending {
			require.NoError(t, (<-c).err)
		}
		requireAddsUp(t, l)
	})
}

// On WebAssembly the runtime counts the thread locks of all goroutines together, and the
// collector may let any of them run while a coroutine is made.
func TestThreadLockedByOtherGoroutines(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		done := make(chan struct{})
		go func() {
			for {
				runtime.LockOSThread()
				select {
				case <-done:
					return
				default:
					runtime.Gosched()
				}
			}
		}()
		defer close(done)
		for range 6 {
			var pending []<-chan result[int]
			for range 20 { // more than the idle coroutines, so that some are made
				pending = append(pending, background(func() (int, error) {
					return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
						nap(ctx)
						return 0, nil
					})
				}))
			}
			runtime.GC()
			for _, p := range pending {
				require.NoError(t, (<-p).err)
			}
		}
	})
}

// What handlers leave behind does not add up while nobody awaits.
func TestThreadLocksDoNotAddUp(t *testing.T) {
	for name, f := range map[string]func(context.Context){"lock": lock, "unlock": unlock} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, newLoop maker) {
				l := newLoop(t)
				for range 1500 {
					require.NoError(t, l.Spawn(context.Background(), quiet(f)))
				}
				calls(t, l, nap)
			})
		})
	}
}

func TestThreadLockedByAHandlerThatEndsBadly(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for _, f := range []func(context.Context){lock, unlock, nap} {
			badly := func(last func(context.Context)) func() {
				return func() {
					_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
						f(ctx)
						defer nap(ctx)
						defer f(ctx)
						last(ctx)
						return 0, nil
					})
				}
			}
			require.True(t, exits(badly(func(context.Context) { runtime.Goexit() })))
			require.False(t, exits(func() { require.NotNil(t, caught(badly(panics))) }))
			calls(t, l, nap)
		}
	})
}

// The host of Adapt may come to be locked while handlers await.
func TestThreadLockedByTheHost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		posts := make(chan func(), 16)
		go func() {
			for fn := range posts {
				fn()
			}
		}()
		defer close(posts)
		l := loop.Adapt(func(fn func()) { posts <- fn }, loop.WithCoroutines())
		sleeper := func() <-chan result[int] {
			return background(func() (int, error) {
				return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					if err := loop.Sleep(ctx, time.Second); err != nil {
						return 0, err
					}
					return 1, loop.Sleep(ctx, time.Second)
				})
			})
		}
		early := sleeper()
		synctest.Wait()
		posts <- runtime.LockOSThread
		late := sleeper()
		requireAlive(t, l)
		require.Equal(t, result[int]{1, nil}, <-early)
		require.Equal(t, result[int]{1, nil}, <-late)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}
