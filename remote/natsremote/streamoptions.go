package natsremote

import (
	"fmt"
	"slices"
	"time"
)

// storedOptions are about calls that go through streams. They are part of what streams and consumers are made with,
// so workers and callers of a service need the same.
type storedOptions struct {
	partitions int
	takeover   time.Duration
	window     time.Duration
	confirm    time.Duration
	replicas   int // 0: what fits
	messages   int64
	bytes      int64
	attempts   int
	pauses     []time.Duration // between attempts
	room       int
}

const (
	// maxPartitions limits what a service costs: a consumer each, with a vote in a cluster.
	maxPartitions = 256
	// minTakeover leaves time for a worker to be late.
	minTakeover = 500 * time.Millisecond
)

func defaultStored() storedOptions {
	return storedOptions{
		partitions: 16,
		takeover:   15 * time.Second,
		window:     2 * time.Minute,
		confirm:    5 * time.Second,
		messages:   100_000,
		bytes:      1 << 30,
		attempts:   5,
		pauses:     []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute},
		room:       64,
	}
}

// WithPartitions sets how many partitions the keys of serial calls are distributed over. No more calls of a
// service run at a time. The default is 16. Callers and workers need the same number; it is
// kept with the stream, and cannot be changed while there is one.
func WithPartitions(n int) Option {
	return func(o *options) error {
		if n < 1 || n > maxPartitions {
			return fmt.Errorf("%d partitions, it must be 1 to %d", n, maxPartitions)
		}
		o.stored.partitions = n
		return nil
	}
}

// WithTakeover sets after how long without a word from its worker a stored call is given to another. The default
// is 15 s. A cluster that has lost a server takes up to 10 s to elect another leader; with less than
// that, work may be given away while its worker is well. Workers of a service need the same.
func WithTakeover(d time.Duration) Option {
	return func(o *options) error {
		if d < minTakeover {
			return fmt.Errorf("takeover after %s, it must be %s at least", d, minTakeover)
		}
		o.stored.takeover = d
		return nil
	}
}

// WithDuplicateWindow sets for how long a stream remembers the IDs of spawned work: work with an ID that it
// remembers is not stored again. The default is 2 minutes.
func WithDuplicateWindow(d time.Duration) Option {
	return func(o *options) error { return positive(&o.stored.window, d) }
}

// WithConfirmation sets how long a caller waits for a stream to say that it has stored a call. The default is 5 s.
// After one that did not come, calls for that stream fail at once, but for one now and
// then that finds out whether it is back.
func WithConfirmation(d time.Duration) Option {
	return func(o *options) error { return positive(&o.stored.confirm, d) }
}

// WithReplicas sets on how many servers streams are kept: 1, 3 or 5. The default is 3 in a cluster, otherwise 1.
func WithReplicas(n int) Option {
	return func(o *options) error {
		if n != 1 && n != 3 && n != 5 {
			return fmt.Errorf("%d replicas, it must be 1, 3 or 5", n)
		}
		o.stored.replicas = n
		return nil
	}
}

// WithBacklog sets how many messages, with how many bytes together, a stream stores at most. What comes on
// top of that is refused with [remote.ErrOverloaded]. The default is 100,000 and 1 GiB.
func WithBacklog(messages, bytes int64) Option {
	return func(o *options) error {
		if messages < 1 || bytes < 1 {
			return fmt.Errorf("backlog of %d messages and %d bytes", messages, bytes)
		}
		o.stored.messages, o.stored.bytes = messages, bytes
		return nil
	}
}

// WithAttempts sets how often spawned work is tried before it becomes a dead letter. The default is 5.
func WithAttempts(n int) Option {
	return func(o *options) error {
		if n < 1 {
			return fmt.Errorf("%d attempts", n)
		}
		o.stored.attempts = n
		return nil
	}
}

// WithBackoff sets the pauses between the attempts at spawned work: after the first that failed, after the second and
// so on, and the last one after all others. The default is 1 s, 5 s, 30 s and 2 minutes.
func WithBackoff(pauses ...time.Duration) Option {
	return func(o *options) error {
		if len(pauses) == 0 || slices.Min(pauses) <= 0 {
			return fmt.Errorf("backoff of %v", pauses)
		}
		o.stored.pauses = slices.Clone(pauses)
		return nil
	}
}

// WithPrefetch sets how much spawned work of one method a worker takes at a time. The default is 64.
func WithPrefetch(n int) Option {
	return func(o *options) error {
		if n < 1 {
			return fmt.Errorf("prefetch of %d", n)
		}
		o.stored.room = n
		return nil
	}
}

// pause returns how long to wait after an attempt that failed.
func (o *storedOptions) pause(attempt int) time.Duration {
	return o.pauses[max(0, min(attempt, len(o.pauses))-1)]
}
