package loophttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// A shop is the program of docs/production.md: what it shows is serve, and what it says
// of it is in the tests below.
type shop struct {
	orders *loop.Loop
	db     io.Closer
	time   time.Duration // for all of stopping
	page   http.HandlerFunc
}

// serve answers requests until ctx ends, then stops in order.
func (s *shop) serve(ctx context.Context, ln net.Listener) error {
	mux := http.NewServeMux()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	var parts loop.ShutdownGroup
	db := parts.AddCloser("database", s.db)
	orders := parts.Add("orders", s.orders, db)
	parts.Add("http", server, orders)

	mux.HandleFunc("/", s.page)
	mux.Handle("/livez", loophttp.Health(func() error { return parts.Live(30 * time.Second) }))
	mux.Handle("/readyz", loophttp.Health(parts.Ready))

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	var err error
	select {
	case <-ctx.Done(): // of signal.NotifyContext(…, syscall.SIGTERM)
	case err = <-failed:
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.time)
	defer cancel()
	return errors.Join(err, parts.Shutdown(within))
}

// closing tells when the database is closed.
type closing chan struct{}

func (c closing) Close() error {
	close(c)
	return nil
}

// open starts a shop and returns its address, what stops it and how it has ended.
func (s *shop) open(t *testing.T) (addr string, stop func(), ended <-chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- s.serve(ctx, ln) }()
	return "http://" + ln.Addr().String(), stop, result
}

// ask returns the status and the text of a page, or an error.
func ask(ctx context.Context, addr string) (status int, text string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), errors.Join(err, resp.Body.Close())
}

// The server lets its requests end, the loop does what they have left behind, and only then
// is the database closed.
func TestProductionStopsInOrder(t *testing.T) {
	t.Parallel()
	db := make(closing)
	s := &shop{orders: loop.New(), db: db, time: time.Minute}
	asked, answer, working := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.page = func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		_ = s.orders.Spawn(r.Context(), func(context.Context) error {
			<-working
			select {
			case <-db:
				t.Error("the database is closed before the loop has drained")
			default:
			}
			return nil
		})
		_, _ = io.WriteString(w, "thanks")
	}
	addr, stop, ended := s.open(t)
	status, text, err := ask(t.Context(), addr+"/readyz")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, text)

	said := make(chan string, 1)
	go func() {
		_, text, err := ask(t.Context(), addr)
		said <- text + errorText(err)
	}()
	<-asked
	stop()
	require.Eventually(t, func() bool { // nobody is let in any more
		_, _, err := ask(t.Context(), addr+"/readyz")
		return err != nil
	}, time.Minute, time.Millisecond)
	require.NoError(t, s.orders.Ready(), "the loop is closed before its users have stopped")
	close(answer)
	require.Equal(t, "thanks", <-said)
	close(working)
	require.NoError(t, <-ended)
	<-db
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// One deadline is for everything. What has not ended is cut off and named.
func TestProductionStopsAtTheDeadline(t *testing.T) {
	t.Parallel()
	db, asked := make(closing), make(chan struct{})
	s := &shop{orders: loop.New(loop.WithName("orders")), db: db, time: 50 * time.Millisecond}
	s.page = func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}
	addr, stop, ended := s.open(t)
	said := make(chan error, 1)
	go func() {
		_, _, err := ask(t.Context(), addr)
		said <- err
	}()
	<-asked
	stop()
	require.ErrorContains(t, <-ended, "stop http: context deadline exceeded")
	require.Error(t, <-said)
	<-db
}

// A loop that is stuck is not alive, one that is full is alive and not ready.
func TestProductionProbes(t *testing.T) {
	t.Parallel()
	s := &shop{orders: loop.New(loop.WithName("orders"), loop.WithQueueSize(1)), db: make(closing), time: time.Minute, page: http.NotFound}
	addr, stop, ended := s.open(t)
	begun, end := make(chan struct{}), make(chan struct{})
	require.NoError(t, s.orders.Spawn(t.Context(), func(context.Context) error {
		close(begun)
		<-end
		return nil
	}))
	<-begun
	require.NoError(t, s.orders.Spawn(t.Context(), func(context.Context) error { return nil }))
	status, text, err := ask(t.Context(), addr+"/readyz")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "orders: loop \"orders\" is not ready: the loop's queue is full: 1 tasks, and 0 that wait for room\n", text)
	status, text, err = ask(t.Context(), addr+"/livez")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, text) // it has been held, but not for 30 seconds
	close(end)
	stop()
	require.NoError(t, <-ended)
}
