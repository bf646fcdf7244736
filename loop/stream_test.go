package loop_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A source is the arguments of a stream.
type source[T any] struct {
	produce func(context.Context) iter.Seq[T]
}

func (s source[T]) Run(ctx context.Context) iter.Seq[T] { return s.produce(ctx) }
func (s source[T]) Handler() any                        { return s.produce }

type errSource struct {
	produce func(context.Context) iter.Seq2[int, error]
}

func (s errSource) Run(ctx context.Context) iter.Seq2[int, error] { return s.produce(ctx) }
func (s errSource) Handler() any                                  { return s.produce }

// stream returns what produce yields on l, in chunks of chunk. It panics if that cannot start or
// is cut short.
func stream(ctx context.Context, l *loop.Loop, chunk int, produce func(context.Context, func(int) bool)) iter.Seq[int] {
	b := &loopimpl.Bridge{Name: "test.Numbers", Chunk: chunk}
	return loopimpl.StreamSame(ctx, l, b, numbersOf(produce))
}

// paired is stream with an error beside each element.
func paired(ctx context.Context, l *loop.Loop, chunk int, produce func(context.Context, func(int) bool)) iter.Seq2[int, error] {
	b := &loopimpl.Bridge{Name: "test.Numbers", Chunk: chunk}
	return loopimpl.Stream(ctx, l, b, numbersOf(produce))
}

func numbersOf(produce func(context.Context, func(int) bool)) source[int] {
	return source[int]{func(ctx context.Context) iter.Seq[int] {
		return func(yield func(int) bool) { produce(ctx, yield) }
	}}
}

func streamErr(ctx context.Context, l *loop.Loop, chunk int, produce func(context.Context, func(int, error) bool)) iter.Seq2[int, error] {
	b := &loopimpl.Bridge{Name: "test.Rows", Chunk: chunk}
	return loopimpl.StreamErr(ctx, l, b, errSource{func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) { produce(ctx, yield) }
	}})
}

// count yields 0 to n-1.
func count(n int) func(context.Context, func(int) bool) {
	return func(_ context.Context, yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// onExecutors runs f on a loop of each kind that runs by itself.
func onExecutors(t *testing.T, f func(t *testing.T, opts ...loop.Option)) {
	t.Helper()
	for name, opts := range executorOptions() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { f(t, opts...) })
		})
	}
}

func TestStreamDeliversAllInOrder(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l := newLoop(t, opts...)
		for _, chunk := range []int{0, 1, 2, 7, 64} {
			for _, n := range []int{0, 1, 2, 3, 64, 65, 1000} {
				seq := stream(t.Context(), l, chunk, count(n))
				for range 2 { // each range is another run of the producer
					got := slices.Collect(seq)
					require.Len(t, got, n)
					for i, v := range got {
						require.Equal(t, i, v)
					}
				}
			}
		}
		requireAddsUp(t, l)
	})
}

func TestStreamOfPairs(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l := newLoop(t, opts...)
		rows := streamErr(t.Context(), l, 0, func(_ context.Context, yield func(int, error) bool) {
			_ = yield(1, nil) && yield(2, errHandler) && yield(3, nil)
		})
		var values []int
		var errs []error
		for v, err := range rows {
			values, errs = append(values, v), append(errs, err)
		}
		require.Equal(t, []int{1, 2, 3}, values)
		require.Equal(t, []error{nil, errHandler, nil}, errs)
	})
}

// Between chunks other tasks run, and the producer waits for the consumer.
func TestStreamLetsOthersRunBetweenChunks(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, made := newLoop(t, opts...), 0
		for v := range stream(t.Context(), l, 4, func(_ context.Context, yield func(int) bool) {
			for made = range 100 {
				if !yield(made) {
					return
				}
			}
		}) {
			synctest.Wait() // whatever the producer does ahead, it has done
			got, err := loop.Call(t.Context(), l, func(context.Context) (int, error) { return made, nil })
			require.NoError(t, err)
			require.LessOrEqual(t, got, v+4, "it is no more than a chunk ahead")
		}
	})
}

