//go:build unix

package failure_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

// A scene is what every test has: a book, a caller in this process, and workers.
type scene struct {
	t      *testing.T
	book   *history.Book
	addr   string // of the book
	url    string
	caller *caller

	patience time.Duration // how long there may be no progress
}

// newScene is for servers at a URL.
func newScene(t *testing.T, url string) *scene {
	t.Helper()
	s := &scene{t: t, book: history.NewBook(), url: url, patience: patience}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = l.Addr().String()
	go s.book.Serve(l)
	t.Cleanup(func() { l.Close() })
	s.caller, err = newCaller(url, 0, s.record)
	require.NoError(t, err)
	t.Cleanup(func() { s.caller.engine.Close() })
	return s
}

func (s *scene) record(e history.Event) error {
	s.book.Record(e)
	return nil
}

// config is that of a worker of the scene.
func (s *scene) config(name string, methods ...string) workerConfig {
	return workerConfig{URL: s.url, Book: s.addr, Name: name, Methods: methods}
}

// worker starts a worker as a process.
func (s *scene) worker(name string, methods ...string) *process {
	s.t.Helper()
	return s.configured(s.config(name, methods...))
}

func (s *scene) configured(c workerConfig) *process {
	s.t.Helper()
	p, ready := start(s.t, "worker", c)
	require.Equal(s.t, "ready", ready)
	return p
}

// await waits for an event.
func (s *scene) await(match func(history.Event) bool) history.Event {
	s.t.Helper()
	e, err := s.book.Await(soon(s.t), match)
	require.NoError(s.t, err, "the event does not come")
	return e
}

// A result is what a call in the background came to.
type result struct {
	reply
	err  error
	took time.Duration
}

// begin makes a call in the background.
func (s *scene) begin(ctx context.Context, mode history.Mode, in request) <-chan result {
	done := make(chan result, 1)
	go func() {
		from := time.Now()
		out, err := s.caller.do(ctx, mode, in)
		done <- result{out, err, time.Since(from)}
	}()
	return done
}

// settled waits for a call in the background.
func (s *scene) settled(done <-chan result) result {
	s.t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(2 * patience):
		s.t.Fatal("the call does not settle")
		return result{}
	}
}

// check is the oracle: the history must be one that package remote promises. It waits until nothing runs
// and what was stored is done.
func (s *scene) check(rules ...history.Rule) {
	s.t.Helper()
	idle := s.idle(slices.Contains(rules, history.Forgetful))
	events := s.book.Events()
	wrong := history.Check(events, rules...)
	for i, v := range wrong[:min(len(wrong), 20)] {
		s.t.Error(v)
		if i < 3 {
			lines := history.Excerpt(events, v)
			s.t.Log(strings.Join(lines[:min(len(lines), 200)], "\n"))
		}
	}
	require.Empty(s.t, len(wrong), "promises were not kept")
	require.True(s.t, idle, "handlers do not end, or stored work is not done")
}

// idle waits for what history.Idle reports. It may take long, as long as some work is done. What a server forgets may have
// become a dead letter, which only the server knows.
func (s *scene) idle(forgetful bool) bool {
	done := func(e history.Event) bool { return e.Kind == history.End || e.Kind == history.Dead }
	for at := -1; ; {
		idle := false
		if !eventually(2*patience, 200*time.Millisecond, func() bool {
			if forgetful {
				s.buried()
			}
			idle = history.Idle(s.book.Events())
			return idle || s.book.Count(done) > at
		}) || idle {
			return idle
		}
		at = s.book.Count(done)
	}
}

// eventually reports whether something has become true within a time.
func eventually(within, every time.Duration, what func() bool) bool {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for limit := time.Now().Add(within); ; <-tick.C {
		if what() {
			return true
		}
		if time.Now().After(limit) {
			return false
		}
	}
}

// abandoned records that calls of a caller whose process was killed have an outcome that nobody knows.
func (s *scene) abandoned(caller string) {
	settled := make(map[string]bool)
	events := s.book.Events()
	for _, e := range events {
		settled[e.Op] = settled[e.Op] || e.Kind == history.Return
	}
	for _, e := range events {
		if e.Kind == history.Invoke && strings.HasPrefix(e.Op, caller+"-") && !settled[e.Op] {
			s.book.Record(history.Event{Kind: history.Return, Op: e.Op, Outcome: history.Unknown, Text: "the caller was killed"})
		}
	}
}
