//go:build unix

package failure_test

import (
	"context"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/stretchr/testify/require"
)

// workerConfig is a worker's.
type workerConfig struct {
	URL, Book, Name string
	Version         string // "" or "new"
	Methods         []string
	InFlight        int
	Backlog         int64 // of streams, 0 for a long one
}

// A crew is a worker with all that it needs.
type crew struct {
	engine *natsremote.Engine
	orders *orders
	worker *remote.Worker
}

func newCrew(c workerConfig) (*crew, error) {
	e, err := connect(c.URL, c.Name, c.Backlog)
	if err != nil {
		return nil, err
	}
	if c.InFlight == 0 {
		c.InFlight = 1024
	}
	w := &crew{e, newOrders(c.Name, c.Book), remote.NewWorker(e, remote.WithName(c.Name), remote.WithInFlight(c.InFlight))}
	if err := w.orders.register(w.worker, c.Version, c.Methods); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return w, w.worker.Start(ctx)
}

// shutdown is how a program ends that is told to.
func (w *crew) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.worker.Shutdown(ctx); err != nil {
		return err
	}
	if err := w.engine.Close(); err != nil {
		return err
	}
	return w.orders.close()
}

// workerRole is a process with one worker.
func workerRole(config []byte, stop <-chan struct{}) error {
	c, err := decode[workerConfig](config)
	if err != nil {
		return err
	}
	w, err := newCrew(c)
	if err != nil {
		return err
	}
	say("ready")
	<-stop
	return w.shutdown()
}

// inProcess starts a worker in the test's own process. It is closed with the test unless that does so.
func inProcess(t *testing.T, c workerConfig) *crew {
	t.Helper()
	w, err := newCrew(c)
	require.NoError(t, err)
	t.Cleanup(func() {
		w.worker.Close()
		w.engine.Close()
		w.orders.close()
	})
	return w
}

// soon is a context for what should be done soon.
func soon(t *testing.T) context.Context {
	t.Helper()
	return in(t, patience)
}

func in(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
