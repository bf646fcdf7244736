package loop

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
)

// A Sharded is a fixed number of loops among which calls are divided by key: calls
// with equal keys run on the same loop, one at a time and in order; calls with
// different keys may run side by side. Make one with [NewSharded]; the number of loops never
// changes, or calls with equal keys could not be kept apart. A nil *Sharded and the zero value
// have no loops: calls are refused with [ErrNoLoop].
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

// Shard returns the loop of s that runs the calls with the given key. It returns nil, which
// refuses every call with [ErrNoLoop], if s has no loops: it is nil or has not been made by
// [NewSharded].
func Shard[K comparable](s *Sharded, key K) *Loop {
	if s == nil || len(s.loops) == 0 {
		return nil
	}
	return s.loops[shardIndex(s, key)]
}

// ShardIndex returns the index of the loop that [Shard] returns for key, below the length of
// [Sharded.Loops]: the place of the state of that loop's handlers in a slice. It panics if s
// has no loops.
//
//	room := r.rooms[loop.ShardIndex(r.loops, name)]
//
// The index of a key stays the same for the life of s, and differs in other Shardeds and in
// other runs of the program.
func ShardIndex[K comparable](s *Sharded, key K) int {
	if s == nil || len(s.loops) == 0 {
		panic("loop: ShardIndex of a Sharded without loops; make it with NewSharded")
	}
	return shardIndex(s, key)
}

func shardIndex[K comparable](s *Sharded, key K) int {
	return int(maphash.Comparable(s.seed, key) % uint64(len(s.loops)))
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
func (s *Sharded) Closed() bool {
	return s == nil || len(s.loops) == 0 || slices.ContainsFunc(s.loops, (*Loop).Closed)
}
