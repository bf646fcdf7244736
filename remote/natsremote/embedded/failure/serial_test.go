//go:build unix

package failure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// TestOwnerIsKilled kills the owner of a partition in the middle of a handler, with calls waiting behind it. Its own
// caller learns that it was lost; those that wait are handled by the successor in the order in which they were stored.
func TestOwnerIsKilled(t *testing.T) {
	t.Parallel()
	const waiting = 20
	s := newScene(t, startNode(t, true).url)
	workers := map[string]*process{"w1": s.worker("w1", "Deposit"), "w2": s.worker("w2", "Deposit")}
	s.book.Hold("first")
	first := s.begin(context.Background(), history.Serial, request{Op: "first", Key: "k"})
	began := s.await(history.Is(history.Begin, "first"))
	var calls []<-chan result
	for i := range waiting {
		calls = append(calls, s.queue(fmt.Sprintf("next-%d", i), "k", uint64(i+2)))
	}
	killed := time.Now()
	workers[began.Worker].kill()
	requireLost(t, s.settled(first).err)
	require.Less(t, time.Since(killed), lostWithin)
	for _, call := range calls {
		require.NoError(t, s.settled(call).err)
	}
	next := s.await(history.Is(history.Begin, "next-0"))
	require.NotEqual(t, began.Worker, next.Worker)
	require.Greater(t, next.Fence, began.Fence)
	t.Logf("the successor went on after %v", time.Since(killed))
	s.check(history.NoGhosts)
}

// queue makes a serial call and waits until it is stored, as the message with a number.
func (s *scene) queue(op, key string, number uint64) <-chan result {
	s.t.Helper()
	call := s.begin(context.Background(), history.Serial, request{Op: op, Key: key})
	stream := s.stream(subject.Names{}.SerialStream(service))
	require.True(s.t, eventually(patience, 5*time.Millisecond, func() bool {
		info, err := stream.Info(soon(s.t))
		return err == nil && info.State.LastSeq >= number
	}))
	s.book.Record(history.Event{Kind: history.Stored, Op: op})
	return call
}

// stream looks at a stream without an engine.
func (s *scene) stream(name string) jetstream.Stream {
	s.t.Helper()
	nc, err := nats.Connect(s.url)
	require.NoError(s.t, err)
	s.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(s.t, err)
	stream, err := js.Stream(soon(s.t), name)
	require.NoError(s.t, err)
	return stream
}

