// Vetbench measures what the checks cost on a package of 10,000 lines, and writes that
// into a document. It fails if one of them takes too long.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/document"
	"github.com/asyncgen/asyncgen/internal/machine"
)

// budget is the most that a check may take beyond type checking, with all that it needs.
const budget = 500 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	into := flag.String("o", "", "document to write the result into; otherwise it is printed")
	rounds := flag.Int("n", 5, "rounds")
	flag.Parse()
	if err := run(ctx, *into, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "vetbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, into string, rounds int) error {
	checkout, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "asyncgen-vetbench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	written, generated, err := writeProgram(ctx, checkout, dir)
	if err != nil {
		return err
	}
	r, err := measure(ctx, dir, rounds)
	if err != nil {
		return err
	}
	r.Written, r.Generated = written, generated
	if into == "" {
		fmt.Print(r.report())
	} else if err := document.Write(into, "vet-bench", r.report()); err != nil {
		return err
	}
	if name, d := r.slowest(); d > budget {
		return fmt.Errorf("%s takes %v with what it needs, and %v is allowed", name, d, budget)
	}
	return nil
}

func (r *result) report() string {
	var b strings.Builder
	m := machine.Describe()
	fmt.Fprintf(&b, "\nMeasured on %s with %s on %s, %d cores (%s/%s), load average %s: medians of %d rounds, one check at a time.\n\n",
		time.Now().UTC().Format(time.DateOnly), m.GoVersion, m.CPU, m.Cores, m.OS, m.Arch, m.Load, r.Rounds)
	fmt.Fprintf(&b, "| on %d lines, and %d generated | ms |\n| --- | ---: |\n", r.Written, r.Generated)
	fmt.Fprintf(&b, "| parsing and type-checking, with all imports | %d |\n", r.Load.Milliseconds())
	fmt.Fprintf(&b, "| what checks share: where each function runs | %d |\n", r.Shared.Milliseconds())
	for _, name := range r.Names {
		fmt.Fprintf(&b, "| %s | %d |\n", name, r.Check[name].Milliseconds())
	}
	fmt.Fprintf(&b, "| all checks together | %d |\n\n", r.Total.Milliseconds())
	return b.String()
}
