package loop_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A world is a loop with state that only its handlers touch, without a lock, and
// what they noted about it.
type world struct {
	t       *testing.T
	l       *loop.Loop
	busy    bool // a handler holds the role
	balance int
	starts  []*step
	changes []*step
}

// How the handler of a step ends.
const (
	endsWell = iota
	endsWithError
	endsInPanic
	endsInGoexit
	endings
)

// A step is one task of a random program, and what became of it.
type step struct {
	w       *world
	caller  int
	number  int // per caller
	delta   int
	ending  int
	awaits  bool
	nested  *step   // a call of another loop that the handler makes
	started int     // by the handler
	balance int     // after the handler's change
	told    outcome // of a nested step
}

// run is the handler.
func (s *step) run(ctx context.Context) (int, error) {
	w := s.w
	s.started++
	w.starts = append(w.starts, s)
	w.enter()
	defer w.leave()
	if s.awaits {
		w.leave()
		_ = loop.Await(ctx, func(context.Context) error { yield(); return nil })
		w.enter()
	}
	if n := s.nested; n != nil {
		n.told.step = n
		n.told.out, n.told.err = loop.Call(ctx, n.w.l, n.run)
	}
	w.balance += s.delta
	s.balance = w.balance
	w.changes = append(w.changes, s)
	switch s.ending {
	case endsWithError:
		return w.balance, errHandler
	case endsInPanic:
		panic(errHandler)
	case endsInGoexit:
		runtime.Goexit()
	}
	return w.balance, nil
}

func (w *world) enter() {
	if w.busy {
		w.t.Error("two handlers hold the role")
	}
	w.busy = true
}

func (w *world) leave() { w.busy = false }

// An outcome is what the caller of a step was told.
type outcome struct {
	step   *step
	out    int
	err    error
	raised any
	exited bool
}

// attempt makes a call in a goroutine that may be ended by it.
func attempt(s *step, call func() (int, error)) outcome {
	o := outcome{step: s, exited: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.raised = caught(func() { o.out, o.err = call(); o.exited = false })
		if o.raised != nil {
			o.exited = false
		}
	}()
	<-done
	return o
}

// check compares what the caller was told with what happened, after all is over.
func (o outcome) check(t *testing.T) {
	s := o.step
	var e *loop.Error
	if errors.As(o.err, &e) {
		require.True(t, e.NotRun())
		require.Zero(t, s.started, "told that it did not run: %v", o.err)
		return
	}
	require.Equal(t, 1, s.started)
	require.Equal(t, s.ending == endsInGoexit, o.exited)
	require.Equal(t, s.ending == endsInPanic, o.raised != nil)
	switch s.ending {
	case endsWell:
		require.NoError(t, o.err)
		require.Equal(t, s.balance, o.out)
	case endsWithError:
		require.Equal(t, errHandler, o.err)
		require.Equal(t, s.balance, o.out)
	case endsInPanic:
		require.ErrorIs(t, o.raised.(error), errHandler)
	}
}

// nestedCaller is the caller of nested steps, of which no order is demanded.
const nestedCaller = -1

// callers is how many there are in a program.
const callers = 6

// A caller runs a random program against the worlds.
type caller struct {
	nested   []*step
	number   int
	rnd      *rand.Rand
	worlds   []*world
	outcomes []outcome
	futures  map[*step]*loop.Future[int]
	spawned  map[*step]error
	cancels  []context.CancelFunc
}

func (c *caller) run(steps int) {
	for i := range steps {
		w := c.worlds[c.rnd.IntN(len(c.worlds))]
		s := &step{w: w, caller: c.number, number: i, delta: c.rnd.IntN(100), awaits: c.rnd.IntN(4) == 0}
		if c.rnd.IntN(3) == 0 {
			s.ending = c.rnd.IntN(endings)
		}
		if other := c.worlds[c.rnd.IntN(len(c.worlds))]; other != w && c.rnd.IntN(6) == 0 {
			s.nested = &step{w: other, caller: nestedCaller, delta: c.rnd.IntN(100)}
			c.nested = append(c.nested, s.nested)
		}
		c.take(s)
		if c.rnd.IntN(400) == 0 {
			_ = w.l.Close()
		}
	}
	for s, f := range c.futures {
		c.outcomes = append(c.outcomes, attempt(s, func() (int, error) { return f.Await(context.Background()) }))
	}
	for _, cancel := range c.cancels {
		cancel()
	}
}

