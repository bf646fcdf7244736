package loop

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// The tests of this file bring a task to a state by hand, and so drive both orders
// of what the other tests can only let race.

// queuedTask returns a task in the queue of a loop whose role is taken.
func queuedTask(t *testing.T) (*Loop, *task) {
	t.Helper()
	l := New()
	started, free := make(chan struct{}), make(chan struct{})
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { close(started); <-free; return nil }))
	<-started
	t.Cleanup(func() {
		close(free)
		_ = l.Close()
		<-l.Done()
	})
	q := l.callTask(context.Background(), &closure[int]{fn: func(context.Context) (int, error) { return 1, nil }}, goroutine.Current())
	require.NoError(t, l.submit(q))
	return l, q
}

// inState brings a task to a state, as whoever decides its outcome does first.
func (t *task) inState(s uint32) *task {
	t.state.Store(s)
	return t
}

func TestSettlementIsDecidedOnce(t *testing.T) {
	t.Parallel()
	all := []uint32{taskQueued, taskRunning, taskFinished, taskAbandoned, taskWithdrawn, taskRefused}
	for _, state := range all {
		_, q := queuedTask(t)
		require.Equal(t, state == taskQueued, q.inState(state).withdraw(), "withdraw in state %d", state)
		_, q = queuedTask(t)
		require.Equal(t, state == taskRunning, q.inState(state).abandon(), "abandon in state %d", state)
		l, q := queuedTask(t)
		l.counters.running.Add(1) // it counts itself out
		require.Equal(t, state == taskRunning, q.inState(state).finish(), "finish in state %d", state)
		l, q = queuedTask(t)
		l.mu.Lock()
		ran := l.start(q.inState(state))
		require.True(t, l.queue.empty(), "it leaves the queue, whether it runs or not")
		if ran {
			l.counters.running.Add(-1)
		}
		l.mu.Unlock()
		require.Equal(t, state == taskQueued, ran, "start in state %d", state)
	}
}

// The caller has decided to withdraw and has not taken the task out of the queue yet.
func TestStopLeavesAWithdrawnTaskAlone(t *testing.T) {
	t.Parallel()
	l, q := queuedTask(t)
	q.inState(taskWithdrawn)
	require.NoError(t, l.Close())
	require.Equal(t, taskWithdrawn, q.state.Load())
	require.NoError(t, q.refusal)
	require.False(t, q.wake.isOpen())
	require.Zero(t, l.Stats().Dropped)
}

func TestBackpressureShedLeavesAWithdrawnTaskAlone(t *testing.T) {
	t.Parallel()
	l, _ := queuedTask(t)
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.newTask(context.Background(), &closure[int]{}, kindSpawn, true)
	second := l.newTask(context.Background(), &closure[int]{}, kindSpawn, true)
	l.overflow = OverflowShed
	l.admit(first)
	l.admit(second)
	first.inState(taskWithdrawn)
	var victim *task
	require.True(t, l.shed(&victim))
	require.Same(t, second, victim)
	require.Equal(t, taskWithdrawn, first.state.Load())
}
