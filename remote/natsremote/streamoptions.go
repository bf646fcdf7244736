package natsremote

import (
	"fmt"
	"slices"
	"time"
)

// storedConfig is about calls that go through streams. It is part of what streams and consumers are made with,
// so workers and callers of a service need the same.
type storedConfig struct {
	partitions int
	takeover   time.Duration
	window     time.Duration
	ackTimeout time.Duration
	replicas   int // 0: what fits
	messages   int64
	bytes      int64
	attempts   int
	pauses     []time.Duration // between attempts
	prefetch   int
}

const (
	// maxPartitions limits what a service costs: a consumer each, with a vote in a cluster.
	maxPartitions = 256
	// minTakeover leaves time for a worker to be late.
	minTakeover = 500 * time.Millisecond
)

func defaultStored() storedConfig {
	return storedConfig{
		partitions: 16,
		takeover:   15 * time.Second,
		window:     2 * time.Minute,
		ackTimeout: 5 * time.Second,
		messages:   100_000,
		bytes:      1 << 30,
		attempts:   5,
		pauses:     []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute},
		prefetch:   64,
	}
}

// WithPartitions sets how many partitions the keys of serial calls are distributed over, 1 to 256. No more calls of a
// service run at a time. The default is 16. Callers and workers need the same number; it is
// kept with the stream, and cannot be changed while there is one.
func WithPartitions(n int) Option {
	return option{"WithPartitions", func(c *config) error {
		if n < 1 || n > maxPartitions {
			return fmt.Errorf("%d partitions, it must be 1 to %d", n, maxPartitions)
		}
		c.stored.partitions = n
		return nil
	}}
}

// WithTakeoverDelay sets the time after which another worker gets a stored call whose worker is silent. The default
// is 15 s, the least 500 ms. A cluster that has lost a server takes up to 10 s to elect another leader; with less than
// that, work may be given away while its worker is well. Workers of a service need the same.
func WithTakeoverDelay(d time.Duration) Option {
	return option{"WithTakeoverDelay", func(c *config) error {
		if d < minTakeover {
			return fmt.Errorf("takeover after %s, it must be %s at least", d, minTakeover)
		}
		c.stored.takeover = d
		return nil
	}}
}

// WithDuplicateWindow sets the time for which a stream remembers the IDs of durable work: work with an ID that it
// remembers is not stored again. The default is 2 minutes.
func WithDuplicateWindow(d time.Duration) Option {
	return option{"WithDuplicateWindow", func(c *config) error { return positive(&c.stored.window, d) }}
}

// WithAckTimeout sets how long a caller waits for the acknowledgement of a stream that it has stored a call. The default is 5 s.
// After a timeout, calls for that stream fail at once, but for one now and
// then that probes the stream.
func WithAckTimeout(d time.Duration) Option {
	return option{"WithAckTimeout", func(c *config) error { return positive(&c.stored.ackTimeout, d) }}
}

// WithReplicas sets on how many servers streams are kept: 1, 3 or 5. The default is 3 in a cluster, otherwise 1.
func WithReplicas(n int) Option {
	return option{"WithReplicas", func(c *config) error {
		if n != 1 && n != 3 && n != 5 {
			return fmt.Errorf("%d replicas, it must be 1, 3 or 5", n)
		}
		c.stored.replicas = n
		return nil
	}}
}

// WithMaxBacklog sets how many messages, with how many bytes together, a stream stores at most. Further calls
// are refused with [remote.ErrOverloaded]. The default is 100,000 and 1 GiB.
func WithMaxBacklog(messages, bytes int64) Option {
	return option{"WithMaxBacklog", func(c *config) error {
		if messages < 1 || bytes < 1 {
			return fmt.Errorf("backlog of %d messages and %d bytes, it must be 1 of both at least", messages, bytes)
		}
		c.stored.messages, c.stored.bytes = messages, bytes
		return nil
	}}
}

// WithMaxAttempts sets how often durable work is tried before it becomes a dead letter. The default is 5, the least 1.
func WithMaxAttempts(n int) Option {
	return option{"WithMaxAttempts", func(c *config) error {
		if n < 1 {
			return fmt.Errorf("%d attempts, it must be 1 at least", n)
		}
		c.stored.attempts = n
		return nil
	}}
}

// WithBackoff sets the pauses between the attempts at durable work: after the first that failed, after the second and
// so on, and the last one after all others. The default is 1 s, 5 s, 30 s and 2 minutes.
func WithBackoff(pauses ...time.Duration) Option {
	return option{"WithBackoff", func(c *config) error {
		if len(pauses) == 0 || slices.Min(pauses) <= 0 {
			return fmt.Errorf("backoff of %v, it must be positive durations", pauses)
		}
		c.stored.pauses = slices.Clone(pauses)
		return nil
	}}
}

// WithPrefetch sets how much durable work of one method a worker takes at a time. The default is 64, the least 1.
func WithPrefetch(n int) Option {
	return option{"WithPrefetch", func(c *config) error {
		if n < 1 {
			return fmt.Errorf("prefetch of %d, it must be 1 at least", n)
		}
		c.stored.prefetch = n
		return nil
	}}
}

// pause returns how long to wait after an attempt that failed.
func (c *storedConfig) pause(attempt int) time.Duration {
	return c.pauses[max(0, min(attempt, len(c.pauses))-1)]
}
