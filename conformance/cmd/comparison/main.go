// Comparison runs the five cases against every library of package conformance and
// writes the Markdown page about it to the file that is named, or to the standard
// output.
//
//	go run ./cmd/comparison [file]
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/conformance"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "comparison:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if name, ok := os.LookupEnv(conformance.Variable); ok {
		return conformance.Observe(os.Stdout, name)
	}
	if len(args) > 1 {
		return fmt.Errorf("usage: comparison [file]")
	}
	rows, err := conformance.RunAll(conformance.Subjects())
	if err != nil {
		return err
	}
	page := conformance.Page(rows, conformance.Machine(), time.Now())
	if len(args) == 0 {
		_, err = os.Stdout.WriteString(page)
		return err
	}
	return os.WriteFile(args[0], []byte(page), 0o644)
}
