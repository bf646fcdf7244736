package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	demoRequests = 200             // greetings, and as many mails
	demoLimit    = 2 * time.Second // one after the other they would take 200
)

// demo puts the service under load and returns an error if anything is not as the
// service promises.
func demo(ctx context.Context, cfg config, stdout io.Writer) error {
	cfg.addr = "127.0.0.1:0"
	cfg.smtp = "" // only our own sink can tell what has arrived
	cfg.log = slog.New(slog.DiscardHandler)
	var arrived inbox
	cfg.deliver = arrived.deliver
	s, err := start(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s, mail goes to %s\n", s.url, s.smtp)

	r := load(ctx, s.url, demoRequests)
	state, err := s.greeter.stateOnLoop(ctx)
	// Mails may still be under way. That they arrive is what stop has to see to.
	if err := errors.Join(err, s.stop(ctx)); err != nil {
		return err
	}
	r.visits = state.Visits
	r.arrived = arrived.subjects()
	r.print(stdout)
	return r.verify(demoLimit)
}

// load sends n greetings and n mails, all at the same time.
func load(ctx context.Context, url string, n int) report {
	c := newClient(url, 2*n)
	defer c.close()
	greetings, mails := make([]error, n), make([]error, n)
	var all, greeted sync.WaitGroup
	begin := time.Now()
	for i := range n {
		greeted.Go(func() { greetings[i] = c.greet(ctx, fmt.Sprintf("visitor%d", i)) })
		all.Go(func() { mails[i] = c.send(ctx, fmt.Sprintf("visitor%d@example.com", i), subject(i)) })
	}
	greeted.Wait()
	took := time.Since(begin)
	all.Wait()
	return report{sent: n, took: took, greetings: greetings, mails: mails}
}

func subject(i int) string { return fmt.Sprintf("mail %d", i) }

// report is what happened.
type report struct {
	sent      int // greetings, and as many mails
	took      time.Duration
	greetings []error // one for each request
	mails     []error
	visits    int
	arrived   map[string]int // how often, by subject
}

func (r report) print(w io.Writer) {
	fmt.Fprintf(w, "requests   %d of %d greeted in %v, each after a second of sleep on one loop\n",
		successes(r.greetings), r.sent, r.took.Round(time.Millisecond))
	fmt.Fprintf(w, "counter    %d\n", r.visits)
	fmt.Fprintf(w, "mails      %d of %d accepted, %d delivered\n", successes(r.mails), r.sent, r.delivered())
}

// verify returns everything that is wrong.
func (r report) verify(limit time.Duration) error {
	problems := []error{errors.Join(r.greetings...), errors.Join(r.mails...)}
	if r.took >= limit {
		problems = append(problems, fmt.Errorf("%d greetings took %v, the limit is %v", r.sent, r.took, limit))
	}
	if r.visits != r.sent {
		problems = append(problems, fmt.Errorf("the counter is %d after %d greetings", r.visits, r.sent))
	}
	for i := range r.sent {
		if n := r.arrived[subject(i)]; n != 1 {
			problems = append(problems, fmt.Errorf("%s arrived %d times", subject(i), n))
		}
	}
	if n := r.delivered(); n != r.sent {
		problems = append(problems, fmt.Errorf("%d mails were delivered, %d were sent", n, r.sent))
	}
	return errors.Join(problems...)
}

func (r report) delivered() (n int) {
	for _, times := range r.arrived {
		n += times
	}
	return n
}

func successes(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}
