package loop

import (
	"context"
	"iter"
)

// StreamInPlace is [Stream] for a bridge that has the name of its handler. Callers expect of a function that returns
// a sequence that it does its part at once, such as to check its arguments or to take a snapshot: so the handler runs
// on l before StreamInPlace returns. What it returns is run on l, as the producer of a stream, each time that
// somebody ranges over it. The end of ctx is the handler's to notice, as with [Bridge.InPlaceSame], and
// panics are raised again as they were.
//
// The sequence runs after the handler has returned. So the handler's context does not tell there
// that the loop is held, and [Await] with it keeps the loop role.
func StreamInPlace[T any, In Request[iter.Seq[T]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq[T]], in In) iter.Seq[T] {
	seq := b.InPlaceSame(ctx, l, in)
	if seq == nil {
		return nil
	}
	return func(yield func(T) bool) {
		pairs := func(yield func(T, struct{}) bool) {
			seq(func(v T) bool { return yield(v, struct{}{}) })
		}
		produce(context.WithoutCancel(ctx), l, b, in, pairs, func(v T, _ struct{}) bool { return yield(v) }, raise)
	}
}

// Stream2InPlace is [StreamInPlace] for sequences of pairs.
func Stream2InPlace[K, V any, In Request[iter.Seq2[K, V]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[K, V]], in In) iter.Seq2[K, V] {
	seq := b.InPlaceSame(ctx, l, in)
	if seq == nil {
		return nil
	}
	return func(yield func(K, V) bool) {
		produce(context.WithoutCancel(ctx), l, b, in, seq, yield, raise)
	}
}

// StreamErrInPlace is [StreamInPlace] for sequences of elements and errors: if the handler did not run, or the sequence
// cannot start or is cut short, which the end of ctx does to it as well, the last element is the [*Error].
func StreamErrInPlace[T any, In Request[iter.Seq2[T, error]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[T, error]], in In) iter.Seq2[T, error] {
	seq, err := b.InPlace(ctx, l, in)
	if err == nil && seq == nil {
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
		produce(ctx, l, b, in, seq, yield, last)
	}
}

func raise(err error) { panic(err) }

// produce runs a sequence that the handler of b has returned as a producer on l, and has failed told if it cannot
// start or is cut short.
func produce[K, V, Out any, In Request[Out]](
	ctx context.Context, l *Loop, b *Bridge[In, Out], in In, seq iter.Seq2[K, V], yield func(K, V) bool, failed func(error),
) {
	returned := false
	defer b.unwrap(&returned)
	s := newStream(b.streamed(in.Handler), func(context.Context) iter.Seq2[K, V] { return seq })
	err := s.consume(ctx, l, yield)
	returned = true
	if err != nil {
		failed(err)
	}
}
