package main

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// TestGreetingsShareTheirSecond runs on the bubble's clock, so the time is exact.
func TestGreetingsShareTheirSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &greeter{loop: loop.New(), pause: time.Second}
		const n = 200
		greetings := make([]string, n)
		begin := time.Now()
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { greetings[i], _ = g.greetOnLoop(t.Context(), "Ada") })
		}
		all.Wait()
		require.Equal(t, time.Second, time.Since(begin))

		want := make([]string, n)
		for i := range n {
			want[i] = fmt.Sprintf("Hello, Ada! You are visitor %d.", i+1)
		}
		require.ElementsMatch(t, want, greetings)
		state, err := g.stateOnLoop(t.Context())
		require.NoError(t, err)
		require.Equal(t, n, state.Visits)
		require.NoError(t, g.loop.Shutdown(t.Context()))
	})
}
