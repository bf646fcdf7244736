// Command activated is a service of several worker processes that accept from one
// socket, which systemd holds. Workers stop and start while clients go on, and no
// request is lost. README.md describes the demonstration.
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
	err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "activated:", err)
		os.Exit(1)
	}
}

// config has the values of the flags.
type config struct {
	addr    string
	journal string        // the file that all workers append to
	idle    time.Duration // how long a client may leave a connection unused
	grace   time.Duration // for all of stopping
	delay   time.Duration // of each entry, to have something to wait for
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var cfg config
	flags := flag.NewFlagSet("activated", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.addr, "addr", "127.0.0.1:8080", "listen on this `address` unless systemd passes a socket")
	flags.StringVar(&cfg.journal, "journal", "ledger.journal", "append entries to this `file`")
	flags.DurationVar(&cfg.idle, "idle", 5*time.Second, "keep unused connections for this long, even when stopping")
	flags.DurationVar(&cfg.grace, "grace", 10*time.Second, "when stopping, give up what has not ended after this long")
	flags.DurationVar(&cfg.delay, "delay", 0, "let every entry take this long")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if cfg.idle <= 0 || cfg.grace <= cfg.idle {
		// Stopping waits for idle connections, so it would never be in time.
		return fmt.Errorf("-grace %v must be longer than -idle %v, and that longer than nothing", cfg.grace, cfg.idle)
	}
	return serve(ctx, cfg, stdout)
}

// serve runs a worker until a signal stops it or it cannot accept any more.
func serve(ctx context.Context, cfg config, stdout io.Writer) error {
	signals, restore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer restore()
	s, err := start(signals, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "worker %d listens on %s\n", os.Getpid(), s.listeners[0].Addr())
	if err = notify("READY=1"); err == nil {
		select {
		case <-signals.Done():
		case err = <-s.failed:
		}
	}
	restore() // a second signal does not wait
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.grace)
	defer cancel()
	err = errors.Join(err, s.stop(grace))
	select {
	case <-s.ledger.loop.Done():
		fmt.Fprintf(stdout, "worker %d posted %d entries\n", os.Getpid(), s.ledger.posted)
	default:
		// A handler has been left behind and may still count. The error reports it.
	}
	return err
}
