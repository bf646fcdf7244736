package loopz

import (
	"cmp"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/loop"
)

func newLoopView(l *loop.Loop, limit int) *loopView {
	s := l.Snapshot(limit)
	v := &loopView{
		ID: s.LoopID, Name: s.Loop, State: stateOf(&s), Executor: s.Executor, Overflow: s.Overflow.String(),
		Capacity: s.Capacity, Queue: tasks(s.Time, s.Queue), Room: tasks(s.Time, s.Waiting),
		Queued: s.Stats.Queued, MaxQueue: s.Stats.MaxQueue, Waiting: s.Stats.Waiting, Awaiting: s.Stats.Awaiting,
		Calls:     countsOf(&s.Stats),
		QueueTime: histogram(s.Stats.QueueTime), RunTime: histogram(s.Stats.RunTime),
		stretch: s.Stretch, stats: s.Stats, ref: weak.Make(l),
	}
	if s.Running != nil {
		t := task(s.Time, *s.Running)
		v.Running = &t
	}
	return v
}

func stateOf(s *loop.Snapshot) string {
	switch {
	case s.Done:
		return "stopped"
	case s.Closing:
		return "closing"
	case s.Running != nil:
		return "running"
	}
	return "idle"
}

func countsOf(s *loop.Stats) counts {
	return counts{
		Accepted: s.Accepted, Returned: s.Returned, Panicked: s.Panicked, Exited: s.Exited, Canceled: s.Canceled,
		Dropped: s.Dropped, Abandoned: s.Abandoned, Refused: s.Refused, SpawnErrors: s.SpawnErrors,
	}
}

func tasks(now time.Time, all []loop.TaskSnapshot) []taskView {
	var views []taskView
	for _, t := range all {
		views = append(views, task(now, t))
	}
	return views
}

func task(now time.Time, t loop.TaskSnapshot) taskView {
	v := taskView{
		Handler: cmp.Or(t.Handler, "(unnamed)"), Position: t.Position, Mode: t.Mode.String(), Awaited: t.Awaited, Caller: t.CallerLoopID,
	}
	if t.For > 0 {
		since := now.Add(-t.For).UTC().Truncate(time.Millisecond)
		v.Since = &since
	}
	return v
}

func histogram(h loop.Histogram) histoView {
	if h.Count() == 0 {
		return histoView{}
	}
	v := histoView{Count: h.Count(), Mean: h.Mean(), P50: h.Quantile(0.5), P99: h.Quantile(0.99), Max: h.Max}
	for _, n := range h.Buckets() {
		v.Counts = append(v.Counts, n)
	}
	for v.Counts[v.First] == 0 {
		v.First++
	}
	end := len(v.Counts)
	for v.Counts[end-1] == 0 {
		end--
	}
	v.Counts = v.Counts[v.First:end]
	return v
}

// memory is how old a state may be for rates to be computed from it.
const memory = 10 * time.Second

// follow adds since when an untimed handler has been running, as far as the view before, taken
// then, shows.
func (v *loopView) follow(before *loopView, then time.Time) {
	if before == nil || v.Running == nil || before.Running == nil || v.stretch != before.stretch {
		return
	}
	if v.Running.Since != nil {
		return
	}
	// Its start was not timed, but it has been seen before.
	v.Running.AtLeast = true
	if v.Running.Since = before.Running.Since; v.Running.Since == nil {
		then = then.UTC().Truncate(time.Millisecond)
		v.Running.Since = &then
	}
}

// measure adds how many calls there have been since the view before, and how busy the
// loop was.
func (v *loopView) measure(before *loopView, then, now time.Time) {
	d := now.Sub(then)
	if before == nil || d <= 0 || d > memory {
		return
	}
	rate := int(float64(v.Calls.Accepted-before.Calls.Accepted)/d.Seconds() + 0.5)
	busy := int(100 * v.busy(before, then, now) / d)
	v.Rate, v.Busy = &rate, &busy
}

// busy estimates how long handlers have held the role between then and now.
func (v *loopView) busy(before *loopView, then, now time.Time) time.Duration {
	most := now.Sub(then)
	if v.Running != nil && before.Running != nil && v.stretch == before.stretch {
		return most
	}
	a, b := before.stats.RunTime, v.stats.RunTime
	spent := b.Sum - a.Sum
	if timed, all := int64(b.Count()-a.Count()), ended(&v.stats)-ended(&before.stats); timed < all {
		mean := b.Mean()
		if timed > 0 {
			mean = spent / time.Duration(timed)
		}
		spent = mean * time.Duration(all)
	}
	if v.Running != nil && v.Running.Since != nil {
		spent += min(now.Sub(*v.Running.Since), most)
	}
	return min(max(spent, 0), most)
}

// ended is how many handlers have.
func ended(s *loop.Stats) int64 { return s.Returned + s.Panicked + s.Exited }

func (v *loopView) nameCallers(byID map[uint64]*loopView) {
	for _, queue := range [][]taskView{v.Queue, v.Room} {
		for i := range queue {
			if caller := byID[queue[i].Caller]; caller != nil {
				queue[i].CallerName = caller.Name
			}
		}
	}
}
