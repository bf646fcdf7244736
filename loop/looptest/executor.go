package looptest

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// An Executor makes a loop that is being served: for one of [loop.NewMain] its run function has been called,
// for one of [loop.Adapt] the other event loop runs. It passes the options on and leaves
// stopping it all to t.Cleanup, where it must expect that the loop has been stopped already.
// It is called more than once for cases that need several loops.
type Executor = func(t testing.TB, opts ...loop.Option) *loop.Loop

// A Guarantee is the subject of a group of cases. The numbers are those of package loop.
type Guarantee string

// The guarantees that an executor claims by default, see [WithoutGuarantee].
const (
	Settlement   Guarantee = "settlement"   // 1: each call settles once, and nil means that it ran
	Cancel       Guarantee = "cancel"       // 2: a queued call is withdrawn, a running one waited for
	Abandon      Guarantee = "abandon"      // 2: a running call may be left
	Panic        Guarantee = "panic"        // 3: the caller gets the panic, the loop lives on
	Goexit       Guarantee = "goexit"       // 3: the caller's goroutine ends, the loop lives on
	Order        Guarantee = "order"        // 4: first in, first out, one at a time
	SelfCall     Guarantee = "selfcall"     // 5: a handler may call its own loop
	Deadlock     Guarantee = "deadlock"     // 6: a cycle of waiting loops is an error
	BackPressure Guarantee = "backpressure" // 7: the queue is bounded, its policy is kept
	Stop         Guarantee = "stop"         // 8: nothing hangs after Shutdown and Close
	Await        Guarantee = "await"        // 9: others run while a handler waits
	Context      Guarantee = "context"      // 10: values, deadline, cancellation, end of the loop

	// Bubbles is not one of package loop's: the executor works in a synctest
	// bubble. Without it, cases about time take real time.
	Bubbles Guarantee = "bubbles"
)

// An Option changes what [TestExecutor] expects. Of two options of one kind the second one counts. A
// nil option panics.
type Option interface{ apply(s *suite) }

type option func(s *suite)

func (o option) apply(s *suite) { o(s) }

// WithoutGuarantee declares that the executor does not claim g. The cases about it are skipped, with
// the reason, which should name the place where the executor's users read about it. It panics
// if there is no reason.
func WithoutGuarantee(g Guarantee, reason string) Option {
	if reason == "" {
		panic("looptest: WithoutGuarantee needs a reason")
	}
	return option(func(s *suite) { s.without[g] = reason })
}

// WithHangTimeout sets how long a case may take until it is reported as one that hangs.
// The default is 20 seconds, which is long because a case may have to share its
// machine. It panics if d is not positive.
func WithHangTimeout(d time.Duration) Option {
	if d <= 0 {
		panic("looptest: WithHangTimeout needs a positive duration")
	}
	return option(func(s *suite) { s.limit = d })
}

// A suite is one call of TestExecutor.
type suite struct {
	executor Executor
	without  map[Guarantee]string
	limit    time.Duration
}

// A testCase is one thing that an executor must get right.
type testCase struct {
	about  Guarantee
	name   string
	run    func(*probe)
	bubble bool      // it is about time
	dies   string    // the process must end, and say this
	needs  Guarantee // besides about
}

// TestExecutor tests that the loops that newExecutor makes keep the guarantees of package loop,
// each case in a parallel subtest named after the guarantee and the case. See the package's
// documentation for its demands on the test that calls it.
func TestExecutor(t *testing.T, newExecutor Executor, opts ...Option) {
	t.Helper()
	s := &suite{
		executor: newExecutor,
		without:  make(map[Guarantee]string),
		limit:    20 * time.Second,
	}
	for _, o := range opts {
		if o == nil {
			panic("looptest: TestExecutor got a nil option")
		}
		o.apply(s)
	}
	_, inside := os.LookupEnv(caseVariable)
	for _, c := range allCases() {
		t.Run(string(c.about)+"/"+c.name, func(t *testing.T) {
			if !inside {
				t.Parallel()
			}
			for _, g := range []Guarantee{c.about, c.needs} {
				if reason, ok := s.without[g]; ok {
					t.Skip("not claimed:", reason)
				}
			}
			if inside {
				s.perform(t, c)
				return
			}
			s.isolate(t, c)
		})
	}
}

// perform runs the case in this process.
func (s *suite) perform(t *testing.T, c testCase) {
	if _, ok := s.without[Bubbles]; ok || !c.bubble {
		c.run(&probe{T: t, executor: s.executor})
		return
	}
	synctest.Test(t, func(t *testing.T) {
		c.run(&probe{T: t, executor: s.executor, bubble: true})
	})
}

// allCases returns the cases in the order of the guarantees.
func allCases() []testCase {
	var all []testCase
	for _, group := range [][]testCase{
		settlementCases, cancelCases, panicCases, goexitCases, orderCases, selfCallCases,
		deadlockCases, pressureCases, stopCases, awaitCases, contextCases,
	} {
		all = append(all, group...)
	}
	return all
}
