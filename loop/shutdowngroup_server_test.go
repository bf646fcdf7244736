package loop_test

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
)

// A servedGroup is a program as most are: a database, a loop and an HTTP server.
type servedGroup struct {
	loop.ShutdownGroup
	journal
	addr string
	work *loop.Loop
	gone chan error    // what Serve has returned
	down chan struct{} // closed when the server has been told to stop
}

// serveGroup serves h on loopback, which uses the loop of the group.
func serveGroup(t *testing.T, h func(g *servedGroup) http.HandlerFunc) *servedGroup {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &servedGroup{addr: "http://" + listener.Addr().String(), work: newLoop(t, loop.WithName("work")), gone: make(chan error, 1), down: make(chan struct{})}
	server := &http.Server{Handler: h(g), ReadHeaderTimeout: time.Minute}
	server.RegisterOnShutdown(func() { close(g.down) })
	db := g.AddCloser("database", resource(func() error { g.add("database closes"); return nil }))
	g.Add("http", server, g.Add("work", g.work, db))
	go func() { g.gone <- server.Serve(listener) }()
	return g
}

// get asks for the page and returns what is wrong with the answer.
func (g *servedGroup) get(t *testing.T) <-chan result[string] {
	return background(func() (string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.addr, http.NoBody)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(resp.Body)
		return string(text), errors.Join(err, resp.Body.Close())
	})
}

// A request that never ends takes the server to the deadline. The server is cut off and
// named, and what it uses is still closed in order.
func TestGroupCutsAServerAtTheDeadline(t *testing.T) {
	t.Parallel()
	asked, left := make(chan struct{}), make(chan struct{})
	g := serveGroup(t, func(g *servedGroup) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			_ = g.work.Spawn(r.Context(), func(ctx context.Context) error {
				<-ctx.Done()
				g.add("work is cut")
				return nil
			})
			close(asked)
			<-r.Context().Done() // ends when the connection is closed, and not before
			close(left)
		}
	})
	answer := g.get(t)
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := g.Shutdown(ctx)
	require.Equal(t, "stop http: context deadline exceeded\nstop work: context deadline exceeded", err.Error())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, []string{"work is cut", "database closes"}, g.lines)
	require.Error(t, (<-answer).err, "the request was answered")
	require.ErrorIs(t, <-g.gone, http.ErrServerClosed)
	<-g.work.Done()
	<-left
}

// A request that has time enough gets its answer, and what it has left behind is done.
func TestGroupWaitsForRequests(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	g := serveGroup(t, func(g *servedGroup) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			close(asked)
			<-g.down
			_ = g.work.Spawn(r.Context(), func(context.Context) error { g.add("work is done"); return nil })
			_, _ = io.WriteString(w, "answer")
		}
	})
	answer := g.get(t)
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, g.Shutdown(ctx))
	got := <-answer
	require.NoError(t, got.err)
	require.Equal(t, "answer", got.out)
	require.Equal(t, []string{"work is done", "database closes"}, g.lines)
}

// A member that waited for its own group would wait for itself.
func TestGroupShutdownByAMember(t *testing.T) {
	const want = "a member that is being stopped calls Shutdown of its group, which waits for it"
	for name, call := range map[string]func(ctx context.Context, g *loop.ShutdownGroup) error{
		"with its context":    func(ctx context.Context, g *loop.ShutdownGroup) error { return g.Shutdown(ctx) },
		"without its context": func(_ context.Context, g *loop.ShutdownGroup) error { return g.Shutdown(context.Background()) },
		"in a goroutine": func(ctx context.Context, g *loop.ShutdownGroup) error {
			return (<-background(func() (int, error) { return 0, g.Shutdown(ctx) })).err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var outer, inner, other loop.ShutdownGroup
				var j journal
				var within context.Context
				db := outer.AddCloser("db", resource(func() error { j.add("db closes"); return nil }))
				// Another group, whether it belongs to this one or not, is nobody's own.
				inner.AddFunc("innermost", func(ctx context.Context) error {
					within = ctx
					require.NoError(t, call(ctx, &other))
					require.EqualError(t, call(ctx, &inner), want)
					return call(ctx, &outer)
				})
				outer.Add("inner", &inner, db)
				outer.Add("closes", service{
					func(context.Context) error { return errHandler },
					func() error { return outer.Shutdown(context.Background()) },
				}, db)
				err := outer.Shutdown(context.Background())
				require.Error(t, err)
				require.Equal(t, "stop closes: the handler says no\n"+want+"\nstop inner: stop innermost: "+want, err.Error())
				require.Equal(t, []string{"db closes"}, j.lines)
				require.Equal(t, err, outer.Shutdown(within), "nobody waits any more")
			})
		})
	}
}
