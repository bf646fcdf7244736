// Corpus tries asyncgen on published modules, given as path or path@version:
//
//	go run ./internal/corpus/cmd/corpus github.com/samber/lo@v1.53.0
//
// It is run from the root of the repository, and ends with status 1 if a module
// does not meet a demand. See package corpus for what is demanded.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/corpus"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	tests := flag.Duration("tests", time.Minute, "how long the tests of one package may take; 0 leaves them out")
	within := flag.Duration("within", 30*time.Minute, "how long everything may take")
	keep := flag.Bool("keep", false, "leave the annotated copies behind")
	inPlace := flag.Bool("inplace", false, "bridge what is exported in place, and build with the overlay")
	switchOver := flag.Bool("switch", false, "have the bridges that modules have take the place of their handlers, and build with the overlay")
	race := flag.Bool("race", false, "run the modules' tests with the race detector")
	flag.Parse()
	ctx, stop := context.WithTimeoutCause(ctx, *within, fmt.Errorf("more than %v", *within))
	defer stop()
	checkout, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "asyncgen-bin-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	cfg := corpus.Config{
		Command: filepath.Join(bin, "asyncgen"), Checkout: checkout, TestTime: *tests, Keep: *keep, InPlace: *inPlace, Switch: *switchOver, Race: *race,
		Note: func(what string) { fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), what) },
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", cfg.Command, "./cmd/asyncgen")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build asyncgen: %w\n%s", err, out)
	}
	return tryAll(ctx, cfg, flag.Args())
}

// tryAll goes on after a failure, so that one run shows all of them.
func tryAll(ctx context.Context, cfg corpus.Config, queries []string) error {
	var reports []corpus.Report
	failed := 0
	for i, query := range queries {
		if ctx.Err() != nil {
			fmt.Fprintf(os.Stderr, "not tried for want of time: %s\n", strings.Join(queries[i:], ", "))
			failed += len(queries) - i
			break
		}
		report, err := corpus.Try(ctx, cfg, query)
		reports = append(reports, report)
		if err != nil {
			failed++
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if err := corpus.Table(os.Stdout, reports); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d modules failed", failed, len(queries))
	}
	return nil
}
