package measure

import (
	"time"
)

// A Latency is how long calls take from the view of a caller.
type Latency struct {
	P50, P99, P999 time.Duration
	Group          int // calls that were timed together
	Samples        int // groups timed in one round
}

// maxGroup bounds the calls that are timed together: a group hides how its calls
// differ.
const maxGroup = 16

// ClockCost returns how long reading the clock takes.
func ClockCost() time.Duration {
	const n = 1 << 14
	best := time.Hour
	for range 20 {
		start := time.Now()
		for range n {
			_ = time.Since(start)
		}
		best = min(best, time.Since(start))
	}
	return best / n
}

// Latencies measures the cases in turns, timing single calls or, where a call takes
// less than ten readings of the clock, small groups. Each figure is the median
// of the rounds, so that one disturbed round does not set the tail of every case.
func Latencies(p Plan, cases []*Case) ([]Latency, error) {
	clock := ClockCost()
	rounds := make([][]Latency, len(cases))
	err := p.inTurns(cases, func(i int, c *Case) error {
		l, err := c.latency(clock)
		rounds[i] = append(rounds[i], l)
		return err
	})
	all := make([]Latency, len(cases))
	for i := range rounds {
		all[i] = medianLatency(rounds[i])
	}
	return all, err
}

// latency takes one turn.
func (c *Case) latency(clock time.Duration) (Latency, error) {
	took, err := c.run(c.calls / 16)
	if err != nil {
		return Latency{}, err
	}
	perCall := took * time.Duration(c.Callers) / time.Duration(max(c.calls/16, 1))
	group := int(min(max(1, 10*clock/max(perCall, 1)), maxGroup))
	times := make([][]int64, c.Callers)
	for i := range times {
		times[i] = make([]int64, 0, c.calls/c.Callers/group+1)
	}
	_, err = c.together(func(caller int) error {
		into := times[caller]
		for range cap(into) {
			start := time.Now()
			if err := c.Batch(c.Context, caller, group); err != nil {
				return err
			}
			into = append(into, int64(time.Since(start)))
		}
		times[caller] = into
		return nil
	})
	return summary(times, group), err
}

// summary returns the quantiles of the times of all callers, per call.
func summary(times [][]int64, group int) Latency {
	var all []int64
	for _, t := range times {
		all = append(all, t...)
	}
	at := func(q float64) time.Duration { return time.Duration(Quantile(all, q)) / time.Duration(group) }
	return Latency{P50: at(0.5), P99: at(0.99), P999: at(0.999), Group: group, Samples: len(all)}
}

// medianLatency returns the median of each figure.
func medianLatency(rounds []Latency) Latency {
	of := func(get func(Latency) int64) int64 {
		values := make([]int64, len(rounds))
		for i, l := range rounds {
			values[i] = get(l)
		}
		return Quantile(values, 0.5)
	}
	return Latency{
		P50:     time.Duration(of(func(l Latency) int64 { return int64(l.P50) })),
		P99:     time.Duration(of(func(l Latency) int64 { return int64(l.P99) })),
		P999:    time.Duration(of(func(l Latency) int64 { return int64(l.P999) })),
		Group:   int(of(func(l Latency) int64 { return int64(l.Group) })),
		Samples: int(of(func(l Latency) int64 { return int64(l.Samples) })),
	}
}
