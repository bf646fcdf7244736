package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
)

// A service is the interface of the caller. The local front implements it, and so does the remote one.
type service interface {
	Price(ctx context.Context, symbol string) (cents int64, err error)
	Trade(ctx context.Context, symbol string, shares int64) (held int64, err error)
	Notify(ctx context.Context, customer, text string) error
}

// call makes rounds of calls and prints their outcomes.
func (s *settings) call(ctx context.Context, q service) error {
	symbols := [...]string{"ACME", "HILL", "LAKE", "NONE"}
	pause := time.NewTicker(s.every)
	defer pause.Stop()
	for round := 0; s.calls == 0 || round < s.calls; round++ {
		s.round(ctx, q, round, symbols[round%len(symbols)])
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
	return nil
}

func (s *settings) round(ctx context.Context, q service, round int, symbol string) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cents, err := q.Price(ctx, symbol)
	s.outcome(err, "price of %s: %d.%02d", symbol, cents/100, cents%100)
	held, err := q.Trade(ctx, symbol, 1)
	s.outcome(err, "bought a share of %s: %d", symbol, held)
	if err != nil {
		return
	}
	// The ID is that of the purchase: a second call with it has no effect.
	id := fmt.Sprintf("%s-%d-%d", symbol, held, round)
	err = q.Notify(remote.WithID(ctx, id), "customer", fmt.Sprintf("you have %d of %s", held, symbol))
	s.outcome(err, "notification %s is on its way", id)
}

// outcome prints the outcome of a call.
func (s *settings) outcome(err error, format string, args ...any) {
	var far *remote.Error
	switch {
	case err == nil:
		fmt.Fprintf(s.out, "ok       "+format+"\n", args...)
	case errors.Is(err, errUnknown):
		fmt.Fprintf(s.out, "answer   %v\n", err)
	case errors.As(err, &far) && far.Fate == remote.FateUnknown:
		fmt.Fprintf(s.out, "unknown  %v\n", err)
	case loop.NotRun(err):
		fmt.Fprintf(s.out, "not run  %v\n", err)
	default:
		fmt.Fprintf(s.out, "failed   %v\n", err)
	}
}
