package looptest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/looptest"
)

// A recorder is a test that is seen to fail.
type recorder struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestNewDrains(t *testing.T) {
	r := &recorder{TB: t}
	l, ran := looptest.New(r), false
	if err := loop.Spawn(t.Context(), l, func(context.Context) { ran = true }); err != nil {
		t.Fatal(err)
	}
	r.cleanups[0]()
	<-l.Done()
	if !ran || len(r.errors) > 0 {
		t.Errorf("ran = %v, errors %q; want the loop drained without any", ran, r.errors)
	}
}

func TestNewReportsLeftovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{TB: t}
		l, end := looptest.New(r), make(chan struct{})
		for range 2 {
			if err := loop.Spawn(t.Context(), l, func(context.Context) { <-end }); err != nil {
				t.Fatal(err)
			}
		}
		r.cleanups[0]()
		close(end)
		<-l.Done()
		if len(r.errors) != 1 || !strings.Contains(r.errors[0], "1 running") || !strings.Contains(r.errors[0], "1 queued were dropped") {
			t.Errorf("errors %q, want one about a handler that runs and one that is queued", r.errors)
		}
	})
}

func TestBubble(t *testing.T) {
	looptest.Bubble(t, func(t *testing.T, l *loop.Loop) {
		start := time.Now()
		_, err := loop.Call(t.Context(), l, func(ctx context.Context) (int, error) {
			return 0, loop.Sleep(ctx, time.Hour)
		})
		if d := time.Since(start); err != nil || d != time.Hour {
			t.Errorf("error %v after %v, want an hour", err, d)
		}
	}, loop.WithInline())
}

func TestWithoutNeedsAReason(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	looptest.Without(looptest.Abandon, "")
}
