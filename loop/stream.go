package loop

import (
	"context"
	"iter"
	"runtime"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// defaultChunk is how many elements a producer makes at most before other tasks get their
// turn, if the bridge has no Chunk.
const defaultChunk = 64

// Stream is for generated code. It returns the sequence that a handler produces on l. The
// producer runs there as one task for each time that the sequence is ranged over; the loop
// body runs in its own goroutine. Elements travel in chunks, the first of one element, each of
// twice as many as the one before up to the bridge's Chunk. A chunk counts elements and not
// bytes: a producer of large elements, such as the pages of a file, has a Chunk of 1, or up to
// twice 64 of them are in memory. After each chunk, and whenever it calls [Await], the
// producer gives up the loop role, and does not go on before the loop body has worked off its
// chunk. A producer that would get [ErrCannotAwait] there goes on, and its chunk grows.
//
// Leaving the loop body early, in whatever way, makes the producer's yield return false, and
// its deferred functions run on l before the loop statement is left. A panic or Goexit of the
// producer goes on in the consumer, after the elements before it. A sequence that cannot
// start, or that is cut short because ctx or the loop has ended, panics with an [*Error]; with
// [StreamErr], that is the last element. Ranged over by a handler of l itself, the producer
// runs in place.
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

// Stream2 is for generated code. It is [Stream] for sequences of pairs.
func Stream2[K, V any, In Request[iter.Seq2[K, V]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[K, V]], in In) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		s := newStream(b.streamed(in.Handler), producer[K, V](in))
		if err := s.consume(ctx, l, yield); err != nil {
			panic(err)
		}
	}
}

// StreamErr is for generated code. It is [Stream] for sequences of elements and errors: if the sequence cannot
// start or is cut short, the last element is the [*Error]. As there, a chunk counts elements.
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

// A streamed holds the parts of a bridge that a stream needs.
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

// A stream is one run of a producer, the body of its task, and the data that goes to the
// consumer and back.
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

// settle wakes the consumer, which finds the outcome in the task.
func (s *stream[K, V]) settle(t *task, _ error) { t.wake.open() }

// consume is the consumer's side: it runs the producer on l and gives what it yields
// to the loop body.
func (s *stream[K, V]) consume(ctx context.Context, l *Loop, yield func(K, V) bool) error {
	if ctx == nil {
		panicNilContext(s)
	}
	if l == nil {
		return l.refused(s, ErrNoLoop)
	}
	if ctx.Err() != nil {
		return l.turnAway(ctx, s, ModeStream, l.contextError(context.Cause(ctx), s, ErrCanceled))
	}
	me := goroutine.Current()
	if l.role.heldBy(me) {
		if s.nonReentrant {
			return l.turnAway(ctx, s, ModeStream, l.refused(s, ErrReentrant))
		}
		s.inPlace = yield
		l.self(ctx, s)
		return nil
	}
	t := l.newTask(ctx, s, kindStream, false)
	t.wake, t.caller, s.task = newGate(), me, t
	s.more = make(chan struct{}, 1)
	s.more <- struct{}{}
	t.begin()
	if err := l.submit(t); err != nil {
		refused := l.refused(s, err)
		t.noteOutcome(Refused, refused)
		return refused
	}
	return s.receive(ctx, yield)
}

// receive gives chunk after chunk to the loop body.
func (s *stream[K, V]) receive(ctx context.Context, yield func(K, V) bool) error {
	inBody := false
	defer func() {
		if inBody { // the loop body was left, by break, return, panic or Goexit
			s.leave(ctx)
		}
	}()
	for {
		ended, err := s.wait(ctx)
		if err != nil {
			return err
		}
		inBody = !ended
		for _, e := range s.arrived(ended) {
			if !yield(e.k, e.v) {
				return nil
			}
		}
		if ended {
			return s.outcome()
		}
		inBody = false
		s.out = s.out[:0]
		s.more <- struct{}{}
	}
}

// wait blocks until there is a chunk or the producer has ended. The gate is shut
// again before the state is read, so that an end that comes later opens it again.
func (s *stream[K, V]) wait(ctx context.Context) (ended bool, err error) {
	t := s.task
	l := t.loop
	if !t.wake.soon(l.patience(t)) && l.sleep(ctx, ctx, t, WaitResult, false) == sleptWithdrawn {
		return true, l.contextError(context.Cause(ctx), s, ErrCanceled)
	}
	t.wake.reset()
	return t.over(), nil
}

// arrived returns the elements that have come. Those of the last chunk need no
// handing over, because the producer is gone.
func (s *stream[K, V]) arrived(ended bool) []element[K, V] {
	if ended {
		return append(s.out, s.in...)
	}
	return s.out
}

// leave ends the producer and waits until it has ended. A panic of the interrupted producer
// reaches the consumer.
func (s *stream[K, V]) leave(ctx context.Context) {
	s.left.Store(true)
	s.more <- struct{}{}
	for ended, err := false, error(nil); !ended && err == nil; {
		ended, err = s.wait(ctx)
	}
	s.cut = nil // nobody is interested any more
	_ = s.outcome()
}

