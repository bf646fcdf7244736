package loop

import (
	"runtime"
	"sync/atomic"
)

// Bounds of the polling that goes on before either side sleeps, in rounds of
// about a nanosecond. Waking a thread takes 20 to 50 µs where it was measured,
// so more than that is never worth it.
const (
	minPatience = 1 << 8
	maxPatience = 1 << 15
)

// A poller is the place where a thread waits for work. It polls for a while before it sleeps,
// because waking a thread takes many times as long as running a short handler. Success makes it
// more patient the next time, failure less.
type poller struct {
	wake  chan *Loop   // capacity 1
	polls atomic.Int32 // how long to poll, between minPatience and maxPatience
}

func (p *poller) init() {
	p.wake = make(chan *Loop, 1)
	p.polls.Store(minPatience)
}

// patience returns the number of polls that was worth it lately, or 0 if there is no processor
// to poll on while another does the work.
func (p *poller) patience() int {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return int(p.polls.Load())
}

// wait returns the loop that has work, or nil when wake or done is closed.
func (p *poller) wait(done <-chan struct{}) *Loop {
	n := p.patience()
	for range n {
		if len(p.wake) > 0 {
			p.polls.Store(int32(min(2*n, maxPatience)))
			return <-p.wake
		}
	}
	p.polls.Store(int32(max(n/2, minPatience)))
	select {
	case l := <-p.wake:
		return l
	case <-done:
		return nil
	}
}
