package shop

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/asyncgen/asyncgen/loop"
)

func one(context.Context) (int, error) { return 1, nil }

// Local has its loops in variables that keep their values.
func Local(l *loop.Loop) {
	own := loop.New()
	bg := context.Background()
	_, _ = loop.Call(bg, own, func(ctx context.Context) (int, error) {
		_, _ = loop.Call(ctx, own, one)
		_, _ = loop.Call(bg, l, one)
		_, _ = loop.Call(bg, own, one)
		f := loop.Async(bg, own, one)
		_, _ = f.Await(ctx)
		g := loop.Async(bg, own, one)
		return g.Await(bg) // want `this function runs on own and waits for Future.Await on the same loop with a context that is not the handler's, so that the loop is not given up meanwhile`
	})
	_, _ = loop.Call(bg, l, func(ctx context.Context) (int, error) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = loop.Call(ctx, l, one) // want `this function runs on l and waits for a goroutine that waits for loop.Call on the same loop`
		})
		wg.Wait()

		var group errgroup.Group
		group.Go(func() error {
			_, err := loop.Async(ctx, l, one).Await(ctx) // want `waits for a goroutine that waits for Future.Await`
			return err
		})
		_ = group.Wait()

		done := make(chan int, 1)
		go func() {
			v, _ := loop.Call(ctx, l, one) // want `waits for a goroutine that waits for loop.Call`
			done <- v
		}()
		return <-done, nil
	})
}

// Changed has its loop in a variable that gets another value.
func Changed(l *loop.Loop) {
	bg := context.Background()
	_, _ = loop.Call(bg, l, func(ctx context.Context) (int, error) {
		l = loop.New()
		return loop.Async(bg, l, one).Await(bg)
	})
	var pick *loop.Loop
	for range 2 {
		pick = loop.New()
		_ = pick.Spawn(bg, func(ctx context.Context) error { _, _ = loop.Async(bg, pick, one).Await(bg); return nil })
	}
	a, b := loop.New(), loop.New()
	_, _ = loop.Call(bg, a, func(ctx context.Context) (int, error) { return loop.Async(bg, b, one).Await(bg) })
}

// Field has its loop in a struct that may be any.
func (s *Shelf) Field(ctx context.Context, other *Shelf) {
	bg := context.Background()
	_, _ = loop.Call(ctx, s.loop, func(ctx context.Context) (int, error) {
		_, _ = s.CountOnLoop(bg)
		_, _ = other.CountAsync(bg).Await(bg)
		return s.CountAsync(bg).Await(bg) // want `this function runs on Shelf.loop and waits for Future.Await`
	})
	_, _ = loop.Call(ctx, other.loop, func(ctx context.Context) (int, error) {
		_, _ = s.CountAsync(bg).Await(bg)
		return other.CountAsync(bg).Await(bg) // want `waits for Future.Await`
	})
	s.on(ctx, func() {
		_, _ = other.CountAsync(bg).Await(bg)
		_, _ = s.CountAsync(bg).Await(bg) // want `waits for Future.Await`
	})
	other.on(ctx, func() { _, _ = s.CountAsync(bg).Await(bg) })
}

func (s *Shelf) on(ctx context.Context, do func()) {
	_ = s.loop.Spawn(ctx, func(context.Context) error { do(); return nil })
}

// Elsewhere leaves work to another shelf, and waits for nothing.
//
//asyncgen:bridge
func (s *Shelf) Elsewhere(ctx context.Context, other *Shelf) {
	_ = other.loop.Spawn(ctx, func(context.Context) error { _, _ = s.CountAsync(ctx).Await(context.Background()); return nil })
}

