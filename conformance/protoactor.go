package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// requestTimeout is the timeout that every request needs. It is shorter than the time after
// which a call counts as one that hangs.
const requestTimeout = 500 * time.Millisecond

func protoactor() Subject {
	return Subject{
		Name:   "protoactor-go",
		Module: "github.com/asynkron/protoactor-go",
		Idiom:  "an actor, `RequestFuture(…).Result()` with a timeout, `PoisonFuture`",
		Start:  startActor,
	}
}

func startActor() Owner {
	type request func()
	system := actor.NewActorSystem()
	pid := system.Root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if fn, ok := c.Message().(request); ok {
			fn()
			c.Respond(true)
		}
	}))
	return Owner{
		Call: func(ctx context.Context, fn func(context.Context)) error {
			_, err := system.Root.RequestFuture(pid, request(func() { fn(ctx) }), requestTimeout).Result()
			if errors.Is(err, actor.ErrTimeout) {
				return errTimeout
			}
			return err
		},
		Stop: func() { _ = system.Root.PoisonFuture(pid).Wait() },
	}
}
