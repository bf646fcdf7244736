package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/stretchr/testify/require"
)

func TestSerialCall(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newDeposit(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	client := remote.NewClient(attach(t, node, soon()...))
	for i := range 5 {
		out, err := m.Call(t.Context(), client, opRequest{"a", i})
		require.NoError(t, err)
		require.Equal(t, i, out.N)
	}
	require.Equal(t, []int{0, 1, 2, 3, 4}, r.of("a"))
	require.IsIncreasing(t, r.fences["a"])
	require.Equal(t, "w1", r.seen[0].Worker)
	require.Equal(t, 1, r.seen[0].Attempt)
}

func TestSerialNobodyThere(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m := newDeposit()
	e := attach(t, node, soon()...)
	client := remote.NewClient(e)
	notRun := func(reason error) {
		t.Helper()
		began := time.Now()
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		var failed *remote.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, remote.FateNotRun, failed.Fate, "%v", err)
		require.ErrorIs(t, err, reason)
		require.Less(t, time.Since(began), 3*time.Second)
	}
	notRun(remote.ErrNoWorker) // there is not even a stream

	r := newRecord()
	w := man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	_, err := m.Call(t.Context(), client, opRequest{"a", 2})
	require.NoError(t, err)
	require.NoError(t, w.Shutdown(t.Context()))
	notRun(remote.ErrNoWorker) // what it has stored it withdraws
	man(t, attach(t, node, soon()...), "w2", handled{m, r.note})
	_, err = m.Call(t.Context(), client, opRequest{"a", 3})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, r.of("a"))
}

// A blocker is a handler that the test lets go on.
type blocker struct {
	started chan opRequest
	goOn    chan struct{}
}

func newBlocker() *blocker {
	return &blocker{started: make(chan opRequest, 64), goOn: make(chan struct{})}
}

func (b *blocker) handle(ctx context.Context, in opRequest) (opReply, error) {
	b.started <- in
	err := loop.Await(ctx, func(ctx context.Context) error {
		select {
		case <-b.goOn:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	return opReply{in.N}, err
}

func TestSerialCallWithdrawnWhileQueued(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, other, b, r := newDeposit(), newWithdraw(), newBlocker(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, b.handle}, handled{other, r.note})
	client := remote.NewClient(attach(t, node, soon()...))
	var all sync.WaitGroup
	all.Go(func() {
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		require.NoError(t, err)
	})
	<-b.started
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 10 {
		all.Go(func() {
			_, err := other.Call(ctx, client, opRequest{"a", i})
			var failed *remote.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, remote.FateNotRun, failed.Fate)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
	deadline, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := other.Call(deadline, client, opRequest{"a", 10})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, loop.ErrCanceled)
	cancel()
	close(b.goOn)
	all.Wait()
	_, err = other.Call(t.Context(), client, opRequest{"a", 11})
	require.NoError(t, err)
	require.Equal(t, []int{11}, r.of("a"))
}

// A caller that waits behind others hears nothing, and must not think that its worker is dead.
func TestSerialCallWaitsLongerThanSilence(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, b := newDeposit(), newBlocker()
	man(t, attach(t, node, soon()...), "w1", handled{m, b.handle})
	client := remote.NewClient(attach(t, node, soon()...))
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			_, err := m.Call(t.Context(), client, opRequest{"a", i})
			require.NoError(t, err)
		})
	}
	<-b.started
	timer := time.NewTimer(2500 * time.Millisecond) // more than silence, and than takeover
	<-timer.C
	require.Empty(t, b.started)
	close(b.goOn)
	all.Wait()
}

func TestSerialCancelWhileRunning(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, b := newDeposit(), newBlocker()
	man(t, attach(t, node, soon()...), "w1", handled{m, b.handle})
	client := remote.NewClient(attach(t, node, soon(natsremote.WithCancelGrace(5*time.Second))...))
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		_, err := m.Call(ctx, client, opRequest{"a", 1})
		require.ErrorContains(t, err, "the caller gave up")
	})
	<-b.started
	cancel()
	all.Wait()
}

func TestSerialWorkerOfAnotherVersion(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	type oldRequest struct {
		Key string `json:"key"`
	}
	old := &remoteimpl.Method[oldRequest, opReply]{Service: account, Name: "Deposit", Serial: true, Key: func(in oldRequest) string { return in.Key }}
	m, r := newDeposit(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	_, err := old.Call(t.Context(), remote.NewClient(attach(t, node, soon()...)), oldRequest{"a"})
	var version *remote.VersionError
	require.ErrorAs(t, err, &version)
	route, routeErr := m.Route()
	require.NoError(t, routeErr)
	require.Equal(t, []string{route.Schema}, version.Running)
	var failed *remote.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, remote.FateNotRun, failed.Fate)
	require.Zero(t, r.count())
}

