// Greeter is a small web service whose handlers run on an event loop. README.md
// describes a tour of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with everything it depends on, and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg := defaults(slog.New(slog.NewTextHandler(stderr, nil)))
	flags := flag.NewFlagSet("greeter", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.addr, "addr", cfg.addr, "listen for HTTP on this `address`")
	flags.StringVar(&cfg.smtp, "smtp", cfg.smtp, "send mails to the server at this `address` (default: a sink of our own)")
	flags.StringVar(&cfg.from, "from", cfg.from, "sender `address` of the mails")
	flags.BoolVar(&cfg.metrics, "metrics", cfg.metrics, "serve metrics for Prometheus at /metrics")
	flags.StringVar(&cfg.spans, "spans", cfg.spans, "write OpenTelemetry's spans to this `file`")
	load := flags.Bool("demo", false, "put the service under load, print what happened and exit")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "greeter: unexpected argument %q\n", flags.Arg(0))
		return 2
	}

	var err error
	if *load {
		err = demo(ctx, cfg, stdout)
	} else {
		err = serve(ctx, cfg, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "greeter: %v\n", err)
		return 1
	}
	return 0
}

// serve runs the service until ctx ends or one of its servers fails.
func serve(ctx context.Context, cfg config, stdout io.Writer) error {
	signals, restore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer restore()
	s, err := start(signals, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s, mail goes to %s\n", s.url, s.smtp)
	select {
	case <-signals.Done():
		fmt.Fprintln(stdout, "stopping")
	case err = <-s.failed:
	}
	// From here on a second signal ends the process at once, without the rest of
	// the mails.
	restore()
	return errors.Join(err, s.stop(context.WithoutCancel(ctx)))
}
