package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

const (
	durableStream = "AGS_example_com-bank-Account"
	serialStream  = "AGK_example_com-bank-Account"
)

func TestDurable(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newMail(), newRecord()
	e := attach(t, node, soon()...)
	client := remote.NewClient(e)
	require.NoError(t, m.Store(remote.WithID(t.Context(), "mail 1"), client, opRequest{"a", 1}), "nobody has to be there")
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 2}))
	eventually(t, func() bool { return r.count() == 2 }, "it was not done")
	require.ElementsMatch(t, []int{1, 2}, r.of("a"))
	for i, d := range r.seen {
		require.True(t, d.Durable)
		require.Equal(t, 1, d.Attempt)
		require.Equal(t, r.done["a"][i] == 1, d.ID == "mail 1")
	}
	eventually(t, func() bool { return stored(t, node, durableStream) == 0 }, "it is still stored")
}

func TestDurableTwiceWithOneID(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	window := natsremote.WithDuplicateWindow(time.Second)
	for _, m := range []*opMethod{newMail(), newPost()} {
		t.Run(m.Name, func(t *testing.T) {
			r := newRecord()
			w := man(t, attach(t, node, soon(window)...), "w1", handled{m, r.note})
			client := remote.NewClient(attach(t, node, soon(window)...))
			ctx := remote.WithID(t.Context(), "the same")
			for range 3 {
				require.NoError(t, m.Store(ctx, client, opRequest{"a", 1}))
			}
			require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 2}))
			eventually(t, func() bool { return r.count() >= 2 }, "it was not done")
			require.ElementsMatch(t, []int{1, 2}, r.of("a"))
			// After the window it is other work.
			eventually(t, func() bool {
				require.NoError(t, m.Store(ctx, client, opRequest{"a", 1}))
				return r.count() == 3
			}, "it is remembered for ever")
			require.NoError(t, w.Close())
		})
	}
}

// failing fails until the attempt with a number.
func failing(r *record, until int) opHandler {
	return func(ctx context.Context, in opRequest) (opReply, error) {
		out, _ := r.note(ctx, in)
		d, _ := remote.DeliveryOf(ctx)
		switch {
		case d.Attempt >= until:
			return out, nil
		case d.Attempt%2 == 0:
			panic("broken")
		}
		return out, errors.New("not yet")
	}
}

func TestDurableIsTriedAgain(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	for _, m := range []*opMethod{newMail(), newPost()} {
		t.Run(m.Name, func(t *testing.T) {
			r := newRecord()
			w := man(t, attach(t, node, soon()...), "w1", handled{m, failing(r, 4)})
			client := remote.NewClient(attach(t, node, soon()...))
			began := time.Now()
			require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 1}))
			eventually(t, func() bool { return r.count() == 4 }, "it was not tried four times")
			require.GreaterOrEqual(t, time.Since(began), 350*time.Millisecond, "50, 100 and 200 ms between attempts")
			for i, d := range r.seen {
				require.Equal(t, i+1, d.Attempt)
				require.Equal(t, r.seen[0].ID, d.ID)
			}
			require.Empty(t, deadLetters(t, node))
			require.NoError(t, w.Shutdown(t.Context()))
		})
	}
}

func TestDurableIsGivenUp(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	for _, m := range []*opMethod{newMail(), newPost()} {
		t.Run(m.Name, func(t *testing.T) {
			r := newRecord()
			var fixed atomic.Bool
			handler := func(ctx context.Context, in opRequest) (opReply, error) {
				_, _ = r.note(ctx, in)
				if in.N == 1 && !fixed.Load() {
					return opReply{}, errors.New("never: ü\n")
				}
				return opReply{}, nil
			}
			opts := soon(natsremote.WithMaxAttempts(3))
			e := attach(t, node, opts...)
			w := man(t, attach(t, node, opts...), "w1", handled{m, handler})
			client := remote.NewClient(e)
			require.NoError(t, m.Store(remote.WithID(t.Context(), "bad "+m.Name), client, opRequest{"a", 1}))
			require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 2}))
			eventually(t, func() bool { return len(deadLetters(t, node)) == 1 && r.count() == 4 }, "no dead letter")
			if m.Serial {
				require.Equal(t, []int{1, 1, 1, 2}, r.of("a"), "what comes later waits")
			}
			letter := deadLetters(t, node)[0]
			require.Equal(t, engine.StatusFailed, letter.Reason)
			require.Equal(t, "never: ü\n", letter.Message)
			require.Equal(t, 3, letter.Attempts)
			require.Equal(t, "w1", letter.Worker)
			require.Equal(t, "bad "+m.Name, letter.Call.ID)
			route, err := m.Route()
			require.NoError(t, err)
			require.Equal(t, route, letter.Call.Route)
			eventually(t, func() bool { return stored(t, node, durableStream)+stored(t, node, serialStream) == 0 }, "it is still stored")

			fixed.Store(true)
			require.NoError(t, e.Requeue(t.Context(), letter))
			eventually(t, func() bool { return r.count() == 5 }, "it was not tried again")
			require.Equal(t, 1, r.seen[4].Attempt)
			require.Equal(t, "bad "+m.Name, r.seen[4].ID)
			require.Empty(t, deadLetters(t, node))
			require.NoError(t, w.Shutdown(t.Context()))
		})
	}
}

