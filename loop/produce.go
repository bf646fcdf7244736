package loop

import (
	"context"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

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
	if !s.wanted() && !s.rest() {
		return false
	}
	s.handOver()
	return s.rest()
}

// wanted reports whether the consumer has asked for a chunk.
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

// handOver gives the chunk to the consumer. The slice it gets back is the one that
// the consumer was done with when it asked.
func (s *stream[K, V]) handOver() {
	s.asked = false
	s.in, s.out = s.out, s.in
	s.task.wake.open()
}

// rest gives up the loop role until the consumer asks for a chunk. It reports false
// if there will be no other: the consumer has left, or the context has ended.
func (s *stream[K, V]) rest() bool {
	if s.left.Load() {
		return false
	}
	s.rests = true
	err := s.awaitMore()
	s.rests = false
	s.asked = err == nil
	return s.asked && !s.left.Load() && s.ctx.Err() == nil
}

// awaitMore waits for the consumer, and lets others run meanwhile if the calling
// goroutine is the handler's. That is so unless somebody yields in a goroutine of
// his own or in Await.
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
