//go:build unix

package failure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

// store stores work that must be stored.
func (s *scene) store(in request) {
	s.t.Helper()
	_, err := s.caller.do(soon(s.t), history.Durable, in)
	require.NoError(s.t, err)
}

// begins returns the executions of a call.
func (s *scene) begins(op string) (list []history.Event) {
	for _, e := range s.book.Events() {
		if history.Is(history.Begin, op)(e) {
			list = append(list, e)
		}
	}
	return list
}

// again waits for another execution of a call.
func (s *scene) again(op string, attempt int) history.Event {
	s.t.Helper()
	return s.await(func(e history.Event) bool { return history.Is(history.Begin, op)(e) && e.Attempt == attempt })
}

// TestDurableWorkSurvivesItsWorker kills a worker in the middle of durable work.
func TestDurableWorkSurvivesItsWorker(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, false).url)
	workers := map[string]*process{"w1": s.worker("w1", "Mail"), "w2": s.worker("w2", "Mail")}
	release := s.book.Hold("a")
	s.store(request{Op: "a"})
	victim := s.await(history.Is(history.Begin, "a")).Worker
	workers[victim].kill()
	killed := time.Now()
	second := s.again("a", 2)
	require.NotEqual(t, victim, second.Worker)
	t.Logf("delivered again after %v", time.Since(killed))
	release()
	s.await(history.Is(history.End, "a"))
	s.check()
}

// TestDurableWorkIsDeliveredTwice kills a worker between the end of its handler and the stream's knowledge
// of it: the work is done again, and its ID says that it is the same.
func TestDurableWorkIsDeliveredTwice(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, false).url)
	w := s.worker("w1", "Mail")
	ctx := remote.WithID(soon(t), "invoice 7")
	_, err := s.caller.do(ctx, history.Durable, request{Op: "a", Die: 1})
	require.NoError(t, err)
	<-w.over
	s.worker("w2", "Mail")
	s.again("a", 2)
	require.True(t, eventually(patience, 10*time.Millisecond, func() bool { return s.book.Count(history.Is(history.End, "a")) == 2 }))
	for i, e := range s.begins("a") {
		require.Equal(t, "invoice 7", e.ID)
		require.Equal(t, i+1, e.Attempt)
	}
	// Stored with the same ID, it is the same work: nothing new is done.
	require.NoError(t, s.caller.mail.Store(ctx, s.caller.client, request{Op: "a"}))
	s.store(request{Op: "b"})
	s.await(history.Is(history.End, "b"))
	require.Len(t, s.begins("a"), 2)
	s.check()
}

// TestDurableWorkSurvivesTheServer kills the server while work is being stored, over and over. What was accepted is
// done, on a disk that has what the server said.
func TestDurableWorkSurvivesTheServer(t *testing.T) {
	t.Parallel()
	const callers = 8
	n := startNode(t, false)
	s := newScene(t, n.url)
	s.worker("w1", "Mail")
	s.worker("w2", "Mail")
	end := s.underLoad(callers, callerConfig{Name: "mail", Mode: history.Durable, Timeout: 5 * time.Second})
	for range rounds(2, 6) {
		s.progress(50, history.OK)
		n.outage(func() {})
	}
	s.progress(50, history.OK)
	end()
	s.check(history.Forgetful)
}

// TestDeadLetters gives up what fails each time, and what kills its workers, and nothing else.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	inProcess(t, s.config("w1", "Mail"))
	s.store(request{Op: "never", Fail: attempts})
	s.store(request{Op: "at last", Fail: attempts - 1})
	s.store(request{Op: "at once"})
	s.await(history.Is(history.End, "at once"))
	s.await(history.Is(history.End, "at last"))
	require.True(t, eventually(patience, 50*time.Millisecond, func() bool { return len(s.buried()) == 1 }))
	letter := s.buried()[0]
	require.Equal(t, attempts, letter.Attempts)
	require.Equal(t, engine.StatusFailed, letter.Reason)
	require.Contains(t, letter.Message, errWanted.Error())
	require.Len(t, s.begins("never"), attempts)
	s.check()
}