func TestSerialOtherPartitions(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newDeposit(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	client := remote.NewClient(attach(t, node, soon(natsremote.WithPartitions(8))...))
	_, err := m.Call(t.Context(), client, opRequest{"a", 1})
	require.ErrorIs(t, err, remote.ErrRefused)
	require.ErrorContains(t, err, "the service has 4 partitions, this engine 8")
	l := loop.New()
	defer l.Close()
	w := remote.NewWorker(attach(t, node, soon(natsremote.WithPartitions(8))...))
	require.NoError(t, remoteimpl.Register(w, m.On(func(opRequest) *loop.Loop { return l }, r.note, r.note)))
	require.ErrorContains(t, w.Start(t.Context()), "partitions 4, wanted 8")
	require.Zero(t, r.count())
}

func TestSerialDeathOfTheOwner(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, b, r := newDeposit(), newBlocker(), newRecord()
	dying, network := cutoff(t, node, soon()...)
	man(t, dying, "w1", handled{m, b.handle})
	client := remote.NewClient(attach(t, node, soon()...))
	var all sync.WaitGroup
	all.Go(func() {
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		var failed *remote.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, remote.FateUnknown, failed.Fate)
		require.ErrorIs(t, err, remote.ErrLost)
	})
	<-b.started
	for i := range 5 {
		all.Go(func() {
			out, err := m.Call(t.Context(), client, opRequest{"a", 2 + i})
			require.NoError(t, err) // nobody had claimed it
			require.Equal(t, 2+i, out.N)
		})
	}
	eventually(t, func() bool { return stored(t, node, "AGK_example_com-bank-Account") == 6 }, "the calls are not stored")
	man(t, attach(t, node, soon()...), "w2", handled{m, r.note}) // before callers look for another worker
	network.Cut()
	all.Wait()
	require.Len(t, r.of("a"), 5)
	require.NotContains(t, r.of("a"), 1, "a claimed call is not run again")
	require.IsIncreasing(t, r.fences["a"])
}

// A worker that was cut off and does not know goes on with its handler, while its successor does the next call.
// A store that looks at the fence keeps what the successor did.
func TestSerialZombieIsFenced(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m := newDeposit()
	var mu sync.Mutex
	var fence uint64
	var value string
	var refused atomic.Int32
	write := func(ctx context.Context, v string) error {
		d, _ := remote.DeliveryOf(ctx)
		mu.Lock()
		defer mu.Unlock()
		if d.Fence < fence {
			refused.Add(1)
			return errors.New("an older owner")
		}
		fence, value = d.Fence, v
		return nil
	}
	started, wake, cause := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	zombie, network := cutoff(t, node, soon()...)
	man(t, zombie, "w1", handled{m, func(ctx context.Context, in opRequest) (opReply, error) {
		close(started)
		err := loop.Await(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			<-wake // it takes no notice
			return nil
		})
		return opReply{}, errors.Join(err, write(context.WithoutCancel(ctx), "zombie"))
	}})
	client := remote.NewClient(attach(t, node, soon()...))
	first := make(chan error, 1)
	go func() {
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		first <- err
	}()
	<-started
	network.Hole()
	require.ErrorIs(t, <-first, remote.ErrLost)
	man(t, attach(t, node, soon()...), "w2", handled{m, func(ctx context.Context, in opRequest) (opReply, error) {
		return opReply{in.N}, write(ctx, "successor")
	}})
	_, err := m.Call(t.Context(), client, opRequest{"a", 2})
	require.NoError(t, err)
	require.ErrorContains(t, <-cause, "cut off from the stream")
	close(wake)
	eventually(t, func() bool { return refused.Load() == 1 }, "the zombie did not write")
	require.Equal(t, "successor", value)
	network.Heal()
}

func TestSerialShutdownHandsOver(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newDeposit(), newRecord()
	client := remote.NewClient(attach(t, node, soon()...))
	w := man(t, attach(t, node, soon()...), "w0", handled{m, r.note})
	_, err := m.Call(t.Context(), client, opRequest{"a", 0})
	require.NoError(t, err)
	var longest time.Duration
	for i := 1; i <= 5; i++ {
		next := man(t, attach(t, node, soon()...), fmt.Sprintf("w%d", i), handled{m, r.note})
		require.NoError(t, w.Shutdown(t.Context()))
		began := time.Now()
		_, err := m.Call(t.Context(), client, opRequest{"a", i})
		require.NoError(t, err)
		longest = max(longest, time.Since(began))
		w = next
	}
	t.Logf("longest: %s", longest)
	require.Less(t, longest, takeover/2, "the pin was not released")
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, r.of("a"))
	require.IsIncreasing(t, r.fences["a"])
}

