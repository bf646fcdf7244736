package loop

import (
	"context"
	"runtime"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

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

// leave ends the producer and waits until it has ended. Whatever it is interrupted
// in, what it panics with reaches the consumer.
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
