//go:build unix

package failure_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
)

// A recorder is the book, or a way to it.
type recorder func(history.Event) error

// A caller makes calls and records them. Any goroutine may use it.
type caller struct {
	engine                    *natsremote.Engine
	client                    *remote.Client
	record                    recorder
	touch, serial, mail, book *method
}

func newCaller(url string, backlog int64, record recorder) (*caller, error) {
	e, err := connect(url, "caller", backlog)
	if err != nil {
		return nil, err
	}
	return &caller{e, remote.NewClient(e), record, newCall(), newSerial(), newDurable(), newKeyed()}, nil
}

// do makes one call and records it.
func (c *caller) do(ctx context.Context, mode history.Mode, in request) (reply, error) {
	if err := c.record(history.Event{Kind: history.Invoke, Op: in.Op, Key: in.Key, Mode: mode}); err != nil {
		return reply{}, err
	}
	var out reply
	var err error
	switch mode {
	case history.Call:
		out, err = c.touch.Call(ctx, c.client, in)
	case history.Serial:
		out, err = c.serial.Call(ctx, c.client, in)
	case history.Durable:
		err = c.mail.Store(ctx, c.client, in)
	case history.Keyed:
		err = c.book.Store(ctx, c.client, in)
	}
	e := history.Event{Kind: history.Return, Op: in.Op, Value: out.Value, Outcome: outcomeOf(err)}
	if err != nil {
		e.Text = err.Error()
	}
	return out, errors.Join(err, c.record(e))
}

// outcomeOf is what a caller learns of the outcome: an error that is not of package remote is
// the handler's.
func outcomeOf(err error) history.Outcome {
	var e *remote.Error
	switch {
	case err == nil:
		return history.OK
	case !errors.As(err, &e):
		return history.Ran
	}
	return map[remote.Fate]history.Outcome{
		remote.FateNotRun: history.NotRun, remote.FateUnknown: history.Unknown, remote.FateRan: history.Ran,
	}[e.Fate]
}

// callerConfig is what a process does that only calls.
type callerConfig struct {
	URL, Book, Name string
	Mode            history.Mode
	Callers, Calls  int // so many goroutines make so many calls each
	Keys            int // a call has one of so many keys
	Millis          int
	Timeout         time.Duration // of a call; 0 for none
}

// callerRole is a process that calls, until it has made all its calls.
func callerRole(config []byte, _ <-chan struct{}) error {
	c, err := decode[callerConfig](config)
	if err != nil {
		return err
	}
	pen := history.NewPen(c.Book)
	defer pen.Close()
	caller, err := newCaller(c.URL, 0, pen.Record)
	if err != nil {
		return err
	}
	defer caller.engine.Close()
	say("ready")
	tally := caller.many(c)
	say(fmt.Sprint(tally))
	return nil
}

// many makes the calls of a config and returns how many had which outcome.
func (c *caller) many(config callerConfig) map[history.Outcome]int {
	var mu sync.Mutex
	var done sync.WaitGroup
	tally := make(map[history.Outcome]int)
	for i := range config.Callers {
		done.Go(func() {
			for j := range config.Calls {
				_, err := c.one(config, i, j)
				mu.Lock()
				tally[outcomeOf(err)]++
				mu.Unlock()
			}
		})
	}
	done.Wait()
	return tally
}

// one makes the jth call of the ith goroutine. The key is as good as random, and the same every time.
func (c *caller) one(config callerConfig, i, j int) (reply, error) {
	ctx := context.Background()
	if config.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, config.Timeout)
		defer cancel()
	}
	in := request{Op: fmt.Sprintf("%s-%d-%d", config.Name, i, j), Millis: config.Millis}
	if config.Keys > 0 {
		in.Key = fmt.Sprintf("k%d", (i*7919+j*104729)%config.Keys)
	}
	return c.do(ctx, config.Mode, in)
}
