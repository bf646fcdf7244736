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

// Stream is for generated code. It returns the sequence that a handler produces on l. An error
// comes with each element, and is nil except with the last. The producer runs on l, as one task
// for each time that the sequence is ranged over; the loop body runs in its own goroutine.
// Elements travel in chunks, the first of one element, each of
// twice as many as the one before up to the bridge's Chunk. A chunk counts elements and not
// bytes: a producer of large elements, such as the pages of a file, has a Chunk of 1, or up to
// twice 64 of them are in memory. After each chunk, and whenever it calls [Await], the
// producer gives up the loop role, and does not go on before the loop body has worked off its
// chunk. A producer that would get [ErrCannotAwait] there goes on, and its chunk grows.
//
// Leaving the loop body early, in whatever way, makes the producer's yield return false, and
// its deferred functions run on l before the loop statement is left. A panic or Goexit of the
// producer goes on in the consumer, after the elements before it. If the sequence cannot start,
// or is cut short because ctx or the loop has ended, the last element is a zero value with an
// [*Error]. Ranged over by a handler of l itself, the producer runs in place.
//
// A consumer that stops halfway without leaving the loop body, as one can with
// [iter.Pull2] without its stop function, holds the producer until ctx or the loop
// ends.
func Stream[T any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		body := func(v T, _ struct{}) bool { return yield(v, nil) }
		if err := consume(ctx, l, b.streamed(p), alone(p), body); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// StreamErr is for generated code. It is [Stream] for sequences of elements and errors. As the
// error of a handler, an error of the producer that is that of another call, which did not run,
// becomes an [*Error] that wraps it.
func StreamErr[T any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq2[T, error]]) iter.Seq2[T, error] {
	about := b.streamed(p)
	return func(yield func(T, error) bool) {
		body := func(v T, err error) bool {
			if err != nil {
				err = l.passedOn(about, err)
			}
			return yield(v, err)
		}
		if err := consume(ctx, l, about, p.Run, body); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// StreamSame is for generated code. It is [Stream] for a bridge with the signature of its
// handler: a sequence that cannot start, or is cut short, panics with the [*Error].
func StreamSame[T any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq[T] {
	return func(yield func(T) bool) {
		if err := consume(ctx, l, b.streamed(p), alone(p), single(yield)); err != nil {
			panic(err)
		}
	}
}

// Stream2Same is for generated code. It is [StreamSame] for sequences of pairs.
func Stream2Same[K, V any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq2[K, V]]) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if err := consume(ctx, l, b.streamed(p), p.Run, yield); err != nil {
			panic(err)
		}
	}
}

// Producer is for generated code. It is the arguments of a handler that returns a sequence of
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

func (s streamed) name() string     { return s.bridge.Name }
func (s streamed) position() string { return funcPosition(s.handler.Handler()) }

// A stream is one run of a producer, the body of its task, and its exchange with the consumer,
// without the elements.
type stream struct {
	streamed
	flow flow
	task *task

	more chan struct{} // capacity 1: the consumer wants a chunk
	left atomic.Bool   // the consumer has left the loop body

	// The producer's.
	ctx     context.Context
	inPlace bool        // it runs in the consumer's goroutine
	size    int         // when its chunk is complete
	asked   bool        // the consumer wants the chunk
	rests   bool        // it waits for the consumer
	over    atomic.Bool // yield has returned false, or the producer has ended

	// cut is set before the task settles, if the producer was interrupted.
	cut error
}

// A flow is the part of a stream that depends on the type of its elements. The compiler
// translates it again for each type.
type flow interface {
	// produce runs the producer.
	produce(ctx context.Context)
	// consume gives the elements that have arrived to the loop body, and reports whether that
	// wants more. Those of the last chunk need no handing over, because the producer is gone.
	consume(last bool) bool
	// handOver gives the chunk that is complete to the consumer.
	handOver()
	// pending reports whether the producer has begun a chunk.
	pending() bool
}

