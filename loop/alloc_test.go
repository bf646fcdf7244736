package loop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestCostCallAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	l, b := newLoop(t), newUpper()
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": cancelable} {
		got := testing.AllocsPerRun(1000, func() {
			if _, err := b.Call(ctx, l, upperArgs{"A"}); err != nil {
				t.Error(err)
			}
		})
		require.Zero(t, got, name)
	}
}

// The loop of a key is found without an allocation, whatever the key's type.
func TestCostOfKeys(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates besides")
	}
	if pureGo {
		t.Skip("package hash/maphash allocates with this build tag")
	}
	type account struct {
		bank   string
		number int
		owner  any
	}
	s := loop.NewSharded(4)
	defer s.Close()
	number := 7
	requireNoAllocs := func(name string, shard func() *loop.Loop) {
		require.Zero(t, testing.AllocsPerRun(1000, func() { require.NotNil(t, shard()) }), name)
	}
	requireNoAllocs("string", func() *loop.Loop { return loop.Shard(s, "key") })
	requireNoAllocs("int", func() *loop.Loop { return loop.Shard(s, number) })
	requireNoAllocs("pointer", func() *loop.Loop { return loop.Shard(s, &number) })
	requireNoAllocs("array", func() *loop.Loop { return loop.Shard(s, [4]float64{1, 2, 3, 4}) })
	requireNoAllocs("struct", func() *loop.Loop { return loop.Shard(s, account{"b", number, 3}) })
	requireNoAllocs("interface", func() *loop.Loop { return loop.Shard[any](s, "key") })
}

// An element of a stream allocates nothing, and a chunk next to nothing.
func TestCostOfStreams(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates besides")
	}
	l := newLoop(t)
	const n = 64 * 100
	got := testing.AllocsPerRun(10, func() {
		for range stream(context.Background(), l, 64, count(n)) {
		}
	})
	require.Less(t, got, 200.0, "for a hundred chunks")
}