//asyncgen:bridge
func (s *Shelf) Futures(ctx context.Context, other *Shelf) {
	f := s.CountAsync(ctx)
	_, _ = f.Await(context.Background()) // want `Shelf.Futures runs on Shelf.loop and waits for Future.Await on the same loop`

	var wg sync.WaitGroup
	g := s.CountAsync(ctx)
	wg.Go(func() {
		_, _ = g.Await(ctx) // want `waits for a goroutine that waits for Future.Await`
	})
	wg.Wait()

	theirs := other.CountAsync(ctx)
	_, _ = theirs.Await(context.Background())

	own := s.CountAsync(ctx)
	_, _ = own.Await(ctx)
	_, _ = own.Await(context.Background())

	asked := s.CountAsync(ctx)
	select {
	case <-asked.Done():
		_, _ = asked.Await(context.Background())
	default:
	}

	slept := s.CountAsync(ctx)
	_ = loop.Sleep(ctx, time.Second)
	_, _ = slept.Await(context.Background())

	helped := s.CountAsync(ctx)
	rest(ctx)
	_, _ = helped.Await(context.Background())

	picked := s.CountAsync(ctx)
	picked = other.CountAsync(ctx)
	_, _ = picked.Await(context.Background())

	again := s.CountAsync(ctx)
	for i := range 2 {
		if i > 0 {
			_, _ = again.Await(context.Background())
		}
		rest(ctx)
	}
}

func rest(ctx context.Context) { _ = loop.Sleep(ctx, time.Second) }

// Nested calls its own loop, which runs in place and may give up the loop there.
//
//asyncgen:bridge
func (s *Shelf) Nested(ctx context.Context) {
	bg := context.Background()

	counted := s.CountAsync(ctx)
	_, _ = s.CountOnLoop(bg)
	_, _ = counted.Await(bg)

	called := s.CountAsync(ctx)
	_, _ = loop.Call(bg, s.loop, one)
	_, _ = called.Await(bg)

	helped := s.CountAsync(ctx)
	s.restock(1)
	_, _ = helped.Await(bg)

	var wg sync.WaitGroup
	wg.Go(func() { _, _ = s.CountOnLoop(ctx) })
	s.restock(1)
	wg.Wait()

	loaded := s.CountAsync(ctx)
	s.load(1)
	_, _ = loaded.Await(bg) // want `Shelf.Nested runs on Shelf.loop and waits for Future.Await`
}

func (s *Shelf) restock(n int) {
	if n > 0 {
		s.restock(n - 1)
	}
	_, _ = s.CountOnLoop(context.Background())
}

func (s *Shelf) load(n int) {
	if n > 0 {
		s.load(n - 1)
	}
	go s.restock(n)
	s.goods = append(s.goods, n)
}

// Yielding gives up the loop while its goroutines wait for it.
//
//asyncgen:bridge
func (s *Shelf) Yielding(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = s.CountOnLoop(ctx) })
	rest(ctx)
	wg.Wait()

	done := make(chan int, 1)
	go func() {
		v, _ := s.CountOnLoop(ctx)
		done <- v
	}()
	func() { _ = loop.Sleep(ctx, time.Second) }()
	<-done
}

var channels []chan int

//asyncgen:bridge
func (s *Shelf) Receiving(ctx context.Context, in chan int, sub func(chan<- int)) (n int) {
	done := make(chan int)
	go func() {
		v, _ := s.CountOnLoop(ctx) // want `Shelf.Receiving runs on Shelf.loop and waits for a goroutine that waits for Shelf.CountOnLoop`
		done <- v
	}()
	n += <-done

	goods := make(chan int)
	go func() {
		defer close(goods)
		for v := range s.GoodsOnLoop(ctx) { // want `waits for a goroutine that waits for Shelf.GoodsOnLoop`
			goods <- v
		}
	}()
	for v := range goods {
		n += v
	}

	// Somebody else may send to a channel that comes from elsewhere, or is given away.
	go func() {
		v, _ := s.CountOnLoop(ctx)
		in <- v
	}()
	n += <-in
	alias := in
	go func() {
		v, _ := s.CountOnLoop(ctx)
		alias <- v
	}()
	n += <-alias
	listed := make(chan int)
	go func() {
		v, _ := s.CountOnLoop(ctx)
		listed <- v
	}()
	channels = append(channels, listed)
	n += <-listed
	shared := make(chan int)
	go func() {
		v, _ := s.CountOnLoop(ctx)
		shared <- v
	}()
	sub(shared)
	return n + <-shared
}