func deadLetters(t *testing.T, node *natstest.Node) (list []natsremote.DeadLetter) {
	t.Helper()
	e, err := natsremote.Connect(node.URL())
	require.NoError(t, err)
	defer e.Close()
	for d, err := range e.DeadLetters(t.Context(), account) {
		require.NoError(t, err)
		list = append(list, d)
	}
	return list
}

func TestDurableMalformed(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	r := newRecord()
	for _, m := range []*opMethod{newMail(), newPost()} {
		t.Run(m.Name, func(t *testing.T) {
			w := man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
			route, err := m.Route()
			require.NoError(t, err)
			e := attach(t, node, soon()...)
			before := len(deadLetters(t, node))
			require.NoError(t, e.Store(t.Context(), &engine.Call{Route: route, ID: "x" + m.Name, Key: "a", Codec: "cbor", Body: []byte("\xff\xff")}))
			require.NoError(t, e.Store(t.Context(), &engine.Call{Route: route, ID: "y" + m.Name, Key: "a", Codec: "morse", Body: []byte("...")}))
			eventually(t, func() bool { return len(deadLetters(t, node)) == before+2 }, "no dead letters")
			for _, d := range deadLetters(t, node)[before:] {
				require.Equal(t, engine.StatusMalformed, d.Reason)
				require.Equal(t, 1, d.Attempts)
				require.NoError(t, e.Discard(t.Context(), d))
			}
			require.NoError(t, w.Shutdown(t.Context()))
		})
	}
	// Headers that nobody of us has written.
	m := newMail()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	route, err := m.Route()
	require.NoError(t, err)
	require.NoError(t, bare(t, node).PublishMsg(&nats.Msg{
		Subject: "ag.s." + account + ".Mail." + route.Schema, Header: nats.Header{"Ag-Id": {"%"}, "Ag-Key": {"1", "2"}}, Data: []byte("{}"),
	}))
	eventually(t, func() bool { return len(deadLetters(t, node)) == 1 }, "no dead letter")
	require.Zero(t, r.count())
}

func TestDurableWorkerDies(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	for _, m := range []*opMethod{newMail(), newPost()} {
		t.Run(m.Name, func(t *testing.T) {
			b, r := newBlocker(), newRecord()
			dying, network := cutoff(t, node, soon()...)
			man(t, dying, "w1", handled{m, b.handle})
			client := remote.NewClient(attach(t, node, soon()...))
			require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 1}))
			<-b.started
			network.Cut()
			w := man(t, attach(t, node, soon()...), "w2", handled{m, r.note})
			eventually(t, func() bool { return r.count() == 1 }, "it was not done again")
			require.Equal(t, 2, r.seen[0].Attempt)
			if m.Serial {
				require.Greater(t, r.seen[0].Fence, uint64(1))
			}
			close(b.goOn)
			require.NoError(t, w.Shutdown(t.Context()))
		})
	}
}

// Work that kills its workers is given up too.
func TestDurableLastWorkerDies(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, b, r := newMail(), newBlocker(), newRecord()
	once := soon(natsremote.WithMaxAttempts(1))
	dying, network := cutoff(t, node, once...)
	man(t, dying, "w1", handled{m, b.handle})
	require.NoError(t, m.Store(t.Context(), remote.NewClient(attach(t, node, once...)), opRequest{"a", 1}))
	<-b.started
	network.Cut()
	man(t, attach(t, node, once...), "w2", handled{m, r.note})
	eventually(t, func() bool { return len(deadLetters(t, node)) == 1 }, "no dead letter")
	require.Equal(t, engine.Status("lost"), deadLetters(t, node)[0].Reason)
	require.Zero(t, r.count())
	close(b.goOn)
}

