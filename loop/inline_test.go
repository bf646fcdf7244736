package loop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
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
		require.False(t, l.tryDirect())
		close(free)
		synctest.Wait()
		require.Equal(t, []string{"first", "waiter", "newcomer"}, order)
		require.False(t, l.inlined.barred.Load(), "nobody is hungry any more")
		require.True(t, l.tryDirect())
		l.release()
	})
}

// prodQueue wakes the first in the queue, as somebody does who gives the role back,
// and then has it taken by somebody else.
func (l *Loop) prodQueue() {
	l.mu.Lock()
	l.queue.first.settled.nudge()
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
		require.NoError(t, Spawn(context.Background(), l, func(context.Context) {}))
		require.True(t, l.inlined.barred.Load())
		close(free)
		synctest.Wait()
		require.False(t, l.inlined.barred.Load())
	})
}
