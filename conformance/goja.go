package conformance

import (
	"context"
	"errors"

	js "github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
)

func goja() Subject {
	return Subject{
		Name:   "goja_nodejs",
		Module: "github.com/dop251/goja_nodejs",
		Idiom:  "`RunOnLoop` and a channel, `Stop`",
		Start: func() Owner {
			l := eventloop.NewEventLoop()
			return onEventLoop(l, func() { l.Stop() })
		},
	}
}

// gojaTerminate is the same with the other way to stop, which is for good.
func gojaTerminate() Subject {
	s := goja()
	s.Name += ", Terminate"
	s.Idiom = "`RunOnLoop` and a channel, `Terminate`"
	s.Start = func() Owner {
		l := eventloop.NewEventLoop()
		return onEventLoop(l, l.Terminate)
	}
	return s
}

func onEventLoop(l *eventloop.EventLoop, stop func()) Owner {
	l.Start()
	return Owner{
		Call: func(ctx context.Context, fn func(context.Context)) error {
			done := make(chan struct{})
			if !l.RunOnLoop(func(*js.Runtime) { fn(ctx); close(done) }) {
				return errors.New("the loop is terminated")
			}
			<-done
			return nil
		},
		Stop: stop,
	}
}