func TestStreamBreakRunsDefersOnTheLoop(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, ended := newLoop(t, opts...), false
		numbers := func(at int) {
			for v := range stream(t.Context(), l, 8, func(ctx context.Context, yield func(int) bool) {
				defer func() {
					_, err := loop.Call(ctx, l, value(1)) // in place, so this is the loop
					ended = err == nil
				}()
				for i := 0; yield(i); i++ {
				}
			}) {
				if v == at {
					break
				}
			}
		}
		for _, at := range []int{0, 1, 2, 5, 20, 100} {
			ended = false
			numbers(at)
			require.True(t, ended, "before the statement after the loop")
		}
		require.Zero(t, l.Stats().Running)
	})
}

func TestStreamConsumerPanicsOrExits(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, ended := newLoop(t, opts...), 0
		numbers := stream(t.Context(), l, 8, func(_ context.Context, yield func(int) bool) {
			defer func() { ended++ }()
			for i := 0; yield(i); i++ {
			}
		})
		require.Equal(t, errHandler, caught(func() {
			for range numbers {
				panic(errHandler)
			}
		}))
		require.Equal(t, 1, ended)
		require.True(t, exits(func() {
			for range numbers {
				runtime.Goexit()
			}
		}))
		require.Equal(t, 2, ended)
	})
}

func TestStreamProducerPanicsOrExits(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, seen := newLoop(t, opts...), 0
		v := caught(func() {
			for range stream(t.Context(), l, 8, func(_ context.Context, yield func(int) bool) {
				_ = yield(1) && yield(2) && yield(3)
				panic(errHandler)
			}) {
				seen++
			}
		})
		var p *loop.PanicError
		require.ErrorAs(t, v.(error), &p)
		require.ErrorIs(t, p, errHandler)
		require.Equal(t, "test.Numbers", p.Handler)
		require.Equal(t, 3, seen, "what came before the panic has come")

		v = caught(func() {
			for range stream(t.Context(), l, 8, func(_ context.Context, yield func(int) bool) {
				defer func() { panic(errHandler) }()
				yield(1)
			}) {
				break
			}
		})
		require.ErrorIs(t, v.(error), errHandler, "a panic in a deferred function is not lost either")

		require.True(t, exits(func() {
			for range stream(t.Context(), l, 8, func(context.Context, func(int) bool) { runtime.Goexit() }) {
			}
		}))
		requireAlive(t, l)
	})
}

func TestStreamProducerIgnoresTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		v := caught(func() {
			for range stream(t.Context(), l, 1, func(_ context.Context, yield func(int) bool) {
				yield(1)
				yield(2)
			}) {
				break
			}
		})
		require.ErrorContains(t, v.(error), "called yield after the end of its stream")
	})
}

// requireCut checks an error that says that the producer was interrupted.
func requireCut(t *testing.T, err, cause error) {
	t.Helper()
	var e *loop.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, loop.ErrInterrupted)
	require.ErrorIs(t, err, cause)
	require.False(t, e.NotRun())
	require.Contains(t, err.Error(), "was cut short")
}

func TestStreamEndsWithItsContext(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l := newLoop(t, opts...)
		ctx, cancel := context.WithCancelCause(t.Context())
		endless := func(_ context.Context, yield func(int, error) bool) {
			for i := 0; yield(i, nil); i++ {
			}
		}
		var last error
		for v, err := range streamErr(ctx, l, 4, endless) {
			if last = err; v == 20 {
				cancel(errHandler)
			}
			require.Less(t, v, 30)
		}
		requireCut(t, last, errHandler)

		ctx, cancel = context.WithCancelCause(t.Context())
		v := caught(func() {
			for v := range stream(ctx, l, 4, count(1000)) {
				if v == 20 {
					cancel(errHandler)
				}
			}
		})
		requireCut(t, v.(error), errHandler)

		v = caught(func() { _ = slices.Collect(stream(ctx, l, 4, count(3))) })
		require.ErrorIs(t, v.(error), loop.ErrCanceled)
		requireDidNotRun(t, v.(error), errHandler)
		requireAlive(t, l)
	})
}

