package loop

import (
	"iter"
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats describes the past and present work of a loop, as [Loop.Stats] found it.
//
// Every task is counted in Accepted or Refused, and every accepted task a second time when it
// settles: Returned, Panicked, Exited, Canceled, Dropped or Abandoned.
type Stats struct {
	Accepted int64 // tasks that got a place in the queue
	Refused  int64 // tasks that did not: the loop was closed or full, or the context ended

	Returned  int64 // handlers that returned
	Panicked  int64 // handlers that panicked
	Exited    int64 // handlers that called runtime.Goexit
	Canceled  int64 // tasks withdrawn from the queue because their context ended
	Dropped   int64 // tasks taken out of the queue because the loop closed or shed them
	Abandoned int64 // calls whose caller left while the handler was running

	SpawnErrors int64 // errors returned by spawned handlers

	Queued   int // tasks in the queue now
	MaxQueue int // the most there have been
	Waiting  int // submitters waiting for room in the queue
	Running  int // handlers started and not ended, those in Await included
	Awaiting int // handlers that are in Await

	AbandonedRunning int // handlers that run although their callers have left

	QueueTime Histogram // from the submission of a task to the start of its handler
	RunTime   Histogram // how long handlers have held the loop role
}

// counters are the numbers that change outside the loop's mutex.
type counters struct {
	returned, panicked, exited   atomic.Int64
	canceled, dropped, abandoned atomic.Int64
	refused, spawnErrors         atomic.Int64
	left                         atomic.Int64 // abandoned and not ended

	selfCalls atomic.Int64 // run inside another call, or direct until they awaited
	running   atomic.Int64 // handlers started and not ended, but for a direct call
}

// ended counts a handler that has ended.
func (c *counters) ended(how ending) {
	switch how {
	case endReturn:
		c.returned.Add(1)
	case endPanic:
		c.panicked.Add(1)
	case endGoexit:
		c.exited.Add(1)
	}
}

// Stats returns a snapshot. It is cheap and may be called at any time by any
// goroutine; numbers that change while it is taken may be one apart.
func (l *Loop) Stats() Stats {
	if !l.made() {
		return Stats{}
	}
	l.mu.Lock()
	s := Stats{
		Accepted: l.accepted + l.counters.selfCalls.Load() + l.role.calls(),
		Queued:   l.queued,
		MaxQueue: l.maxQueue,
		Waiting:  l.waitingRoom,
		Awaiting: l.awaiting,
	}
	l.mu.Unlock()
	if r := l.recorders.Load(); r != nil {
		s.QueueTime, s.RunTime = r.queueTime.histogram(), r.runTime.histogram()
	}
	c := &l.counters
	s.Running = int(c.running.Load())
	s.AbandonedRunning = int(max(c.left.Load(), 0)) // the end may be counted before the leaving
	if l.role.direct() {
		s.Running++
		s.Accepted++
	}
	s.Returned = c.returned.Load() + l.role.calls() - l.inlined.broken.Load()
	s.Panicked, s.Exited = c.panicked.Load(), c.exited.Load()
	s.Canceled, s.Dropped, s.Abandoned = c.canceled.Load(), c.dropped.Load(), c.abandoned.Load()
	s.Refused, s.SpawnErrors = c.refused.Load(), c.spawnErrors.Load()
	return s
}

// buckets is the number of buckets of a [Histogram].
const buckets = 34

// A Histogram counts durations in buckets. Each bucket is twice as wide as the one before: up
// to 256 ns, up to 512 ns, and so on up to 2^40 ns, which is about 18 minutes, and beyond. The
// zero value is empty. Histograms can be compared.
//
// Loops time their first 1024 tasks and one of 64 after that; the counts are of tasks
// that were timed.
type Histogram struct {
	Sum, Max time.Duration

	counts [buckets]uint64
}

// bound returns the upper bound of bucket i, the longest duration for the last.
func bound(i int) time.Duration {
	if i >= buckets-1 {
		return 1<<63 - 1
	}
	return 1 << (8 + i)
}

// Buckets returns the upper bound of each bucket, which it includes, and the number of durations
// in the bucket, from the shortest to the longest. The bound of the last is the longest
// [time.Duration]. Later versions may have other buckets.
func (h Histogram) Buckets() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, n := range h.counts {
			if !yield(bound(i), n) {
				return
			}
		}
	}
}

// Add returns the histogram of the durations of h and of other, for the loops of a [Sharded], say.
func (h Histogram) Add(other Histogram) Histogram {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.Sum += other.Sum
	h.Max = max(h.Max, other.Max)
	return h
}

// Count returns the number of durations.
func (h Histogram) Count() (n uint64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// Mean returns the average, or 0 if the histogram is empty.
func (h Histogram) Mean() time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	return h.Sum / time.Duration(n)
}

// Quantile returns the duration that a share q of all, between 0 and 1, does not
// exceed. It is the upper bound of a bucket, at most Max, so up to twice the true
// one, and 0 if the histogram is empty.
func (h Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	rank := uint64(math.Ceil(q * float64(n)))
	rank = min(max(rank, 1), n)
	seen := uint64(0)
	for i, c := range h.counts {
		if seen += c; seen >= rank {
			return min(bound(i), h.Max)
		}
	}
	return h.Max
}

// recorder is a histogram that is being filled.
type recorder struct {
	counts   [buckets]atomic.Uint64
	sum, max atomic.Int64
}

func (r *recorder) add(nanos int64) {
	nanos = max(nanos, 0)
	r.counts[bucket(nanos)].Add(1)
	r.sum.Add(nanos)
	for most := r.max.Load(); nanos > most && !r.max.CompareAndSwap(most, nanos); {
		most = r.max.Load()
	}
}

// bucket returns the first bucket whose bound is not below the duration.
func bucket(nanos int64) int {
	if nanos <= 1<<8 {
		return 0
	}
	return min(bits.Len64(uint64(nanos-1))-8, buckets-1)
}

func (r *recorder) histogram() (h Histogram) {
	for i := range r.counts {
		h.counts[i] = r.counts[i].Load()
	}
	h.Sum, h.Max = time.Duration(r.sum.Load()), time.Duration(r.max.Load())
	return h
}

// recorders are the histograms of a loop.
type recorders struct{ queueTime, runTime recorder }

// recorder returns the recorders of the loop, which are made when the first task is timed.
func (l *Loop) recorder() *recorders {
	if r := l.recorders.Load(); r != nil {
		return r
	}
	l.recorders.CompareAndSwap(nil, new(recorders))
	return l.recorders.Load()
}
