package natsremote

import (
	"context"
	"encoding/json"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// What a consumer understands.
var (
	acknowledge = []byte("+ACK")
	progress    = []byte("+WPI")
	terminate   = "+TERM "
	giveBack    = "-NAK "
)

// A delivery is a message of a consumer. It ends with one of ack, nak and term.
type delivery struct {
	nc     *nats.Conn
	m      *nats.Msg
	meta   nats.MsgMetadata
	method string
	schema string
}

// newDelivery looks at a message of a consumer, and reports whether it is one.
func newDelivery(nc *nats.Conn, m *nats.Msg) (delivery, bool) {
	meta, err := m.Metadata()
	if err != nil {
		return delivery{}, false
	}
	method, schema := subject.Tail(m.Subject)
	return delivery{nc, m, *meta, method, schema}, true
}

// stamp fills in what the stream knows about a call.
func (d delivery) stamp(c *engine.Call) {
	c.Attempt = int(d.meta.NumDelivered)
	c.Fence = d.fence()
}

// attemptBits of a fence count deliveries of one message. The others are its number.
const attemptBits = 16

// fence returns a number that grows with each delivery of a partition, which has one message under way at a time. The
// sequence of the consumer would be simpler, but a server that is killed forgets the last of
// it, and gives numbers again that stores have seen. What is in the stream it does not forget.
func (d delivery) fence() uint64 {
	return d.meta.Sequence.Stream<<attemptBits | min(d.meta.NumDelivered, 1<<attemptBits-1)
}

// The following tell the consumer what came of a message. While there is no connection they wait for one: until ctx
// ends, or the message has been given to another worker. A message whose end was not told is delivered again.

// ack says that the message is done with.
func (d delivery) ack(ctx context.Context, limit time.Duration) { d.tell(ctx, limit, acknowledge) }

// nak gives the message back, to be delivered again after a pause.
func (d delivery) nak(ctx context.Context, limit, pause time.Duration) {
	body, err := json.Marshal(struct {
		Delay time.Duration `json:"delay"`
	}{max(pause, time.Nanosecond)})
	if err != nil {
		panic(err) // two integers
	}
	d.tell(ctx, limit, append([]byte(giveBack), body...))
}

// term says that the message is given up.
func (d delivery) term(ctx context.Context, limit time.Duration, reason string) {
	d.tell(ctx, limit, []byte(terminate+reason))
}

func (d delivery) tell(ctx context.Context, limit time.Duration, what []byte) {
	end := time.Now().Add(limit)
	for d.nc.Publish(d.m.Reply, what) != nil {
		if d.nc.IsClosed() || time.Now().After(end) {
			return
		}
		t := time.NewTimer(calm)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}
