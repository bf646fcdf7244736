// Vetproof runs asyncvet on copies of three public programs and writes what it finds,
// with the verdicts on file, into a document.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/asyncgen/asyncgen/internal/document"
	"github.com/asyncgen/asyncgen/internal/vetproof"
)

func main() {
	into := flag.String("o", "", "document to write the report into; otherwise it is printed")
	within := flag.Duration("within", 8*time.Minute, "how long it may take")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *within)
	defer cancel()
	if err := run(ctx, *into); err != nil {
		fmt.Fprintln(os.Stderr, "vetproof:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, into string) error {
	checkout, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	asyncvet, remove, err := build(ctx)
	if err != nil {
		return err
	}
	defer remove()
	var outcomes []vetproof.Outcome
	for _, p := range vetproof.Programs() {
		o, err := p.Run(ctx, checkout, asyncvet)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		outcomes = append(outcomes, o)
	}
	report, err := vetproof.Report(outcomes)
	if err != nil {
		return err
	}
	if into == "" {
		fmt.Print(report)
		return nil
	}
	return document.Write(into, "vet-proof", report)
}

// build makes the command from this checkout.
func build(ctx context.Context) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "asyncgen-vetproof-*")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "asyncvet")
	out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", path, "./cmd/asyncvet").CombinedOutput()
	if err != nil {
		return "", nil, fmt.Errorf("build asyncvet: %w\n%s", err, out)
	}
	return path, func() { _ = os.RemoveAll(dir) }, nil
}
