package natsremote

import (
	"context"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// A shift is a worker's part in the durable work of one version of a method.
type shift struct {
	t      *taker
	route  engine.Route
	puller *puller
}

func newShift(t *taker, stream string, r engine.Route) *shift {
	s := &shift{t: t, route: r}
	s.puller = &puller{
		nc: t.nc, room: t.s.e.config.stored.prefetch, each: s.handle,
		subject: "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + subject.DurableConsumer(r.Method, r.Schema),
		expires: t.s.e.config.stored.takeover / 3,
	}
	return s
}

// leave takes no more work.
func (s *shift) leave(ctx context.Context) { s.puller.pause(ctx) }

// handle begins an attempt, on the goroutine of the subscription.
func (s *shift) handle(m *nats.Msg) {
	d, ok := newDelivery(s.t.nc, m)
	if !ok {
		s.t.s.e.count.malformed.Add(1)
		s.puller.done()
		return
	}
	s.t.work.Add(1)
	h := s.t.holder.hold(d)
	c, err := decodeCall(s.route, m)
	a := &attempt{t: s.t, h: h, c: c, end: func(bool) {
		h.release()
		s.puller.done()
		s.t.work.Done()
	}}
	if err != nil {
		s.t.s.e.count.malformed.Add(1)
		a.bury(engine.StatusMalformed, err.Error())
		return
	}
	a.run()
}
