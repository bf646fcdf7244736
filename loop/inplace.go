package loop

import "context"

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
