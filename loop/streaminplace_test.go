package loop_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

type pairs struct {
	produce func(context.Context) iter.Seq2[string, int]
}

func (p pairs) Run(ctx context.Context) iter.Seq2[string, int] { return p.produce(ctx) }
func (p pairs) Handler() any                                   { return p.produce }

var (
	numbersInPlace = &loopimpl.Bridge{Name: "test.Numbers", InPlace: true}
	pairsInPlace   = &loopimpl.Bridge{Name: "test.Pairs", InPlace: true}
	rowsInPlace    = &loopimpl.Bridge{Name: "test.Rows", InPlace: true}
)

// What the function does before it returns is done when the caller goes on, and what it yields is
// made on the loop.
func TestStreamInPlaceBeginsAtOnce(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLoop(t, opts...)
			list := []int{1, 2, 3}
			seq := loopimpl.StreamInPlace(t.Context(), l, numbersInPlace, source[int]{func(context.Context) iter.Seq[int] {
				return slices.Values(slices.Clone(list))
			}})
			list[0] = 100
			require.EqualValues(t, 1, l.Stats().Returned)
			require.Equal(t, []int{1, 2, 3}, slices.Collect(seq))
			require.Equal(t, []int{1, 2, 3}, slices.Collect(seq), "again")
			for range seq {
				break
			}
			require.EqualValues(t, 4, l.Stats().Returned, "each range is a task")

			of := map[string]int{"a": 1, "b": 2}
			both := loopimpl.Stream2InPlace(t.Context(), l, pairsInPlace, pairs{func(context.Context) iter.Seq2[string, int] { return maps.All(of) }})
			require.Equal(t, of, maps.Collect(both))
			require.Nil(t, loopimpl.StreamInPlace(t.Context(), l, numbersInPlace, source[int]{func(context.Context) iter.Seq[int] { return nil }}))
			require.Nil(t, loopimpl.Stream2InPlace(t.Context(), l, pairsInPlace, pairs{func(context.Context) iter.Seq2[string, int] { return nil }}))
			require.Nil(t, loopimpl.StreamErrInPlace(t.Context(), l, rowsInPlace, errSource{func(context.Context) iter.Seq2[int, error] { return nil }}))
		})
	}
}

func TestStreamInPlacePanicsAsTheHandlerDoes(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	require.PanicsWithValue(t, "size", func() {
		loopimpl.StreamInPlace(t.Context(), l, numbersInPlace, source[int]{func(context.Context) iter.Seq[int] { panic("size") }})
	})
	var got []int
	seq := loopimpl.StreamInPlace(t.Context(), l, numbersInPlace, source[int]{func(context.Context) iter.Seq[int] {
		return func(yield func(int) bool) {
			if yield(1) {
				panic("after one")
			}
		}
	}})
	require.PanicsWithValue(t, "after one", func() {
		for v := range seq {
			got = append(got, v)
		}
	})
	require.Equal(t, []int{1}, got)
	require.PanicsWithValue(t, "body", func() {
		for range seq {
			panic("body")
		}
	})
}

// The caller's context is the handler's business, unless the sequence can tell of its end.
func TestStreamInPlaceOfACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	state := func(ctx context.Context) iter.Seq[int] {
		if errors.Is(ctx.Err(), context.Canceled) {
			return slices.Values([]int{7})
		}
		return nil
	}
	require.Equal(t, []int{7}, slices.Collect(loopimpl.StreamInPlace(ctx, l, numbersInPlace, source[int]{state})))

	rows := errSource{func(context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) { yield(7, nil) }
	}}
	for _, err := range loopimpl.StreamErrInPlace(ctx, l, rowsInPlace, rows) {
		require.ErrorIs(t, err, loop.ErrCanceled)
	}
	later := loopimpl.StreamErrInPlace(t.Context(), l, rowsInPlace, rows)
	require.NoError(t, l.Close())
	for _, err := range later {
		require.ErrorIs(t, err, loop.ErrClosed)
	}
	for _, err := range loopimpl.StreamErrInPlace(t.Context(), l, rowsInPlace, rows) {
		require.ErrorIs(t, err, loop.ErrClosed)
	}
	require.Panics(t, func() { loopimpl.StreamInPlace(t.Context(), l, numbersInPlace, source[int]{state}) })
}

// Ranged over by a handler, the sequence runs where it is.
func TestStreamInPlaceWithinAHandler(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLoop(t, opts...)
			numbers := func() iter.Seq[int] {
				return loopimpl.StreamInPlace(context.Background(), l, numbersInPlace, source[int]{func(context.Context) iter.Seq[int] { return slices.Values([]int{1, 2}) }})
			}
			sum := newBridge(called{Name: "test.sum"}, func(context.Context, int) (sum int, _ error) {
				for v := range numbers() {
					sum += v
				}
				return sum, nil
			})
			got, err := sum.inPlace(l, 0)
			require.NoError(t, err)
			require.Equal(t, 3, got)
		})
	}
}
