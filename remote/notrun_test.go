package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

// A booking has had its effect when the call of its audit is refused, whoever runs which: it must not be made again.
func TestNotRunIsAboutTheOutermostCall(t *testing.T) {
	nobody := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil })
	require.NoError(t, nobody.worker.Shutdown(t.Context()))
	closed := loop.New()
	require.NoError(t, closed.Close())
	far := func(ctx context.Context) error { _, err := nobody.call(ctx); return err }
	near := func(ctx context.Context) error {
		_, err := loop.Call(ctx, closed, func(context.Context) (int, error) { return 0, nil })
		return err
	}
	for name, audit := range map[string]func(context.Context) error{"remote": far, "local": near} {
		require.True(t, loop.NotRun(audit(t.Context())), name)
		for _, passOn := range []func(error) error{
			func(err error) error { return err },
			func(err error) error { return fmt.Errorf("audit: %w", err) },
			func(err error) error { return errors.Join(io.EOF, err) },
			func(err error) error { return &deniedError{err.Error()} }, // registered, so that it keeps its type
		} {
			booked := 0
			book := func(ctx context.Context) error {
				booked++
				return passOn(audit(ctx))
			}
			m := priceMethod()
			m.Errors = append(m.Errors, remoteimpl.ErrorType[*deniedError]("deniedError"))
			remotely := openMethod(t, m, func(ctx context.Context, _ priceRequest) (priceReply, error) { return priceReply{1}, book(ctx) })
			locally := loop.New()
			for place, call := range map[string]func() error{
				"on a worker": func() error { _, err := remotely.call(t.Context()); return err },
				"on a loop": func() error {
					_, err := loop.Call(t.Context(), locally, func(ctx context.Context) (int, error) { return 0, book(ctx) })
					return err
				},
				"on a loop, of a call of a worker": func() error {
					_, err := loop.Call(t.Context(), locally, func(ctx context.Context) (int64, error) { return remotely.call(ctx) })
					return err
				},
			} {
				booked = 0
				err := call()
				require.Error(t, err)
				require.False(t, loop.NotRun(err), "%s, %s: %v", name, place, err)
				require.Equal(t, 1, booked)
				require.ErrorContains(t, err, passOn(audit(t.Context())).Error())
			}
			require.NoError(t, locally.Close())
		}
	}
}

// deniedError is an error of the user that says of itself that a call had no effect.
type deniedError struct{ Text string }

func (e *deniedError) Error() string { return e.Text }
func (e *deniedError) NotRun() bool  { return true }

// Of the errors that a handler passes on, those that are registered arrive.
func TestPassedOnErrorsKeepWhatIsRegistered(t *testing.T) {
	nobody := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil })
	require.NoError(t, nobody.worker.Shutdown(t.Context()))
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		_, err := nobody.call(ctx)
		return priceReply{}, err
	})
	_, err := s.call(t.Context())
	require.ErrorIs(t, err, remote.ErrNoWorker)
	var passed *remote.HandlerError
	require.ErrorAs(t, err, &passed)
	require.Equal(t, []error{remote.ErrNoWorker}, passed.Wrapped)
	require.Equal(t, "Quotes.Price did not run: no worker", passed.Message)
	require.Equal(t, "*remote.Error", passed.Type)
}

// Durable work whose handler passes on such an error has been tried: it is not work for which there was no worker.
func TestDurableWorkThatPassesOnAnErrorWasTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := loop.New()
		require.NoError(t, closed.Close())
		<-closed.Done()
		m := priceMethod()
		m.Durable = true
		tries := 0
		s := openMethod(t, m, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			tries++
			return loop.Call(ctx, closed, func(context.Context) (priceReply, error) { return priceReply{}, nil })
		})
		require.NoError(t, m.Store(t.Context(), s.client, priceRequest{}))
		s.engine.Wait()
		require.Equal(t, 5, tries)
		require.Len(t, s.engine.DeadLetters(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.True(t, loop.NotRun(m.Store(ctx, s.client, priceRequest{})), "it was not stored")
		s.close(t)
	})
}

func TestErrorsThatProgramsMake(t *testing.T) {
	fake := &remote.Error{Method: "Quotes.Price", Fate: remote.FateNotRun, Reason: remote.ErrOverloaded, Cause: io.EOF}
	require.True(t, loop.NotRun(fmt.Errorf("price: %w", fake)))
	require.ErrorIs(t, fake, loop.ErrFull)
	require.EqualError(t, fake, "Quotes.Price did not run: overloaded: the loop's queue is full: EOF")
	require.EqualError(t, new(remote.Error), "the handler may or may not have run")
	require.False(t, loop.NotRun(new(remote.Error)), "the zero value promises nothing")
	require.Empty(t, new(remote.Error).Unwrap())
	require.False(t, loop.NotRun(&remote.Error{Fate: remote.FateRan}))
	require.False(t, loop.NotRun(&remote.HandlerError{Wrapped: []error{fake}}))
	require.False(t, loop.NotRun(new(remote.PanicError)))

	var none *remote.Error
	require.False(t, none.NotRun())
	require.Empty(t, none.Unwrap())
	require.Empty(t, (*remote.HandlerError)(nil).Unwrap())
	for _, err := range []error{none, (*remote.HandlerError)(nil), (*remote.PanicError)(nil), (*remote.VersionError)(nil)} {
		require.Equal(t, "<nil>", err.Error())
	}
	for fate, text := range map[remote.Fate]string{
		remote.FateUnknown: "may or may not have run", remote.FateNotRun: "did not run", remote.FateRan: "ran", 7: "Fate(7)",
	} {
		require.Equal(t, text, fate.String())
	}
	require.Zero(t, remote.FateUnknown)
}

