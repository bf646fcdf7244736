// Benchmark measures remote calls over NATS beside bare requests of NATS, beside gRPC and beside local
// calls, and the codecs. It writes the page docs/performance-remote.md, and the table of codecs into
// docs/remote.md.
//
//	go run . -o ../../../docs/performance-remote.md -codecs ../../../docs/remote.md
//	go run . -print
//
// It takes less than three minutes and wants a machine that does nothing else.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/internal/document"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

func run() error {
	if played, err := playRole(); played {
		return err
	}
	output := flag.String("o", "", "write the page to this `file`")
	into := flag.String("codecs", "", "write the table of codecs into this `document`")
	toStdout := flag.Bool("print", false, "print the page and the table")
	turn := flag.Duration("turn", 250*time.Millisecond, "`length` of a turn")
	flag.Parse()
	if flag.NArg() > 0 || (*output == "" || *into == "") == !*toStdout {
		return fmt.Errorf("usage: benchmark -print | -o file -codecs document")
	}
	r, err := measureAll(measure.Plan{Rounds: 5, Turn: *turn})
	if err != nil {
		return err
	}
	var text, table bytes.Buffer // nothing is written unless both are complete
	if err := render(&text, page, r); err != nil {
		return err
	}
	if err := render(&table, codecs, r); err != nil {
		return err
	}
	if *toStdout {
		_, err = os.Stdout.Write(append(text.Bytes(), table.Bytes()...))
		return err
	}
	if err := document.Write(*into, "bench-remote", table.String()); err != nil {
		return err
	}
	return os.WriteFile(*output, text.Bytes(), 0o644)
}
