package promloop

import (
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// totals are numbers that only grow.
type totals struct {
	outcomes    [len(outcomes)]int64
	accepted    int64
	spawnErrors int64
	queue, run  histogram
}

// outcomes are the values of the label "outcome", in the order of totals.outcomes.
var outcomes = [...]loop.Outcome{
	loop.OutcomeReturned, loop.OutcomePanicked, loop.OutcomeExited, loop.OutcomeCanceled, loop.OutcomeDropped, loop.OutcomeAbandoned, loop.OutcomeRefused,
}

func totalsOf(s loop.Stats) totals {
	return totals{
		outcomes:    [...]int64{s.Returned, s.Panicked, s.Exited, s.Canceled, s.Dropped, s.Abandoned, s.Refused},
		accepted:    s.Accepted,
		spawnErrors: s.SpawnErrors,
		queue:       histogramOf(s.QueueTime),
		run:         histogramOf(s.RunTime),
	}
}

func (t *totals) add(o totals) {
	for i, n := range o.outcomes {
		t.outcomes[i] += n
	}
	t.accepted += o.accepted
	t.spawnErrors += o.spawnErrors
	t.queue.add(o.queue)
	t.run.add(o.run)
}

// levels are numbers that go up and down.
type levels struct {
	loops                                   int
	queued, capacity, highest               int
	waiting, running, awaiting, leftRunning int
}

// add adds a loop that has not stopped. The most that have been queued are those of the
// fullest loop, and of a stopped one too.
func (v *levels) add(s loop.Snapshot) {
	v.highest = max(v.highest, s.Stats.MaxQueue)
	if s.Done {
		return
	}
	v.loops++
	v.queued += s.Stats.Queued
	v.capacity += s.Capacity
	v.waiting += s.Stats.Waiting
	v.running += s.Stats.Running
	v.awaiting += s.Stats.Awaiting
	v.leftRunning += s.Stats.AbandonedRunning
}

// A histogram has fewer bounds than that of a loop: 1.024 µs, 4.096 µs and so on up to 69 s. Each
// is a bound of a loop's histogram too, which makes the counts exact.
type histogram struct {
	counts [bounds]uint64 // not cumulated; what is longer is in count only
	count  uint64
	sum    float64 // in seconds
}

const bounds = 14

// bound returns the upper bound of bucket i.
func bound(i int) time.Duration { return 1024 * time.Nanosecond << (2 * i) }

func histogramOf(h loop.Histogram) histogram {
	out := histogram{sum: h.Sum.Seconds()}
	b := 0
	for limit, n := range h.Buckets() {
		for b < bounds && bound(b) < limit {
			b++
		}
		out.count += n
		if b < bounds {
			out.counts[b] += n
		}
	}
	return out
}

func (h *histogram) add(o histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.count += o.count
	h.sum += o.sum
}

// buckets returns the counts as Prometheus wants them: up to each bound.
func (h *histogram) buckets() map[float64]uint64 {
	all, n := make(map[float64]uint64, bounds), uint64(0)
	for i := range h.counts {
		n += h.counts[i]
		all[bound(i).Seconds()] = n
	}
	return all
}
