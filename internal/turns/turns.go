// Package turns measures whole processes side by side: in rounds, in each of which every process runs once, so that a
// busy moment hits all alike.
package turns

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A Contender is one process that is measured.
type Contender struct {
	Name    string
	Dir     string
	Command []string
	Prepare func() error // before each run, not measured; may be nil
	Env     []string     // beside that of all
}

// A Plan says how often contenders run.
type Plan struct {
	Rounds int
	// Once Limit has passed no further round begins, unless there have
	// been fewer than Enough.
	Limit  time.Duration
	Enough int
}

// A Series holds what each contender took, by name, one value for each round.
type Series map[string][]time.Duration

// Measure runs the contenders in turns, each round beginning with another one.
func Measure(ctx context.Context, p Plan, list []Contender) (Series, error) {
	times := Series{}
	start := time.Now()
	// The first round warms caches and is not counted.
	for round := range p.Rounds + 1 {
		if round > p.Enough && time.Since(start) > p.Limit {
			break
		}
		for i := range list {
			c := list[(i+round)%len(list)]
			took, err := c.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			if round > 0 {
				times[c.Name] = append(times[c.Name], took)
			}
		}
	}
	return times, nil
}

func (c Contender) run(ctx context.Context) (time.Duration, error) {
	if c.Prepare != nil {
		if err := c.Prepare(); err != nil {
			return 0, err
		}
	}
	cmd, said := c.Start(ctx)
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, said)
	}
	return took, nil
}

// Start returns the process, which is yet to be started, and where it is going to put its complaints.
func (c Contender) Start(ctx context.Context) (*exec.Cmd, *strings.Builder) {
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	cmd.Dir, cmd.Env = c.Dir, append(Environment(), c.Env...)
	said := &strings.Builder{}
	cmd.Stderr = said
	return cmd, said
}

// Environment is that of all processes: no workspace, and no questions to version control.
func Environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
}

// A Ratio compares two contenders, round by round.
type Ratio struct {
	Median    float64
	Low, High float64 // the middle half of the rounds lies between them
}

// To returns how many times the other one's time a contender took.
func (s Series) To(name, other string) Ratio {
	quotients := make([]float64, len(s[name]))
	for i, took := range s[name] {
		quotients[i] = float64(took) / float64(s[other][i])
	}
	return Ratio{Quantile(quotients, 0.5), Quantile(quotients, 0.25), Quantile(quotients, 0.75)}
}

// Median returns what one contender took.
func (s Series) Median(name string) time.Duration { return Quantile(s[name], 0.5) }

// Quantile returns the value below which the share q of all values lies. Between
// two values it takes the part of the way that q asks for.
func Quantile[T ~float64 | ~int64](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + T((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}
