package history_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

func serve(t *testing.T) (*history.Book, *history.Pen) {
	t.Helper()
	b := history.NewBook()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() { defer close(served); b.Serve(l) }()
	p := history.NewPen(l.Addr().String())
	t.Cleanup(func() {
		l.Close()
		p.Close()
		<-served
	})
	return b, p
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func nothing(context.Context) error { return nil }

func kinds(b *history.Book) (list []history.Kind) {
	for _, e := range b.Events() {
		list = append(list, e.Kind)
	}
	return list
}

func TestBookIsWrittenByOtherProcesses(t *testing.T) {
	t.Parallel()
	b, p := serve(t)
	require.NoError(t, p.Record(invoke("a", "k", serial)))
	value, err := p.Run(within(t), h{Op: "a", Key: "k", Worker: "w", Fence: 1}, nothing)
	require.NoError(t, err)
	require.NoError(t, p.Record(returns("a", history.OK, value)))
	require.Empty(t, history.Check(b.Events()))
	require.Equal(t, []history.Kind{history.Invoke, history.Begin, history.Write, history.End, history.Return}, kinds(b))

	wrong := errors.New("wrong")
	_, err = p.Run(within(t), h{Op: "a", Key: "k"}, func(context.Context) error { return wrong })
	require.ErrorIs(t, err, wrong)
	require.Equal(t, []history.Kind{history.Begin, history.Fail}, kinds(b)[5:])
}

func TestBookRefusesLateWrites(t *testing.T) {
	t.Parallel()
	b := history.NewBook()
	old, _ := b.Begin(h{Op: "a", Key: "k", Fence: 1})
	successor, _ := b.Begin(h{Op: "b", Key: "k", Fence: 2})
	other, _ := b.Begin(h{Op: "c", Key: "l", Fence: 1})
	_, ok := b.Write(successor)
	require.True(t, ok)
	_, ok = b.Write(old)
	require.False(t, ok)
	_, ok = b.Write(other)
	require.True(t, ok)
	b.Finish(old, history.Fail)
	b.Finish(old, history.Gone)
	require.Equal(t, 1, b.Count(history.Is(history.Fail, "a")))
	require.Zero(t, b.Count(history.Is(history.Gone, "")))
}

func TestBookHoldsHandlersAndSeesThemDie(t *testing.T) {
	t.Parallel()
	b, p := serve(t)
	release := b.Hold("a")
	ended := make(chan error, 2)
	run := func(op string) {
		_, err := p.Run(t.Context(), h{Op: op}, nothing)
		ended <- err
	}
	go run("a")
	_, err := b.Await(within(t), history.Is(history.Begin, "a"))
	require.NoError(t, err)
	require.Empty(t, ended)
	release()
	require.NoError(t, <-ended)

	b.Hold("b")
	go run("b")
	_, err = b.Await(within(t), history.Is(history.Begin, "b"))
	require.NoError(t, err)
	require.NoError(t, p.Close())
	_, err = b.Await(within(t), history.Is(history.Gone, "b"))
	require.NoError(t, err)
	require.Error(t, <-ended)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Await(ctx, history.Is(history.Begin, "z"))
	require.ErrorIs(t, err, context.Canceled)
}
