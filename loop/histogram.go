package loop

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// HistogramBuckets is the number of buckets of a [Histogram].
const HistogramBuckets = 34

// A Histogram counts durations in buckets, each of which is twice as wide as the one
// before: up to 256 ns, up to 512 ns, and so on up to 2^40 ns, which is about 18
// minutes, and beyond. The zero value is empty.
//
// Loops time their first 1024 tasks and one of 64 after that; the counts are of tasks
// that were timed.
type Histogram struct {
	Counts [HistogramBuckets]uint64
	Sum    time.Duration
	Max    time.Duration
}

// HistogramBound returns the upper bound of bucket i, the longest duration for the
// last.
func HistogramBound(i int) time.Duration {
	if i >= HistogramBuckets-1 {
		return 1<<63 - 1
	}
	return 1 << (8 + i)
}

// Count returns the number of durations.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Mean returns the average, or 0 if the histogram is empty.
func (h *Histogram) Mean() time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	return h.Sum / time.Duration(n)
}

// Quantile returns the duration that a share q of all, between 0 and 1, does not
// exceed. It is the upper bound of a bucket, at most Max, so up to twice the true
// one, and 0 if the histogram is empty.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	rank := uint64(math.Ceil(q * float64(n)))
	rank = min(max(rank, 1), n)
	seen := uint64(0)
	for i, c := range h.Counts {
		if seen += c; seen >= rank {
			return min(HistogramBound(i), h.Max)
		}
	}
	return h.Max
}

// recorder is a histogram that is being filled.
type recorder struct {
	counts   [HistogramBuckets]atomic.Uint64
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
	return min(bits.Len64(uint64(nanos-1))-8, HistogramBuckets-1)
}

func (r *recorder) histogram() (h Histogram) {
	for i := range r.counts {
		h.Counts[i] = r.counts[i].Load()
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
