package conformance

import (
	"context"

	pondpool "github.com/alitto/pond/v2"
)

func pond() Subject {
	return Subject{
		Name:   "pond",
		Module: "github.com/alitto/pond/v2",
		Idiom:  "`NewPool(1)`, `Submit(…).Wait()`, `StopAndWait`",
		Start: func() Owner {
			pool := pondpool.NewPool(1)
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					return pool.Submit(func() { fn(ctx) }).Wait()
				},
				Stop: pool.StopAndWait,
			}
		},
	}
}
