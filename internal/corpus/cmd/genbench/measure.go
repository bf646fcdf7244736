package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// contender is one process that is measured.
type contender struct {
	name    string
	dir     string
	command []string
	prepare func() error // before each run, not measured; may be nil
	env     []string     // beside that of all
}

// plan says how often contenders run.
type plan struct {
	rounds int
	// Once this much time has passed no further round begins, unless there have
	// been fewer than enough.
	limit  time.Duration
	enough int
}

// series holds what each contender took, by name, one value for each round.
type series map[string][]time.Duration

// measure runs the contenders in turns, each round beginning with another one.
func measure(ctx context.Context, p plan, list []contender) (series, error) {
	times := series{}
	start := time.Now()
	// The first round warms caches and is not counted.
	for round := range p.rounds + 1 {
		if round > p.enough && time.Since(start) > p.limit {
			break
		}
		for i := range list {
			c := list[(i+round)%len(list)]
			took, err := c.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				times[c.name] = append(times[c.name], took)
			}
		}
	}
	return times, nil
}

func (c contender) run(ctx context.Context) (time.Duration, error) {
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return 0, err
		}
	}
	cmd, said := c.start(ctx)
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, said)
	}
	return took, nil
}

// start returns the process, and where it is going to put its complaints.
func (c contender) start(ctx context.Context) (*exec.Cmd, *strings.Builder) {
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Dir, cmd.Env = c.dir, append(environment(), c.env...)
	said := &strings.Builder{}
	cmd.Stderr = said
	return cmd, said
}

func environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
}

// ratio compares two contenders, round by round.
type ratio struct {
	Median    float64
	Low, High float64 // the middle half of the rounds lies between them
}

// to returns how many times the other one's time a contender took.
func (s series) to(name, other string) ratio {
	quotients := make([]float64, len(s[name]))
	for i, took := range s[name] {
		quotients[i] = float64(took) / float64(s[other][i])
	}
	return ratio{quantile(quotients, 0.5), quantile(quotients, 0.25), quantile(quotients, 0.75)}
}

// median returns what one contender took.
func (s series) median(name string) time.Duration { return quantile(s[name], 0.5) }

// quantile returns the value below which the share q of all values lies. Between
// two values it takes the part of the way that q asks for.
func quantile[T ~float64 | ~int64](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + T((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}
