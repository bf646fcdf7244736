//go:build unix

package failure_test

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/nats-io/nats.go"
)

// What the tests call is written as asyncgen writes it. All handlers do the same: they write into the
// book that they began, work as long as they are told, write once into its store, and return what
// the store made of it.

type (
	request struct {
		Op     string `json:"op"`
		Key    string `json:"key"`
		Millis int    `json:"millis"`
		Fail   int    `json:"fail"` // so many attempts
		Deaf   bool   `json:"deaf"` // does not look at its context
		Die    int    `json:"die"`  // the process dies at the end of that attempt
	}
	reply struct {
		Value  int64  `json:"value"`
		Worker string `json:"worker"`
	}
	// newRequest is what request has become in a later version of the program.
	newRequest struct {
		Op     string `json:"op"`
		Millis int    `json:"millis"`
		Urgent bool   `json:"urgent"`
	}
	method    = remoteimpl.Method[request, reply]
	newMethod = remoteimpl.Method[newRequest, reply]
)

const service = "example_com/shop/Orders"

func newCall() *method { return &method{Service: service, Name: "Touch", Title: "shop.Orders.Touch"} }

func newSerial() *method {
	return &method{
		Service: service, Name: "Deposit", Title: "shop.Orders.Deposit",
		Serial: true, Key: func(in request) string { return remoteimpl.KeyOf(in.Key) },
	}
}

func newDurable() *method {
	return &method{Service: service, Name: "Mail", Title: "shop.Orders.Mail", Durable: true}
}

func newKeyed() *method {
	return &method{
		Service: service, Name: "Book", Title: "shop.Orders.Book",
		Serial: true, Durable: true, Key: func(in request) string { return remoteimpl.KeyOf(in.Key) },
	}
}

// newTouch and newMail are the next versions of two of them.
func newTouch() *newMethod {
	return &newMethod{Service: service, Name: "Touch", Title: "shop.Orders.Touch"}
}

func newMail() *newMethod {
	return &newMethod{Service: service, Name: "Mail", Title: "shop.Orders.Mail", Durable: true}
}

// orders are the handlers of a worker.
type orders struct {
	pen   *history.Pen
	name  string
	loops []*loop.Loop
}

const loopsPerWorker = 8

func newOrders(name, book string) *orders {
	o := &orders{pen: history.NewPen(book), name: name}
	for range loopsPerWorker {
		o.loops = append(o.loops, loop.New(loop.WithName(name)))
	}
	return o
}

// close ends the loops. The worker must have been shut down.
func (o *orders) close() error {
	var errs []error
	for _, l := range o.loops {
		errs = append(errs, l.Close())
	}
	return errors.Join(append(errs, o.pen.Close())...)
}

// loopOf spreads what is independent, and keeps what has a key on one loop.
func (o *orders) loopOf(text string) *loop.Loop {
	h := fnv.New32a()
	h.Write([]byte(text))
	return o.loops[h.Sum32()%loopsPerWorker]
}

var errWanted = errors.New("the test wants this attempt to fail")

func (o *orders) run(ctx context.Context, in request) (reply, error) {
	d, _ := remote.DeliveryOf(ctx)
	e := history.Event{
		Op: in.Op, Key: in.Key, Worker: o.name, ID: d.ID, Attempt: d.Attempt, Fence: d.Fence,
	}
	value, err := o.pen.Run(ctx, e, func(ctx context.Context) error {
		if d.Attempt <= in.Fail {
			return errWanted
		}
		if in.Deaf {
			ctx = context.WithoutCancel(ctx)
		}
		return work(ctx, in.Millis)
	})
	if in.Die == d.Attempt {
		die()
	}
	return reply{value, o.name}, err
}

// die ends the process as a power cut would, between the work and what becomes of it.
func die() {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

func work(ctx context.Context, millis int) error {
	if millis == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(millis) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (o *orders) runNew(ctx context.Context, in newRequest) (reply, error) {
	return o.run(ctx, request{Op: in.Op, Millis: in.Millis})
}

// register has a worker answer one version of the methods.
func (o *orders) register(w *remote.Worker, version string, methods []string) error {
	byOp := func(in request) *loop.Loop { return o.loopOf(in.Op) }
	newByOp := func(in newRequest) *loop.Loop { return o.loopOf(in.Op) }
	byKey := func(in request) *loop.Loop { return o.loopOf(in.Key) }
	for _, m := range methods {
		var h remoteimpl.Handler
		switch {
		case m == "Touch" && version == "new":
			h = newTouch().On(newByOp, o.runNew, o.runNew)
		case m == "Mail" && version == "new":
			h = newMail().On(newByOp, o.runNew, o.runNew)
		case m == "Touch":
			h = newCall().On(byOp, o.run, o.run)
		case m == "Mail":
			h = newDurable().On(byOp, o.run, o.run)
		case m == "Deposit":
			h = newSerial().On(byKey, o.run, o.run)
		case m == "Book":
			h = newKeyed().On(byKey, o.run, o.run)
		default:
			return errors.New("no method " + m)
		}
		if err := remoteimpl.Register(w, h); err != nil {
			return err
		}
	}
	return nil
}

const (
	beat    = 200 * time.Millisecond
	silence = 2 * time.Second
	// lostWithin is how long it may take until a caller knows that its worker is lost: silence, a sweep, and
	// what a busy machine adds.
	lostWithin = silence + silence/8 + 5*time.Second
)

// connect makes an engine for tests: everything that takes seconds takes less.
func connect(url, name string, backlog int64) (*natsremote.Engine, error) {
	return natsremote.Connect(url, append(streamOptions(backlog),
		natsremote.WithHeartbeat(beat), natsremote.WithHeartbeatTimeout(silence),
		natsremote.WithNATS(nats.Name(name), nats.PingInterval(500*time.Millisecond), nats.MaxPingsOutstanding(3),
			nats.ReconnectWait(50*time.Millisecond), nats.ReconnectJitter(20*time.Millisecond, 20*time.Millisecond)),
	)...)
}

// takeover is after how long without a word from its worker a stored call is given to another.
const takeover = 2 * time.Second

// streamOptions shorten what becomes of stored calls. A backlog of 0 is a long one.
func streamOptions(backlog int64) []natsremote.Option {
	return []natsremote.Option{
		natsremote.WithMaxBacklog(cmp.Or(backlog, 100_000), 1<<30),
		natsremote.WithTakeoverDelay(takeover), natsremote.WithBackoff(50*time.Millisecond, time.Second),
		natsremote.WithAckTimeout(3 * time.Second), natsremote.WithMaxAttempts(attempts),
	}
}

// attempts is how often durable work is tried.
const attempts = 8
