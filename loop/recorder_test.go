package loop_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A recorder is an observer that writes down the steps of each handler, and holds the
// runtime to what Observer promises.
type recorder struct {
	t  testing.TB
	id string // of its key in contexts and of what it keeps with a task

	mu     sync.Mutex
	events map[string][]loop.Event // by handler
	counts map[loop.Outcome]int64
}

// A mark is what a recorder keeps with a task.
type mark struct {
	by      *recorder
	handler string
	last    loop.Step
}

type recorderKey struct{ id string }

func newRecorder(t testing.TB, id string) *recorder {
	return &recorder{t: t, id: id, events: make(map[string][]loop.Event), counts: make(map[loop.Outcome]int64)}
}

func (r *recorder) Observe(ctx context.Context, e loop.Event) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := e.Handler()
	if e.Outcome != loop.OutcomeAbandoned {
		r.check(name, e)
	}
	e.Data = nil
	r.events[name] = append(r.events[name], e)
	if e.Step == loop.StepSettled {
		r.counts[e.Outcome]++
	}
	if e.Step == loop.StepStarted {
		return context.WithValue(ctx, recorderKey{r.id}, name)
	}
	return ctx
}

// check looks at what the recorder finds with the task. It has been called for the steps
// of one task one after the other, or the race detector complains.
func (r *recorder) check(name string, e loop.Event) {
	m, _ := (*e.Data).(*mark)
	if e.Step == loop.StepSubmitted {
		if m != nil {
			r.t.Errorf("%s: data of another task: %+v", name, m)
		}
		*e.Data = &mark{r, name, e.Step}
		return
	}
	if m == nil || m.by != r || m.handler != name || m.last == loop.StepSettled {
		r.t.Errorf("%s: wrong data at %v: %+v", name, e.Step, m)
		return
	}
	m.last = e.Step
}

// steps returns what has become of a handler: "call: submitted started returned".
func (r *recorder) steps(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.events[name]) == 0 {
		return ""
	}
	words := []string{r.events[name][0].Mode.String() + ":"}
	for _, e := range r.events[name] {
		switch e.Step {
		case loop.StepSettled:
			words = append(words, e.Outcome.String())
		case loop.StepEnded:
			words = append(words, "ended:"+e.Outcome.String())
		default:
			words = append(words, e.Step.String())
		}
	}
	return strings.Join(words, " ")
}

// last returns the last event of a handler.
func (r *recorder) last(name string) loop.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotEmpty(r.t, r.events[name], name)
	return r.events[name][len(r.events[name])-1]
}

// requireEqualsStats compares the outcomes with what the loop has counted.
func (r *recorder) requireEqualsStats(l *loop.Loop) {
	r.t.Helper()
	requireAddsUpWithAbandoned(r.t, l)
	r.mu.Lock()
	defer r.mu.Unlock()
	s := l.Stats()
	require.Equal(r.t,
		[7]int64{s.Returned, s.Panicked, s.Exited, s.Canceled, s.Dropped, s.Abandoned, s.Refused},
		[7]int64{
			r.counts[loop.OutcomeReturned], r.counts[loop.OutcomePanicked], r.counts[loop.OutcomeExited], r.counts[loop.OutcomeCanceled],
			r.counts[loop.OutcomeDropped], r.counts[loop.OutcomeAbandoned], r.counts[loop.OutcomeRefused],
		})
}

func requireAddsUpWithAbandoned(t testing.TB, l *loop.Loop) {
	t.Helper()
	s := l.Stats()
	for s.Running+s.Queued > 0 {
		yield()
		s = l.Stats()
	}
	require.Equal(t, s.Accepted, s.Returned+s.Panicked+s.Exited+s.Canceled+s.Dropped+s.Abandoned, "%+v", s)
}

// act is the bridge of a handler that runs a function of the test, under a name.
func act(name string, run func(context.Context) error) *bridge[int, int] {
	return newBridge(called{Name: name}, func(ctx context.Context, _ int) (int, error) { return 0, run(ctx) })
}

func (b *bridge[In, Out]) goes(ctx context.Context, l *loop.Loop, in In) *loop.Future[Out] {
	return b.Go(ctx, l, request[In, Out]{in, b.Run})
}

func (b *bridge[In, Out]) spawn(ctx context.Context, l *loop.Loop, in In) error {
	return b.Spawn(ctx, l, request[In, Out]{in, b.Run})
}

func idle(context.Context) error { return nil }
