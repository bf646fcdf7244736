package natsremote

import (
	"errors"
	"sync"
	"time"
)

// errBreaker is why nothing was published to a stream.
var errBreaker = errors.New("the stream has not confirmed what was published before")

const (
	// These are how long a stream that does not confirm is left alone before one message finds out whether it
	// is back.
	minProbe = 250 * time.Millisecond
	maxProbe = 10 * time.Second
)

// A breaker keeps callers from publishing to a stream that does not confirm. A leader that has lost its majority
// accepts messages which it can never commit, and for each of them the cluster takes seconds longer to heal.
// The zero value lets everything pass.
type breaker struct {
	mu    sync.Mutex
	pause time.Duration // 0 while all is well
	next  time.Time     // when to try again
	last  time.Time     // when it failed
}

// allow reports whether a message may be published now.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return true
	}
	now := time.Now()
	if now.Before(b.next) {
		return false
	}
	b.next = now.Add(b.pause) // one at a time
	return true
}

// confirmed says that the stream has answered.
func (b *breaker) confirmed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pause = 0
}

// failed says that it has not, to what was published at a time. All that was under way when a server went down
// fails, which is one failure.
func (b *breaker) failed(published time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if published.Before(b.last) {
		return
	}
	b.last = time.Now()
	b.pause = min(max(2*b.pause, minProbe), maxProbe)
	b.next = b.last.Add(b.pause)
}