func TestSerialJoiningWorkersGetTheirShare(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newDeposit(), newRecord()
	client := remote.NewClient(attach(t, node, soon()...))
	call := func() {
		for i := range 16 { // all four partitions
			_, err := m.Call(t.Context(), client, opRequest{fmt.Sprint("k", i), 0})
			require.NoError(t, err)
		}
	}
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	call()
	require.Equal(t, 16, r.by("w1"))
	man(t, attach(t, node, soon()...), "w2", handled{m, r.note})
	eventually(t, func() bool {
		before1, before2 := r.by("w1"), r.by("w2")
		call()
		one, two := r.by("w1")-before1, r.by("w2")-before2
		return one+two == 16 && one > 0 && two > 0 && owned(t, node, account) == [2]int{2, 2}
	}, "the second worker has no share")
}

// The history of many calls while workers come, go and die.
func TestSerialHistory(t *testing.T) {
	t.Parallel()
	const calls, keys, callers = 2000, 20, 16
	node := natstest.Start(t)
	deposit, withdraw, r := newDeposit(), newWithdraw(), newRecord()
	handler := func(ctx context.Context, in opRequest) (opReply, error) {
		d, _ := remote.DeliveryOf(ctx)
		r.begin(in, d)
		defer r.end(in)
		return opReply{in.N}, sleep(ctx, time.Millisecond) // who dies does so while it runs
	}
	methods := []handled{{deposit, handler}, {withdraw, handler}}
	client := remote.NewClient(attach(t, node, soon()...))
	man(t, attach(t, node, soon()...), "w0", methods...)

	var next atomic.Int64
	var mu sync.Mutex
	returned := map[string][]int{} // by key, in the order in which a caller of that key saw them
	var unknown, notRun atomic.Int64
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for {
				n := int(next.Add(1))
				if n > calls {
					return
				}
				key := fmt.Sprintf("k%d-%d", c, n%keys%2) // of this caller alone
				m := deposit
				if n%3 == 0 {
					m = withdraw
				}
				_, err := m.Call(t.Context(), client, opRequest{key, n})
				var failed *remote.Error
				switch {
				case err == nil:
					mu.Lock()
					returned[key] = append(returned[key], n)
					mu.Unlock()
				case !errors.As(err, &failed):
					t.Errorf("call %d: %v", n, err)
				case failed.Fate == remote.FateNotRun:
					notRun.Add(1)
					t.Logf("call %d: %v", n, err)
				default:
					unknown.Add(1)
				}
			}
		})
	}
	at := func(n int64) { eventually(t, func() bool { return next.Load() >= n }, "no progress") }
	at(200)
	dying, network := cutoff(t, node, soon()...)
	var die atomic.Bool
	var stuck atomic.Int64
	dead := make(chan struct{})
	fatal := func(ctx context.Context, in opRequest) (opReply, error) {
		out, err := handler(ctx, in)
		if die.Load() {
			stuck.Add(1)
			_ = loop.Await(ctx, func(context.Context) error { <-dead; return nil })
		}
		return out, err
	}
	man(t, dying, "w1", handled{deposit, fatal}, handled{withdraw, fatal})
	at(400)
	w2 := man(t, attach(t, node, soon()...), "w2", methods...)
	at(1000)
	die.Store(true)
	eventually(t, func() bool { return stuck.Load() > 0 }, "the first worker has nothing to do")
	network.Cut() // it dies with a call that nobody will hear of
	at(1200)
	require.NoError(t, w2.Shutdown(t.Context()))
	man(t, attach(t, node, soon()...), "w3", methods...)
	all.Wait()
	close(dead)

	require.Empty(t, r.overlap)
	require.Zero(t, notRun.Load())
	require.NotZero(t, unknown.Load())
	for _, worker := range []string{"w0", "w1", "w2", "w3"} {
		require.NotZero(t, r.by(worker), "%s had no share", worker)
	}
	t.Logf("%d unknown; by worker: %v", unknown.Load(), r.workers)
	ran := 0
	for key, list := range returned {
		done := r.of(key)
		ran += len(done)
		require.IsIncreasing(t, done, "order of %s", key)
		require.IsIncreasing(t, r.fences[key], "fences of %s", key)
		require.Subset(t, done, list, "what was answered was done")
	}
	require.LessOrEqual(t, ran, calls)
	require.GreaterOrEqual(t, ran+int(unknown.Load()), calls)
	require.LessOrEqual(t, unknown.Load(), int64(8), "for each partition, one that is running and one whose reply is on its way")
}

