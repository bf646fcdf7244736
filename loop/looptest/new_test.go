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
func (r *recorder) Failed() bool     { return false }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestNewDrains(t *testing.T) {
	r := &recorder{TB: t}
	l, ran := looptest.New(r), false
	if err := l.Spawn(t.Context(), func(context.Context) error { ran = true; return nil }); err != nil {
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
		r := &failing{recorder: recorder{TB: t}}
		l, end := looptest.New(r), make(chan struct{})
		for range 2 {
			if err := l.Spawn(t.Context(), func(context.Context) error { <-end; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		r.cleanups[0]()
		close(end)
		<-l.Done()
		if len(r.errors) != 1 || !strings.Contains(r.errors[0], "1 running") || !strings.Contains(r.errors[0], "1 queued were dropped") {
			t.Errorf("errors %q, want one about a handler that runs and one that is queued", r.errors)
		}
		if strings.Count(r.logged, ": running looptest_test.") != 1 {
			t.Errorf("logged %q, want the loop with the handler that runs", r.logged)
		}
	})
}

func TestNewInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := looptest.New(t, loop.WithInline()), time.Now()
		_, err := loop.Call(t.Context(), l, func(ctx context.Context) (int, error) {
			return 0, loop.Sleep(ctx, time.Hour)
		})
		if d := time.Since(start); err != nil || d != time.Hour {
			t.Errorf("error %v after %v, want an hour", err, d)
		}
	})
}

func TestNewLogsTheLoopOfAFailedTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{recorder: recorder{TB: t}, failed: true}
		l, end := looptest.New(f, loop.WithName("busy")), make(chan struct{})
		other := loop.New(loop.WithName("other"))
		defer other.Close()
		for range 2 {
			if err := l.Spawn(t.Context(), func(context.Context) error { <-end; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		time.AfterFunc(time.Second, func() { close(end) })
		f.cleanups[0]()
		if !strings.Contains(f.logged, `"busy" (`) || !strings.Contains(f.logged, "1 queued") || strings.Contains(f.logged, "other") {
			t.Errorf("logged %q, want the loop with a call that is queued, and no other", f.logged)
		}
		if len(f.errors) > 0 {
			t.Errorf("errors %q", f.errors)
		}
	})
}

func TestOptionsThatAreMistakesPanic(t *testing.T) {
	for want, f := range map[string]func(){
		"looptest: WithoutGuarantee needs a reason":           func() { looptest.WithoutGuarantee(looptest.Abandon, "") },
		"looptest: WithHangTimeout needs a positive duration": func() { looptest.WithHangTimeout(0) },
		"looptest: TestExecutor got a nil option":             func() { looptest.TestExecutor(t, nil, nil) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
}
