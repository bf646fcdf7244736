// Command rooms is a chat whose rooms are ordered: all clients in a room see the same
// messages in the same order. Rooms are keys, and each belongs to one of several
// event loops.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "rooms:", err)
		os.Exit(1)
	}
}

// config holds the values of the flags.
type config struct {
	addr  string
	loops int
	load  int    // clients to be served in a load test
	to    string // the service that this process is the clients of
	crowd crowd
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var cfg config
	flags := flag.NewFlagSet("rooms", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.addr, "addr", "127.0.0.1:8080", "where to listen")
	flags.IntVar(&cfg.loops, "loops", runtime.GOMAXPROCS(0), "event loops among which the rooms are divided")
	flags.IntVar(&cfg.load, "load", 0, "serve so many clients in a second process, and print what that takes")
	flags.IntVar(&cfg.crowd.rooms, "rooms", 100, "rooms of the load test")
	flags.IntVar(&cfg.crowd.messages, "messages", 20, "messages in each room of the load test")
	flags.StringVar(&cfg.to, "to", "", "be the clients of the load test of this service")
	flags.IntVar(&cfg.crowd.clients, "clients", 0, "how many of them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case cfg.loops < 1 || cfg.crowd.rooms < 1 || cfg.crowd.messages < 1:
		return errors.New("there must be at least one loop, one room and one message")
	case cfg.to != "":
		return cfg.crowd.visit(ctx, cfg.to, stdin, stdout)
	case cfg.load > 0:
		return loadTest(ctx, cfg, stdout, stderr)
	}
	s, err := start(cfg.addr, cfg.loops)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", s.url)
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return s.stop(grace)
}
