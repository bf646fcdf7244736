//go:build unix

package failure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

// TestServerIsKilledDuringACall kills the only server while a handler runs, which ends before, during, or
// after the outage.
func TestServerIsKilledDuringACall(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	s := newScene(t, n.url)
	s.worker("w1", "Touch")
	for _, when := range []string{"before", "during", "after"} {
		s.reachable(when + "-ready")
		release := s.book.Hold(when)
		call := s.begin(soon(t), history.Call, request{Op: when})
		s.await(history.Is(history.Begin, when))
		ends := func() {
			release()
			s.await(history.Is(history.End, when))
		}
		if when == "before" {
			ends() // the reply is on its way
		}
		n.outage(func() {
			if when == "during" {
				ends()
			}
		})
		if when == "after" {
			s.reachable(when + "-probe")
			ends()
		}
		r := s.settled(call)
		require.Less(t, r.took, lostWithin+patience/2)
		if outcomeOf(r.err) != history.OK {
			requireLost(t, r.err)
		}
		t.Logf("handler ended %s the outage: %v after %v", when, outcomeOf(r.err), r.took)
	}
	s.reachable("afterwards")
	s.check(history.NoGhosts)
}

// reachable waits until a call works. Those that do not, and must say so, are part of the history.
func (s *scene) reachable(name string) {
	s.t.Helper()
	attempt := 0
	require.True(s.t, eventually(patience, 20*time.Millisecond, func() bool {
		attempt++
		ctx, cancel := context.WithTimeout(context.Background(), silence) // a handler that is held may have the loop
		defer cancel()
		_, err := s.caller.do(ctx, history.Call, request{Op: fmt.Sprintf("%s-%d", name, attempt)})
		return err == nil
	}), "calls do not work")
}

// requireLost checks that a caller does not know more than can be known.
func requireLost(t *testing.T, err error) {
	t.Helper()
	var e *remote.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, remote.FateUnknown, e.Fate, "%v", err)
	require.ErrorIs(t, err, remote.ErrLost)
}

// TestWorkerIsKilledDuringACall kills one of two workers in the middle of a handler.
func TestWorkerIsKilledDuringACall(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	workers := map[string]*process{"w1": s.worker("w1", "Touch"), "w2": s.worker("w2", "Touch")}
	s.book.Hold("a")
	call := s.begin(context.Background(), history.Call, request{Op: "a"}) // without a deadline
	victim := s.await(history.Is(history.Begin, "a")).Worker
	killed := time.Now()
	workers[victim].kill()
	delete(workers, victim)
	r := s.settled(call)
	require.Less(t, time.Since(killed), lostWithin)
	requireLost(t, r.err)
	for i := range 10 {
		out, err := s.caller.do(soon(t), history.Call, request{Op: fmt.Sprint(i)})
		require.NoError(t, err)
		require.NotEqual(t, victim, out.Worker)
		require.Contains(t, workers, out.Worker)
	}
	s.check(history.NoGhosts)
}

// TestWorkerIsStopped freezes a worker's process: its socket stays, so nobody is told. What was sent to it is
// lost for its callers, and runs when it goes on at most, once.
func TestWorkerIsStopped(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	w := s.worker("w1", "Touch")
	release := s.book.Hold("running")
	running := s.begin(context.Background(), history.Call, request{Op: "running"})
	s.await(history.Is(history.Begin, "running"))
	freeze(w)
	sent := s.begin(context.Background(), history.Call, request{Op: "sent"})
	release()
	requireLost(t, s.settled(running).err)
	requireLost(t, s.settled(sent).err)
	thaw(w)
	s.await(history.Is(history.End, "running"))
	s.reachable("afterwards")
	s.check()
	t.Logf("the call that was sent to the stopped worker ran %d times", s.book.Count(history.Is(history.Begin, "sent")))
}

// TestRollingRestarts replaces workers one after the other under load. No call fails.
func TestRollingRestarts(t *testing.T) {
	t.Parallel()
	const callers = 16
	s := newScene(t, startNode(t, true).url)
	inProcess(t, s.config("w0", "Touch"))
	current := inProcess(t, s.config("w1", "Touch"))
	end := s.underLoad(callers, callerConfig{Name: "load", Mode: history.Call, Millis: 1})
	for round := range rounds(12, 40) {
		at := s.book.Count(history.Is(history.Return, ""))
		next := inProcess(t, s.config(fmt.Sprintf("w%d", round+2), "Touch"))
		require.NoError(t, current.shutdown())
		current = next
		require.True(t, eventually(patience, time.Millisecond, func() bool {
			return s.book.Count(history.Is(history.Return, "")) > at+callers
		}))
	}
	total := end()
	require.Len(t, total, 1, "calls failed")
	require.Positive(t, total[history.OK])
	s.check(history.NoGhosts)
}

// TestOverload has ten times more callers than a worker takes. What is refused is refused quickly, and
// everything is counted.
func TestOverload(t *testing.T) {
	t.Parallel()
	const capacity = 8
	s := newScene(t, startNode(t, true).url)
	c := s.config("w1", "Touch")
	c.InFlight = capacity
	w := inProcess(t, c)
	var releases []func()
	for i := range capacity {
		releases = append(releases, s.book.Hold(fmt.Sprintf("slow-%d", i)))
	}
	slow := s.crowd("slow", capacity)
	require.True(t, eventually(patience, time.Millisecond, func() bool { return w.worker.Stats().InFlight == capacity }))
	var longest time.Duration
	for _, done := range s.crowd("more", 10*capacity) {
		r := s.settled(done)
		longest = max(longest, r.took)
		require.ErrorIs(t, r.err, remote.ErrOverloaded)
		require.ErrorIs(t, r.err, loop.ErrFull)
		require.Equal(t, history.NotRun, outcomeOf(r.err))
	}
	t.Logf("the slowest refusal took %v", longest)
	require.Less(t, longest, silence, "refusals took as long as losses")
	for _, release := range releases {
		release()
	}
	for _, call := range slow {
		require.NoError(t, s.settled(call).err)
	}
	require.True(t, eventually(patience, time.Millisecond, func() bool { return w.worker.Stats().InFlight == 0 }))
	stats := w.worker.Stats()
	require.EqualValues(t, capacity, stats.Returned)
	require.EqualValues(t, 10*capacity, stats.Overloaded)
	require.EqualValues(t, 10*capacity, stats.Refused)
	require.Zero(t, w.engine.Stats().Dropped)
	s.reachable("afterwards")
	s.check(history.NoGhosts)
}

// crowd makes calls at the same time.
func (s *scene) crowd(name string, n int) (calls []<-chan result) {
	for i := range n {
		calls = append(calls, s.begin(soon(s.t), history.Call, request{Op: fmt.Sprintf("%s-%d", name, i)}))
	}
	return calls
}
