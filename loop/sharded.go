package loop

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
)

// A Sharded is a fixed number of loops among which calls are divided by key: calls
// with equal keys run on the same loop, one at a time and in order; calls with
// different keys may run side by side. Make one with [NewSharded].
type Sharded struct {
	loops []*Loop
	seed  maphash.Seed
}

// NewSharded returns n running loops as one. The options apply to each of them,
// and each has its index appended to its name. It panics if n is less than 1.
func NewSharded(n int, opts ...Option) *Sharded {
	if n < 1 {
		panic("loop: NewSharded needs at least 1 loop")
	}
	c := configure(opts)
	var base name
	base.set(c.name)
	s := &Sharded{loops: make([]*Loop, n), seed: maphash.MakeSeed()}
	for i := range s.loops {
		name := WithName(base.String() + "/" + strconv.Itoa(i))
		s.loops[i] = New(append(opts[:len(opts):len(opts)], name)...)
	}
	return s
}

// Shard returns the loop of s that runs the calls with the given key. It returns
// nil if s is nil.
func Shard[K comparable](s *Sharded, key K) *Loop {
	if s == nil {
		return nil
	}
	h := maphash.Comparable(s.seed, key)
	return s.loops[h%uint64(len(s.loops))]
}

// ErrResize is returned by [Sharded.Resize].
var ErrResize = errors.New("a Sharded keeps its number of loops, or it could not keep calls with equal keys apart")

// Resize returns nil if s has n loops already, and refuses everything else with [ErrResize].
// Another number of loops moves keys from loop to loop. Tasks for such a key that are queued
// or running on its old loop, or come from a caller that has been given that loop, would run
// beside those on the new one, and order would be lost unnoticed. To change the number, shut s
// down and replace it by a new Sharded; nothing of the old one runs any more when Shutdown has
// returned nil.
func (s *Sharded) Resize(n int) error {
	if n == len(s.Loops()) {
		return nil
	}
	return fmt.Errorf("loop: not resized from %d to %d: %w", len(s.Loops()), n, ErrResize)
}

// Loops returns the loops in the order of their indices.
func (s *Sharded) Loops() []*Loop {
	if s == nil {
		return nil
	}
	return slices.Clone(s.loops)
}

// Shutdown shuts all loops down, as [Loop.Shutdown] does, and returns when all have
// stopped or ctx has ended. All stop to accept tasks before it waits for the first.
func (s *Sharded) Shutdown(ctx context.Context) error {
	for _, l := range s.Loops() {
		l.stop(false)
	}
	var errs []error
	for _, l := range s.Loops() {
		errs = append(errs, l.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// Close closes all loops, as [Loop.Close] does.
func (s *Sharded) Close() error {
	for _, l := range s.Loops() {
		_ = l.Close() // always nil
	}
	return nil
}

// Closed reports whether a loop of s has begun to stop, as [Loop.Closed] does: then calls with
// some of the keys are refused.
func (s *Sharded) Closed() bool { return s == nil || slices.ContainsFunc(s.loops, (*Loop).Closed) }