// buried records the dead letters and returns them.
func (s *scene) buried() (list []natsremote.DeadLetter) {
	s.t.Helper()
	for d, err := range s.caller.engine.DeadLetters(soon(s.t), service) {
		if err != nil {
			s.t.Log(err)
			return nil
		}
		var in request
		require.NoError(s.t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal(d.Call.Body, &in))
		if s.book.Count(history.Is(history.Dead, in.Op)) == 0 {
			s.book.Record(history.Event{Kind: history.Dead, Op: in.Op})
		}
		list = append(list, d)
	}
	return list
}

// TestOldWorkWaits has work of a version that no worker has any more. It stays where it is until one comes.
func TestOldWorkWaits(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	old := s.worker("old-1", "Mail")
	s.store(request{Op: "before"})
	s.await(history.Is(history.End, "before"))
	old.stop()
	c := s.config("new-1", "Mail")
	c.Version = "new"
	s.configured(c)
	for i := range 10 {
		s.store(request{Op: fmt.Sprintf("waits-%d", i)})
		storeNew(s, fmt.Sprintf("new-%d", i))
	}
	for i := range 10 {
		require.Equal(t, "new-1", s.await(history.Is(history.Begin, fmt.Sprintf("new-%d", i))).Worker)
	}
	list, err := s.caller.engine.Backlog(soon(t), service)
	require.NoError(t, err)
	route, err := newDurable().Route()
	require.NoError(t, err)
	require.Contains(t, list, natsremote.Backlog{Route: route, Stored: 10, Served: false})
	for i := range 10 {
		require.Empty(t, s.begins(fmt.Sprintf("waits-%d", i)))
	}
	s.worker("old-2", "Mail")
	for i := range 10 {
		require.Equal(t, "old-2", s.await(history.Is(history.Begin, fmt.Sprintf("waits-%d", i))).Worker)
	}
	s.check()
}

func storeNew(s *scene, op string) {
	s.t.Helper()
	s.book.Record(history.Event{Kind: history.Invoke, Op: op, Mode: history.Durable})
	require.NoError(s.t, newMail().Store(soon(s.t), s.caller.client, newRequest{Op: op}))
	s.book.Record(history.Event{Kind: history.Return, Op: op, Outcome: history.OK})
}

// TestRollingRestartsOfStoredWork is TestRollingRestarts with serial calls and durable work.
func TestRollingRestartsOfStoredWork(t *testing.T) {
	t.Parallel()
	const callers = 16
	s := newScene(t, startNode(t, true).url)
	inProcess(t, s.config("w0", "Mail", "Deposit"))
	current := inProcess(t, s.config("w1", "Mail", "Deposit"))
	end := s.underLoad(callers, callerConfig{Name: "serial", Mode: history.Serial, Keys: 32}, callerConfig{Name: "mail", Mode: history.Durable})
	for round := range rounds(3, 12) {
		s.progress(100, history.OK)
		next := inProcess(t, s.config(fmt.Sprintf("w%d", round+2), "Mail", "Deposit"))
		require.NoError(t, current.shutdown())
		current = next
	}
	s.progress(100, history.OK)
	total := end()
	require.Len(t, total, 1, "calls failed")
	s.check(history.NoGhosts)
	begun := make(map[string]string)
	for _, e := range s.book.Events() {
		if e.Kind == history.Begin {
			require.Empty(t, begun[e.Op], "%s was begun again on %s, attempt %d", e.Op, e.Worker, e.Attempt)
			begun[e.Op] = e.Worker
		}
	}
}

// load calls until it is stopped and returns the outcomes. It does not hammer what is down.
func (s *scene) load(stop <-chan struct{}, c callerConfig, number int) map[history.Outcome]int {
	tally := make(map[history.Outcome]int)
	rest := time.NewTicker(2 * time.Millisecond)
	defer rest.Stop()
	for j := 0; ; j++ {
		select {
		case <-stop:
			return tally
		case <-rest.C:
		}
		_, err := s.caller.one(c, number, j)
		tally[outcomeOf(err)]++
	}
}

