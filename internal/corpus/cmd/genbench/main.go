// Genbench measures the generator against its budgets and writes the page that
// says how it does. Everything is measured as a user meets it: whole processes,
// one after the other, in turns, so that a busy moment hits all alike.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rounds := flag.Int("n", 7, "how many times each process is run")
	large := flag.String("large", "golang.org/x/tools@v0.52.0", "module with every function annotated; empty leaves it out")
	out := flag.String("o", "", "file to write, standard output if empty")
	flag.Parse()
	if err := run(ctx, *rounds, *large, *out); err != nil {
		fmt.Fprintln(os.Stderr, "genbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, large, out string) error {
	dir, err := os.MkdirTemp("", "asyncgen-genbench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorkshop(ctx, dir, rounds)
	if err != nil {
		return err
	}
	page, err := w.page(ctx, large)
	if err != nil {
		return err
	}
	if out == "" {
		_, err = os.Stdout.WriteString(page)
		return err
	}
	return os.WriteFile(out, []byte(page), 0o600)
}

// contender is one process that is measured.
type contender struct {
	name    string
	dir     string
	command []string
	prepare func() error // before each run, not measured; may be nil
}

// sample is what the runs of a contender came to: medians.
type sample struct {
	took time.Duration
	peak int64 // resident memory of the process itself, in bytes; 0 if unknown
}