// outcome ends the consumer's side as the producer has ended.
func (s *stream[K, V]) outcome() error {
	t := s.task
	switch {
	case t.refusal != nil:
		err := t.loop.refused(s, t.refusal)
		t.noteRefusal(err)
		return err
	case t.ending == endPanic:
		t.failure.raise()
	case t.ending == endGoexit:
		runtime.Goexit()
	case s.cut != nil:
		err := t.loop.refused(s, ErrCut)
		err.cause = s.cut
		return err
	}
	return nil
}

// run is the producer's side.
func (s *stream[K, V]) run(ctx context.Context) {
	defer s.over.Store(true) // for a yield that the producer has kept
	if s.inPlace != nil {
		s.produce(ctx)(s.yieldInPlace)
		return
	}
	s.ctx, s.task.beforeAwait = ctx, s.flush
	s.produce(ctx)(s.yield)
	if ctx.Err() != nil {
		s.cut = context.Cause(ctx)
	}
}

// yieldInPlace gives an element to the consumer's loop body.
func (s *stream[K, V]) yieldInPlace(k K, v V) bool {
	s.checkYield()
	if !s.inPlace(k, v) {
		s.over.Store(true)
		return false
	}
	return true
}

// checkYield panics, as a loop over a function does, if the producer calls yield after it
// has returned false or the producer has ended.
func (s *stream[K, V]) checkYield() {
	if s.over.Load() {
		panic("loop: " + s.name() + " called yield after the end of its stream")
	}
}

// yield takes an element from the producer.
func (s *stream[K, V]) yield(k K, v V) bool {
	s.checkYield()
	if s.left.Load() {
		s.over.Store(true)
		return false
	}
	s.in = append(s.in, element[K, V]{k, v})
	if len(s.in) < s.size {
		return true
	}
	s.size = min(2*s.size, s.chunk)
	if !s.deliver() {
		s.over.Store(true)
		return false
	}
	return true
}

// deliver hands the chunk over, lets others run until the consumer wants another, and
// reports whether it does.
func (s *stream[K, V]) deliver() bool {
	if !s.wanted() {
		if !s.rest() {
			return false
		}
		if !s.asked {
			return true // the chunk grows
		}
	}
	s.handOver()
	return s.rest()
}

// wanted reports whether the consumer wants a chunk.
func (s *stream[K, V]) wanted() bool {
	if !s.asked {
		select {
		case <-s.more:
			s.asked = true
		default:
		}
	}
	return s.asked
}

// handOver gives the chunk to the consumer. The slice it gets back is the one that the
// consumer was done with when it wanted another.
func (s *stream[K, V]) handOver() {
	s.asked = false
	s.in, s.out = s.out, s.in
	s.task.wake.open()
}

// rest gives up the loop role until the consumer wants a chunk. It reports false if there will
// be no other: the consumer has left, or the context has ended. A handler that cannot give up
// the role does not wait: the consumer may be waiting for the loop.
func (s *stream[K, V]) rest() bool {
	if s.left.Load() {
		return false
	}
	s.rests = true
	err := s.awaitMore()
	s.rests = false
	s.asked = err == nil
	return (s.asked || err == ErrCannotAwait) && !s.left.Load() && s.ctx.Err() == nil
}

// awaitMore waits for the consumer, and lets others run meanwhile if the calling goroutine is
// the handler's: it is not if the producer yields in a goroutine of its own or in Await. It
// returns ErrCannotAwait at once if the handler cannot give up the role.
func (s *stream[K, V]) awaitMore() error {
	more := func(ctx context.Context) (struct{}, error) { return receive(ctx, s.more) }
	var err error
	if s.task.running() && s.task.loop.role.heldBy(goroutine.Current()) {
		_, err = awaitAs(s.ctx, s.task, more)
	} else {
		_, err = more(s.ctx)
	}
	return err
}

// flush hands over what there is before the producer gives up the role for a reason
// of its own: it may come back late.
func (s *stream[K, V]) flush() {
	if !s.rests && len(s.in) > 0 && s.wanted() {
		s.handOver()
	}
}

// StreamInPlace is for generated code. It is [Stream] for a bridge that has the name of its
// handler. Callers expect a function that returns a sequence to do its part at once, such as
// to check its arguments or to take a snapshot: so the handler runs on l before StreamInPlace
// returns. The sequence that it returns runs on l, as the producer of a stream, each time that
// it is ranged over. The end of ctx is the handler's to notice, as with [Bridge.InPlaceSame],
// and panics are raised again as they were.
//
// The sequence runs after the handler has returned. [Await] in it, with the handler's context,
// gives up the loop role as the handler does.
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

// Stream2InPlace is for generated code. It is [StreamInPlace] for sequences of pairs.
func Stream2InPlace[K, V any, In Request[iter.Seq2[K, V]]](ctx context.Context, l *Loop, b *Bridge[In, iter.Seq2[K, V]], in In) iter.Seq2[K, V] {
	seq := b.InPlaceSame(ctx, l, in)
	if seq == nil {
		return nil
	}
	return func(yield func(K, V) bool) {
		produce(context.WithoutCancel(ctx), l, b, in, seq, yield, raise)
	}
}

// StreamErrInPlace is for generated code. It is [StreamInPlace] for sequences of elements and errors: if the handler did not run, or the sequence
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

// produce runs a sequence that the handler of b has returned as a producer on l, and calls
// failed if it cannot start or is cut short.
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