// A handler may take longer than takeover.
func TestDurableLongHandler(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	mail, post, b := newMail(), newPost(), newBlocker()
	short := soon(natsremote.WithTakeoverDelay(time.Second))
	man(t, attach(t, node, short...), "w1", handled{mail, b.handle}, handled{post, b.handle})
	man(t, attach(t, node, short...), "w2", handled{mail, b.handle}, handled{post, b.handle})
	client := remote.NewClient(attach(t, node, short...))
	require.NoError(t, mail.Store(t.Context(), client, opRequest{"a", 1}))
	require.NoError(t, post.Store(t.Context(), client, opRequest{"a", 2}))
	<-b.started
	<-b.started
	timer := time.NewTimer(2500 * time.Millisecond)
	<-timer.C
	require.Empty(t, b.started, "it was given to another worker")
	close(b.goOn)
	eventually(t, func() bool { return stored(t, node, durableStream)+stored(t, node, serialStream) == 0 }, "it is still stored")
}

// A worker that has too much to do keeps work until it has less. That is no attempt.
func TestDurableOverloadedWorker(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newMail(), newRecord()
	w := remote.NewWorker(attach(t, node, soon()...), remote.WithName("w1"), remote.WithInFlight(2))
	l := newLoop(t)
	handler := func(ctx context.Context, in opRequest) (opReply, error) {
		out, err := r.note(ctx, in)
		return out, errors.Join(err, sleep(ctx, 5*time.Millisecond))
	}
	require.NoError(t, remoteimpl.Register(w, m.On(l, handler, handler)))
	require.NoError(t, w.Start(t.Context()))
	defer w.Close()
	client := remote.NewClient(attach(t, node, soon()...))
	for i := range 50 {
		require.NoError(t, m.Store(t.Context(), client, opRequest{fmt.Sprint(i), i}))
	}
	eventually(t, func() bool { return r.count() == 50 }, "not all was done")
	for _, d := range r.seen {
		require.Equal(t, 1, d.Attempt)
	}
	require.Empty(t, deadLetters(t, node))
}

func TestDurableOverload(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m := newMail()
	limit := natsremote.WithMaxBacklog(3, 1<<20)
	client := remote.NewClient(attach(t, node, soon(limit)...))
	for i := range 3 {
		require.NoError(t, m.Store(t.Context(), client, opRequest{"a", i}))
	}
	err := m.Store(t.Context(), client, opRequest{"a", 3})
	require.ErrorIs(t, err, remote.ErrOverloaded)
	var failed *remote.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, remote.FateNotRun, failed.Fate)
	r := newRecord()
	man(t, attach(t, node, soon(limit)...), "w1", handled{m, r.note})
	eventually(t, func() bool { return r.count() == 3 }, "what was accepted was not done")
}

func TestDurableOtherConfiguration(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m := newMail()
	require.NoError(t, m.Store(t.Context(), remote.NewClient(attach(t, node, soon()...)), opRequest{}))
	for _, c := range []struct {
		option natsremote.Option
		want   string
	}{
		{natsremote.WithDuplicateWindow(time.Minute), "duplicate window 2m0s, wanted 1m0s"},
		{natsremote.WithMaxBacklog(10, 1<<20), "messages 100000, wanted 10; bytes 1073741824, wanted 1048576"},
	} {
		w := remote.NewWorker(attach(t, node, soon(c.option)...))
		require.NoError(t, remoteimpl.Register(w, m.On(newLoop(t), newRecord().note, newRecord().note)))
		require.ErrorContains(t, w.Start(t.Context()), c.want)
	}
}