// TestZombieWrites stops the process of an owner in the middle of a handler until it has a successor. Then it goes on, and
// the store refuses its write because of its fence.
func TestZombieWrites(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	workers := map[string]*process{"w1": s.worker("w1", "Deposit"), "w2": s.worker("w2", "Deposit")}
	release := s.book.Hold("old")
	old := s.begin(context.Background(), history.Serial, request{Op: "old", Key: "k", Deaf: true})
	began := s.await(history.Is(history.Begin, "old"))
	s.book.Record(history.Event{Kind: history.Suspect, Worker: began.Worker})
	freeze(workers[began.Worker])
	requireLost(t, s.settled(old).err)
	for i := range 3 {
		out, err := s.caller.do(soon(t), history.Serial, request{Op: fmt.Sprint(i), Key: "k"})
		require.NoError(t, err)
		require.NotEqual(t, began.Worker, out.Worker)
	}
	release()
	thaw(workers[began.Worker])
	s.await(history.Is(history.Refuse, "old"))
	s.await(history.Is(history.Fail, "old"))
	for i := range 20 { // the one that was stopped is a worker again
		_, err := s.caller.do(soon(t), history.Serial, request{Op: fmt.Sprintf("after-%d", i), Key: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	s.check(history.NoGhosts)
}

// TestFencesSurviveTheServer kills the server over and over while keyed calls run. Fences must not begin again.
func TestFencesSurviveTheServer(t *testing.T) {
	t.Parallel()
	const callers = 8
	n := startNode(t, false)
	s := newScene(t, n.url)
	s.worker("w1", "Deposit")
	s.worker("w2", "Deposit")
	end := s.underLoad(callers, callerConfig{Name: "serial", Mode: history.Serial, Keys: 4, Timeout: 20 * time.Second})
	for range rounds(2, 6) {
		s.progress(50, history.OK)
		n.outage(func() {})
	}
	s.progress(50, history.OK)
	end()
	s.check(history.NoGhosts)
}

// TestOwnersDie kills owners of partitions while keyed calls run, and looks at the history of all of them.
func TestOwnersDie(t *testing.T) {
	t.Parallel()
	const callers, keys = 32, 64
	calls := rounds(2400, 100_000) / callers
	s := newScene(t, startNode(t, true).url)
	var workers []*process
	for i := range 3 {
		workers = append(workers, s.worker(fmt.Sprintf("w%d", i), "Deposit"))
	}
	config := callerConfig{Name: "c", Mode: history.Serial, Callers: callers, Calls: calls, Keys: keys}
	tally := make(chan map[history.Outcome]int, 1)
	from := time.Now()
	go func() { tally <- s.caller.many(config) }()
	kills := rounds(2, 12)
	for i := range kills {
		s.progress(callers*calls/(kills+2), history.OK)
		workers[i%len(workers)].kill()
		workers[i%len(workers)] = s.worker(fmt.Sprintf("w%d", i+len(workers)), "Deposit")
	}
	select {
	case total := <-tally:
		t.Logf("%v after %v with %d kills", total, time.Since(from), kills)
		require.Zero(t, total[history.Ran])
	case <-time.After(10 * time.Minute):
		t.Fatal("calls do not settle")
	}
	s.check(history.NoGhosts)
}

// TestKeyedWorkKeepsItsOrder kills owners of partitions while work with keys is stored and done. A caller that has
// been told that its work is stored, and stores more for the same key, has it done in that order.
func TestKeyedWorkKeepsItsOrder(t *testing.T) {
	t.Parallel()
	const callers, keys = 16, 16
	s := newScene(t, startNode(t, true).url)
	var workers []*process
	for i := range 3 {
		workers = append(workers, s.worker(fmt.Sprintf("w%d", i), "Book"))
	}
	config := callerConfig{Name: "c", Mode: history.Keyed, Callers: callers, Calls: rounds(60, 1000), Keys: keys, Millis: 1}
	tally := make(chan map[history.Outcome]int, 1)
	go func() { tally <- s.caller.many(config) }()
	ended := func() int { return s.book.Count(history.Is(history.End, "")) }
	for i := range rounds(2, 6) {
		at := ended()
		require.True(t, eventually(patience, 20*time.Millisecond, func() bool { return ended() > at+200 }))
		workers[i].kill()
		workers = append(workers, s.worker(fmt.Sprintf("w%d", len(workers)), "Book"))
	}
	s.logTallies(tally, 1)
	s.check(history.NoGhosts)
}

// TestServerForgetsWhatWasDone kills the server under keyed work, and none of the workers. Started again, it may deliver
// work that had been done before it died, after later work of the key. The fence has the store refuse what that writes.
func TestServerForgetsWhatWasDone(t *testing.T) {
	t.Parallel()
	const callers = 4
	n := startNode(t, false)
	s := newScene(t, n.url)
	s.worker("w0", "Book")
	s.worker("w1", "Book")
	end := s.underLoad(callers, callerConfig{Name: "c", Mode: history.Keyed, Timeout: 20 * time.Second, Keys: 8})
	for range rounds(1, 6) {
		s.progress(200, history.OK)
		n.outage(func() { pause(100 * time.Millisecond) })
	}
	s.progress(200, history.OK)
	end()
	s.check(history.Forgetful)
	t.Logf("%d writes were refused", s.book.Count(func(e history.Event) bool { return e.Kind == history.Refuse }))
}
