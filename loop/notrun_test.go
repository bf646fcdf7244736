package loop_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A booking has had its effect when the call of its audit is refused, whichever way it is
// scheduled: it must not be made again.
func TestNotRunIsFalseOfAHandlerThatPassesOnAnError(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l, closed := newLoop(t, loop.WithName("ledger")), loop.New()
	require.NoError(t, closed.Close())
	booked := 0
	audit := func(ctx context.Context) error {
		_, err := loop.Call(ctx, closed, value(1))
		return err
	}
	book := func(ctx context.Context) (int, error) {
		booked++
		return 0, fmt.Errorf("book: %w", audit(ctx))
	}
	b := &loopimpl.Bridge{Name: "ledger.book"}
	for name, call := range map[string]func() error{
		"call":   func() error { _, err := loop.Call(ctx, l, book); return err },
		"future": func() error { _, err := loop.Async(ctx, l, book).Await(ctx); return err },
		"bridge": func() error { return loopimpl.Do(ctx, l, b, bookCall{book}) },
		"future of a bridge": func() error {
			_, err := loopimpl.Start(ctx, l, b, &bookCall{book}).Await(ctx)
			return err
		},
		"self-call": func() error {
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, book) })
			return err
		},
	} {
		booked = 0
		err := call()
		e := requirePassedOn(t, err, loop.ErrClosed)
		require.Equal(t, "ledger", e.Loop, name)
		require.Equal(t, 1, booked, name)
	}
	require.True(t, loop.NotRun(audit(ctx)), "the inner call alone")
}

type bookCall struct {
	book func(context.Context) (int, error)
}

func (c *bookCall) Run(ctx context.Context) error {
	_, err := c.book(ctx)
	return err
}

func (*bookCall) Handler() any { return (*bookCall).Run }

// A handler that panics with the error of another call has run.
func TestNotRunIsFalseOfAPanic(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	defer func() {
		p, ok := recover().(*loop.PanicError)
		require.True(t, ok)
		require.ErrorIs(t, p, loop.ErrFull)
		require.False(t, loop.NotRun(p))
	}()
	_, _ = loop.Call(t.Context(), l, func(context.Context) (int, error) { panic(&loop.Error{Reason: loop.ErrFull}) })
}

func TestNotRunOfErrorsThatProgramsMake(t *testing.T) {
	t.Parallel()
	fake := &loop.Error{Handler: "bank.Deposit", Reason: loop.ErrFull}
	require.True(t, loop.NotRun(fmt.Errorf("deposit: %w", fake)))
	require.ErrorIs(t, fake, loop.ErrFull)
	require.Equal(t, "bank.Deposit did not run: the loop's queue is full", fake.Error())

	var none *loop.Error
	require.False(t, none.NotRun())
	require.Equal(t, "<nil>", none.Error())
	require.Empty(t, none.Unwrap())
	require.Equal(t, "<nil>", fmt.Sprintf("%+v", none))

	require.Equal(t, "the handler did not run", new(loop.Error).Error())
	require.Equal(t, "the handler did not run", fmt.Sprintf("%+v", new(loop.Error)))
	require.Equal(t, "x was started: canceled", (&loop.Error{Handler: "x", Started: true, Cause: errors.New("canceled")}).Error())
	require.False(t, loop.NotRun(&loop.Error{Started: true}))

	require.False(t, loop.NotRun(nil))
	require.False(t, loop.NotRun(errHandler))
	require.False(t, loop.NotRun(loop.ErrFull), "a sentinel says nothing about a call")
}

func TestErrorHandlerKnowsTheHandler(t *testing.T) {
	t.Parallel()
	told := make(chan *loop.Error, 1)
	l := newLoop(t, loop.WithName("mails"), loop.WithErrorHandler(func(err *loop.Error) { told <- err }))
	b := &loopimpl.Bridge{Name: "mails.send"}
	require.NoError(t, b.Spawn(t.Context(), l, &bookCall{func(context.Context) (int, error) { return 0, errHandler }}))
	e := <-told
	require.Equal(t, []any{"mails.send", "mails", true, errHandler}, []any{e.Handler, e.Loop, e.Started, e.Reason})
	require.Regexp(t, `^notrun_test\.go:\d+$`, e.Position)
	require.Equal(t, errHandler.Error(), e.Error())
	require.False(t, loop.NotRun(e))
}
