package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

func TestCallReturnsResults(t *testing.T) {
	s := open(t, func(_ context.Context, in priceRequest) (priceReply, error) {
		return priceReply{int64(len(in.Symbol))}, nil
	})
	cents, err := s.call(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4, cents)
	require.EqualValues(t, 1, s.worker.Stats().Returned)
	require.Zero(t, s.worker.Stats().InFlight)
}

func TestCallRunsOnTheLoop(t *testing.T) {
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		// Only a handler of the loop can give up its role.
		n, err := loop.AwaitValue(ctx, func(context.Context) (int64, error) { return 7, nil })
		return priceReply{n}, err
	})
	cents, err := s.call(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 7, cents)
	require.EqualValues(t, 1, s.loop.Stats().Returned)
}

func TestErrorsKeepTheirIdentity(t *testing.T) {
	cases := map[string]struct {
		given error
		check func(t *testing.T, err error)
	}{
		"a sentinel is itself": {errUnknown, func(t *testing.T, err error) {
			require.True(t, err == errUnknown)
		}},
		"a wrapped sentinel is found": {fmt.Errorf("ACME: %w", errUnknown), func(t *testing.T, err error) {
			require.ErrorIs(t, err, errUnknown)
			require.EqualError(t, err, "ACME: no such symbol")
		}},
		"an error with contents is itself": {&limitError{5}, func(t *testing.T, err error) {
			require.Equal(t, &limitError{5}, err)
		}},
		"several in one are found": {errors.Join(errUnknown, fmt.Errorf("and %w", &limitError{6})), func(t *testing.T, err error) {
			require.ErrorIs(t, err, errUnknown)
			var limit *limitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, 6, limit.Limit)
		}},
		"errors of the standard library": {fmt.Errorf("read: %w", io.EOF), func(t *testing.T, err error) {
			require.ErrorIs(t, err, io.EOF)
		}},
		"others are text with a type": {errors.New("odd"), func(t *testing.T, err error) {
			var he *remote.HandlerError
			require.ErrorAs(t, err, &he)
			require.Equal(t, remote.HandlerError{Method: "Quotes.Price", Worker: "w1", Type: "*errors.errorString", Message: "odd"}, *he)
		}},
		"text that panics": {panickingError{}, func(t *testing.T, err error) {
			require.ErrorContains(t, err, "panickingError, whose method Error panics")
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{3}, c.given })
			cents, err := s.call(t.Context())
			c.check(t, err)
			require.EqualValues(t, 3, cents, "results beside an error arrive too")
		})
	}
}

type panickingError struct{}

func (panickingError) Error() string { panic("no text") }

func TestPanicComesBackAndTheWorkerLives(t *testing.T) {
	fail := true
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		if fail {
			fail = false
			panic(io.ErrUnexpectedEOF)
		}
		return priceReply{1}, nil
	})
	_, err := s.call(t.Context())
	var p *remote.PanicError
	require.ErrorAs(t, err, &p)
	require.Equal(t, "unexpected EOF", p.Value)
	require.Equal(t, "*errors.errorString", p.Type)
	require.Equal(t, "w1", p.Worker)
	require.Contains(t, p.Stack, "call_test.go")
	require.False(t, p.NotRun())
	_, err = s.call(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, s.worker.Stats().Panicked)
}

func TestGoexitIsAnswered(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		runtime.Goexit()
		return priceReply{}, nil
	})
	_, err := s.call(t.Context())
	requireError(t, err, remote.FateRan, remote.ErrExited)
}

func TestFailureBeforeTheHandler(t *testing.T) {
	never := func(context.Context, priceRequest) (priceReply, error) {
		t.Error("the handler ran")
		return priceReply{}, nil
	}
	t.Run("the loop is closed", func(t *testing.T) {
		s := open(t, never)
		require.NoError(t, s.loop.Close())
		_, err := s.call(t.Context())
		requireError(t, err, remote.FateNotRun, remote.ErrClosed, loop.ErrClosed)
	})
	t.Run("there is no loop", func(t *testing.T) {
		s := open(t, never)
		require.NoError(t, s.loop.Close())
		s.loop = nil
		_, err := s.call(t.Context())
		requireError(t, err, remote.FateNotRun, remote.ErrClosed)
		s.loop = loop.New()
	})
	t.Run("nobody has it", func(t *testing.T) {
		s := open(t, never)
		require.NoError(t, s.worker.Shutdown(t.Context()))
		_, err := s.call(t.Context())
		requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	})
	t.Run("the context has ended", func(t *testing.T) {
		s := open(t, never)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(io.EOF)
		_, err := s.call(ctx)
		requireError(t, err, remote.FateNotRun, loop.ErrCanceled, io.EOF)
	})
	t.Run("the arguments are too large", func(t *testing.T) {
		s := open(t, never, remote.WithMaxMessage(10))
		_, err := s.call(t.Context())
		e := requireError(t, err, remote.FateNotRun, remote.ErrTooLarge)
		require.ErrorContains(t, e, "17 bytes, and 10 are allowed")
	})
	t.Run("the client is nil", func(t *testing.T) {
		_, err := priceMethod().Call(t.Context(), nil, priceRequest{})
		require.ErrorContains(t, err, "the client is nil")
	})
	t.Run("the choice of a loop panics", func(t *testing.T) {
		s := open(t, never)
		m := priceMethod()
		m.Name = "Other"
		w := remote.NewWorker(s.engine)
		require.NoError(t, remoteimpl.Register(w, m.On(func(priceRequest) *loop.Loop { panic("which?") }, never, never)))
		require.NoError(t, w.Start(t.Context()))
		_, err := m.Call(t.Context(), s.client, priceRequest{})
		requireError(t, err, remote.FateNotRun, remote.ErrRefused)
		require.NoError(t, w.Close())
	})
}

