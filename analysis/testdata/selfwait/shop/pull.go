package shop

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/loop"
)

//asyncgen:bridge
func (s *Shelf) Pulls(ctx context.Context) int {
	next, stop := iter.Pull(s.GoodsOnLoop(ctx)) // want `Shelf.Pulls runs on Shelf.loop and pulls from a sequence that waits for Shelf.GoodsOnLoop on the same loop, in a goroutine of its own, so that both wait forever: range over the sequence, or pull inside loop.Await \[AV003\]`
	defer stop()
	v, _ := next()

	prices := s.PricesOnLoop(ctx)
	var (
		total       int
		price, done = iter.Pull2(prices) // want `pulls from a sequence that waits for Shelf.PricesOnLoop`
	)
	defer done()
	for n, err, ok := price(); ok && err == nil; n, err, ok = price() {
		total += n
	}

	given, end := iter.Pull(s.GoodsOnLoop(ctx)) // want `pulls from a sequence`
	defer end()
	return v + total + first(given)
}

func first(next func() (int, bool)) int {
	v, _ := next()
	return v
}

//asyncgen:bridge
func (s *Shelf) Literals(ctx context.Context) {
	next, stop := iter.Pull(func(yield func(int) bool) { // want `Shelf.Literals runs on Shelf.loop and pulls from a sequence that waits for Shelf.CountOnLoop`
		v, _ := s.CountOnLoop(ctx)
		yield(v)
	})
	defer stop()
	next()

	doubled := iter.Seq[int](func(yield func(int) bool) {
		for v := range s.GoodsOnLoop(ctx) {
			if !yield(2 * v) {
				return
			}
		}
	})
	twice, end := iter.Pull(doubled) // want `waits for Shelf.GoodsOnLoop`
	defer end()
	twice()

	on, off := iter.Pull(func(yield func(int) bool) { s.GoodsOnLoop(ctx)(yield) }) // want `waits for Shelf.GoodsOnLoop`
	defer off()
	on()

	late, cancel := iter.Pull2(func(yield func(int, error) bool) { // want `waits for Future.Await`
		yield(s.CountAsync(ctx).Await(ctx))
	})
	defer cancel()
	late()
}

// Ranges needs no goroutine: the stream runs in place, whatever its context.
//
//asyncgen:bridge
func (s *Shelf) Ranges(ctx context.Context) int {
	n := 0
	for v := range s.GoodsOnLoop(ctx) {
		n += v
	}
	for v := range s.GoodsOnLoop(context.Background()) {
		n += v
	}
	list := slices.Collect(s.GoodsOnLoop(ctx))
	next, stop := iter.Pull(slices.Values(list))
	defer stop()
	v, _ := next()
	local, end := iter.Pull(s.Goods(ctx))
	defer end()
	w, _ := local()
	return n + v + w
}

// Apart pulls while it does not have the loop.
//
//asyncgen:bridge
func (s *Shelf) Apart(ctx context.Context) (int, error) {
	seq := s.GoodsOnLoop(ctx)
	return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
		next, stop := iter.Pull(seq)
		defer stop()
		v, _ := next()
		return v, nil
	})
}

// Handed does not call the function itself, or not first.
//
//asyncgen:bridge
func (s *Shelf) Handed(ctx context.Context, ready bool) {
	next, stop := iter.Pull(s.GoodsOnLoop(ctx))
	go func() {
		defer stop()
		next()
	}()

	other, end := iter.Pull(s.GoodsOnLoop(ctx))
	go first(other)
	_ = end

	unused, off := iter.Pull(s.GoodsOnLoop(ctx))
	defer off()
	_ = unused

	queue, done := iter.Pull(s.GoodsOnLoop(ctx))
	defer done()
	enqueue(queue)

	awaited, halt := iter.Pull(s.GoodsOnLoop(ctx))
	_, _ = loop.AwaitValue(ctx, func(context.Context) (int, error) {
		defer halt()
		v, _ := awaited()
		return v, nil
	})

	var either func() (int, bool)
	either, cancel := iter.Pull(s.GoodsOnLoop(ctx))
	if ready {
		either, cancel = iter.Pull(slices.Values(s.goods))
	}
	defer cancel()
	either()

	seq := s.GoodsOnLoop(ctx)
	if ready {
		seq = slices.Values(s.goods)
	}
	mixed, leave := iter.Pull(seq)
	defer leave()
	mixed()
}

var waiting []func() (int, bool)

func enqueue(next func() (int, bool)) { waiting = append(waiting, next) }

// Others pulls from streams of other loops, or of shelves that may have another.
//
//asyncgen:bridge
func (s *Shelf) Others(ctx context.Context, other *Shelf) {
	next, stop := iter.Pull(other.GoodsOnLoop(ctx))
	defer stop()
	next()
	all, end := iter.Pull(AllOnLoop(ctx))
	defer end()
	all()
	count, off := iter.Pull(func(yield func(int) bool) {
		v, _ := other.CountOnLoop(ctx)
		yield(v)
	})
	defer off()
	count()
}

// Early stops before the sequence waits for anything.
//
//asyncgen:bridge
func (s *Shelf) Early(ctx context.Context, cache map[int]int) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for v := range maps.Values(cache) {
			if !yield(v) {
				return
			}
		}
		v, _ := s.CountOnLoop(ctx)
		yield(v)
	})
	defer stop()
	next()
	spawned, end := iter.Pull(func(yield func(int) bool) {
		go func() { _, _ = s.CountOnLoop(ctx) }()
		yield(1)
	})
	defer end()
	spawned()
}

// PullOutside is no handler.
func PullOutside(ctx context.Context, s *Shelf) {
	next, stop := iter.Pull(s.GoodsOnLoop(ctx))
	defer stop()
	next()
}
