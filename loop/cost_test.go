package loop_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// foreign is a context type of its own around another one.
type foreign struct{ context.Context }

// A spawned task costs its own memory and nothing for its context, whatever type that has; a
// future costs itself besides.
func TestCostOfSpawnAndAsync(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	l, n := newLoop(t), 0
	b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Somebody has the Done channel, as one has who serves a connection: then a future does
	// not pay for the registration with the context.
	var done <-chan struct{}
	_, err := loop.Call(cancelable, l, func(ctx context.Context) (int, error) { done = ctx.Done(); return 0, nil })
	require.NoError(t, err)
	for name, ctx := range map[string]context.Context{
		"background": context.Background(), "cancelable": cancelable,
		"values": context.WithValue(cancelable, contextKey{}, 1), "foreign": foreign{context.Background()},
		"without cancel": context.WithoutCancel(cancelable),
	} {
		wait := func() { _, _ = b.Call(ctx, l, countArgs{&n, 1}) } // what was submitted before has run
		got := testing.AllocsPerRun(500, func() {
			_ = b.Spawn(ctx, l, countArgs{&n, 1})
			wait()
		})
		require.LessOrEqual(t, got, 2.0, "spawn, %s", name)
		got = testing.AllocsPerRun(500, func() {
			_ = l.Spawn(ctx, func(context.Context) error { n++; return nil })
			wait()
		})
		require.LessOrEqual(t, got, 2.0+1, "spawn of a closure that refers to a variable, %s", name)
		got = testing.AllocsPerRun(500, func() {
			_ = b.Go(ctx, l, countArgs{&n, 1})
			wait()
		})
		require.LessOrEqual(t, got, 3.0, "async, %s", name)
	}
	runtime.KeepAlive(done)
}

// A loop that has made no call yet is a piece of memory, and no goroutine.
func TestCostOfALoop(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates besides")
	}
	const n = 2000
	for name, opts := range map[string][]loop.Option{
		"default": {loop.WithName("x")}, "unnamed": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	} {
		loops := make([]*loop.Loop, n)
		goroutines := runtime.NumGoroutine()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range loops {
			loops[i] = loop.New(opts...)
		}
		runtime.ReadMemStats(&after)
		require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+5, name) // other tests have some
		require.LessOrEqual(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(1536), "bytes, %s", name)
		for _, l := range loops {
			_ = l.Close()
		}
	}
}

// Recursion through the own loop costs as much a level at any depth.
func TestCostOfRecursionIsLinear(t *testing.T) {
	if pureGo || runtime.GOARCH == "wasm" {
		t.Skip("without assembly, each level walks the stack")
	}
	t.Parallel()
	l, b := newLoop(t), &descriptor[recursionArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Down"}}
	perLevel := func(depth, times int) time.Duration {
		best := time.Hour
		for range 7 { // the machine may be busy at any one time
			start := time.Now()
			for range times {
				got, err := b.Call(context.Background(), l, recursionArgs{l, b, depth})
				require.NoError(t, err)
				require.Equal(t, depth, got)
			}
			best = min(best, time.Since(start)/time.Duration(depth*times))
		}
		return best
	}
	shallow, deep := perLevel(10, 1000), perLevel(10_000, 1)
	// The budget is 2, see docs/performance.md. What this finds is growth.
	require.Less(t, deep, 50*shallow+time.Microsecond, "a level costs %v at depth 10", shallow)
}

type recursionArgs struct {
	l    *loop.Loop
	b    *descriptor[recursionArgs, int]
	left int
}

func (in recursionArgs) Run(ctx context.Context) (int, error) {
	if in.left == 0 {
		return 0, nil
	}
	n, err := in.b.Call(ctx, in.l, recursionArgs{in.l, in.b, in.left - 1})
	return n + 1, err
}

func (recursionArgs) Handler() any { return recursionArgs.Run }

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = loop.New(loop.WithName("x"))
	}
}

func BenchmarkNewUnnamed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = loop.New()
	}
}

// BenchmarkSelfCall measures a call of the own loop below frames of the handler.
func BenchmarkSelfCall(b *testing.B) {
	n := 0
	bridge := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
	for _, frames := range []int{1, 100, 10_000} {
		for _, kind := range []string{"context", "background", "inplace"} {
			b.Run(kind+"/frames="+strconv.Itoa(frames), func(b *testing.B) {
				l := newLoop(b)
				_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					atDepth(frames, func() {
						b.ReportAllocs()
						for b.Loop() {
							switch kind {
							case "context":
								_, _ = bridge.Call(ctx, l, countArgs{&n, 1})
							case "background":
								_, _ = bridge.Call(context.Background(), l, countArgs{&n, 1})
							default:
								_, _ = bridge.InPlace(context.Background(), l, countArgs{&n, 1})
							}
						}
					})
					return 0, nil
				})
			})
		}
	}
}

// BenchmarkRecursion measures a level of a recursion through the own loop.
func BenchmarkRecursion(b *testing.B) {
	l, bridge := newLoop(b), &descriptor[recursionArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Down"}}
	for _, depth := range []int{10, 100, 1000, 10_000} {
		b.Run("depth="+strconv.Itoa(depth), func(b *testing.B) {
			for b.Loop() {
				_, _ = bridge.Call(context.Background(), l, recursionArgs{l, bridge, depth})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(depth), "ns/level")
		})
	}
}

// atDepth calls f below n frames.
//
//go:noinline
func atDepth(n int, f func()) {
	if n > 0 {
		atDepth(n-1, f)
		return
	}
	f()
}

// A pulse wakes everybody who waits for a loop that is stuck. That costs each of them next to
// nothing, because they may be very many.
func TestCostOfBeingAsked(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates besides")
	}
	const n = 2000
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		var all sync.WaitGroup
		for range n {
			all.Go(func() { _, _ = loop.Call(context.Background(), l, value(1)) })
		}
		synctest.Wait()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		runtime.ReadMemStats(&after)
		require.LessOrEqual(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(512), "bytes for each caller")
		release()
		all.Wait()
	})
}
