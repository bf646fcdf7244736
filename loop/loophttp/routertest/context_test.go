package routertest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// workers is the number of clients that send requests at the same time.
const workers = 12

var (
	errOver     = errors.New("the request is over")
	errCanceled = errors.New("the client has gone")
)

// A visitKey is the key of a visit in the context of its request.
type visitKey struct{}

// A visit is a request and what its handler on the loop sees of its context.
type visit struct {
	path    string
	started chan struct{} // nil unless the request is canceled when the handler has closed it

	err   error // of the call
	ran   bool  // the handler has run
	own   bool  // it has seen the values of its own request
	early bool  // its context had ended before the request did
	cause error // why its context has ended at last

	awake atomic.Bool // a goroutine that the handler has started has seen the end of its context
}

// newVisits returns n visits; every eighth is of a request that is canceled.
func newVisits(n int, cancel bool) []*visit {
	visits := make([]*visit, n)
	for i := range visits {
		visits[i] = &visit{path: "/" + strconv.Itoa(i)}
		if cancel && i%8 == 0 {
			visits[i].started = make(chan struct{})
		}
	}
	return visits
}

// call calls the handler of v with the context that the router has for it.
func (v *visit) call(ctx context.Context, l *loop.Loop) {
	_, v.err = loop.Call(ctx, l, v.handle)
}

func (v *visit) handle(ctx context.Context) (int, error) {
	v.ran = true
	v.own = ctx.Value(visitKey{}) == v && ctx.Value("visit") == v
	select {
	case <-ctx.Done():
		v.early = true
		return 0, context.Cause(ctx)
	default:
	}
	if v.started == nil {
		return 1, nil
	}
	close(v.started)
	<-ctx.Done()
	v.cause = context.Cause(ctx)
	return 0, v.cause
}

// A tally counts visits. The last four are those that have gone wrong.
type tally struct{ live, canceled, unhandled, foreign, early, astray int }

// count sorts the visits. why is the cause of the requests that are canceled.
func count(visits []*visit, why error) tally {
	var n tally
	for _, v := range visits {
		switch {
		case !v.ran:
			n.unhandled++
		case !v.own:
			n.foreign++
		case v.early:
			n.early++
		case v.started == nil && v.err == nil:
			n.live++
		case v.started != nil && v.cause == why && v.err == why:
			n.canceled++
		default:
			n.astray++
		}
	}
	return n
}

// A router serves visits, each of which it calls with its own context.
type router func(visits []*visit, call func(context.Context, *visit)) http.Handler

var contextRouters = map[string]router{"gin": ginRouter, "echo": echoRouter}

// The context of a gin handler serves later requests, too.
func ginRouter(visits []*visit, call func(context.Context, *visit)) http.Handler {
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.GET("/:n", func(c *gin.Context) {
		v := find(visits, c.Param("n"))
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), visitKey{}, v))
		c.Set("visit", v)
		call(c, v)
		c.Status(http.StatusNoContent)
	})
	return engine
}

// An echoContext makes a context.Context of an [echo.Context]. Two of them are equal if
// their requests had the same echo.Context one after the other.
type echoContext struct{ echo.Context }

func (c echoContext) context() context.Context { return c.Request().Context() }

func (c echoContext) Deadline() (time.Time, bool) { return c.context().Deadline() }
func (c echoContext) Done() <-chan struct{}       { return c.context().Done() }
func (c echoContext) Err() error                  { return c.context().Err() }

func (c echoContext) Value(key any) any {
	if name, ok := key.(string); ok {
		return c.Get(name)
	}
	return c.context().Value(key)
}

func echoRouter(visits []*visit, call func(context.Context, *visit)) http.Handler {
	e := echo.New()
	e.GET("/:n", func(c echo.Context) error {
		v := find(visits, c.Param("n"))
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), visitKey{}, v)))
		c.Set("visit", v)
		call(echoContext{c}, v)
		return c.NoContent(http.StatusNoContent)
	})
	return e
}

func find(visits []*visit, n string) *visit {
	i, err := strconv.Atoi(n)
	if err != nil {
		panic(err) // the path is not from newVisits
	}
	return visits[i]
}

// share has the workers send the visits.
func share(visits []*visit, send func(*visit)) {
	next := make(chan *visit)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for v := range next {
				send(v)
			}
		})
	}
	for _, v := range visits {
		next <- v
	}
	close(next)
	all.Wait()
}

// cancelWhenStarted returns at once. It calls cancel when the handler of v has started, unless
// over is closed before, if the request is one that is canceled.
func (v *visit) cancelWhenStarted(cancel func(), over <-chan struct{}) {
	if v.started == nil {
		return
	}
	go func() {
		select {
		case <-v.started:
			cancel()
		case <-over:
		}
	}()
}

// serveDirectly has h serve the request of v and ends the context of the request right after
// that, as a server does.
func (v *visit) serveDirectly(h http.Handler) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(errOver)
	over := make(chan struct{})
	defer close(over)
	v.cancelWhenStarted(func() { cancel(errCanceled) }, over)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, v.path, nil))
}

