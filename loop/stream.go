package loop

import (
	"context"
	"iter"
	"sync/atomic"
)

// defaultChunk is how many elements a producer makes at most before other tasks get
// their turn, if the bridge does not say.
const defaultChunk = 64

// Stream returns the sequence that a handler produces on l. The producer runs there
// as one task for each time that the sequence is ranged over; the loop body runs in
// its own goroutine. Elements travel in chunks, the first of one element, each of
// twice as many as the one before up to the bridge's Chunk. After each chunk, and
// whenever it calls [Await], the producer gives up the loop role, and it does not
// go on before the loop body has worked off what it has got.
//
// Leaving the loop body early, in whatever way, makes the producer's yield return
// false, and its deferred functions run on l before the loop statement is left. A
// panic or Goexit of the producer goes on in the consumer, after the elements
// before it. A sequence that cannot start, or that is cut short because ctx or the
// loop has ended, panics with an [*Error]; see [StreamErr] for those that can
// say so. Ranged over by a handler of l itself, the producer runs in place.
//
// A consumer that stops halfway without leaving the loop body, as one can with
// [iter.Pull] without its stop function, holds the producer until ctx or the loop
// ends.
func Stream[T any, In Request[iter.Seq[T]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq[T]], in In) iter.Seq[T] {
	produce := func(ctx context.Context) iter.Seq2[T, struct{}] {
		seq, _ := in.Run(ctx) // a producer has no error
		return func(yield func(T, struct{}) bool) {
			seq(func(v T) bool { return yield(v, struct{}{}) })
		}
	}
	return func(yield func(T) bool) {
		s := newStream(b.streamed(in.Handler), produce)
		if err := s.consume(ctx, l, func(v T, _ struct{}) bool { return yield(v) }); err != nil {
			panic(err)
		}
	}
}

// Stream2 is [Stream] for sequences of pairs.
func Stream2[K, V any, In Request[iter.Seq2[K, V]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[K, V]], in In) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		s := newStream(b.streamed(in.Handler), producer[K, V](in))
		if err := s.consume(ctx, l, yield); err != nil {
			panic(err)
		}
	}
}

// StreamErr is [Stream] for sequences of elements and errors: if the sequence cannot
// start or is cut short, the last element is the [*Error].
func StreamErr[T any, In Request[iter.Seq2[T, error]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[T, error]], in In) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s := newStream(b.streamed(in.Handler), producer[T, error](in))
		if err := s.consume(ctx, l, yield); err != nil {
			var none T
			yield(none, err)
		}
	}
}

func producer[K, V any](in Request[iter.Seq2[K, V]]) func(context.Context) iter.Seq2[K, V] {
	return func(ctx context.Context) iter.Seq2[K, V] {
		seq, _ := in.Run(ctx) // a producer has no error
		return seq
	}
}

// streamed is what a stream takes from its bridge.
type streamed struct {
	name         string
	handler      func() any
	chunk        int
	nonReentrant bool
}

func (b *Bridge[In, Out]) streamed(handler func() any) streamed {
	chunk := b.Chunk
	if chunk < 1 {
		chunk = defaultChunk
	}
	return streamed{b.Name, handler, chunk, b.NonReentrant}
}

// A stream is one run of a producer, the body of its task, and what goes from there
// to the consumer and back.
type stream[K, V any] struct {
	streamed
	produce func(context.Context) iter.Seq2[K, V]
	task    *task
	inPlace func(K, V) bool // the consumer's loop body, if the producer runs in place

	more chan struct{} // capacity 1: the consumer wants a chunk
	left atomic.Bool   // the consumer has left the loop body

	// The producer's.
	ctx   context.Context
	in    []element[K, V] // the chunk that is being made
	size  int             // when it is complete
	asked bool            // the consumer wants it
	rests bool            // it waits for the consumer
	over  atomic.Bool     // yield has returned false, or the producer has ended

	// The consumer's from the opening of the gate until it asks for more.
	out []element[K, V]
	// cut is set before the task settles, if the producer was interrupted.
	cut error
}

type element[K, V any] struct {
	k K
	v V
}

func newStream[K, V any](about streamed, produce func(context.Context) iter.Seq2[K, V]) *stream[K, V] {
	return &stream[K, V]{streamed: about, produce: produce, size: 1}
}

func (s *stream[K, V]) name() string     { return s.streamed.name }
func (s *stream[K, V]) position() string { return funcPosition(s.handler()) }
func (s *stream[K, V]) where() string    { return s.position() }
func (s *stream[K, V]) recycle()         {}

// settle wakes the consumer, who finds the outcome in the task.
func (s *stream[K, V]) settle(t *task, _ error) { t.wake.open() }
