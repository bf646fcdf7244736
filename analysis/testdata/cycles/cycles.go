package cycles

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

var a, b, c, d, e = loop.New(), loop.New(), loop.New(), loop.New(), loop.New()

//asyncgen:bridge loop=a
func onA(ctx context.Context) error {
	return onBOnLoop(ctx) // want `loops wait for each other in a circle: onA on a waits for onBOnLoop on b \(cycles.go:\d+\); helper on b waits for onCOnLoop on c \(cycles.go:\d+\); onC on c waits for loop.Call on a \(cycles.go:\d+\): wait inside`
}

//asyncgen:bridge loop=b
func onB(ctx context.Context) error { return helper(ctx) }

func helper(ctx context.Context) error { return onCOnLoop(ctx) }

//asyncgen:bridge loop=c
func onC(ctx context.Context) error {
	_, err := loop.Call(ctx, a, func(context.Context) (int, error) { return 0, nil })
	return err
}

// There is a way there, and back only inside Await, in a goroutine, or without
// waiting.
//
//asyncgen:bridge loop=d
func onD(ctx context.Context) error { return onEOnLoop(ctx) }

//asyncgen:bridge loop=e
//asyncgen:async loop=e
func onE(ctx context.Context) error {
	go func() { _ = onDOnLoop(ctx) }()
	if err := backSpawn(ctx); err != nil {
		return err
	}
	f := onEAsync(ctx)
	if _, err := f.Await(ctx); err != nil {
		return err
	}
	err := loop.Await(ctx, func(ctx context.Context) error { return onDOnLoop(ctx) })
	return err
}

//asyncgen:spawn loop=d
func back() {}

// Fields of two structs may hold the same loop.
type first struct{ loop *loop.Loop }

type second struct{ loop *loop.Loop }

//asyncgen:bridge
func (f *first) there(ctx context.Context, s *second) error { return s.backOnLoop(ctx, f) }

//asyncgen:bridge
func (s *second) back(ctx context.Context, f *first) error { return f.thereOnLoop(ctx, s) }

// These do not.
type north struct{ loop *loop.Loop }

type south struct{ loop *loop.Loop }

func newNorth() *north { return &north{loop: loop.New()} }
func newSouth() *south { return &south{loop: loop.New()} }

//asyncgen:bridge
func (n *north) there(ctx context.Context, s *south) error {
	return s.backOnLoop(ctx, n) // want `loops wait for each other in a circle: north.there on north.loop waits for south.backOnLoop on south.loop .*; south.back on south.loop waits for north.thereOnLoop on north.loop`
}

//asyncgen:bridge
func (s *south) back(ctx context.Context, n *north) error { return n.thereOnLoop(ctx, s) }