// A flowOf is a stream with elements of these types.
type flowOf[K, V any] struct {
	stream   stream
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
func consume[K, V any](ctx context.Context, l *Loop, about streamed, producer func(context.Context) iter.Seq2[K, V], body func(K, V) bool) error {
	f := &flowOf[K, V]{producer: producer, body: body}
	f.stream.streamed, f.stream.flow, f.stream.size = about, f, 1
	return f.stream.consume(ctx, l)
}

func (f *flowOf[K, V]) produce(ctx context.Context) {
	if f.stream.inPlace {
		f.producer(ctx)(f.yieldInPlace)
	} else {
		f.producer(ctx)(f.yield)
	}
}

func (f *flowOf[K, V]) consume(last bool) bool {
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

// handOver swaps the slices. The one that the producer gets is the one that the consumer was
// done with when it wanted another chunk.
func (f *flowOf[K, V]) handOver() { f.in, f.out = f.out, f.in }

func (f *flowOf[K, V]) pending() bool { return len(f.in) > 0 }

// yieldInPlace gives an element to the consumer's loop body.
func (f *flowOf[K, V]) yieldInPlace(k K, v V) bool {
	f.stream.checkYield()
	return f.body(k, v) || f.stream.end()
}

// yield takes an element from the producer.
func (f *flowOf[K, V]) yield(k K, v V) bool {
	s := &f.stream
	s.checkYield()
	if s.left.Load() {
		return s.end()
	}
	f.in = append(f.in, element[K, V]{k, v})
	return len(f.in) < s.size || s.complete() || s.end()
}

func (s *stream) where() string { return s.position() }

// settle wakes the consumer, which finds the outcome in the task.
func (s *stream) settle(t *task, _ error) { t.wake.open() }

// consume is the consumer's side: it runs the producer on l and gives its elements to the loop
// body.
func (s *stream) consume(ctx context.Context, l *Loop) error {
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
		if s.bridge.NonReentrant {
			return l.turnAway(ctx, s, ModeStream, l.refused(s, ErrReentrant))
		}
		s.inPlace = true
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
		t.noteOutcome(OutcomeRefused, refused)
		return refused
	}
	return s.receive(ctx)
}

// receive gives chunk after chunk to the loop body.
func (s *stream) receive(ctx context.Context) error {
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
		if !s.flow.consume(ended) {
			return nil
		}
		if ended {
			return s.outcome()
		}
		inBody = false
		s.more <- struct{}{}
	}
}

// wait blocks until there is a chunk or the producer has ended. The gate is shut
// again before the state is read, so that an end that comes later opens it again.
func (s *stream) wait(ctx context.Context) (ended bool, err error) {
	t := s.task
	l := t.loop
	if !t.wake.soon(l.patience(t)) && l.sleep(ctx, ctx, t, WaitResult, false) == sleptWithdrawn {
		return true, l.contextError(context.Cause(ctx), s, ErrCanceled)
	}
	t.wake.reset()
	return t.over(), nil
}

// leave ends the producer and waits until it has ended. A panic of the interrupted producer
// reaches the consumer.
func (s *stream) leave(ctx context.Context) {
	s.left.Store(true)
	s.more <- struct{}{}
	for ended, err := false, error(nil); !ended && err == nil; {
		ended, err = s.wait(ctx)
	}
	s.cut = nil // nobody is interested any more
	_ = s.outcome()
}

// outcome ends the consumer's side as the producer has ended.
func (s *stream) outcome() error {
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
		err := t.loop.refused(s, ErrInterrupted)
		err.Cause = s.cut
		if t.loop.life.over() { // not the end of another loop, whose handler ranges over the stream
			err.Own = t.loop.own(s.cut)
		}
		return err
	}
	return nil
}

// run is the producer's side.
func (s *stream) run(ctx context.Context) {
	defer s.over.Store(true) // for a yield that the producer has kept
	if s.inPlace {
		s.flow.produce(ctx)
		return
	}
	s.ctx, s.task.beforeAwait = ctx, s.flush
	s.flow.produce(ctx)
	if ctx.Err() != nil {
		s.cut = context.Cause(ctx)
	}
}

