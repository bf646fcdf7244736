package conformance

import (
	"context"

	"github.com/gammazero/workerpool"
)

func workers() Subject {
	return Subject{
		Name:   "workerpool",
		Module: "github.com/gammazero/workerpool",
		Idiom:  "`New(1)`, `SubmitWait`, `StopWait`",
		Start: func() Owner {
			pool := workerpool.New(1)
			return Owner{
				Call: func(ctx context.Context, fn func(context.Context)) error {
					pool.SubmitWait(func() { fn(ctx) })
					return nil
				},
				Stop: pool.StopWait,
			}
		},
	}
}
