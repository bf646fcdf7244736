package loopz_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A work is a handler of the tests: what it does.
type work func(ctx context.Context) (int, error)

// A workCall is a call of it, as generated code declares them.
type workCall struct {
	do     work
	result int
}

func (c *workCall) Run(ctx context.Context) (err error) {
	c.result, err = c.do(ctx)
	return err
}
func (*workCall) Handler() any { return (*workCall).Run }

func (c *workCall) Result() int { return c.result }

// A bridged is a handler under a name of its own.
type bridged struct{ loopimpl.Bridge }

func handler(name string) *bridged { return &bridged{loopimpl.Bridge{Name: name}} }

func (h *bridged) Call(ctx context.Context, l *loop.Loop, do work) (int, error) {
	c, err := loopimpl.Call(ctx, l, &h.Bridge, workCall{do: do})
	return c.result, err
}

func (h *bridged) Go(ctx context.Context, l *loop.Loop, do work) *loop.Future[int] {
	return loopimpl.Async(ctx, l, &h.Bridge, &workCall{do: do})
}

// A world is what a test lets the page show. It counts how often it was looked at.
type world struct {
	loops     []*loop.Loop
	waits     []loop.Wait
	deadlocks []loop.Deadlock
	slow      []loop.SlowReport
	looks     atomic.Int64
}

func (w *world) Loops() iter.Seq[*loop.Loop] {
	w.looks.Add(1)
	return slices.Values(w.loops)
}
func (w *world) Waits() []loop.Wait             { return w.waits }
func (w *world) Deadlocks() []loop.Deadlock     { return w.deadlocks }
func (w *world) SlowReports() []loop.SlowReport { return w.slow }

// held returns a loop that is running a handler until the test ends, with calls of
// another one queued behind it.
func held(t *testing.T, name, running, queued string, calls int, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(append(opts, loop.WithName(name))...)
	end, began := make(chan struct{}), make(chan struct{})
	var submitters sync.WaitGroup
	t.Cleanup(func() { close(end); submitters.Wait(); _ = l.Shutdown(context.WithoutCancel(t.Context())) })
	f := handler(running).Go(context.WithoutCancel(t.Context()), l, func(context.Context) (int, error) { close(began); <-end; return 0, nil })
	require.NotNil(t, f)
	<-began
	for i := range calls {
		// Where the queue is full, it waits.
		submitters.Go(func() {
			handler(queued).Go(context.WithoutCancel(t.Context()), l, func(context.Context) (int, error) { return 0, nil })
		})
		require.Eventually(t, func() bool { s := l.Stats(); return s.Queued+s.Waiting > i }, 5*time.Second, 100*time.Microsecond)
	}
	return l
}

// request asks as a browser on the same machine does.
func request(t *testing.T, target string, header ...string) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:50000", "localhost:8080"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// ask gets JSON.
func ask[T any](t *testing.T, h http.Handler, target string) (v T) {
	t.Helper()
	w := serve(h, request(t, target, "Accept", "application/json"))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// A status is what the tests look at of the JSON.
type status struct {
	Totals struct{ Loops, Running, Queued, Waiting, Deadlocks, Slow int }
	Loops  []loopStatus
	Waits  []struct{ LoopName, Handler, For, TargetName string }
	Slow   []struct {
		Handler string
		Blocked bool
		Waiting []taskStatus
	}
	Deadlocks []struct {
		Hops []struct{ LoopName, Handler, Stack string }
	}
}

type loopStatus struct {
	ID, RunTime        any
	Name, State        string
	Queued, Waiting    int
	Busy               *int
	Running            *taskStatus
	Queue              []taskStatus
	Calls              struct{ Accepted int }
	Executor, Overflow string
}

type taskStatus struct {
	Handler, Mode, CallerName string
	Since                     *time.Time
	AtLeast                   bool
}