// underLoad starts callers of each kind. end has them stop, and returns what they were told.
func (s *scene) underLoad(callers int, kinds ...callerConfig) (end func() map[history.Outcome]int) {
	stop := make(chan struct{})
	tallies := make(chan map[history.Outcome]int, callers*len(kinds))
	for _, c := range kinds {
		for i := range callers {
			go func() { tallies <- s.load(stop, c, i) }()
		}
	}
	return func() map[history.Outcome]int {
		close(stop)
		return s.logTallies(tallies, cap(tallies))
	}
}

// logTallies waits for the goroutines that load returns from.
func (s *scene) logTallies(tallies <-chan map[history.Outcome]int, n int) map[history.Outcome]int {
	s.t.Helper()
	total := make(map[history.Outcome]int)
	limit := time.After(4 * patience)
	for range n {
		select {
		case tally := <-tallies:
			for o, n := range tally {
				total[o] += n
			}
		case <-limit:
			s.t.Fatal("calls do not settle")
		}
	}
	s.t.Log(total)
	return total
}

// TestDurableOfAnEngineThatIsClosed has the answer of the stream get lost, and the engine closed while it waits: the
// caller must not be told that the work will not be done.
func TestDurableOfAnEngineThatIsClosed(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	s := newScene(t, n.url)
	inProcess(t, s.config("w1", "Mail"))
	s.store(request{Op: "first"})
	s.await(history.Is(history.End, "first"))
	n.process.pauseAnswers(t, func() {
		durable := s.begin(context.Background(), history.Durable, request{Op: "a"})
		s.await(history.Is(history.Invoke, "a"))
		pause(200 * time.Millisecond) // it is sent as soon as the system gets round to it, which nothing shows
		require.NoError(t, s.caller.engine.Close())
		s.settled(durable)
	})
	var err error
	s.caller, err = newCaller(n.url, 0, s.record)
	require.NoError(t, err)
	t.Cleanup(func() { s.caller.engine.Close() })
	s.store(request{Op: "last"})
	s.await(history.Is(history.End, "last"))
	s.check()
}

// pauseAnswers has a server read nothing and say nothing for a while. What is sent to it meanwhile is read
// afterwards.
func (p *process) pauseAnswers(t *testing.T, meanwhile func()) {
	t.Helper()
	freeze(p)
	defer thaw(p)
	meanwhile()
}

// TestBacklog fills a stream, with a worker that is busy, and then some. What comes on top of it is refused quickly,
// and what was accepted is done when the worker has time.
func TestBacklog(t *testing.T) {
	t.Parallel()
	const backlog = 20
	s := newScene(t, startNode(t, true).url)
	var err error
	require.NoError(t, s.caller.engine.Close())
	s.caller, err = newCaller(s.url, backlog, s.record)
	require.NoError(t, err)
	t.Cleanup(func() { s.caller.engine.Close() })
	c := s.config("w1", "Mail")
	c.Backlog, c.InFlight = backlog, 1
	inProcess(t, c)
	release := s.book.Hold("0")
	accepted := 0
	for i := range 10 * backlog {
		r := s.settled(s.begin(soon(t), history.Durable, request{Op: fmt.Sprint(i)}))
		require.Less(t, r.took, silence)
		if r.err == nil {
			accepted++
			continue
		}
		require.ErrorIs(t, r.err, remote.ErrOverloaded)
		require.Equal(t, history.NotRun, outcomeOf(r.err))
	}
	require.Equal(t, backlog, accepted)
	release()
	require.True(t, eventually(patience, 10*time.Millisecond, func() bool { return s.book.Count(history.Is(history.End, "")) == backlog }))
	s.check(history.NoGhosts)
}
