package loop

import (
	"context"
	"slices"
)

// RequireOverlay panics. The generated files of packages whose handlers are bridged in
// place call it when the program starts: the overlay that asyncgen makes for a build
// replaces these files, so whoever gets here was built without it, and the handlers
// would run on whatever goroutine calls them.
func RequireOverlay(pkg string) {
	panic("loop: " + pkg + " has handlers that are bridged in place, and was built without the overlay that bridges them.\n" +
		"Build with:\n" +
		"\tgo build -overlay=\"$(asyncgen -overlay ./...)\" ./...\n" +
		"and run and test in the same way. A package of another module has to be named, too: asyncgen -overlay ./... " + pkg + "\n" +
		"See docs/inplace.md for other ways, and for coverage.")
}

// InPlace is [Bridge.Call] for a bridge that has the name of its handler. Callers do not
// know that there is a bridge, and this shows in two places. A panic of the handler is
// raised again as it was, not as a [*PanicError]; if nobody recovers, the program's last
// words include both stacks. And a call that a handler of l makes runs at once, in
// its goroutine, even if no context tells that it comes from there.
func (b *Bridge[In, Out]) InPlace(ctx context.Context, l *Loop, in In) (Out, error) {
	mode := b.mode()
	mode.inPlace = true
	return b.inPlace(ctx, l, in, mode)
}

// InPlaceSame is InPlace for a handler without an error result. The end of ctx does not keep the
// handler from running, since that is not what its callers expect of it: they learn from the handler
// what it does then. A call that has no result all the same, because the loop is closed or full,
// panics with an [*Error].
func (b *Bridge[In, Out]) InPlaceSame(ctx context.Context, l *Loop, in In) Out {
	mode := b.mode()
	mode.inPlace, mode.stays = true, true
	out, err := b.inPlace(ctx, l, in, mode)
	if err != nil {
		panic(err)
	}
	return out
}

func (b *Bridge[In, Out]) inPlace(ctx context.Context, l *Loop, in In, mode callMode) (Out, error) {
	f, returned := b.frame(in), false
	defer b.unwrap(&returned)
	kept, err := l.call(ctx, f, mode)
	returned = true
	return f.results(kept, err)
}

// unwrap lets a panic of the handler go on with its own value. Others have been
// raised by calls that the handler made, and belong to it.
func (b *Bridge[In, Out]) unwrap(returned *bool) {
	if *returned {
		return
	}
	v := recover()
	if v == nil {
		return // Goexit, which goes on by itself
	}
	if p, ok := v.(*PanicError); ok && p.Handler == b.Name {
		panic(p.Value)
	}
	panic(v)
}

// executing returns the context of the handler of l that the calling goroutine is
// executing, or nil. It needs no context for that, but the stack: some nanoseconds for each
// frame if somebody holds the role, tens of microseconds in a handler of a loop whose
// handlers run in other goroutines than runners.
func (l *Loop) executing() *handlerContext {
	if !l.role.held() || !onHandlerStack() {
		return nil
	}
	if l.inline || l.host != nil {
		return l.executingBySearch()
	}
	number := runnerOnStack()
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.current; t != nil && number != 0 && t.runner == number && t.running() {
		return t.ctx
	}
	return nil
}

// executingBySearch looks for the tasks that the stack has the addresses of.
func (l *Loop) executingBySearch() *handlerContext {
	addresses := enclosing()
	l.mu.Lock()
	current := l.current
	l.mu.Unlock()
	for _, t := range []*task{current, l.inlined.resident.Load()} {
		if t != nil && t.running() && slices.Contains(addresses, address(t)) {
			return t.ctx
		}
	}
	return nil
}
