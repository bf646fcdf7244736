package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
)

//go:generate go tool asyncgen

// errUnknown is the same error wherever a call ends.
var errUnknown = errors.New("no such symbol")

// A limitError has contents that travel.
type limitError struct{ Shares, Limit int64 }

func (e *limitError) Error() string {
	return fmt.Sprintf("%d shares are more than the %d that may be held", e.Shares, e.Limit)
}

// limit is how many shares of a symbol may be held.
const limit = 1_000_000

// quotes holds prices and positions. Apart from the directives it is the code of a program without
// a network.
//
//asyncgen:bridge loop=target.loop
//asyncgen:remote errors=*limitError
type quotes struct {
	loop   *loop.Loop
	prices map[string]int64 // only handlers touch it
	store  *store
	log    io.Writer
}

func newQuotes(s *store, log io.Writer) *quotes {
	return &quotes{
		loop:   loop.New(loop.WithName("quotes")),
		prices: map[string]int64{"ACME": 10123, "HILL": 4711, "LAKE": 250},
		store:  s, log: log,
	}
}

// Price returns the price of a share in cents.
func (q *quotes) Price(ctx context.Context, symbol string) (cents int64, err error) {
	cents, ok := q.prices[symbol]
	if !ok {
		return 0, fmt.Errorf("%s: %w", symbol, errUnknown)
	}
	return cents, nil
}

// Trade buys shares, or sells them if the number is negative, and returns the new position. Trades of
// one symbol run one at a time, in the order of the calls, on any worker.
//
//asyncgen:remote serial=symbol
func (q *quotes) Trade(ctx context.Context, symbol string, shares int64) (held int64, err error) {
	if _, ok := q.prices[symbol]; !ok {
		return 0, fmt.Errorf("%s: %w", symbol, errUnknown)
	}
	d, _ := remote.DeliveryOf(ctx) // a local call has none, and needs none
	held, err = q.store.trade(ctx, symbol, shares, d.Fence)
	if err == nil {
		fmt.Fprintf(q.log, "%straded %+d %s, %d are held (fence %d)\n", prefix(d), shares, symbol, held, d.Fence)
	}
	return held, err
}

// Notify sends a customer a message about a trade. It runs at least once; the ID of the work ensures that
// the customer gets one message.
//
//asyncgen:remote durable
func (q *quotes) Notify(ctx context.Context, customer, text string) error {
	d, _ := remote.DeliveryOf(ctx)
	first, err := q.store.notified(ctx, d.ID)
	if err == nil && first {
		fmt.Fprintf(q.log, "%sdear %s, %s (attempt %d)\n", prefix(d), customer, text, d.Attempt)
	}
	return err
}

// prefix returns the name of a worker for messages, or nothing for the only one.
func prefix(d remote.Delivery) string {
	if d.Worker == "" {
		return ""
	}
	return d.Worker + ": "
}
