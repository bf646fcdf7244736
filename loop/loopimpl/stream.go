package loopimpl

import (
	"context"
	"iter"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/internal/door"
)

// Stream returns the sequence that a handler produces on l. An error comes with each element,
// and is nil except with the last. The producer runs on l, as one task for each time that the
// sequence is ranged over; the loop body runs in its own goroutine. Elements travel in chunks,
// the first of one element, each of twice as many as the one before up to the bridge's Chunk. A
// chunk counts elements and not bytes: a producer of large elements, such as the pages of a file, has a Chunk of 1, or up to
// twice 64 of them are in memory. After each chunk, and whenever it calls [loop.Await], the
// producer gives up the loop role, and does not go on before the loop body has worked off its
// chunk. A producer that would get [loop.ErrCannotAwait] there goes on, and its chunk grows.
//
// Leaving the loop body early, in whatever way, makes the producer's yield return false, and
// its deferred functions run on l before the loop statement is left. A panic or Goexit of the
// producer goes on in the consumer, after the elements before it. If the sequence cannot start,
// or is cut short because ctx or the loop has ended, the last element is a zero value with an
// [*loop.Error]. Ranged over by a handler of l itself, the producer runs in place.
//
// A consumer that stops halfway without leaving the loop body, as one can with
// [iter.Pull2] without its stop function, holds the producer until ctx or the loop
// ends.
func Stream[T any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		body := func(v T, _ struct{}) bool { return yield(v, nil) }
		if err := consume(ctx, l, b.streamed(p), alone(p), body); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// StreamErr is [Stream] for sequences of elements and errors. As the
// error of a handler, an error of the producer that is that of another call, which did not run,
// becomes an [*loop.Error] that wraps it.
func StreamErr[T any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq2[T, error]]) iter.Seq2[T, error] {
	about := b.streamed(p)
	return func(yield func(T, error) bool) {
		body := func(v T, err error) bool {
			if err != nil {
				err = entrance.PassedOn(l, about, err)
			}
			return yield(v, err)
		}
		if err := consume(ctx, l, about, p.Run, body); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// StreamSame is [Stream] for a bridge with the signature of its
// handler: a sequence that cannot start, or is cut short, panics with the [*loop.Error].
func StreamSame[T any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq[T] {
	return func(yield func(T) bool) {
		if err := consume(ctx, l, b.streamed(p), alone(p), single(yield)); err != nil {
			panic(err)
		}
	}
}

// Stream2Same is [StreamSame] for sequences of pairs.
func Stream2Same[K, V any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq2[K, V]]) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if err := consume(ctx, l, b.streamed(p), p.Run, yield); err != nil {
			panic(err)
		}
	}
}

// A Producer has the arguments of a handler that returns a sequence of
// type S, with the handler that they are for. It never changes: each time that a stream is ranged over,
// the handler runs again.
type Producer[S any] interface {
	// Run calls the handler.
	Run(ctx context.Context) S
	// Handler returns the handler itself, as that of a [Request] does.
	Handler() any
}

// alone returns the producer of a sequence as one of pairs.
func alone[T any](p Producer[iter.Seq[T]]) func(context.Context) iter.Seq2[T, struct{}] {
	return func(ctx context.Context) iter.Seq2[T, struct{}] { return pairs(p.Run(ctx)) }
}

// pairs returns seq as a sequence of pairs.
func pairs[T any](seq iter.Seq[T]) iter.Seq2[T, struct{}] {
	return func(yield func(T, struct{}) bool) {
		seq(func(v T) bool { return yield(v, struct{}{}) })
	}
}

// single returns the loop body of a sequence as one for the pairs of that sequence.
func single[T any](yield func(T) bool) func(T, struct{}) bool {
	return func(v T, _ struct{}) bool { return yield(v) }
}

// A streamed holds the parts of a bridge that a stream needs.
type streamed struct {
	bridge  *Bridge
	handler interface{ Handler() any }
}

func (b *Bridge) streamed(handler interface{ Handler() any }) streamed { return streamed{b, handler} }

// Name returns the name of the handler.
func (s streamed) Name() string { return s.bridge.Name }

// Position returns where the code of the handler begins.
func (s streamed) Position() string { return door.FuncPosition(s.handler.Handler()) }

// A flow is a stream with elements of these types. It implements [door.Flow].
type flow[K, V any] struct {
	exchange *door.Exchange // set when the producer starts
	producer func(context.Context) iter.Seq2[K, V]
	body     func(K, V) bool // the consumer's loop body

	in  []element[K, V] // the producer's: the chunk that is being made
	out []element[K, V] // the consumer's from the opening of the gate until it asks for more
}

type element[K, V any] struct {
	k K
	v V
}

