// Benchmark measures what observers cost a call, beside the same call without one, and
// writes the page docs/performance-observe.md.
//
//	go run . -o ../../docs/performance-observe.md
//	go run . -print
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

func run() error {
	output := flag.String("o", "", "write the page to this `file`")
	toStdout := flag.Bool("print", false, "print the page")
	turn := flag.Duration("turn", 50*time.Millisecond, "`length` of a turn")
	flag.Parse()
	if flag.NArg() > 0 || (*output == "") == !*toStdout {
		return fmt.Errorf("usage: benchmark -print | -o file")
	}
	r, err := measureAll(measure.Plan{Rounds: 7, Turn: *turn})
	if err != nil {
		return err
	}
	var page bytes.Buffer // nothing is written unless the page is complete
	if err := render(&page, r); err != nil {
		return err
	}
	if *toStdout {
		_, err = os.Stdout.Write(page.Bytes())
		return err
	}
	return os.WriteFile(*output, page.Bytes(), 0o644)
}
