package conformance

import (
	"context"

	"golang.org/x/sync/singleflight"
)

func flight() Subject {
	return Subject{
		Name:   "singleflight",
		Module: "golang.org/x/sync",
		Idiom:  "`Do` with one key",
		Start: func() Owner {
			var g singleflight.Group
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					_, err, _ := g.Do("key", func() (any, error) { fn(ctx); return nil, nil })
					return err
				},
			}
		},
	}
}
