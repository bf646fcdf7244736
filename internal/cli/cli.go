// Package cli is the command line of asyncgen: it parses arguments, runs the
// generator and reports. It is the only package below cmd that prints, and it
// decides the exit status but never exits.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/asyncgen/asyncgen/internal/about"
)

// The exit statuses, as the manual documents them.
const (
	statusClean   = 0 // nothing to report
	statusProblem = 1 // there are diagnostics, or files that differ
	statusTrouble = 2 // wrong usage, nothing could be loaded, or input/output failed
)

// Process is the environment of one run.
type Process struct {
	Args       []string // without the program name
	Executable string   // path of the running binary; it decides how commands are suggested
	Dir        string   // working directory; empty means the one of this process
	Env        []string // as os.Environ returns it
	Cache      string   // directory of the cache; empty means no cache
	Stdout     io.Writer
	Stderr     io.Writer
	Terminal   bool   // standard error is a terminal: show source lines and progress
	Manual     string // source of the file whose package comment is the manual
}

// Main runs the command in the environment of this process and returns its exit
// status. manual is the source of the file whose package comment is the manual.
func Main(manual string) int {
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	if os.Getenv("GOGC") == "" {
		// A run is short. Collecting garbage less often saves a fifth of its processor time, and takes
		// a third more memory.
		debug.SetGCPercent(200)
	}
	return Run(context.Background(), Process{
		Args:       os.Args[1:],
		Executable: executable,
		Env:        os.Environ(),
		Cache:      cacheDir(os.Getenv(cacheVariable)),
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		Terminal:   isTerminal(os.Stderr),
		Manual:     manual,
	})
}

// Run carries out one command line and returns the exit status. An interrupt
// ends it before the next file is written; a second one ends the process.
func Run(ctx context.Context, p Process) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	cmd, err := Parse(p.Args)
	if err != nil {
		return p.fail(err)
	}
	// Output is collected so that a full disk or a closed pipe is noticed: an
	// empty -json document with status 0 would be taken for an answer.
	out := bufio.NewWriter(p.Stdout)
	status := p.execute(ctx, out, cmd)
	if err := out.Flush(); err != nil {
		return p.fail(fmt.Errorf("writing the output: %w", err))
	}
	return status
}

func (p Process) execute(ctx context.Context, out *bufio.Writer, cmd Command) int {
	switch cmd := cmd.(type) {
	case Help:
		text, err := about.Manual(p.Manual)
		if err != nil {
			return p.fail(err)
		}
		out.WriteString(text)
		return statusClean
	case Version:
		out.WriteString(about.Version("asyncgen"))
		return statusClean
	case Toolexec:
		return p.toolexec(ctx, out, cmd)
	case Generate:
		return run{Process: p, Generate: cmd, out: out}.do(ctx)
	default:
		return p.fail(fmt.Errorf("command %T has no implementation", cmd))
	}
}

// fail prints err as one line with its hint and returns [statusTrouble].
func (p Process) fail(err error) int {
	fmt.Fprintf(p.Stderr, "asyncgen: %v\n", err)
	if usage, ok := errors.AsType[*UsageError](err); ok && usage.Hint != "" {
		fmt.Fprintf(p.Stderr, "\thint: %s\n", usage.Hint)
	}
	return statusTrouble
}