func TestClientsThatCannotCall(t *testing.T) {
	for name, c := range map[string]*remote.Client{"nil": nil, "zero": {}} {
		_, err := priceMethod().Call(t.Context(), c, priceRequest{})
		require.ErrorContains(t, err, "Quotes.Price did not run: the client is nil or was not made by NewClient", name)
		require.True(t, loop.NotRun(err), name)
		require.True(t, loop.NotRun(priceMethod().Store(t.Context(), c, priceRequest{})), name)
	}
}

func TestWorkersThatNobodyMade(t *testing.T) {
	for name, w := range map[string]*remote.Worker{"nil": nil, "zero": {}} {
		require.Empty(t, w.Name(), name)
		require.Zero(t, w.Stats(), name)
		require.Nil(t, w.Done(), name)
		require.NoError(t, w.Shutdown(t.Context()), name)
		require.NoError(t, w.Close(), name)
		require.PanicsWithValue(t, "remote: handlers are registered with a worker that is nil or was not made by NewWorker",
			func() { _ = remoteimpl.Register(w) }, name)
		for method, call := range map[string]func(){
			"Start": func() { _ = w.Start(t.Context()) },
			"Run":   func() { _ = w.Run(t.Context(), 0) },
		} {
			require.PanicsWithValue(t, "remote: "+method+" of a worker that is nil or was not made by NewWorker", call, name)
		}
	}
	e := remotetest.New()
	defer func() { require.NoError(t, e.Close()) }()
	require.ErrorContains(t, remoteimpl.Register(remote.NewWorker(e), remoteimpl.Handler{}), "a handler that was not made by a Method")
}

func TestMistakesWithOptionsPanic(t *testing.T) {
	e := remotetest.New()
	defer func() { require.NoError(t, e.Close()) }()
	for want, mistake := range map[string]func(){
		"remote: NewClient needs an engine":                             func() { remote.NewClient(nil) },
		"remote: NewWorker needs an engine":                             func() { remote.NewWorker(nil) },
		"remote: NewClient got a nil option":                            func() { remote.NewClient(e, nil) },
		"remote: NewWorker got a nil option":                            func() { remote.NewWorker(e, nil) },
		"remote: WithMaxMessage needs a bound of at least 1 byte":       func() { remote.WithMaxMessage(0) },
		"remote: WithContextValue needs a value with Name, Get and Set": func() { remote.WithContextValue(remote.ContextValue{}) },
		"remote: WithEncoding needs a codec":                            func() { remote.WithEncoding(nil) },
		"remote: WithTimeout needs a positive duration":                 func() { remote.WithTimeout(0) },
		"remote: WithInFlight needs at least 1 call":                    func() { remote.WithInFlight(0) },
		"remote: WithAccepted got a nil codec":                          func() { remote.WithAccepted(remote.JSON(), nil) },
		"remotetest: the engine is nil or was not made by New":          func() { remote.NewClient((*remotetest.Engine)(nil)) },
	} {
		require.PanicsWithValue(t, want, mistake)
	}
}

func TestEnginesInMemoryThatNobodyMade(t *testing.T) {
	for _, e := range []*remotetest.Engine{nil, {}} {
		require.NoError(t, e.Close())
		e.Wait()
		require.Empty(t, e.DeadLetters())
		require.Panics(t, func() { remote.NewWorker(e) })
	}
}

// An engine by somebody else may return any error. Then nothing is known, unless it says so.
func TestErrorsOfEngines(t *testing.T) {
	for text, c := range map[string]struct {
		err  error
		fate remote.Fate
	}{
		"Quotes.Price may or may not have run: EOF":                      {io.EOF, remote.FateUnknown},
		"Quotes.Price may or may not have run":                           {(*engine.Error)(nil), remote.FateUnknown},
		"Quotes.Price did not run: overloaded: the loop's queue is full": {fmt.Errorf("x: %w", engine.NewError(engine.FateNotRun, engine.ErrOverloaded, nil)), remote.FateNotRun},
		"Quotes.Price did not run: no worker for version":                {engine.NoWorker("1f"), remote.FateNotRun},
	} {
		e := &broken{remotetest.New(), c.err}
		client := remote.NewClient(e)
		_, err := priceMethod().Call(t.Context(), client, priceRequest{})
		requireError(t, err, c.fate)
		require.ErrorContains(t, err, text)
		requireError(t, priceMethod().Store(t.Context(), client, priceRequest{}), c.fate)
		require.NoError(t, e.Close())
	}
}

type broken struct {
	*remotetest.Engine
	err error
}

func (b *broken) Call(context.Context, *engine.Call) (*engine.Reply, error) { return nil, b.err }
func (b *broken) Store(context.Context, *engine.Call) error                 { return b.err }
