// Performance measures calls through package loop and through its competitors, in
// one process and in turns, and writes the page docs/performance.md.
//
//	go run ./cmd/performance -o ../docs/performance.md
//	go run ./cmd/performance -print
//
// It takes about three minutes and needs an idle machine.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/asyncgen/asyncgen/benchmark/report"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func run() error {
	output := flag.String("o", "", "write the page to this `file`")
	toStdout := flag.Bool("print", false, "print the page")
	flag.Parse()
	if flag.NArg() > 0 || (*output == "") == !*toStdout {
		return fmt.Errorf("usage: performance -print | -o file")
	}
	result, err := report.Run(report.Full, func(part string) { fmt.Fprintln(os.Stderr, "measuring", part) })
	if err != nil {
		return err
	}
	// Nothing is written unless the page is complete.
	var page bytes.Buffer
	if err := report.Render(&page, result); err != nil {
		return err
	}
	if *toStdout {
		_, err = os.Stdout.Write(page.Bytes())
		return err
	}
	return os.WriteFile(*output, page.Bytes(), 0o644)
}
