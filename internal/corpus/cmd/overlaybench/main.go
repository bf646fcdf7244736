// Overlaybench measures what an overlay costs the builds of a module with a hundred packages, beside the same builds without
// one, and writes the page that says so. Whole processes are measured, as a user starts them.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rounds := flag.Int("n", 15, "rounds, in each of which every process runs once; a third of them for clean builds, five times as many for unchanged ones")
	packages := flag.Int("packages", 100, "how many the module has")
	out := flag.String("o", "", "file to write, standard output if empty")
	flag.Parse()
	if err := run(ctx, *rounds, *packages, *out); err != nil {
		fmt.Fprintln(os.Stderr, "overlaybench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds, packages int, out string) error {
	dir, err := os.MkdirTemp("", "asyncgen-overlaybench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	checkout, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	w := &workshop{dir: dir, checkout: checkout, rounds: rounds, packages: packages}
	if err := w.open(ctx); err != nil {
		return err
	}
	result, err := w.measureAll(ctx)
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

// progress tells whoever waits what is measured next.
func progress(part string) { fmt.Fprintln(os.Stderr, "overlaybench: measuring", part) }