// A sequence without errors of its own ends with one if it does not come to its end, and panics
// only with the signature of its handler.
func TestStreamOfValuesEndsWithAnError(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, n := newLoop(t, opts...), 0
		for v, err := range paired(t.Context(), l, 4, count(100)) {
			require.NoError(t, err)
			require.Equal(t, n, v)
			n++
		}
		require.Equal(t, 100, n)

		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var last error
		for v, err := range paired(ctx, l, 4, count(1000)) {
			if last = err; v == 20 {
				cancel(errHandler)
			}
			require.Less(t, v, 30)
		}
		requireCut(t, last, errHandler)
		for v, err := range paired(ctx, l, 4, count(3)) {
			require.Zero(t, v)
			requireDidNotRun(t, err, errHandler)
		}
		for v, err := range paired(t.Context(), l, 4, count(1000)) {
			if last = err; v == 20 {
				require.NoError(t, l.Close())
			}
		}
		requireCut(t, last, loop.ErrClosed)
		<-l.Done()
		for _, err := range paired(t.Context(), l, 4, nil) {
			requireDidNotRun(t, err, loop.ErrClosed)
		}
		for _, err := range paired(t.Context(), nil, 4, nil) {
			require.ErrorIs(t, err, loop.ErrNoLoop)
		}
	})
}

// A producer that passes on the error of a call that did not run has run itself.
func TestStreamErrorPassedOn(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, closed := newLoop(t, opts...), newLoop(t)
		require.NoError(t, closed.Close())
		rows := func(ctx context.Context) iter.Seq2[int, error] {
			return streamErr(ctx, l, 4, func(ctx context.Context, yield func(int, error) bool) {
				yield(loop.Call(ctx, closed, value(1)))
			})
		}
		check := func(ctx context.Context) (int, error) {
			for _, err := range rows(ctx) {
				require.ErrorIs(t, err, loop.ErrClosed)
				require.False(t, loop.NotRun(err))
			}
			return 0, nil
		}
		_, _ = check(t.Context())
		_, err := loop.Call(t.Context(), l, check)
		require.NoError(t, err)
	})
}

func TestStreamIsWithdrawnWhileQueued(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l := newLoop(t, opts...)
		release := occupy(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for v, err := range streamErr(ctx, l, 4, func(context.Context, func(int, error) bool) { t.Error("it runs") }) {
			require.Zero(t, v)
			requireDidNotRun(t, err, context.DeadlineExceeded)
		}
		release()
		synctest.Wait()
		require.EqualValues(t, 1, l.Stats().Canceled)
	})
}

func TestStreamEndsWithItsLoop(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, ended := newLoop(t, opts...), false
		var last error
		for v, err := range streamErr(t.Context(), l, 4, func(_ context.Context, yield func(int, error) bool) {
			defer func() { ended = true }()
			for i := 0; yield(i, nil); i++ {
			}
		}) {
			if last = err; v == 20 {
				require.NoError(t, l.Close())
			}
		}
		requireCut(t, last, loop.ErrClosed)
		require.True(t, ended)
		<-l.Done()
		for _, err := range streamErr(t.Context(), l, 4, nil) {
			requireDidNotRun(t, err, loop.ErrClosed)
		}
	})
}

// Shutdown waits for a stream as for any handler in flight.
func TestStreamIsDrained(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, seen := newLoop(t), 0
		down := make(chan error, 1)
		for range stream(t.Context(), l, 4, count(100)) {
			if seen++; seen == 10 {
				go func() { down <- l.Shutdown(context.Background()) }()
				synctest.Wait()
				require.Empty(t, down)
			}
		}
		require.Equal(t, 100, seen)
		require.NoError(t, <-down)
	})
}

// A producer that waits for something hands over what it has first.
func TestStreamFlushesBeforeAwait(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, start := newLoop(t, opts...), time.Now()
		for v := range stream(t.Context(), l, 64, func(ctx context.Context, yield func(int) bool) {
			for i := range 50 {
				if !yield(i) || loop.Sleep(ctx, time.Second) != nil {
					return
				}
			}
		}) {
			require.Equal(t, time.Duration(v)*time.Second, time.Since(start))
		}
	})
}

