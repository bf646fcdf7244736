package conformance

import (
	"context"

	"github.com/sourcegraph/conc"
)

func concurrent() Subject {
	return Subject{
		Name:   "conc",
		Module: "github.com/sourcegraph/conc",
		Idiom:  "`WaitGroup.Go` and `Wait`, one group for each call",
		Start: func() Owner {
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					var wg conc.WaitGroup
					wg.Go(func() { fn(ctx) })
					wg.Wait()
					return nil
				},
			}
		},
	}
}
