package looptest

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
)

var panicCases = []testCase{
	{about: Panic, name: "caller", run: panicCaller},
	{about: Panic, name: "value", run: panicValue},
	{about: Panic, name: "future", run: panicFuture},
	{about: Panic, name: "spawn_handled", run: panicSpawnHandled},
	{about: Panic, name: "spawn_kills", run: panicSpawnKills, dies: spawnedPanic},
}

var goexitCases = []testCase{
	{about: Goexit, name: "caller", run: goexitCaller},
	{about: Goexit, name: "spawn", run: goexitSpawn},
	{about: Goexit, name: "queue", run: goexitQueue},
}

// An ownError is a type of error that only this package has.
type ownError struct{ code int }

func (e *ownError) Error() string { return "an error of its own" }

// explode is a handler whose name must be on the stack.
func explode(context.Context) error { panic(&ownError{42}) }

// callExploding is a caller whose name must be on the other stack.
//
//go:noinline
func callExploding(ctx context.Context, l *loop.Loop) error { return run(ctx, l, explode) }

// The blocked caller panics with the original error and both stacks.
func panicCaller(p *probe) {
	l := p.loop()
	for range 3 {
		_, v := within(func() { _ = callExploding(p.Context(), l) })
		err, _ := v.(error)
		var own *ownError
		var pe *loop.PanicError
		if !errors.As(err, &own) || own.code != 42 || !errors.As(err, &pe) {
			p.Fatalf("panic with %v (%T), want a *loop.PanicError that is the handler's error", v, v)
		}
		if !strings.Contains(pe.Stack, "looptest.explode") {
			p.Errorf("the handler is not on its stack:\n%s", pe.Stack)
		}
		if !strings.Contains(pe.CallerStack, "looptest.callExploding") {
			p.Errorf("the caller is not on its stack:\n%s", pe.CallerStack)
		}
	}
	p.alive(l)
}

// A value that is no error is there too.
func panicValue(p *probe) {
	l := p.loop()
	_, v := within(func() { _ = run(p.Context(), l, func(context.Context) error { panic("a string") }) })
	if pe, _ := v.(*loop.PanicError); pe == nil || pe.Value != "a string" || pe.Unwrap() != nil {
		p.Errorf("panic with %v (%T), want a *loop.PanicError with the string", v, v)
	}
	p.alive(l)
}

// Each goroutine that awaits the future gets the panic.
func panicFuture(p *probe) {
	l := p.loop()
	f := loop.Async(p.Context(), l, func(ctx context.Context) (struct{}, error) { return struct{}{}, explode(ctx) })
	for range 2 {
		_, v := within(func() { _, _ = f.Await(p.Context()) })
		if pe, _ := v.(*loop.PanicError); pe == nil || pe.CallerStack == "" {
			p.Errorf("panic with %v (%T), want a *loop.PanicError with both stacks", v, v)
		}
	}
	p.alive(l)
}

// The panic handler gets panics without a caller.
func panicSpawnHandled(p *probe) {
	got := make(chan *loop.PanicError, 1)
	l := p.loop(loop.WithPanicHandler(func(e *loop.PanicError) { got <- e }))
	if err := l.Spawn(p.Context(), func(ctx context.Context) error { _ = explode(ctx); return nil }); err != nil {
		p.Fatal(err)
	}
	var own *ownError
	if e := <-got; !errors.As(e, &own) {
		p.Errorf("the panic handler got %v", e)
	}
	p.alive(l)
}

// spawnedPanic is the last output of the process.
const spawnedPanic = "nobody waits for this panic"

// Without a panic handler, the process ends as if a goroutine had panicked.
func panicSpawnKills(p *probe) {
	l := p.loop()
	if err := l.Spawn(p.Context(), func(context.Context) error { panic(spawnedPanic) }); err != nil {
		p.Fatal(err)
	}
	select {}
}

// The blocked caller's goroutine ends, its deferred calls run, the loop lives on.
func goexitCaller(p *probe) {
	l := p.loop()
	for range 3 {
		returned, v := within(func() {
			_ = run(p.Context(), l, func(context.Context) error { runtime.Goexit(); return nil })
		})
		if returned || v != nil {
			p.Errorf("returned = %v, panic with %v; want the goroutine to end", returned, v)
		}
		p.alive(l)
	}
}

// Without a caller, nothing else happens.
func goexitSpawn(p *probe) {
	l := p.loop()
	//asyncgen:allow AV009 the loop has to survive it
	if err := l.Spawn(p.Context(), func(context.Context) error { runtime.Goexit(); return nil }); err != nil {
		p.Fatal(err)
	}
	p.alive(l)
	if n := l.Stats().Exited; n != 1 {
		p.Errorf("%d handlers have exited by the statistics, want 1", n)
	}
}

// Tasks in the queue behind it get their results.
func goexitQueue(p *probe) {
	l := p.loop()
	release := p.hold(l)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if i%2 == 0 {
				_ = run(p.Context(), l, func(context.Context) error { runtime.Goexit(); return nil })
				p.Error("the caller of a handler that called Goexit goes on")
				return
			}
			if err := run(p.Context(), l, nothing); err != nil {
				p.Error(err)
			}
		})
	}
	p.queued(l, 20)
	release()
	wg.Wait()
	p.alive(l)
}
