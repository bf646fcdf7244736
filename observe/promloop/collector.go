// Package promloop exports what loops count to Prometheus.
//
//	prometheus.MustRegister(promloop.New(promloop.Options{}))
//
// Loops count anyway, so a call costs the same with and without a collector. A scrape
// holds the mutex of each loop for a moment, as a submission does, and stops none.
package promloop

import (
	"iter"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/asyncgen/asyncgen/loop"
)

// Options say what a [Collector] exports. The zero value is good.
type Options struct {
	// Loops are the loops to look at, [loop.Loops] if it is nil. It is asked at each
	// scrape.
	Loops func() iter.Seq[*loop.Loop]
	// MaxNames is how many different names of loops get a label of their own, in the
	// order in which they are seen; further loops are added up under the name "other".
	// 0 means 100. Each name costs about fifty series.
	MaxNames int
}

// other is the label of loops that get none of their own.
const other = "other"

// A Collector exports statistics of loops, with the label "loop", the name. Loops with
// equal names are added up. What a loop has counted stays in the sums when the loop
// itself is gone, as far as a scrape has seen it, because counters must not go down.
//
// The histograms are of those tasks that loops time, see [loop.Histogram]: all of the
// first 1024, then one of 64. Their quantiles and averages are those of all tasks as far
// as one of 64 tells; for the number of tasks take asyncgen_loop_tasks_total. Upper bounds are
// 1.024 µs and four times as much each.
type Collector struct {
	options Options

	mu    sync.Mutex
	names map[string]bool   // that have a label of their own
	last  map[uint64]record // what was seen of each loop last
	gone  map[string]totals // of loops that are no more, by label
}

// A record is what a loop has counted, and the label that this counts for.
type record struct {
	label string
	totals
}

// New returns a collector.
func New(o Options) *Collector {
	if o.Loops == nil {
		o.Loops = loop.Loops
	}
	if o.MaxNames <= 0 {
		o.MaxNames = 100
	}
	return &Collector{
		options: o, names: make(map[string]bool),
		last: make(map[uint64]record), gone: make(map[string]totals),
	}
}

// Describe sends the descriptions of everything that Collect sends.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) { describe(ch) }

// Collect sends the statistics as they are now.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	for label, s := range c.sums() {
		s.send(ch, label)
	}
}

// A sum is what is exported under one label.
type sum struct {
	totals
	levels
}

// sums looks at all loops and adds them up by label.
func (c *Collector) sums() map[string]*sum {
	c.mu.Lock()
	defer c.mu.Unlock()
	sums, seen := make(map[string]*sum), make(map[uint64]record)
	of := func(label string) *sum {
		if sums[label] == nil {
			sums[label] = new(sum)
		}
		return sums[label]
	}
	for l := range c.options.Loops() {
		s := l.Snapshot(0)
		if _, twice := seen[s.LoopID]; twice || s.LoopID == 0 {
			continue
		}
		r := record{c.label(s), totalsOf(s.Stats)}
		seen[s.LoopID] = r
		into := of(r.label)
		into.totals.add(r.totals)
		into.levels.add(s)
	}
	c.bury(seen)
	for label, t := range c.gone {
		of(label).totals.add(t)
	}
	return sums
}

// label returns the label of a loop, which stays what it is.
func (c *Collector) label(s loop.Snapshot) string {
	if r, ok := c.last[s.LoopID]; ok {
		return r.label
	}
	if !c.names[s.Loop] && len(c.names) >= c.options.MaxNames {
		return other
	}
	c.names[s.Loop] = true
	return s.Loop
}

// bury keeps what the loops have counted that are there no more.
func (c *Collector) bury(seen map[uint64]record) {
	for id, r := range c.last {
		if _, alive := seen[id]; !alive {
			t := c.gone[r.label]
			t.add(r.totals)
			c.gone[r.label] = t
		}
	}
	c.last = seen
}
