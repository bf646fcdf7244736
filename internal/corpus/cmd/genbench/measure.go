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

// measure runs the contenders in turns and returns the median of each.
func measure(ctx context.Context, rounds int, list []contender) (map[string]sample, error) {
	times, peaks := map[string][]time.Duration{}, map[string][]int64{}
	// The first round warms caches and is not counted.
	for round := range rounds + 1 {
		for _, c := range list {
			if c.prepare != nil {
				if err := c.prepare(); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
			}
			took, peak, err := once(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				times[c.name] = append(times[c.name], took)
				peaks[c.name] = append(peaks[c.name], peak)
			}
		}
	}
	result := map[string]sample{}
	for _, c := range list {
		result[c.name] = sample{median(times[c.name]), median(peaks[c.name])}
	}
	return result, nil
}

func once(ctx context.Context, c contender) (time.Duration, int64, error) {
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Dir, cmd.Env = c.dir, environment()
	var said strings.Builder
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, said.String())
	}
	return took, peakMemory(cmd.ProcessState), nil
}

func environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
}

func median[T int64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
