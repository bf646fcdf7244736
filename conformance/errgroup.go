package conformance

import (
	"context"

	"golang.org/x/sync/errgroup"
)

func wait() Subject {
	return Subject{
		Name:   "errgroup",
		Module: "golang.org/x/sync",
		Idiom:  "`Go` and `Wait`, one group for each call",
		Start: func() Owner {
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					g, ctx := errgroup.WithContext(ctx)
					g.Go(func() error { fn(ctx); return nil })
					return g.Wait()
				},
			}
		},
	}
}