// Work of a version that nobody has waits, can be seen, and blocks nobody.
func TestDurableOldVersion(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	type oldRequest struct {
		Key string `json:"key"`
	}
	old := &remoteimpl.Method[oldRequest, opReply]{Service: account, Name: "Mail", Durable: true}
	m, r := newMail(), newRecord()
	e := attach(t, node, soon()...)
	client := remote.NewClient(e)
	require.NoError(t, old.Store(t.Context(), client, oldRequest{"a"}))
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 1}))
	eventually(t, func() bool { return r.count() == 1 }, "it was not done")
	route, err := old.Route()
	require.NoError(t, err)
	want := []natsremote.Backlog{{Route: route, Stored: 1}}
	eventually(t, func() bool {
		have, err := e.Backlog(t.Context(), account)
		require.NoError(t, err)
		return fmt.Sprint(have) == fmt.Sprint(want)
	}, "the backlog is not seen")

	done := make(chan oldRequest, 1)
	l := newLoop(t)
	w := remote.NewWorker(attach(t, node, soon()...))
	handler := func(_ context.Context, in oldRequest) (opReply, error) { done <- in; return opReply{}, nil }
	require.NoError(t, remoteimpl.Register(w, old.On(func(oldRequest) *loopType { return l(opRequest{}) }, handler, handler)))
	require.NoError(t, w.Start(t.Context()))
	defer w.Close()
	require.Equal(t, oldRequest{"a"}, <-done)
}

// Keyed work is done in order, whoever does it.
func TestDurableKeyedInOrder(t *testing.T) {
	t.Parallel()
	const each, keys = 100, 5
	node := natstest.Start(t)
	m, r := newPost(), newRecord()
	client := remote.NewClient(attach(t, node, soon()...))
	w1 := man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	var all sync.WaitGroup
	for k := range keys {
		all.Go(func() {
			for i := range each {
				require.NoError(t, m.Store(t.Context(), client, opRequest{fmt.Sprint("k", k), i}))
			}
		})
	}
	eventually(t, func() bool { return r.count() > each }, "no progress")
	man(t, attach(t, node, soon()...), "w2", handled{m, r.note})
	eventually(t, func() bool { return r.by("w2") > 0 || r.count() == each*keys }, "no share for the second")
	require.NoError(t, w1.Shutdown(t.Context()))
	all.Wait()
	eventually(t, func() bool { return r.count() == each*keys }, "not all was done")
	require.Empty(t, r.overlap)
	for k := range keys {
		require.IsIncreasing(t, r.of(fmt.Sprint("k", k)))
	}
}

func TestDurableSurvivesRestart(t *testing.T) {
	t.Parallel()
	const n = 100
	dir := t.TempDir()
	s, err := embedded.Start(embedded.WithDir(dir))
	require.NoError(t, err)
	mail, post, r := newMail(), newPost(), newRecord()
	e, err := s.Connect(soon()...)
	require.NoError(t, err)
	client := remote.NewClient(e)
	for i := range n {
		require.NoError(t, mail.Store(t.Context(), client, opRequest{"mail", i}))
		require.NoError(t, post.Store(t.Context(), client, opRequest{"post", i}))
	}
	require.NoError(t, e.Close())
	require.NoError(t, s.Close())

	s, err = embedded.Start(embedded.WithDir(dir))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	e, err = s.Connect(soon()...)
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	man(t, e, "w1", handled{mail, r.note}, handled{post, r.note})
	eventually(t, func() bool { return r.count() == 2*n }, "something is lost")
	require.Len(t, r.of("mail"), n)
	require.IsIncreasing(t, r.of("post"))
}

// A stream that does not confirm is left alone, and found again when it is back.
func TestDurableUnconfirmed(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m := newMail()
	e, network := cutoff(t, node, soon(natsremote.WithAckTimeout(300*time.Millisecond))...)
	client := remote.NewClient(e)
	require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 1}))
	network.Hole()
	ctx := remote.WithID(t.Context(), "again")
	err := m.Store(ctx, client, opRequest{"a", 2})
	var failed *remote.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, remote.FateUnknown, failed.Fate)
	for range 100 {
		err = m.Store(t.Context(), client, opRequest{"a", 3})
		require.ErrorAs(t, err, &failed)
		require.Equal(t, remote.FateNotRun, failed.Fate, "%v", err)
	}
	network.Heal()
	eventually(t, func() bool { return m.Store(ctx, client, opRequest{"a", 2}) == nil }, "it does not come back")
	r := newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	eventually(t, func() bool { return r.count() >= 2 }, "it was not done")
	require.Subset(t, []int{1, 2}, r.of("a"))
}

