package loop

import (
	"context"
	"errors"
)

// ErrNoFutures is returned by [First] when there is nothing to wait for.
var ErrNoFutures = errors.New("there are no futures")

// All waits for all futures and returns their results in the order of the
// arguments. As soon as one of them has an error, All returns that error, and no
// results; a panic or [runtime.Goexit] goes on in the caller as with
// [Future.Await]. The tasks of the other futures go on in any case.
//
// If ctx ends first, All returns [context.Cause] of it. In a handler it gives up
// the loop role meanwhile, as Future.Await does.
func All[T any](ctx context.Context, futures ...*Future[T]) ([]T, error) {
	results := make([]T, len(futures))
	watch, end := watchAll(futures)
	defer end()
	for range futures {
		i, err := next(ctx, watch)
		if err == nil {
			results[i], err = futures[i].result()
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// First waits for the first of the futures to settle and returns its outcome as
// [Future.Await] does; of those that have settled already, the first in the order
// of the arguments. The tasks of the others go on, and their futures can be
// awaited.
//
// If ctx ends first, First returns [context.Cause] of it; without futures it
// returns [ErrNoFutures]. In a handler it gives up the loop role meanwhile, as
// Future.Await does.
func First[T any](ctx context.Context, futures ...*Future[T]) (T, error) {
	var none T
	if len(futures) == 0 {
		return none, ErrNoFutures
	}
	watch, end := watchAll(futures)
	defer end()
	i, err := next(ctx, watch)
	if err != nil {
		return none, err
	}
	return futures[i].result()
}

// watchAll returns a channel from which the index of each future can be received
// once that has settled, and a function that ends the watch.
func watchAll[T any](futures []*Future[T]) (settled <-chan int, end func()) {
	c := make(chan int, len(futures))
	waiters := make([]*waiter, len(futures))
	for i, f := range futures {
		waiters[i] = &waiter{settled: c, index: i}
		f.add(waiters[i])
	}
	return c, func() {
		for i, f := range futures {
			f.remove(waiters[i])
		}
	}
}

// next returns the index of the next future that has settled. It waits only if there
// is none, so as not to give up the loop role for nothing.
func next(ctx context.Context, settled <-chan int) (int, error) {
	select {
	case i := <-settled:
		return i, nil
	default:
		return awaitValue(ctx, settled)
	}
}
