package engine_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for text, err := range map[string]*engine.Error{
		"<nil>":                           nil,
		"may or may not have run":         {},
		"may or may not have run: EOF":    {Cause: io.EOF},
		"ran: EOF":                        {Fate: engine.FateRan, Reason: io.EOF},
		"did not run: not connected: EOF": engine.NewError(engine.FateNotRun, engine.ErrUnreachable, io.EOF),
		"did not run: no worker":          engine.NoWorker("1f"),
		"Fate(9)":                         {Fate: 9},
	} {
		require.EqualError(t, err, text)
		require.Equal(t, err != nil && err.Fate == engine.FateNotRun, loop.NotRun(err), text)
	}
	require.ErrorIs(t, engine.NewError(engine.FateNotRun, engine.ErrOverloaded, io.EOF), loop.ErrFull)
	require.ErrorIs(t, engine.NewError(engine.FateNotRun, engine.ErrClosed, io.EOF), loop.ErrClosed)
	require.ErrorIs(t, engine.NewError(engine.FateNotRun, engine.ErrClosed, io.EOF), io.EOF)
}

func TestEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	require.Equal(t, &engine.Error{Fate: engine.FateNotRun, Reason: loop.ErrCanceled, Cause: why}, engine.Ended(ctx, engine.FateNotRun))
	require.Equal(t, &engine.Error{Reason: loop.ErrAbandoned, Cause: why}, engine.Ended(ctx, engine.FateUnknown))
}

func TestAddressAsPeopleKnowIt(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Quotes.Price", engine.Address{Service: "example_com/shop/Quotes", Method: "Price"}.String())
	require.Equal(t, "Quotes.Price", engine.Address{Service: "Quotes", Method: "Price"}.String())
	require.Equal(t, "Price", engine.Address{Method: "Price"}.String())
}

func TestStatusRan(t *testing.T) {
	t.Parallel()
	for s, ran := range map[engine.Status]bool{
		engine.StatusOK: true, engine.StatusFailed: true, engine.StatusPanicked: true, engine.StatusExited: true, engine.StatusUnanswered: true,
		engine.StatusOverloaded: false, engine.StatusClosed: false, engine.StatusCanceled: false, engine.StatusMalformed: false,
		engine.StatusUnknown: false, engine.StatusRefused: false, "": false,
	} {
		require.Equal(t, ran, s.Ran(), s)
	}
}