// checkYield panics, as a loop over a function does, if the producer calls yield after it
// has returned false or the producer has ended.
func (s *stream) checkYield() {
	if s.over.Load() {
		panic("loop: " + s.name() + " called yield after the end of its stream")
	}
}

// end makes the next yield panic. It returns false, as the last yield does.
func (s *stream) end() bool {
	s.over.Store(true)
	return false
}

// complete delivers a chunk of full size, and reports whether the consumer wants another.
func (s *stream) complete() bool {
	chunk := s.bridge.Chunk
	if chunk < 1 {
		chunk = defaultChunk
	}
	s.size = min(2*s.size, chunk)
	return s.deliver()
}

// deliver hands the chunk over, lets others run until the consumer wants another, and
// reports whether it does.
func (s *stream) deliver() bool {
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
func (s *stream) wanted() bool {
	if !s.asked {
		select {
		case <-s.more:
			s.asked = true
		default:
		}
	}
	return s.asked
}

// handOver gives the chunk to the consumer.
func (s *stream) handOver() {
	s.asked = false
	s.flow.handOver()
	s.task.wake.open()
}

// rest gives up the loop role until the consumer wants a chunk. It reports false if there will
// be no other: the consumer has left, or the context has ended. A handler that cannot give up
// the role does not wait: the consumer may be waiting for the loop.
func (s *stream) rest() bool {
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
func (s *stream) awaitMore() error {
	more := func(ctx context.Context) error {
		_, err := receive(ctx, s.more)
		return err
	}
	if s.task.running() && s.task.loop.role.heldBy(goroutine.Current()) {
		return s.task.await(s.ctx, more)
	}
	return more(s.ctx)
}

// flush hands over what there is before the producer gives up the role for a reason
// of its own: it may come back late.
func (s *stream) flush() {
	if !s.rests && s.flow.pending() && s.wanted() {
		s.handOver()
	}
}

// StreamInPlace is for generated code. It is [StreamSame] for a bridge that has the name of
// its handler. Callers expect a function that returns a sequence to do its part at once, such as
// to check its arguments or to take a snapshot: so the handler runs on l before StreamInPlace
// returns. The sequence that it returns runs on l, as the producer of a stream, each time that
// it is ranged over. The end of ctx is the handler's to notice, as with [BridgeMust],
// and panics are raised again as they were.
//
// The sequence runs after the handler has returned. [Await] in it, with the handler's context,
// gives up the loop role as the handler does.
func StreamInPlace[T any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq[T]]) iter.Seq[T] {
	seq := BridgeMust(ctx, l, b, produced[iter.Seq[T]]{of: p}).seq
	if seq == nil {
		return nil
	}
	return func(yield func(T) bool) {
		produce(context.WithoutCancel(ctx), l, b.streamed(p), pairs(seq), single(yield), raise)
	}
}

// Stream2InPlace is for generated code. It is [StreamInPlace] for sequences of pairs.
func Stream2InPlace[K, V any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq2[K, V]]) iter.Seq2[K, V] {
	seq := BridgeMust(ctx, l, b, produced[iter.Seq2[K, V]]{of: p}).seq
	if seq == nil {
		return nil
	}
	return func(yield func(K, V) bool) {
		produce(context.WithoutCancel(ctx), l, b.streamed(p), seq, yield, raise)
	}
}

// StreamErrInPlace is for generated code. It is [StreamInPlace] for sequences of elements and errors: if the handler did not run, or the sequence
// cannot start or is cut short, which the end of ctx does to it as well, the last element is the [*Error].
func StreamErrInPlace[T any](ctx context.Context, l *Loop, b *Bridge, p Producer[iter.Seq2[T, error]]) iter.Seq2[T, error] {
	c, err := BridgeCall(ctx, l, b, produced[iter.Seq2[T, error]]{of: p})
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
	ctx context.Context, l *Loop, about streamed, seq iter.Seq2[K, V], yield func(K, V) bool, failed func(error),
) {
	returned := false
	defer about.bridge.unwrap(&returned)
	err := consume(ctx, l, about, func(context.Context) iter.Seq2[K, V] { return seq }, yield)
	returned = true
	if err != nil {
		failed(err)
	}
}
