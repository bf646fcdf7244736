package remote_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

func TestRegister(t *testing.T) {
	handler := func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil }
	s := open(t, handler)
	require.ErrorIs(t, remoteimpl.Register(s.worker), remote.ErrStarted)
	require.ErrorIs(t, s.worker.Start(t.Context()), remote.ErrStarted)

	w := remote.NewWorker(remotetest.New())
	h := priceMethod().On(s.onLoop, handler, handler)
	require.NoError(t, remoteimpl.Register(w, h))
	require.ErrorContains(t, remoteimpl.Register(w, h), "register Quotes.Price: it is registered already")

	type bad struct{ C chan int }
	m := remoteimpl.Method[bad, bad]{Service: "s", Name: "Bad"}
	run := func(context.Context, bad) (bad, error) { return bad{}, nil }
	err := remoteimpl.Register(w, m.On(func(bad) *loop.Loop { return nil }, run, run))
	require.EqualError(t, err, "register s.Bad: Bad.C: chan int cannot travel")
	_, err = m.Call(t.Context(), s.client, bad{})
	requireError(t, err, remote.FateNotRun, remote.ErrMalformed)
}

func TestShutdownAnswersWhatHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			return priceReply{1}, loop.Sleep(ctx, time.Minute)
		})
		errs := make(chan error, 1)
		go func() { _, err := s.call(t.Context()); errs <- err }()
		synctest.Wait()
		require.NoError(t, s.worker.Shutdown(t.Context()))
		require.NoError(t, <-errs)
		require.NoError(t, s.worker.Shutdown(t.Context()), "again")
		<-s.worker.Done()
		s.close(t)
	})
}

func TestShutdownOutOfTimeCancelsHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			<-ctx.Done()
			return priceReply{}, context.Cause(ctx)
		})
		errs := make(chan error, 1)
		go func() { _, err := s.call(t.Context()); errs <- err }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.worker.Shutdown(ctx), context.DeadlineExceeded)
		require.ErrorIs(t, <-errs, context.DeadlineExceeded)
		s.close(t)
	})
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := remotetest.New()
		w := remote.NewWorker(e)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx, time.Second) }()
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, w.Close())

		w = remote.NewWorker(e)
		go func() { done <- w.Run(t.Context(), time.Second) }()
		synctest.Wait()
		require.NoError(t, w.Close())
		require.NoError(t, <-done)
	})
}

func TestCloseBeforeStart(t *testing.T) {
	w := remote.NewWorker(remotetest.New())
	require.NoError(t, w.Close())
	require.NoError(t, w.Shutdown(t.Context()))
	require.ErrorIs(t, w.Start(t.Context()), remote.ErrStarted)
}

func TestNames(t *testing.T) {
	e := remotetest.New()
	require.NotEqual(t, remote.NewWorker(e).Name(), remote.NewWorker(e).Name())
	require.Equal(t, "a-b-c-d-", remote.NewWorker(e, remote.WithName("a b.c*d>")).Name())
	require.Panics(t, func() { remote.NewWorker(nil) })
	require.Panics(t, func() { remote.NewClient(nil) })
}

// begin hands a message to the worker as an engine does.
func (s *shop) begin(c *engine.Call) *engine.Reply {
	start, refused := s.engine.dispatcher.Begin(c)
	if refused != nil {
		return refused
	}
	replies := make(chan *engine.Reply, 1)
	start(context.Background(), func(r *engine.Reply) { replies <- r })
	return <-replies
}

func (s *shop) route(t testing.TB) engine.Route {
	r, err := s.price.Route()
	require.NoError(t, err)
	return r
}

func TestMessagesThatAreWrong(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil }, remote.WithMaxMessage(1000))
	r := s.route(t)
	other := r
	other.Schema = "0000000000000000"
	for name, c := range map[string]struct {
		call engine.Call
		want engine.Status
	}{
		"a person's":     {engine.Call{Route: r, Body: []byte(`{"symbol":"A"}`)}, engine.StatusOK},
		"empty":          {engine.Call{Route: r}, engine.StatusOK},
		"no JSON":        {engine.Call{Route: r, Codec: "json", Body: []byte(`{`)}, engine.StatusMalformed},
		"unknown field":  {engine.Call{Route: r, Body: []byte(`{"symbl":"A"}`)}, engine.StatusMalformed},
		"another type":   {engine.Call{Route: r, Body: []byte(`{"symbol":1}`)}, engine.StatusMalformed},
		"another codec":  {engine.Call{Route: r, Codec: "gob"}, engine.StatusMalformed},
		"another schema": {engine.Call{Route: other}, engine.StatusUnknown},
		"long":           {engine.Call{Route: r, Body: make([]byte, 1001)}, engine.StatusMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, s.begin(&c.call).Status)
		})
	}
	require.EqualValues(t, 5, s.worker.Stats().Malformed)
	require.EqualValues(t, 6, s.worker.Stats().Refused)
}

func FuzzBegin(f *testing.F) {
	s := &shop{price: priceMethod(), engine: &tap{Engine: remotetest.New()}}
	l := loop.New()
	f.Cleanup(func() { _ = l.Close() })
	s.worker = remote.NewWorker(s.engine)
	handler := func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil }
	require.NoError(f, remoteimpl.Register(s.worker, s.price.On(func(priceRequest) *loop.Loop { return l }, handler, handler)))
	require.NoError(f, s.worker.Start(f.Context()))
	r := s.route(f)
	f.Add("json", "key", int64(0), []byte(`{"symbol":"A"}`))
	f.Add("", "", int64(-1), []byte(`[[[[`))
	f.Add("x", "", int64(1), []byte{0xff})
	f.Fuzz(func(t *testing.T, codec, key string, timeout int64, body []byte) {
		reply := s.begin(&engine.Call{Route: r, Codec: codec, Key: key, Timeout: time.Duration(timeout), Body: body})
		require.NotEmpty(t, reply.Status)
		require.Zero(t, s.worker.Stats().InFlight)
	})
}
