package loop

import (
	"context"
	"errors"
	"runtime"

	"github.com/asyncgen/asyncgen/loop/internal/door"
	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// defaultChunk is how many elements a producer makes at most before other tasks get their
// turn, if its bridge has no Chunk.
const defaultChunk = 64

// A stream is one run of a producer, the body of its task, and its exchange with the consumer,
// without the elements.
type stream struct {
	door.Sealed
	door.Producer
	flow     door.Flow
	exchange door.Exchange
	task     *task

	more chan struct{} // capacity 1: the consumer wants a chunk

	// The producer's.
	ctx   context.Context
	asked bool // the consumer wants the chunk
	rests bool // it waits for the consumer

	// cut is set before the task settles, if the producer was interrupted.
	cut error
}

// Err returns nil: the errors of a stream are elements.
func (s *stream) Err() error { return nil }

// Where is Position, which never changes.
func (s *stream) Where() string { return s.Position() }

// consume is the consumer's side: it runs the producer on l and gives its elements to the loop
// body.
func (s *stream) consume(ctx context.Context, l *Loop, own *room) error {
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
	if r := l.home.of(me); r != nil && !l.role.heldBy(me) {
		s.exchange.InPlace = true
		return l.callAtHome(ctx, r, s)
	}
	if l.role.heldBy(me) {
		if s.NonReentrant {
			return l.turnAway(ctx, s, ModeStream, l.refused(s, ErrReentrant))
		}
		s.exchange.InPlace = true
		l.self(ctx, s)
		return nil
	}
	t := l.taskIn(own, ctx, s, kindStream, false)
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
		if !s.flow.Consume(ended) {
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
	s.exchange.Left.Store(true)
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

// Run is the producer's side.
func (s *stream) Run(ctx context.Context) {
	defer s.exchange.Over.Store(true) // for a yield that the producer has kept
	if s.exchange.InPlace {
		s.flow.Produce(ctx, &s.exchange)
		return
	}
	s.ctx, s.task.beforeAwait = ctx, s.flush
	s.flow.Produce(ctx, &s.exchange)
	if ctx.Err() != nil {
		s.cut = context.Cause(ctx)
	}
}

// Complete delivers a chunk of full size, and reports whether the consumer wants another.
func (s *stream) Complete() bool {
	chunk := s.Chunk
	if chunk < 1 {
		chunk = defaultChunk
	}
	s.exchange.Size = min(2*s.exchange.Size, chunk)
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
	s.flow.HandOver()
	s.task.wake.open()
}

// rest gives up the loop role until the consumer wants a chunk. It reports false if there will
// be no other: the consumer has left, or the context has ended. A handler that cannot give up
// the role does not wait: the consumer may be waiting for the loop.
func (s *stream) rest() bool {
	if s.exchange.Left.Load() {
		return false
	}
	s.rests = true
	err := s.awaitMore()
	s.rests = false
	s.asked = err == nil
	return (s.asked || errors.Is(err, ErrCannotAwait)) && !s.exchange.Left.Load() && s.ctx.Err() == nil
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
	if !s.rests && s.flow.Pending() && s.wanted() {
		s.handOver()
	}
}
