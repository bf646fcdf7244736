package loop

import (
	"context"

	"github.com/asyncgen/asyncgen/loop/internal/door"
)

// A Door is for package loopimpl, which generated code calls. It is the memory of one task that
// is not waited for; Call, PassedOn and Stream need none and take a nil Door. Programs cannot use
// it, because its parameters come from an internal package.
type Door struct{ room room }

// Call runs b on l and waits for its end. A nil error means that the handler returned; then its
// results are in b. If kept is true, the handler is still running and has b. A panic or a
// [runtime.Goexit] of the handler goes on in the caller.
func (*Door) Call(ctx context.Context, l *Loop, b door.Body, m door.Mode) (kept bool, err error) {
	return l.call(ctx, b, m)
}

// PassedOn returns the error of a call whose handler has returned err.
func (*Door) PassedOn(l *Loop, b door.Named, err error) error { return l.passedOn(b, err) }

// Spawn schedules b on l and reports only whether the loop accepted it.
func (d *Door) Spawn(ctx context.Context, l *Loop, b door.Body) error {
	return l.spawn(ctx, &d.room, b)
}

// Start schedules b on l for a future, a zero *[Future], which takes its result from the method
// Result of source, or has none if source is nil.
func (d *Door) Start(ctx context.Context, l *Loop, b door.Body, future, source any) {
	l.startAsync(ctx, &d.room, b, future.(adopter).adopt(source))
}

// An adopter is a [Future].
type adopter interface {
	adopt(from any) *future
}

func (f *Future[T]) adopt(from any) *future {
	f.source, _ = from.(source[T])
	return &f.core
}

// Stream runs the producer of flow on l and gives its elements to the loop body.
func (*Door) Stream(ctx context.Context, l *Loop, p door.Producer, flow door.Flow) error {
	own := new(struct {
		stream stream
		room   room
	})
	s := &own.stream
	s.Producer, s.flow = p, flow
	s.exchange.Size, s.exchange.Name, s.exchange.Chunks = 1, p.Name(), s
	return s.consume(ctx, l, &own.room)
}
