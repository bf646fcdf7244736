package benchmark

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/asynkron/protoactor-go/actor"
	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
	"github.com/panjf2000/ants/v2"
)

// Names of the libraries, which the report refers to.
const (
	Goja       = "goja_nodejs/eventloop"
	Ants       = "ants"
	Pond       = "pond"
	Protoactor = "protoactor-go"
)

// libraries returns the contenders that other modules provide, each used in the
// shortest way that its documentation shows for one worker and a result. None
// looks at the context while the caller waits.
func libraries() []Contender {
	return []Contender{
		{Goja, openGoja},
		{Ants, openAnts},
		{Pond, func(b *Book) Ledger { return pondLedger{b, pond.NewResultPool[int64](1)} }},
		{Protoactor, openProtoactor},
	}
}

// gojaLedger runs the handler on a JavaScript event loop.
type gojaLedger struct {
	book *Book
	loop *eventloop.EventLoop
}

func openGoja(b *Book) Ledger {
	l := eventloop.NewEventLoop()
	l.Start()
	return gojaLedger{b, l}
}

func (g gojaLedger) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	done := make(chan reply, 1)
	g.loop.RunOnLoop(func(*goja.Runtime) {
		balance, err := g.book.Deposit(ctx, account, amount)
		done <- reply{balance, err}
	})
	got := <-done
	return got.balance, got.err
}

func (g gojaLedger) Close() { g.loop.Stop() }

// antsLedger runs the handler in a pool of one goroutine.
type antsLedger struct {
	book *Book
	pool *ants.Pool
}

func openAnts(b *Book) Ledger {
	pool, err := ants.NewPool(1)
	if err != nil {
		panic(err) // the options are constants
	}
	return antsLedger{b, pool}
}

func (a antsLedger) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	done := make(chan reply, 1)
	if err := a.pool.Submit(func() {
		balance, err := a.book.Deposit(ctx, account, amount)
		done <- reply{balance, err}
	}); err != nil {
		return 0, err
	}
	got := <-done
	return got.balance, got.err
}

func (a antsLedger) Close() { a.pool.Release() }

// pondLedger runs the handler in a pool of one goroutine that returns results.
type pondLedger struct {
	book *Book
	pool pond.ResultPool[int64]
}

func (p pondLedger) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	return p.pool.SubmitErr(func() (int64, error) { return p.book.Deposit(ctx, account, amount) }).Wait()
}

func (p pondLedger) Close() { p.pool.StopAndWait() }

// protoactorLedger sends messages to an actor and waits for its answers.
type protoactorLedger struct {
	system *actor.ActorSystem
	owner  *actor.PID
}

// protoactorTimeout is never reached; the library requires one.
const protoactorTimeout = time.Minute

// deposit is the message. The book and the context travel in it as they travel
// in the requests of the others.
type deposit struct {
	ctx     context.Context
	account int
	amount  int64
}

func openProtoactor(b *Book) Ledger {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return quiet }))
	owner := system.Root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(*deposit); ok {
			balance, err := b.Deposit(m.ctx, m.account, m.amount)
			c.Respond(reply{balance, err})
		}
	}))
	return protoactorLedger{system, owner}
}

func (p protoactorLedger) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	got, err := p.system.Root.RequestFuture(p.owner, &deposit{ctx, account, amount}, protoactorTimeout).Result()
	if err != nil {
		return 0, err
	}
	r := got.(reply)
	return r.balance, r.err
}

func (p protoactorLedger) Close() {
	_ = p.system.Root.StopFuture(p.owner).Wait() // an error would mean that it has stopped already
	p.system.Shutdown()
}
