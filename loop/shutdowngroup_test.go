package loop_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A journal is what has happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

// stops returns the Shutdown of a member that takes d and heeds its context.
func (j *journal) stops(name string, d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		j.add(name + " begins")
		select {
		case <-time.After(d):
			j.add(name + " ends")
			return nil
		case <-ctx.Done():
			j.add(name + " is cut")
			return context.Cause(ctx)
		}
	}
}

// A resource can be closed.
type resource func() error

func (r resource) Close() error { return r() }

// A service can be shut down and closed.
type service struct {
	shutdown func(context.Context) error
	close    func() error
}

func (s service) Shutdown(ctx context.Context) error { return s.shutdown(ctx) }
func (s service) Close() error                       { return s.close() }

func TestGroupIsEmpty(t *testing.T) {
	t.Parallel()
	var g loop.ShutdownGroup
	require.NoError(t, g.Shutdown(t.Context()))
	require.NoError(t, g.Shutdown(t.Context()))
}

// Users first, and side by side what does not depend on one another.
func TestGroupStopsUsersFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		db := g.AddCloser("db", resource(func() error { j.add("db closes"); return nil }))
		a := g.AddFunc("a", j.stops("a", time.Second), db)
		b := g.AddFunc("b", j.stops("b", 3*time.Second), db)
		g.AddFunc("http", j.stops("http", time.Second), a, b, a) // twice is once
		g.AddFunc("alone", j.stops("alone", 2500*time.Millisecond))
		start := time.Now()
		require.NoError(t, g.Shutdown(context.Background()))
		require.Equal(t, 4*time.Second, time.Since(start))
		slices.Sort(j.lines[:2]) // at the same moment
		slices.Sort(j.lines[3:5])
		require.Equal(t, []string{
			"alone begins", "http begins", "http ends", "a begins", "b begins", "a ends", "alone ends", "b ends", "db closes",
		}, j.lines)
	})
}

// What a loop still has to do goes through the loops that it uses, whatever the
// executors.
func TestGroupDrainsThroughLoops(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var g loop.ShutdownGroup
		closed, total := false, 0
		front, back := newLoop(t), loop.NewSharded(2)
		db := g.AddCloser("db", resource(func() error { closed = true; return nil }))
		g.Add("front", front, g.Add("back", back, db))
		for key := range 10 {
			require.NoError(t, front.Spawn(context.Background(), func(ctx context.Context) error {
				assert.NoError(t, loop.Sleep(ctx, time.Second))
				got, err := loop.Call(ctx, loop.Shard(back, key), value(1))
				assert.NoError(t, err)
				assert.False(t, closed)
				total += got
				return nil
			}))
		}
		require.NoError(t, g.Shutdown(context.Background()))
		require.Equal(t, 10, total)
		require.True(t, closed)
	})
}

// When time is up, what is left is called in order and cut off.
func TestGroupOutOfTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		l := newLoop(t, loop.WithName("work"))
		db := g.AddCloser("db", resource(func() error { j.add("db closes"); return nil }))
		work := g.Add("work", l, db)
		g.AddFunc("http", j.stops("http", time.Hour), work)
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second / 2) // takes its time, within what it has
			j.add("handler ends")
			return nil
		}))
		f := loop.Async(context.Background(), l, value(1))
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errHandler)
		defer cancel()
		start := time.Now()
		err := g.Shutdown(ctx)
		require.Equal(t, time.Minute+time.Second/2, time.Since(start))
		require.Equal(t, "stop http: the handler says no\nstop work: the handler says no", err.Error())
		require.ErrorIs(t, err, errHandler)
		require.Equal(t, []string{"http begins", "http is cut", "handler ends", "db closes"}, j.lines)
		_, err = f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
	})
}

func TestGroupWithAnEndedContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		g.AddFunc("http", func(ctx context.Context) error { return context.Cause(ctx) },
			g.AddFunc("a", func(ctx context.Context) error { j.add("a"); return nil }))
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errHandler)
		require.ErrorIs(t, g.Shutdown(ctx), errHandler)
		require.Equal(t, []string{"a"}, j.lines)
	})
}

// Whoever does not heed the context is left behind, and named.
func TestGroupLeavesBehindWhatHangs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g loop.ShutdownGroup
		free, closed := make(chan struct{}), false
		defer close(free)
		l := newLoop(t, loop.WithName("busy"))
		db := g.AddCloser("db", resource(func() error { closed = true; return nil }))
		busy := g.Add("worker", l, db)
		g.AddFunc("deaf", func(context.Context) error { <-free; return nil }, busy)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { <-free; return nil }))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		start := time.Now()
		err := g.Shutdown(ctx)
		require.Equal(t, time.Minute+2*time.Second, time.Since(start))
		require.Equal(t, "stop deaf: context deadline exceeded, and it has not returned since\n"+
			"stop worker: context deadline exceeded\na handler of loop \"busy\" is still running", err.Error())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, closed)
	})
}

