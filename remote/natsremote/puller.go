package natsremote

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A puller asks a consumer for messages, so many that there is always room for what comes. It asks
// again before the consumer would think that it is gone.
//
// With a group it takes part in the choice of who is sent the messages: the first message says that it was chosen, by the
// pin that comes with it, and it stays so for as long as it asks with that pin.
type puller struct {
	nc      *nats.Conn
	subject string // of requests
	group   string
	expires time.Duration // of a request
	room    int
	each    func(m *nats.Msg) // is called for every message, must not block, and leads to done
	moved   func()            // is called when the pin has come or gone; may be nil

	mu     sync.Mutex
	sub    *subscription // nil while it does not pull
	pin    string
	here   int         // messages that are not done
	asked  int         // messages asked for
	timer  *time.Timer // asks again when there has been no answer
	closed bool
}

// A pull is a request for messages, as NATS wants it.
type pull struct {
	Expires time.Duration `json:"expires"`
	Batch   int           `json:"batch"`
	Group   string        `json:"group,omitempty"`
	Pin     string        `json:"id,omitempty"`
}

const (
	headerPin     = "Nats-Pin-Id"
	headerPending = "Nats-Pending-Messages"
	statusExpired = "408" // of a request
	statusPin     = "423" // somebody else was chosen

	// slack is how much later than its end a request is given up that nobody has answered.
	slack = time.Second
	// calm is the pause after a request that went wrong.
	calm = 250 * time.Millisecond
)

// start begins to pull, unless that is so already.
func (p *puller) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sub != nil || p.closed {
		return nil
	}
	sub, err := p.nc.Subscribe(p.nc.NewInbox(), p.receive)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(done) })
	if err := sub.SetPendingLimits(-1, -1); err != nil { // there is no more than was asked for
		return err
	}
	p.sub, p.asked = &subscription{sub, done}, 0
	p.ask()
	return nil
}

// pause ends pulling, and returns when each has been called for all that was on its way. It reports whether the puller had
// been chosen.
func (p *puller) pause(ctx context.Context) (pinned bool) {
	p.mu.Lock()
	sub := p.sub
	p.sub = nil
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	if sub != nil && sub.Drain() == nil {
		select {
		case <-sub.done:
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pinned, p.pin = p.pin != "", ""
	return pinned
}

// close is pause without the waiting, for good.
func (p *puller) close() (pinned bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.sub != nil {
		_ = p.sub.Unsubscribe() // the connection may be gone
	}
	pinned = p.pin != ""
	p.sub, p.closed, p.pin = nil, true, ""
	return pinned
}

// done says that there is room for another message.
func (p *puller) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.here--
	p.ask()
}

// pinned reports whether the puller was chosen, and pulls.
func (p *puller) pinned() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pin != "" && p.sub != nil
}

func (p *puller) pulls() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sub != nil
}

// renew forgets what was asked for: the connection is another one.
func (p *puller) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = 0
	p.ask()
}

// ask sends a request if there is room for enough messages. The lock is held.
func (p *puller) ask() {
	n := p.room - p.here - p.asked
	if p.sub == nil || n <= 0 || p.asked > 0 && n < p.room/4 {
		return
	}
	wait := p.expires + slack
	body, err := json.Marshal(pull{p.expires, n, p.group, p.pin})
	if err == nil {
		err = p.nc.PublishRequest(p.subject, p.sub.Subject, body)
	}
	if err == nil {
		p.asked += n
	} else {
		wait = calm // there is no connection
	}
	p.later(wait)
}

// later has the puller start anew unless something happens before. The lock is held.
func (p *puller) later(wait time.Duration) {
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.renew)
		return
	}
	p.timer.Reset(wait)
}

// receive handles what arrives, on the goroutine of the subscription.
func (p *puller) receive(m *nats.Msg) {
	if m.Reply == "" {
		p.status(m)
		return
	}
	p.mu.Lock()
	p.here++
	p.asked = max(0, p.asked-1)
	moved := p.repin(m.Header.Get(headerPin))
	p.ask()
	p.mu.Unlock()
	if moved {
		p.moved()
	}
	p.each(m)
}

// status handles what the consumer says about a request.
func (p *puller) status(m *nats.Msg) {
	p.mu.Lock()
	moved := false
	switch m.Header.Get(headerNATS) {
	case "100": // it is alive
	case statusExpired:
		left, err := strconv.Atoi(m.Header.Get(headerPending))
		if err != nil {
			left = p.asked
		}
		p.asked = max(0, p.asked-left)
		p.ask()
	case statusPin:
		moved = p.repin("")
		p.asked = 0
		p.ask()
	default: // there is no leader, or no consumer
		p.asked = 0
		p.later(calm)
	}
	p.mu.Unlock()
	if moved {
		p.moved()
	}
}

// repin notes a pin, and reports whether having one is new. The lock is held.
func (p *puller) repin(pin string) bool {
	moved := p.moved != nil && (p.pin == "") != (pin == "")
	p.pin = pin
	return moved
}
