// Genbench measures the generator against its budgets and writes a page with the
// results. It measures whole processes, as users see them,
// one after the other, in turns, so that a busy moment affects all alike.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rounds := flag.Int("n", 9, "rounds, in each of which every process runs once")
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
	result, err := w.measureAll(ctx, large)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := render(&page, result); err != nil {
		return err
	}
	if out == "" {
		_, err = page.WriteTo(os.Stdout)
		return err
	}
	return os.WriteFile(out, page.Bytes(), 0o600)
}

// progress prints the name of the next measurement.
func progress(part string) { fmt.Fprintln(os.Stderr, "genbench: measuring", part) }
