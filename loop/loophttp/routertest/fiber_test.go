package routertest_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A fiberContext is a [fiber.Ctx] that ends with the context that a middleware has given to the
// request, as the timeout middleware does. That of fiber never ends.
type fiberContext struct{ fiber.Ctx }

func (c fiberContext) Deadline() (time.Time, bool) { return c.Context().Deadline() }
func (c fiberContext) Done() <-chan struct{}       { return c.Context().Done() }
func (c fiberContext) Err() error                  { return c.Context().Err() }

// fiberContexts are the contexts that serve later requests, too.
var fiberContexts = map[string]func(fiber.Ctx) context.Context{
	"Ctx":        func(c fiber.Ctx) context.Context { return c },
	"RequestCtx": func(c fiber.Ctx) context.Context { return c.RequestCtx() },
	"wrapped":    func(c fiber.Ctx) context.Context { return fiberContext{c} },
}

// newFiber is the router of fiber, which is no [http.Handler].
func newFiber(visits []*visit, call func(fiber.Ctx, *visit)) *fiber.App {
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		ctx, cancel := context.WithCancel(c.Context())
		defer cancel()
		c.SetContext(ctx)
		return c.Next()
	})
	app.Get("/:n", func(c fiber.Ctx) error {
		v := find(visits, c.Params("n"))
		c.Locals(visitKey{}, v)
		c.Locals("visit", v)
		call(c, v)
		return c.SendStatus(http.StatusNoContent)
	})
	return app
}

// serveFiber returns the address of a server. shutdown returns when it has stopped.
func serveFiber(t *testing.T, app *fiber.App) (url string, shutdown func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	return "http://" + listener.Addr().String(), func() {
		require.NoError(t, app.Shutdown())
		require.NoError(t, <-stopped)
	}
}

// Each handler has the values of its own request and a context that has not ended. The shutdown of the
// server, which ends every RequestCtx, and the end of the loop leave the process alive.
func TestHandlersHaveTheContextOfTheirFiberRequest(t *testing.T) {
	const n = 300
	for name, choose := range fiberContexts {
		for executor, opts := range executors {
			t.Run(name+"/"+executor, func(t *testing.T) {
				l := loop.New(opts...)
				visits := newVisits(n, false)
				url, shutdown := serveFiber(t, newFiber(visits, func(c fiber.Ctx, v *visit) { v.call(choose(c), l) }))
				client := newClient(t)
				share(visits, func(v *visit) { v.ask(client, url) })
				client.CloseIdleConnections()
				shutdown()
				closeLoop(t, l)
				require.Equal(t, tally{live: n}, count(visits, nil))
			})
		}
	}
}

// A server of fiber ends the contexts of the requests that it still has when it is shut down.
func TestHandlersSeeTheShutdownOfFiber(t *testing.T) {
	for executor, opts := range executors {
		t.Run(executor, func(t *testing.T) {
			l := loop.New(opts...)
			visits := newVisits(1, true)
			url, shutdown := serveFiber(t, newFiber(visits, func(c fiber.Ctx, v *visit) { v.call(c.RequestCtx(), l) }))
			client := newClient(t)
			asked := make(chan struct{})
			go func() {
				defer close(asked)
				visits[0].ask(client, url)
			}()
			select {
			case <-visits[0].started:
			case <-asked: // the handler has not waited
			}
			shutdown()
			<-asked
			closeLoop(t, l)
			require.Equal(t, tally{canceled: 1}, count(visits, context.Canceled))
		})
	}
}
