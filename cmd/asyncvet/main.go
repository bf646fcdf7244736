package main

import (
	_ "embed"
	"fmt"
	"os"

	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/asyncgen/asyncgen/analysis"
	"github.com/asyncgen/asyncgen/internal/about"
	"github.com/asyncgen/asyncgen/internal/goenv"
)

// manual is the source of doc.go, whose package comment -h prints.
//
//go:embed doc.go
var manual string

// The exit statuses that are not the driver's.
const (
	statusFailure = 1
	statusUsage   = 2 // the command line is wrong
)

func main() {
	if !fromGoCommand(os.Args[1:]) {
		start(os.Args[1:])
	}
	multichecker.Main(analysis.All()...)
}

// start handles the arguments that are asyncvet's own, and ends the program if nothing is to be
// checked. The others are left to the driver, which reads os.Args.
func start(args []string) {
	cmd, err := parse(args)
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "asyncvet: %v\n\thint: \"asyncvet -h\" prints the manual\n", err)
		os.Exit(statusUsage)
	case cmd.help:
		text, err := about.Manual(manual)
		if err != nil {
			fmt.Fprintf(os.Stderr, "asyncvet: %v\n", err)
			os.Exit(statusFailure)
		}
		fmt.Print(text)
		os.Exit(0)
	case cmd.version:
		fmt.Print(about.Version("asyncvet"))
		os.Exit(0)
	}
	os.Args = append(os.Args[:1:1], cmd.args...)
	if cmd.tags == "" {
		return
	}
	if err := setTags(cmd.tags); err != nil {
		fmt.Fprintf(os.Stderr, "asyncvet: -tags: %v\n", err)
		os.Exit(statusFailure)
	}
}

// setTags sets build tags for the go command that the driver runs. The driver has no flag for them.
func setTags(list string) error {
	env := os.Environ()
	var kept goenv.Settings
	if file, ok := goenv.File(env); ok && file != "" {
		var err error
		if kept, err = goenv.Read(file); err != nil {
			return err
		}
	}
	// The last of two values counts.
	return os.Setenv("GOFLAGS", kept.Value(env, "GOFLAGS")+" -tags="+list)
}