// Workers that are shut down finish what they have, and give back what they have not begun.
func TestDurableShutdownUnderLoad(t *testing.T) {
	t.Parallel()
	const n = 300
	node := natstest.Start(t)
	mail, post, r := newMail(), newPost(), newRecord()
	slow := func(ctx context.Context, in opRequest) (opReply, error) {
		out, err := r.note(ctx, in)
		return out, errors.Join(err, sleep(ctx, time.Millisecond))
	}
	client := remote.NewClient(attach(t, node, soon()...))
	methods := []handled{{mail, slow}, {post, slow}}
	w := man(t, attach(t, node, soon()...), "w0", methods...)
	var all sync.WaitGroup
	all.Go(func() {
		for i := range n / 2 {
			require.NoError(t, mail.Store(t.Context(), client, opRequest{"mail", i}))
			require.NoError(t, post.Store(t.Context(), client, opRequest{"post", i}))
		}
	})
	for i := range 4 {
		eventually(t, func() bool { return r.count() > i*n/5 }, "no progress")
		next := man(t, attach(t, node, soon()...), fmt.Sprint("w", i+1), methods...)
		require.NoError(t, w.Shutdown(t.Context()))
		w = next
	}
	all.Wait()
	eventually(t, func() bool { return r.count() == n }, "not all was done")
	eventually(t, func() bool { return stored(t, node, durableStream)+stored(t, node, serialStream) == 0 }, "it is still stored")
	// A second attempt without a first is possible: the server may have sent something to a worker that had just left.
	require.Equal(t, n, r.count(), "something was done twice")
	require.IsIncreasing(t, r.of("post"))
}

// The server is restarted in the middle of it all.
func TestDurableServerRestart(t *testing.T) {
	t.Parallel()
	const n = 60
	node := natstest.Start(t)
	mail, post, r := newMail(), newPost(), newRecord()
	slow := func(ctx context.Context, in opRequest) (opReply, error) {
		out, err := r.note(ctx, in)
		return out, errors.Join(err, sleep(ctx, 20*time.Millisecond))
	}
	man(t, attach(t, node, soon(natsremote.WithPrefetch(2))...), "w1", handled{mail, slow}, handled{post, slow})
	client := remote.NewClient(attach(t, node, soon()...))
	for i := range n {
		require.NoError(t, mail.Store(t.Context(), client, opRequest{"mail", i}))
		require.NoError(t, post.Store(t.Context(), client, opRequest{"post", i}))
	}
	eventually(t, func() bool { return r.count() > n/4 }, "no progress")
	node.Down()
	node.Up()
	eventually(t, func() bool {
		return len(distinct(r.of("mail"))) == n && len(distinct(r.of("post"))) == n
	}, "something is lost")
	require.IsIncreasing(t, distinct(r.of("post")))
	require.Empty(t, r.overlap)
	eventually(t, func() bool { return stored(t, node, durableStream)+stored(t, node, serialStream) == 0 }, "it is still stored")
	require.Empty(t, deadLetters(t, node))
}

// Keyed work of a version that the owner of its partition does not have holds up the partition for its attempts, and can
// be put back when there is a worker for it.
func TestDurableKeyedOldVersion(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	type oldRequest struct {
		Key string `json:"key"`
	}
	old := &remoteimpl.Method[oldRequest, opReply]{
		Service: account, Name: "Post", Durable: true, Serial: true, Key: func(in oldRequest) string { return in.Key },
	}
	m, r := newPost(), newRecord()
	e := attach(t, node, soon(natsremote.WithMaxAttempts(2))...)
	client := remote.NewClient(e)
	w := man(t, attach(t, node, soon(natsremote.WithMaxAttempts(2))...), "w1", handled{m, r.note})
	require.NoError(t, old.Store(t.Context(), client, oldRequest{"a"}))
	require.NoError(t, m.Store(t.Context(), client, opRequest{"a", 1}))
	eventually(t, func() bool { return r.count() == 1 }, "it is held up for ever")
	letters := deadLetters(t, node)
	require.Len(t, letters, 1)
	require.Equal(t, engine.StatusUnknown, letters[0].Reason)
	require.Equal(t, "a", letters[0].Call.Key)
	require.NoError(t, w.Shutdown(t.Context()))

	done := make(chan oldRequest, 1)
	l := newLoop(t)
	w = remote.NewWorker(attach(t, node, soon(natsremote.WithMaxAttempts(2))...))
	handler := func(_ context.Context, in oldRequest) (opReply, error) { done <- in; return opReply{}, nil }
	require.NoError(t, remoteimpl.Register(w, old.On(func(oldRequest) *loopType { return l(opRequest{}) }, handler, handler)))
	require.NoError(t, w.Start(t.Context()))
	defer w.Close()
	require.NoError(t, e.Requeue(t.Context(), letters[0]))
	require.Equal(t, oldRequest{"a"}, <-done)
}