func TestSerialOverload(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	limit := natsremote.WithMaxBacklog(3, 1<<20)
	m, b := newDeposit(), newBlocker()
	man(t, attach(t, node, soon(limit)...), "w1", handled{m, b.handle})
	client := remote.NewClient(attach(t, node, soon(limit)...))
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			_, err := m.Call(t.Context(), client, opRequest{"a", i})
			require.NoError(t, err)
		})
	}
	<-b.started
	eventually(t, func() bool { return stored(t, node, "AGK_example_com-bank-Account") == 3 }, "the calls are not stored")
	_, err := m.Call(t.Context(), client, opRequest{"a", 9})
	require.ErrorIs(t, err, remote.ErrOverloaded)
	var failed *remote.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, remote.FateNotRun, failed.Fate)
	close(b.goOn)
	all.Wait()
}

func TestSerialServerRestart(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, r := newDeposit(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, r.note})
	client := remote.NewClient(attach(t, node, soon()...))
	for i := range 3 {
		_, err := m.Call(t.Context(), client, opRequest{"a", i})
		require.NoError(t, err)
	}
	node.Down()
	_, err := m.Call(t.Context(), client, opRequest{"a", 99})
	require.ErrorIs(t, err, remote.ErrUnreachable)
	node.Up()
	eventually(t, func() bool {
		_, err := m.Call(t.Context(), client, opRequest{"a", 3})
		return err == nil
	}, "no call after the restart")
	require.Equal(t, []int{0, 1, 2, 3}, r.of("a"))
	require.IsIncreasing(t, r.fences["a"])
}

// Calls of a caller that has vanished without a word do not hold up those of others for long.
func TestSerialCallerVanishes(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, other, b, r := newDeposit(), newWithdraw(), newBlocker(), newRecord()
	served := attach(t, node, soon()...)
	man(t, served, "w1", handled{m, b.handle}, handled{other, r.note})
	client := remote.NewClient(attach(t, node, soon()...))
	vanishing, network := cutoff(t, node, soon()...)
	lost := remote.NewClient(vanishing)
	var all sync.WaitGroup
	all.Go(func() {
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		require.NoError(t, err)
	})
	<-b.started
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 5 {
		all.Go(func() {
			_, err := other.Call(ctx, lost, opRequest{"a", i})
			require.Error(t, err)
		})
	}
	eventually(t, func() bool { return stored(t, node, serialStream) == 6 }, "the calls are not stored")
	network.Hole()
	close(b.goOn)
	began := time.Now()
	_, err := other.Call(t.Context(), client, opRequest{"a", 9})
	require.NoError(t, err)
	require.Less(t, time.Since(began), 4*time.Second, "5 times silence is too long")
	cancel()
	all.Wait()
	require.Equal(t, []int{9}, r.of("a"))
	require.EqualValues(t, 5, served.Stats().Skipped)
}

// A caller that could not be reached when it was its turn learns that its call will not run.
func TestSerialCallerMissesItsTurn(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	m, other, b, r := newDeposit(), newWithdraw(), newBlocker(), newRecord()
	man(t, attach(t, node, soon()...), "w1", handled{m, b.handle}, handled{other, r.note})
	client := remote.NewClient(attach(t, node, soon()...))
	away, network := cutoff(t, node, soon()...)
	var all sync.WaitGroup
	all.Go(func() {
		_, err := m.Call(t.Context(), client, opRequest{"a", 1})
		require.NoError(t, err)
	})
	<-b.started
	all.Go(func() {
		_, err := other.Call(t.Context(), remote.NewClient(away), opRequest{"a", 2})
		var failed *remote.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, remote.FateNotRun, failed.Fate)
		require.ErrorIs(t, err, remote.ErrUnreachable)
	})
	eventually(t, func() bool { return stored(t, node, serialStream) == 2 }, "the call is not stored")
	network.Cut()
	close(b.goOn)
	eventually(t, func() bool { return stored(t, node, serialStream) == 0 }, "the call is not skipped")
	network.Heal()
	all.Wait()
	require.Zero(t, r.count())
}
