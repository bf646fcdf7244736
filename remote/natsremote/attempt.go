package natsremote

import (
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// An attempt is a delivery of durable work. It ends with a call of end, once, which is told whether the work is done with,
// for better or worse.
type attempt struct {
	t     *taker
	h     *held
	c     *engine.Call
	end   func(settled bool)
	waits int // how often the dispatcher has refused
}

// statusLost says that nobody knows what came of the last attempt.
const statusLost engine.Status = "lost"

// run runs the handler, unless that has been done often enough: then a worker died of it, last time.
func (a *attempt) run() {
	a.c.Durable = true
	a.c.Timeout = 0 // was the caller's, who only wanted to have it stored
	a.h.stamp(a.c)
	if a.c.Attempt > a.t.s.e.config.stored.attempts {
		a.c.Attempt = a.t.s.e.config.stored.attempts
		a.bury(statusLost, "no worker has survived the last attempt, or they were cut off")
		return
	}
	a.begin()
}

func (a *attempt) begin() {
	if a.h.ctx.Err() != nil || a.t.draining.Load() && a.waits > 0 {
		a.giveBack(0)
		return
	}
	start, refused := a.t.s.d.Begin(a.c)
	if refused != nil {
		a.refused(refused)
		return
	}
	start(a.h.ctx, a.settle)
}

// settle handles what came of the handler. It runs on a goroutine that may wait.
func (a *attempt) settle(out *engine.Reply) {
	switch {
	case out.Status == engine.StatusOK:
		a.h.ack(a.t.stopped, a.t.s.e.config.stored.takeover)
		a.end(true)
	case !out.Status.Ran():
		a.refused(out)
	default:
		a.fail(out.Status, out.Message)
	}
}

// refused handles work that did not run: what is wrong with it will not go away, everything else will.
// Meanwhile the worker keeps the work, as giving it back would count as an attempt.
func (a *attempt) refused(out *engine.Reply) {
	if out.Status == engine.StatusMalformed {
		a.t.s.e.count.malformed.Add(1)
		a.bury(out.Status, out.Message)
		return
	}
	a.waits++
	pause := min(time.Duration(a.waits)*20*time.Millisecond, time.Second)
	time.AfterFunc(pause, a.begin)
}

// fail gives the work back for another attempt, or up.
func (a *attempt) fail(status engine.Status, message string) {
	o := &a.t.s.e.config.stored
	switch n := int(a.h.meta.NumDelivered); {
	case n >= o.attempts:
		a.bury(status, message)
	case a.h.ctx.Err() != nil:
		a.giveBack(0) // it was this worker's fault
	default:
		a.giveBack(o.pause(n))
	}
}

// giveBack has the work delivered again after a pause.
func (a *attempt) giveBack(pause time.Duration) {
	go func() {
		a.h.nak(a.t.stopped, a.t.s.e.config.stored.takeover, pause)
		a.end(false)
	}()
}

// bury makes the work a dead letter. While that cannot be stored, the work stays.
func (a *attempt) bury(status engine.Status, message string) {
	go func() {
		if err := a.t.deadLetter(a.h.delivery, status, message); err != nil {
			a.h.nak(a.t.stopped, a.t.s.e.config.stored.takeover, a.t.s.e.config.stored.pause(a.t.s.e.config.stored.attempts))
			a.end(false)
			return
		}
		a.h.term(a.t.stopped, a.t.s.e.config.stored.takeover, string(status))
		a.end(true)
	}()
}
