// Command quotes is a caller, a worker, or both, of a service that knows prices and keeps positions.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "quotes:", err)
		os.Exit(1)
	}
}

// settings holds the values of the command line.
type settings struct {
	role   string
	server string
	name   string
	dir    string
	calls  int
	every  time.Duration
	node   member // of role server
	in     io.Reader
	out    io.Writer
}

func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	s := settings{in: in, out: &lines{w: out}}
	flags := flag.NewFlagSet("quotes", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&s.role, "role", "both", "local, both, caller, worker or cluster")
	flags.StringVar(&s.server, "server", "", "URL of a NATS server, or several with commas between; without it, both has one inside")
	flags.StringVar(&s.name, "name", "", "of the worker")
	flags.StringVar(&s.dir, "dir", "quotes.data", "directory for what has to survive")
	flags.IntVar(&s.calls, "calls", 0, "end after so many rounds of calls; 0 goes on until the program is interrupted")
	flags.DurationVar(&s.every, "every", 200*time.Millisecond, "pause between rounds of calls")
	s.node.flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	switch s.role {
	case "local":
		return s.local(ctx)
	case "both", "caller", "worker":
		return s.remote(ctx)
	case "cluster":
		return s.cluster(ctx)
	case "server":
		return s.serve(ctx)
	}
	return fmt.Errorf("no role %q: there are local, both, caller, worker and cluster", s.role)
}
