package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A way is how a call ended.
type way int

const (
	returned way = iota + 1
	panicked
	exited
	waits    // it has not ended
	timedOut // it returned that its time was up
)

// A result is the outcome of a call for its caller.
type result struct {
	how      way
	err      error
	panicked any
}

// class returns the class of the result of a handler that did not complete.
func (r result) class() Class {
	switch {
	case r.how == waits:
		return Hangs
	case r.how == timedOut:
		return TimeOut
	case r.how == panicked:
		return Wrapped
	case r.how == exited:
		return Ended
	case r.err != nil:
		return Told
	default:
		return Lost
	}
}

// begin calls o in a goroutine of its own and sends what that saw.
func begin(o Owner, fn func(context.Context)) <-chan result {
	done := make(chan result, 1)
	go func() {
		r := result{how: exited}
		defer func() {
			if v := recover(); v != nil {
				r = result{how: panicked, panicked: v}
			}
			done <- r
		}()
		err := o.Call(context.Background(), fn)
		r = result{how: returned, err: err}
		if errors.Is(err, errTimeout) {
			r.how = timedOut
		}
	}()
	out := make(chan result, 1)
	go func() {
		select {
		case r := <-done:
			out <- r
		case <-time.After(callLimit):
			out <- result{how: waits}
		}
	}()
	return out
}

// await is begin for one that nothing happens to meanwhile.
func await(o Owner, fn func(context.Context)) result {
	return <-begin(o, fn)
}

// alive reports whether o still runs handlers.
func alive(o Owner) bool {
	ran := make(chan struct{})
	go func() { _ = o.Call(context.Background(), func(context.Context) { close(ran) }) }()
	select {
	case <-ran:
		return true
	case <-time.After(aliveLimit):
		return false
	}
}

// sign precedes the report of a process, because libraries print too.
const sign = "conformance: "

// Observe runs a case, named as in "ants/panic", in this process, and reports the
// outcome to w for [Run] to read.
func Observe(w io.Writer, full string) error {
	subject, name, _ := strings.Cut(full, "/")
	s := slices.IndexFunc(Subjects(), func(s Subject) bool { return s.Name == subject })
	c := slices.IndexFunc(Cases(), func(c Case) bool { return c.Name == name })
	if s < 0 || c < 0 {
		return fmt.Errorf("there is no case %q", full)
	}
	o, which := Subjects()[s].Start(), Cases()[c]
	class := which.observe(o)
	dead := which.Revives && !alive(o)
	_, err := fmt.Fprintf(w, "\n%s%t %s\n", sign, dead, class)
	return err
}