func TestStreamBreakWhileTheProducerAwaits(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, last := newLoop(t, opts...), 0
		for v := range stream(t.Context(), l, 64, func(ctx context.Context, yield func(int) bool) {
			for yield(last) && loop.Sleep(ctx, time.Second) == nil {
				last++
			}
		}) {
			if v == 5 {
				break
			}
		}
		require.Equal(t, 6, last, "it noticed with the next element")
		requireAlive(t, l)
	})
}

// In a handler of the same loop the producer runs in place.
func TestStreamOfTheOwnLoop(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l := newLoop(t, opts...)
		got, err := loop.Call(t.Context(), l, func(ctx context.Context) (int, error) {
			sum := 0
			for v := range stream(ctx, l, 4, count(100)) {
				if sum += v; v == 10 {
					break
				}
			}
			return sum, nil
		})
		require.NoError(t, err)
		require.Equal(t, 55, got)
	})
}

// A producer that calls the loop whose handler consumes it would wait for itself.
func TestStreamDeadlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		_, err := loop.Call(t.Context(), a, func(ctx context.Context) (int, error) {
			var failed error
			for range stream(ctx, b, 4, func(ctx context.Context, yield func(int) bool) {
				_, failed = loop.Call(ctx, a, value(1))
				yield(1)
			}) {
			}
			return 0, failed
		})
		requireDeadlock(t, err, 2)
	})
}

// A handler that consumes the stream of another loop makes no cycle by that.
func TestStreamAcrossLoops(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		a, b := newLoop(t, opts...), newLoop(t)
		got, err := loop.Call(t.Context(), a, func(ctx context.Context) (int, error) {
			return len(slices.Collect(stream(ctx, b, 4, count(100)))), nil
		})
		require.NoError(t, err)
		require.Equal(t, 100, got)
	})
}

func TestStreamFullLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
		occupy(t, l)
		require.NoError(t, l.Spawn(t.Context(), func(context.Context) error { return nil }))
		for _, err := range streamErr(t.Context(), l, 4, nil) {
			requireDidNotRun(t, err, loop.ErrFull)
		}
		for _, err := range streamErr(t.Context(), nil, 4, nil) {
			require.ErrorIs(t, err, loop.ErrNoLoop)
		}
	})
}

// Pull runs the producer of a stream, too; its stop function ends it.
func TestStreamPulled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		next, stop := iter.Pull(stream(t.Context(), l, 4, count(100)))
		for i := range 10 {
			v, ok := next()
			require.True(t, ok)
			require.Equal(t, i, v)
		}
		stop()
		synctest.Wait()
		require.Zero(t, l.Stats().Running)
	})
}

func TestStreamErrorsSayWhichHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithName("rows"))
		_ = l.Close()
		for _, err := range streamErr(t.Context(), l, 4, func(context.Context, func(int, error) bool) {}) {
			require.Regexp(t, `^test\.Rows \(stream_test\.go:\d+\) did not run on loop "rows": the loop is closed$`, err.Error())
			require.True(t, errors.Is(err, loop.ErrClosed))
		}
	})
}

// A producer may yield where it does not hold the loop role: in Await, or from another
// goroutine while it waits for that. It gets its elements through, and gives up
// nothing that it does not have.
func TestStreamYieldsWithoutTheRole(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, busy := newLoop(t, opts...), false
		guard := func(context.Context) {
			if busy {
				t.Error("two handlers at once")
			}
		}
		got := slices.Collect(stream(t.Context(), l, 2, func(ctx context.Context, yield func(int) bool) {
			_ = loop.Await(ctx, func(context.Context) error {
				for i := range 10 {
					yield(i)
				}
				return nil
			})
			busy = true
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 10 {
					_ = l.Spawn(t.Context(), quiet(guard))
					yield(10 + i)
				}
			}()
			<-done
			busy = false
		}))
		require.Len(t, got, 20)
		require.True(t, slices.IsSorted(got))
	})
}
