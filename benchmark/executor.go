package benchmark

import (
	"context"
	"runtime"

	"github.com/asyncgen/asyncgen/loop"
)

// Names of the executors, which the report refers to.
const (
	Default = "default"
	Inline  = "WithInline"
	Thread  = "WithThread"
	Main    = "NewMain"
	Sharded = "Sharded"
)

// executors returns the contenders of package loop.
func executors() []Contender {
	return []Contender{
		{Default, func(b *Book) Ledger { return onLoop{b, loop.New()} }},
		{Inline, func(b *Book) Ledger { return onLoop{b, loop.New(loop.WithInline())} }},
		{Thread, func(b *Book) Ledger { return onLoop{b, loop.New(loop.WithThread())} }},
		{Main, openMain},
		{Sharded, func(b *Book) Ledger { return onShards{b, loop.NewSharded(runtime.GOMAXPROCS(0))} }},
	}
}

// onLoop runs the handler on a loop.
type onLoop struct {
	book *Book
	loop *loop.Loop
}

func (l onLoop) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	return depositOnLoop(ctx, l.loop, l.book, account, amount)
}

// Close waits for the end, so that nothing of one measurement goes on in the next.
func (l onLoop) Close() {
	_ = l.loop.Close() // always nil
	<-l.loop.Done()
}

// openMain returns a ledger on a loop that is run by a thread as the main thread
// would run it: run locks whatever goroutine calls it.
func openMain(b *Book) Ledger {
	l, run := loop.NewMain()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = run(context.Background()) // nil: the loop is closed and the context never ends
	}()
	return onMain{onLoop{b, l}, ended}
}

// onMain is onLoop for a loop that a goroutine of the benchmark runs.
type onMain struct {
	onLoop
	ended <-chan struct{}
}

func (l onMain) Close() {
	l.onLoop.Close()
	<-l.ended
}

// onShards runs the handler on the loop of its account.
type onShards struct {
	book  *Book
	loops *loop.Sharded
}

func (l onShards) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	return depositOnLoop(ctx, loop.Shard(l.loops, account), l.book, account, amount)
}

func (l onShards) Close() {
	_ = l.loops.Close() // always nil
	for _, one := range l.loops.Loops() {
		<-one.Done()
	}
}
