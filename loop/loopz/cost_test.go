package loopz_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopz"
)

// crowd is 1,000 loops that are running a handler each, with 10,000 calls queued behind
// them.
func crowd(tb testing.TB) *world {
	w, end := &world{}, make(chan struct{})
	tb.Cleanup(func() {
		close(end)
		for _, l := range w.loops {
			_ = l.Close()
		}
	})
	for i := range 1000 {
		l := loop.New(loop.WithName(fmt.Sprintf("room %d", i)))
		w.loops = append(w.loops, l)
		for range 11 {
			handler("rooms.Room.Say").Go(context.Background(), l, func(context.Context) (int, error) { <-end; return 0, nil })
		}
	}
	for _, l := range w.loops {
		for l.Stats().Running == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return w
}

// BenchmarkSnapshot is what the page costs the loops: one state of 1,000 of them with
// 10,000 queued calls.
func BenchmarkSnapshot(b *testing.B) {
	look := loopz.Take(crowd(b))
	b.ReportAllocs()
	for b.Loop() {
		look()
	}
}

// The calls of a loop do not wait for the page, which looks at a thousand others and
// at this one.
func TestPageDoesNotStallCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures")
	}
	w := crowd(t)
	l := loop.New(loop.WithName("measured"))
	w.loops = append(w.loops, l)
	without := p99(t, l)
	server := httptest.NewServer(loopz.HandlerOf(w))
	t.Cleanup(server.Close)
	follow(t, server.URL+"?events").next("state")
	with := p99(t, l)
	t.Logf("p99 of a call: %v without the page, %v with it", without, with)
	// The bound is generous, because the machine may be busy with other things.
	require.Less(t, with, 20*without+5*time.Millisecond)
}

// p99 measures calls for longer than it takes the page to look again.
func p99(t *testing.T, l *loop.Loop) time.Duration {
	var all []time.Duration
	for until := time.Now().Add(1500 * time.Millisecond); time.Now().Before(until); {
		start := time.Now()
		_, err := handler("x.X").Call(t.Context(), l, func(context.Context) (int, error) { return 0, nil })
		all = append(all, time.Since(start))
		require.NoError(t, err)
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}
