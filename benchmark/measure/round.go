package measure

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// A Plan is the extent of a measurement.
type Plan struct {
	Rounds int           // turns per case
	Turn   time.Duration // length of a turn
}

// enough is how many rounds there are at least. On a machine that is too busy to
// keep to the plan there are no more than that.
const enough = 5

// late reports whether so many rounds of n cases have taken much longer than they
// should.
func (p Plan) late(start time.Time, rounds, n int) bool {
	planned := p.Turn * time.Duration(p.Rounds*n)
	return rounds >= enough && time.Since(start) > planned
}

// A Series is the samples of one case, one per round.
type Series []Sample

// Rounds measures the cases in turns. Series i belongs to case i, and sample r of
// each series to round r.
func Rounds(p Plan, cases []*Case) ([]Series, error) {
	series := make([]Series, len(cases))
	err := p.inTurns(cases, func(i int, c *Case) error {
		s, err := c.sample()
		series[i] = append(series[i], s)
		return err
	})
	return series, err
}

// inTurns calibrates the cases and calls turn for each of them in each round. A
// round begins with another case than the one before, so that none is always
// measured after the same one.
func (p Plan) inTurns(cases []*Case, turn func(i int, c *Case) error) error {
	for _, c := range cases {
		if err := c.calibrate(p.Turn); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	// With a heap this small a collection would come every millisecond and would
	// mostly measure the collector. Programs that have a use for a loop have a heap.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	start := time.Now()
	for r := range p.Rounds {
		if p.late(start, r, len(cases)) {
			break
		}
		for k := range cases {
			i := (k + r) % len(cases)
			if err := turn(i, cases[i]); err != nil {
				return fmt.Errorf("%s: %w", cases[i].Name, err)
			}
		}
	}
	return nil
}

// Nanos is the median cost of a call.
func (s Series) Nanos() float64 { return s.median(func(x Sample) float64 { return x.Nanos }) }

// Allocs is the median number of allocations of a call.
func (s Series) Allocs() float64 { return s.median(func(x Sample) float64 { return x.Allocs }) }

// Bytes is the median number of bytes that a call allocates.
func (s Series) Bytes() float64 { return s.median(func(x Sample) float64 { return x.Bytes }) }

func (s Series) median(of func(Sample) float64) float64 {
	values := make([]float64, len(s))
	for i, x := range s {
		values[i] = of(x)
	}
	return Quantile(values, 0.5)
}

// A Ratio compares two series.
type Ratio struct {
	Median    float64
	Low, High float64 // the middle half of the rounds lies between them
}

// To compares s with base. It divides round by round and takes the median of the
// quotients, which is steadier than the quotient of the medians: what slows the
// machine down for a while slows both.
func (s Series) To(base Series) Ratio {
	quotients := make([]float64, len(s))
	for i := range s {
		quotients[i] = s[i].Nanos / base[i].Nanos
	}
	return Ratio{Quantile(quotients, 0.5), Quantile(quotients, 0.25), Quantile(quotients, 0.75)}
}

// Quantile returns the value below which the share q of values lies. It sorts them.
func Quantile[T int64 | float64](values []T, q float64) T {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