// consume runs a producer on l and gives its elements to the loop body.
func consume[K, V any](ctx context.Context, l *loop.Loop, about streamed, producer func(context.Context) iter.Seq2[K, V], body func(K, V) bool) error {
	p := door.Producer{Named: about, NonReentrant: about.bridge.NonReentrant, Chunk: about.bridge.Chunk}
	return entrance.Stream(ctx, l, p, &flow[K, V]{producer: producer, body: body})
}

// Produce runs the producer.
func (f *flow[K, V]) Produce(ctx context.Context, x *door.Exchange) {
	f.exchange = x
	if x.InPlace {
		f.producer(ctx)(f.yieldInPlace)
	} else {
		f.producer(ctx)(f.yield)
	}
}

// Consume gives the elements that have arrived to the loop body.
func (f *flow[K, V]) Consume(last bool) bool {
	arrived := f.out
	if last {
		arrived = append(arrived, f.in...)
	}
	for _, e := range arrived {
		if !f.body(e.k, e.v) {
			return false
		}
	}
	f.out = f.out[:0]
	return true
}

// HandOver swaps the slices. The one that the producer gets is the one that the consumer was
// done with when it wanted another chunk.
func (f *flow[K, V]) HandOver() { f.in, f.out = f.out, f.in }

// Pending reports whether there is an element in the chunk.
func (f *flow[K, V]) Pending() bool { return len(f.in) > 0 }

// yieldInPlace gives an element to the consumer's loop body.
func (f *flow[K, V]) yieldInPlace(k K, v V) bool {
	f.exchange.Check()
	return f.body(k, v) || f.exchange.End()
}

// yield takes an element from the producer.
func (f *flow[K, V]) yield(k K, v V) bool {
	x := f.exchange
	x.Check()
	if x.Left.Load() {
		return x.End()
	}
	f.in = append(f.in, element[K, V]{k, v})
	return len(f.in) < x.Size || x.Chunks.Complete() || x.End()
}

// StreamInPlace is [StreamSame] for a bridge that has the name of
// its handler. Callers expect a function that returns a sequence to do its part at once, such as
// to check its arguments or to take a snapshot: so the handler runs on l before StreamInPlace
// returns. The sequence that it returns runs on l, as the producer of a stream, each time that
// it is ranged over. The end of ctx is the handler's to notice, as with [Must],
// and panics are raised again as they were.
//
// The sequence runs after the handler has returned. [loop.Await] in it, with the handler's context,
// gives up the loop role as the handler does.
func StreamInPlace[T any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq[T] {
	seq := Must(ctx, l, b, produced[iter.Seq[T]]{of: p}).seq
	if seq == nil {
		return nil
	}
	return func(yield func(T) bool) {
		produce(context.WithoutCancel(ctx), l, b.streamed(p), pairs(seq), single(yield), raise)
	}
}

// Stream2InPlace is [StreamInPlace] for sequences of pairs.
func Stream2InPlace[K, V any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq2[K, V]]) iter.Seq2[K, V] {
	seq := Must(ctx, l, b, produced[iter.Seq2[K, V]]{of: p}).seq
	if seq == nil {
		return nil
	}
	return func(yield func(K, V) bool) {
		produce(context.WithoutCancel(ctx), l, b.streamed(p), seq, yield, raise)
	}
}

// StreamErrInPlace is [StreamInPlace] for sequences of elements and errors: if the handler did not run, or the sequence
// cannot start or is cut short, which the end of ctx does to it as well, the last element is the [*loop.Error].
func StreamErrInPlace[T any](ctx context.Context, l *loop.Loop, b *Bridge, p Producer[iter.Seq2[T, error]]) iter.Seq2[T, error] {
	c, err := Call(ctx, l, b, produced[iter.Seq2[T, error]]{of: p})
	if err == nil && c.seq == nil {
		return nil
	}
	return func(yield func(T, error) bool) {
		last := func(err error) {
			var none T
			yield(none, err)
		}
		if err != nil {
			last(err)
			return
		}
		produce(ctx, l, b.streamed(p), c.seq, yield, last)
	}
}

func raise(err error) { panic(err) }

// A produced is the request for a sequence, without its elements.
type produced[S any] struct {
	of  Producer[S]
	seq S
}

// Run implements [Request].
func (p *produced[S]) Run(ctx context.Context) error {
	p.seq = p.of.Run(ctx)
	return nil
}

// Handler implements [Request].
func (p *produced[S]) Handler() any { return p.of.Handler() }

// produce runs a sequence that a handler has returned as a producer on l, and calls failed if
// it cannot start or is cut short.
func produce[K, V any](
	ctx context.Context, l *loop.Loop, about streamed, seq iter.Seq2[K, V], yield func(K, V) bool, failed func(error),
) {
	returned := false
	defer about.bridge.unwrap(&returned)
	err := consume(ctx, l, about, func(context.Context) iter.Seq2[K, V] { return seq }, yield)
	returned = true
	if err != nil {
		failed(err)
	}
}