func TestAnswerThatCannotBeSent(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{12345678}, nil }, remote.WithMaxMessage(17))
	_, err := s.call(t.Context())
	requireError(t, err, remote.FateRan, remote.ErrNoAnswer)
}

func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := open(t, func(context.Context, priceRequest) (priceReply, error) { <-release; return priceReply{}, nil }, remote.WithInFlight(2))
		errs := make(chan error)
		for range 2 {
			go func() { _, err := s.call(t.Context()); errs <- err }()
		}
		synctest.Wait()
		require.EqualValues(t, 2, s.worker.Stats().InFlight)
		_, err := s.call(t.Context())
		requireError(t, err, remote.FateNotRun, remote.ErrOverloaded, loop.ErrFull)
		close(release)
		require.NoError(t, <-errs)
		require.NoError(t, <-errs)
		require.EqualValues(t, 1, s.worker.Stats().Overloaded)
		s.close(t)
	})
}

func TestDeadlineTravels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left time.Duration
		s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			<-ctx.Done()
			return priceReply{}, context.Cause(ctx)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := s.call(ctx)
		require.Equal(t, 3*time.Second, left)
		require.True(t, errors.Is(err, context.DeadlineExceeded), "%v", err)
		s.close(t)
	})
}

func TestTimeoutOfTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			<-ctx.Done()
			return priceReply{}, nil
		}, remote.WithTimeout(time.Minute))
		began := time.Now()
		_, err := s.call(t.Context())
		require.NoError(t, err, "the handler came to its end")
		require.Equal(t, time.Minute, time.Since(began))
		s.close(t)
	})
}

func TestQueuedCallIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := open(t, func(context.Context, priceRequest) (priceReply, error) { <-release; return priceReply{}, nil })
		first := make(chan error, 1)
		go func() { _, err := s.call(t.Context()); first <- err }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.call(ctx)
		requireError(t, err, remote.FateNotRun, loop.ErrCanceled, context.DeadlineExceeded)
		close(release)
		require.NoError(t, <-first)
		require.EqualValues(t, 1, s.worker.Stats().Canceled)
		s.close(t)
	})
}

func TestCancelReachesTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
			<-ctx.Done()
			return priceReply{}, errUnknown
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := s.call(ctx)
		require.ErrorIs(t, err, errUnknown)
		s.close(t)
	})
}

// An error of another loop's call, passed on by the handler, does not mean that the
// handler did not run.
func TestForeignLoopError(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		other := loop.New()
		_ = other.Close()
		return loop.Call(context.Background(), other, func(context.Context) (priceReply, error) { return priceReply{}, nil })
	})
	_, err := s.call(t.Context())
	require.ErrorIs(t, err, loop.ErrClosed)
	var e *remote.Error
	require.False(t, errors.As(err, &e), "it is the handler's error: %v", err)
	require.False(t, loop.NotRun(err))
}

// A handler that passes on the error of a call of another process has run.
func TestErrorThatALocalHandlerPassesOn(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{1}, nil })
	require.NoError(t, s.worker.Shutdown(t.Context()))
	local := loop.New()
	defer local.Close()
	_, err := loop.Call(t.Context(), local, func(ctx context.Context) (int64, error) { return s.call(ctx) })
	require.ErrorIs(t, err, remote.ErrNoWorker)
	require.False(t, loop.NotRun(err))
	_, err = s.call(t.Context())
	require.True(t, loop.NotRun(err))
}

func TestCallSame(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{1}, errUnknown })
	_, err := s.price.CallSame(t.Context(), s.client, priceRequest{})
	require.ErrorIs(t, err, errUnknown)
	require.NoError(t, s.worker.Shutdown(t.Context()))
	defer func() {
		err, _ := recover().(error)
		requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	}()
	_, _ = s.price.CallSame(t.Context(), s.client, priceRequest{})
}

func TestVersions(t *testing.T) {
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{}, nil })
	type newRequest struct {
		Symbol   string `json:"symbol"`
		Currency string `json:"currency"`
	}
	newer := remoteimpl.Method[newRequest, priceReply]{Service: s.price.Service, Name: s.price.Name}
	_, err := newer.Call(t.Context(), s.client, newRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	var v *remote.VersionError
	require.ErrorAs(t, err, &v)
	have, failed := s.price.Route()
	require.NoError(t, failed)
	require.Equal(t, []string{have.Schema}, v.Running)
	require.ErrorContains(t, err, "running versions: "+have.Schema)
}