// ask sends the request of v to a server. A request that is canceled has no response.
func (v *visit) ask(client *http.Client, url string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v.cancelWhenStarted(cancel, ctx.Done())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+v.path, nil)
	if err != nil {
		panic(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return // a visit that should have been handled and was not is counted
	}
	_ = resp.Body.Close()
}

// newClient returns a client with a connection for each worker.
func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

var executors = map[string][]loop.Option{
	"goroutine": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
}

// everywhere runs a test with each router that is an [http.Handler] and each executor.
func everywhere(t *testing.T, test func(t *testing.T, r router, opts []loop.Option)) {
	gin.SetMode(gin.ReleaseMode)
	for name, r := range contextRouters {
		for executor, opts := range executors {
			t.Run(name+"/"+executor, func(t *testing.T) { test(t, r, opts) })
		}
	}
}

// closeLoop closes l, which ends the contexts of all handlers that there have been. None of
// them may panic then, which would end the process.
func closeLoop(t *testing.T, l *loop.Loop) {
	t.Helper()
	require.NoError(t, l.Close())
	<-l.Done()
}

// A router uses one context for many requests. The handler of each request has the values and
// the cancellation of its own.
func TestHandlersHaveTheContextOfTheirRequest(t *testing.T) {
	const n = 3000
	everywhere(t, func(t *testing.T, r router, opts []loop.Option) {
		synctest.Test(t, func(t *testing.T) {
			l := loop.New(opts...)
			visits := newVisits(n, true)
			h := r(visits, func(ctx context.Context, v *visit) { v.call(ctx, l) })
			share(visits, func(v *visit) { v.serveDirectly(h) })
			closeLoop(t, l)
			require.Equal(t, tally{live: n - n/8, canceled: n / 8}, count(visits, errCanceled))
		})
	})
}

// The same with a server, which learns from a broken connection that a request is canceled.
func TestHandlersHaveTheContextOfTheirRequestOnAServer(t *testing.T) {
	const n = 400
	everywhere(t, func(t *testing.T, r router, opts []loop.Option) {
		l := loop.New(opts...)
		visits := newVisits(n, true)
		s := serve(t, r(visits, func(ctx context.Context, v *visit) { v.call(ctx, l) }))
		client := newClient(t)
		share(visits, func(v *visit) { v.ask(client, s.URL) })
		s.Close()
		closeLoop(t, l)
		require.Equal(t, tally{live: n - n/8, canceled: n / 8}, count(visits, context.Canceled))
	})
}

// watch returns a handler that starts a goroutine, which has only the channel of the handler's
// context. The end of dismiss ends the goroutine, too.
func (v *visit) watch(dismiss <-chan struct{}) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		done := ctx.Done()
		go func() {
			select {
			case <-done:
				v.awake.Store(true)
			case <-dismiss:
			}
		}()
		return 1, nil
	}
}

// awake counts the goroutines that have been woken, of every second visit. The caller is in a bubble.
func awake(visits []*visit, from int) (n int) {
	synctest.Wait()
	for i := from; i < len(visits); i += 2 {
		if visits[i].awake.Load() {
			n++
		}
	}
	return n
}

// collect returns when the garbage of before has been collected and cleanups have run.
func collect() {
	var cleaned atomic.Bool
	runtime.AddCleanup(new(visit), func(cleaned *atomic.Bool) { cleaned.Store(true) }, &cleaned)
	for !cleaned.Load() {
		runtime.GC()
		runtime.Gosched()
	}
}

// A wakening counts the goroutines that are awake at each stage of the test below.
type wakening struct{ served, canceled, lasting, closed int }

// The end of its request, or of the loop, wakes a goroutine that a handler has started, and nothing
// else does. Before that, the router uses the context for other requests, and garbage is collected.
func TestGoroutinesOfHandlersWaitForTheEndOfTheirRequest(t *testing.T) {
	const n = 100
	everywhere(t, func(t *testing.T, r router, opts []loop.Option) {
		synctest.Test(t, func(t *testing.T) {
			l := loop.New(opts...)
			dismiss := make(chan struct{})
			defer close(dismiss)
			visits, cancels := newVisits(2*n, false), make([]context.CancelFunc, 2*n)
			h := r(visits, func(ctx context.Context, v *visit) { _, v.err = loop.Call(ctx, l, v.watch(dismiss)) })
			for i, v := range visits {
				var ctx context.Context
				ctx, cancels[i] = context.WithCancel(t.Context())
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, v.path, nil))
				require.NoError(t, v.err)
				if i%n == n-1 {
					collect()
				}
			}
			var got wakening
			got.served = awake(visits, 0) + awake(visits, 1)
			for i := 0; i < len(visits); i += 2 {
				cancels[i]()
			}
			got.canceled, got.lasting = awake(visits, 0), awake(visits, 1)
			closeLoop(t, l)
			got.closed = awake(visits, 0) + awake(visits, 1)
			require.Equal(t, wakening{canceled: n, closed: 2 * n}, got)
		})
	})
}
