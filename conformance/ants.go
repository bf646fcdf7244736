package conformance

import (
	"context"

	antspool "github.com/panjf2000/ants/v2"
)

func ants() Subject {
	return Subject{
		Name:   "ants",
		Module: "github.com/panjf2000/ants/v2",
		Idiom:  "`NewPool(1)`, `Submit` and a channel, `Release`",
		Start: func() Owner {
			pool, err := antspool.NewPool(1)
			if err != nil {
				panic(err)
			}
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					done := make(chan struct{})
					if err := pool.Submit(func() { fn(ctx); close(done) }); err != nil {
						return err
					}
					<-done
					return nil
				},
				Stop: pool.Release,
			}
		},
	}
}
