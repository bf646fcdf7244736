// Package measure times calls. Contenders are measured in turns, round after round
// in one process, so that whatever else the machine does hits all of them alike.
package measure

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"
)

// A Batch makes n calls, one after the other, for the given caller. The loop is in
// the batch and not around it, so that a call costs nothing that it would not
// cost in a program.
type Batch func(ctx context.Context, caller, n int) error

// A Case is something to be measured.
type Case struct {
	Name    string
	Context context.Context
	Callers int
	Batch   Batch
	// Before, if there is one, prepares each turn and returns what ends it.
	Before func() (after func())

	calls int // in one sample, all callers together
}

// A Sample is the result of one turn.
type Sample struct {
	Nanos  float64 // of wall clock time per call, all callers together
	Allocs float64 // allocations per call
	Bytes  float64 // allocated per call
}

// calibrate finds the number of calls that take about d, which also warms up the
// case. The fastest of three runs counts: an interrupted run would make all turns
// too short.
func (c *Case) calibrate(d time.Duration) error {
	for n := c.Callers; ; n *= 4 {
		best := time.Duration(math.MaxInt64)
		for range 3 {
			took, err := c.run(n)
			if err != nil {
				return err
			}
			best = min(best, took)
		}
		if best >= d/8 {
			c.calls = max(c.Callers, int(int64(n)*int64(d)/int64(best)))
			return nil
		}
	}
}

// sample takes one turn.
func (c *Case) sample() (Sample, error) {
	if c.Before != nil {
		defer c.Before()()
	}
	// The garbage of the other cases must not count for this one.
	runtime.GC()
	if _, err := c.run(c.calls/16 + c.Callers); err != nil { // fills the pools that the collector has emptied
		return Sample{}, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err := c.run(c.calls)
	runtime.ReadMemStats(&after)
	n := float64(c.calls)
	return Sample{
		Nanos:  float64(took) / n,
		Allocs: float64(after.Mallocs-before.Mallocs) / n,
		Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
	}, err
}

// run makes n calls, divided among the callers, and returns how long that took.
func (c *Case) run(n int) (time.Duration, error) {
	if c.Callers == 1 {
		start := time.Now()
		err := c.Batch(c.Context, 0, n)
		return time.Since(start), err
	}
	return c.together(func(caller int) error {
		return c.Batch(c.Context, caller, n/c.Callers)
	})
}

// together runs f for all callers at the same time and returns how long it took.
func (c *Case) together(f func(caller int) error) (time.Duration, error) {
	errs := make([]error, c.Callers)
	begin := make(chan struct{})
	var ready, ended sync.WaitGroup
	ready.Add(c.Callers)
	for i := range c.Callers {
		ended.Go(func() {
			ready.Done()
			<-begin
			errs[i] = f(i)
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	ended.Wait()
	took := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return took, err
		}
	}
	return took, nil
}
