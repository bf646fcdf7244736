package loop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// Whoever has been overtaken for a millisecond ends that: the next caller finds the
// way barred and stands in line, until those who wait have not waited for long.
func TestInlineHungerBarsOvertaking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, order := New(WithInline()), []string(nil)
		defer l.Close()
		call := func(who string, until <-chan struct{}) {
			go func() {
				_, _ = Call(context.Background(), l, func(context.Context) (int, error) {
					<-until
					order = append(order, who)
					return 0, nil
				})
			}()
			synctest.Wait()
		}
		free, now := make(chan struct{}), make(chan struct{})
		close(now)
		call("first", free)
		call("waiter", now)
		l.prodQueue()
		require.False(t, l.inlined.barred.Load(), "it has not waited at all")
		time.Sleep(2 * starvation)
		l.prodQueue()
		require.True(t, l.inlined.barred.Load())
		call("newcomer", now)
		require.False(t, l.tryDirect(goroutine.Current()))
		close(free)
		synctest.Wait()
		require.Equal(t, []string{"first", "waiter", "newcomer"}, order)
		require.False(t, l.inlined.barred.Load(), "nobody is hungry any more")
		require.True(t, l.tryDirect(goroutine.Current()))
		l.release()
	})
}

// prodQueue wakes the first in the queue, as somebody does who gives the role back,
// and then has it taken by somebody else.
func (l *Loop) prodQueue() {
	l.mu.Lock()
	l.queue.first.wake.nudge()
	l.mu.Unlock()
	synctest.Wait()
}

// A task that nobody waits for bars the way too: its submitter may be the next caller.
func TestInlineSpawnedTasksBarOvertaking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, free := New(WithInline()), make(chan struct{})
		defer l.Close()
		go func() {
			_, _ = Call(context.Background(), l, func(context.Context) (int, error) { <-free; return 0, nil })
		}()
		synctest.Wait()
		require.False(t, l.inlined.barred.Load())
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		require.True(t, l.inlined.barred.Load())
		close(free)
		synctest.Wait()
		require.False(t, l.inlined.barred.Load())
	})
}

// queueCall makes a call whose caller finds the role taken and sleeps, and returns
// the channel that is closed when it has returned.
func queueCall(l *Loop) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = Call(context.Background(), l, func(context.Context) (int, error) { return 0, nil })
	}()
	synctest.Wait()
	return ended
}

// bar ends overtaking as a hungry caller does.
func (l *Loop) bar() {
	l.mu.Lock()
	l.inlined.starving = true
	l.noteQueue()
	l.mu.Unlock()
}

// The role may be given back between the moment at which a caller fails to get it and
// the moment at which it bars the way for being hungry. Whoever gave it back has
// woken the first in the queue, who may not overtake any more but must see that the
// role is free.
func TestInlineRoleGivenBackBeforeBar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(WithInline())
		defer l.Close()
		require.True(t, l.tryDirect(goroutine.Current()))
		ended := queueCall(l)
		l.role.free()
		l.bar()
		l.prodQueue()
		require.True(t, closed(ended), "the role is free and nobody takes it")
	})
}

// Shutdown bars the way too.
func TestInlineRoleGivenBackBeforeShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(WithInline())
		require.True(t, l.tryDirect(goroutine.Current()))
		ended := queueCall(l)
		l.role.free()
		l.stop(false)
		synctest.Wait()
		require.True(t, closed(ended), "the role is free and nobody takes it")
		require.True(t, closed(l.Done()))
	})
}

// Feeding one hungry caller does not end the hunger of the next.
func TestInlineBarStaysForTheHungry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(WithInline())
		defer l.Close()
		require.True(t, l.tryDirect(goroutine.Current()))
		barred := make(chan bool, 2)
		for range 2 {
			go func() {
				_, _ = Call(context.Background(), l, func(context.Context) (int, error) {
					barred <- l.inlined.barred.Load()
					return 0, nil
				})
			}()
			synctest.Wait()
		}
		third := queueCall(l)
		time.Sleep(2 * starvation)
		l.prodQueue()
		l.release()
		synctest.Wait()
		require.True(t, <-barred, "two more have waited as long")
		require.True(t, <-barred, "one more has")
		require.True(t, closed(third))
		require.False(t, l.inlined.barred.Load())
	})
}

// A caller that was told to try for the role before it went to sleep, and then got
// it without trying, must not leave the note behind that somebody is trying.
func TestInlineProdOfCallerThatNeverSlept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, ctx := New(WithInline()), context.Background()
		defer l.Close()
		require.True(t, l.tryDirect(goroutine.Current()))
		first := l.callTask(ctx, &closure[int]{fn: func(context.Context) (int, error) { return 0, nil }}, goroutine.Current())
		require.NoError(t, l.submit(first))
		second := queueCall(l)
		l.inlined.prod.Store(true) // first has been told
		l.bar()
		l.release()
		require.True(t, first.wake.isOpen())
		kept, err := l.awoken(ctx, first, sleptOpen)
		require.False(t, kept)
		require.NoError(t, err)
		synctest.Wait()
		require.True(t, closed(second), "nobody wakes the second caller")
	})
}