// However a member fails, the others are stopped.
func TestGroupFailures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		closes := func() error { j.add("closed"); return errors.ErrUnsupported }
		db := g.AddCloser("db", resource(func() error { j.add("db"); return errHandler }))
		for name, stop := range map[string]func(context.Context) error{
			"panics": func(context.Context) error { panic(errHandler) },
			"exits":  func(context.Context) error { runtime.Goexit(); return nil },
			"fails":  func(context.Context) error { return errHandler },
		} {
			g.Add(name, service{stop, closes}, db)
		}
		g.Add("fine", service{func(context.Context) error { return nil }, func() error { t.Error("closed"); return nil }}, db)
		err := g.Shutdown(context.Background())
		require.Equal(t, []string{"closed", "closed", "closed", "db"}, j.lines)
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		var p *loop.PanicError
		require.ErrorAs(t, err, &p)
		require.Equal(t, "panics", p.Handler)
		require.True(t, strings.HasPrefix(p.Error(), "panic in panics: the handler says no\n"), p.Error())
		for _, part := range []string{"stop db: the handler says no", "stop exits: it called runtime.Goexit\nunsupported", "stop panics: panic in panics"} {
			require.Contains(t, err.Error(), part)
		}
		require.NotContains(t, err.Error(), "fine")
	})
}

func TestGroupIsShutDownOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g     loop.ShutdownGroup
			times int
		)
		g.AddFunc("a", func(context.Context) error { times++; time.Sleep(time.Second); return errHandler })
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { require.EqualError(t, g.Shutdown(context.Background()), "stop a: the handler says no") })
		}
		all.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.EqualError(t, g.Shutdown(ctx), "stop a: the handler says no")
		require.Equal(t, 1, times)
	})
}

func TestGroupIsHurriedByALaterCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		g.AddFunc("a", j.stops("a", time.Hour))
		first := background(func() (int, error) { return 0, g.Shutdown(context.Background()) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, g.Shutdown(ctx), context.DeadlineExceeded)
		require.ErrorIs(t, (<-first).err, context.DeadlineExceeded)
	})
}

// A handler that waited would wait for itself.
func TestGroupShutdownByAHandler(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		for name, call := range map[string]func(ctx context.Context, g *loop.ShutdownGroup) error{
			"with its context":    func(ctx context.Context, g *loop.ShutdownGroup) error { return g.Shutdown(ctx) },
			"without its context": func(_ context.Context, g *loop.ShutdownGroup) error { return g.Shutdown(context.Background()) },
			"in Await": func(ctx context.Context, g *loop.ShutdownGroup) error {
				err := loop.Await(ctx, func(context.Context) error { return g.Shutdown(context.Background()) })
				return err
			},
			"in a goroutine": func(ctx context.Context, g *loop.ShutdownGroup) error {
				return (<-background(func() (int, error) { return 0, g.Shutdown(ctx) })).err
			},
		} {
			var g loop.ShutdownGroup
			ended, closed := false, false
			l, other := newLoop(t), newLoop(t)
			g.Add("l", l, g.AddCloser("db", resource(func() error { require.True(t, ended); closed = true; return nil })))
			ctx, cancel := context.WithCancel(context.Background())
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				_, err := loop.Call(ctx, other, func(ctx context.Context) (int, error) { return 0, call(ctx, &g) })
				require.NoError(t, loop.Sleep(ctx, time.Second), "nothing is cut off")
				ended = true
				return 0, err
			})
			cancel() // the caller goes, the shutdown does not
			require.NoError(t, err, name)
			require.NoError(t, g.Shutdown(context.Background()), name)
			require.True(t, closed, name)
		}
	})
}

// Nobody waits, and the deadline counts nevertheless.
func TestGroupShutdownByAHandlerHasADeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var (
			g loop.ShutdownGroup
			j journal
		)
		l := newLoop(t)
		g.AddFunc("a", j.stops("a", time.Hour), g.Add("l", l))
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return 0, g.Shutdown(ctx)
		})
		require.NoError(t, err)
		start := time.Now()
		require.ErrorIs(t, g.Shutdown(context.Background()), context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestGroupContextOfMembers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		type key struct{}
		var outer, inner loop.ShutdownGroup
		at := time.Now().Add(time.Minute)
		inner.AddFunc("a", func(ctx context.Context) error {
			got, ok := ctx.Deadline()
			require.True(t, ok)
			require.True(t, at.Equal(got))
			require.Equal(t, 7, ctx.Value(key{}))
			<-ctx.Done()
			return ctx.Err()
		})
		outer.Add("inner", &inner)
		ctx, cancel := context.WithDeadline(context.WithValue(context.Background(), key{}, 7), at)
		defer cancel()
		require.EqualError(t, outer.Shutdown(ctx), "stop inner: stop a: context deadline exceeded")
	})
}

func TestGroupPanicsWhenItIsBuiltWrong(t *testing.T) {
	t.Parallel()
	var g, other loop.ShutdownGroup
	nop := func(context.Context) error { return nil }
	foreign := other.AddFunc("foreign", nop)
	require.Equal(t, "loop: a uses foreign, which belongs to another group", caught(func() { g.AddFunc("a", nop, foreign) }))
	require.Equal(t, "loop: a uses a member that is nil", caught(func() { g.AddFunc("a", nop, nil) }))
	require.Equal(t, "loop: a is nil and cannot be added to a group", caught(func() { g.AddFunc("a", nil) }))
	require.Equal(t, "loop: a is nil and cannot be added to a group", caught(func() { g.Add("a", nil) }))
	require.Equal(t, "loop: a is nil and cannot be added to a group", caught(func() { g.AddCloser("a", nil) }))
	require.NoError(t, g.Shutdown(t.Context()))
	require.Equal(t, "loop: a is added to a group that is being shut down", caught(func() { g.AddFunc("a", nop) }))
	require.NoError(t, other.Shutdown(t.Context()))
}
