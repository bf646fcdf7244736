package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/mailer"
	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go tool asyncgen

// maxOutbox bounds the outbox log of a service that runs for months.
const maxOutbox = 1000

// greeter is the state of the service. Nothing here is locked: the fields below
// the first group are used by handlers only, and one loop runs those. Other code
// calls the bridges that asyncgen generates from the directives.
type greeter struct {
	loop   *loop.Loop
	mailer *mailer.Mailer
	from   string          // sender of all mails
	pause  time.Duration   // how long a greeting takes
	delays []time.Duration // between the attempts to send a mail

	visits    int
	delivered int
	failed    int
	outbox    []delivery // the latest, oldest first
}

// delivery is an entry of the outbox log.
type delivery struct {
	To      string
	Subject string
	Err     error // nil if the mail server has accepted the mail
}

// snapshot is a copy of the state, owned by the caller.
type snapshot struct {
	Visits    int
	Delivered int
	Failed    int
	Outbox    []delivery
}

// greet greets by name, after a pause. The loop runs other handlers during the pause.
//
//asyncgen:bridge
func (g *greeter) greet(ctx context.Context, name string) (string, error) {
	g.visits++
	visit := g.visits // after the pause, g.visits is somebody else's number
	if err := loop.Sleep(ctx, g.pause); err != nil {
		return "", err
	}
	return fmt.Sprintf("Hello, %s! You are visitor %d.", name, visit), nil
}

// send delivers a mail and records the result in the outbox. An error is that
// of the last attempt.
//
//asyncgen:spawn
func (g *greeter) send(ctx context.Context, m mailer.Mail) error {
	letter := m.Write(g.from, time.Now())
	err := g.deliver(ctx, letter)
	if err != nil {
		g.failed++
	} else {
		g.delivered++
	}
	if len(g.outbox) == maxOutbox {
		g.outbox = slices.Delete(g.outbox, 0, 1)
	}
	g.outbox = append(g.outbox, delivery{To: m.To, Subject: m.Subject, Err: err})
	return err
}

// deliver talks to the mail server, again after a while if that may help.
func (g *greeter) deliver(ctx context.Context, l mailer.Letter) error {
	for attempt := 0; ; attempt++ {
		// The conversation takes as long as the server likes. Await lets other
		// handlers run meanwhile, so this function must not use g's state.
		err := loop.Await(ctx, func(ctx context.Context) error {
			return g.mailer.Send(ctx, l)
		})
		if err == nil || mailer.Permanent(err) || attempt == len(g.delays) {
			return err
		}
		if loop.Sleep(ctx, g.delays[attempt]) != nil {
			return err // the loop is closing; the mail's own error says more
		}
	}
}

// state returns a copy of the counters and the log of the handlers.
//
//asyncgen:bridge
func (g *greeter) state() snapshot {
	return snapshot{g.visits, g.delivered, g.failed, slices.Clone(g.outbox)}
}