// take submits s in one of the three modes, with a context that may end any time.
func (c *caller) take(s *step) {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancels = append(c.cancels, cancel)
	ends := c.rnd.IntN(3) == 0
	mode := c.rnd.IntN(4)
	if mode == 0 {
		c.futures[s] = loop.Async(ctx, s.w.l, s.run)
	}
	if ends {
		go cancel() // for a future, between acceptance and result
	}
	switch mode {
	case 0:
	case 1:
		c.spawned[s] = s.w.l.Spawn(ctx, func(ctx context.Context) error { _, _ = s.run(ctx); return nil })
	default:
		c.outcomes = append(c.outcomes, attempt(s, func() (int, error) { return loop.Call(ctx, s.w.l, s.run) }))
	}
}

// check replays what the handlers of w did as a sequential program.
func (w *world) check(t *testing.T) {
	balance := 0
	for _, s := range w.changes {
		balance += s.delta
		require.Equal(t, balance, s.balance)
	}
	require.Equal(t, balance, w.balance)
	last := map[int]int{}
	for _, s := range w.starts {
		if s.caller == nestedCaller {
			continue
		}
		before, any := last[s.caller]
		require.True(t, !any || before < s.number, "caller %d: %d started after %d", s.caller, s.number, before)
		last[s.caller] = s.number
	}
	stats := w.l.Stats()
	require.EqualValues(t, len(w.starts), stats.Returned+stats.Panicked+stats.Exited)
	require.Zero(t, stats.Queued+stats.Waiting+stats.Running+stats.Awaiting)
	requireAddsUp(t, w.l)
}

func TestPropertyRandomProgramsHaveASequentialExplanation(t *testing.T) {
	for name, opts := range map[string][]loop.Option{
		"default": nil,
		"narrow":  {loop.WithQueueSize(2)},
		"reject":  {loop.WithQueueSize(3), loop.WithOverflow(loop.OverflowReject)},
		"shed":    {loop.WithQueueSize(3), loop.WithOverflow(loop.OverflowShed)},
		"inline":  {loop.WithInline()},
		"thread":  {loop.WithThread()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(12) {
				opts := append(opts, loop.WithPanicHandler(func(*loop.PanicError) {}))
				runProgram(t, func(caller uint64) rand.Source { return rand.NewPCG(seed, caller) }, opts)
			}
		})
	}
}

// runProgram lets callers, each with decisions of its own, call a few loops, and checks
// what they were told and what the handlers saw.
func runProgram(t *testing.T, decisions func(caller uint64) rand.Source, opts []loop.Option) {
	t.Helper()
	worlds := make([]*world, 3)
	for i := range worlds {
		worlds[i] = &world{t: t, l: loop.New(opts...)}
	}
	crew := make([]*caller, callers)
	var all sync.WaitGroup
	for i := range crew {
		c := &caller{
			number: i, rnd: rand.New(decisions(uint64(i))), worlds: worlds,
			futures: map[*step]*loop.Future[int]{}, spawned: map[*step]error{},
		}
		crew[i] = c
		all.Go(func() { c.run(60) })
	}
	all.Wait()
	for _, w := range worlds {
		require.NoError(t, w.l.Shutdown(context.Background()))
		w.check(t)
	}
	for _, c := range crew {
		for _, o := range c.outcomes {
			o.check(t)
		}
		for _, n := range c.nested {
			if n.told.step != nil {
				n.told.check(t)
			}
		}
		for s, err := range c.spawned {
			require.LessOrEqual(t, s.started, 1)
			require.False(t, err != nil && s.started > 0, "refused and run: %v", err)
		}
	}
}
