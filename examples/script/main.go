// Command script serves the functions of a JavaScript program over HTTP. A goja
// interpreter may be used by one goroutine at a time, so all requests meet on
// its event loop.
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
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "script:", err)
		os.Exit(1)
	}
}

// config holds the values of the flags.
type config struct {
	addr    string
	limit   time.Duration // what a call may take, waiting included
	program string        // a file, or the one that is built in
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var cfg config
	flags := flag.NewFlagSet("script", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.addr, "addr", "127.0.0.1:8080", "where to listen")
	flags.DurationVar(&cfg.limit, "limit", time.Second, "what a call may take, waiting included")
	flags.StringVar(&cfg.program, "program", "", "the JavaScript file to serve; without it, a shop")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := start(cfg)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", s.url)
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), 2*cfg.limit)
	defer cancel()
	return s.stop(grace)
}
