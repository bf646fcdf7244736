package natsremote

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// A serial call lies in the stream of its service until the worker that has its partition comes to it. That worker
// claims the call before it runs the handler: it asks the caller, who says yes once. So a call
// of which the caller knows that it was not claimed did not run, and will not, because the caller says no from
// then on. One that was claimed has run once at most, even if its worker dies and the stream
// gives it to another.

// errSkipped is why a call will not run that its caller still waits for.
var errSkipped = errors.New("its worker could not reach the caller when it was its turn")

// first is when a call that nobody has claimed is looked after for the first time.
const first = 250 * time.Millisecond

// callSerial stores a call and waits for its reply.
func (e *Engine) callSerial(ctx context.Context, c *engine.Call) (*engine.Reply, error) {
	if err := e.names.CheckService(c.Service); err != nil {
		return nil, engine.NewError(engine.FateNotRun, engine.ErrMalformed, err)
	}
	if err := e.agree(ctx, c.Route); err != nil {
		return nil, err
	}
	q := &queued{e: e, c: c, ctx: ctx, box: e.streams.inbox(c.Service)}
	q.state.Store(callQueued)
	to := e.serialSubject(c)
	w, err := q.box.enter(to, c.Service, q.handle)
	if err != nil {
		return nil, e.notSent(err)
	}
	q.w = w
	q.box.bear(w, true) // nobody speaks of a call that waits for its turn
	m := e.storedEnvelope(to, c)
	m.set(headerReply, w.reply)
	if c.Timeout > 0 {
		// It may as well be forgotten once nobody waits for it.
		m.set(jetstreamTTL, (min(c.Timeout, maxTTL) + time.Minute).Round(time.Second).String())
	}
	if q.storing, err = e.store(e.names.SerialStream(c.Service), m); err != nil {
		q.box.take(w)
		return nil, e.notSent(err)
	}
	return q.wait()
}

const (
	jetstreamTTL = "Nats-TTL"
	maxTTL       = 365 * 24 * time.Hour
)

// storedEnvelope returns the message of a call for a stream.
func (e *Engine) storedEnvelope(subject string, c *engine.Call) *envelope {
	m := e.out.envelope(subject, c.Body)
	m.room(8 + len(c.Meta))
	m.setCall(c)
	if c.Serial {
		m.set(headerPartitions, strconv.Itoa(e.config.stored.partitions))
	}
	return m
}

// serialSubject returns where a serial call is stored. Of the key only the partition can be seen there: subjects are
// logged, and of limited length.
func (e *Engine) serialSubject(c *engine.Call) string {
	return e.names.Serial(c.Service, partitionOf(c.Key, e.config.stored.partitions), c.Method, c.Schema)
}

// partitionOf returns the partition of a key.
func partitionOf(key string, partitions int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // it cannot fail
	return int(h.Sum32() % uint32(partitions))
}

// errPartitions says that caller and workers distribute keys differently.
func errPartitions(theirs string, ours int) error {
	return fmt.Errorf("the service has %s partitions, this engine %d; see natsremote.WithPartitions", theirs, ours)
}
