package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/generator"
)

// run is one execution of a [Generate] command.
type run struct {
	Process
	Generate
	out *bufio.Writer // standard output
	dir string        // absolute working directory, after -C
}

// do generates and reports, and returns the exit status.
func (r run) do(ctx context.Context) int {
	if err := r.enterDir(); err != nil {
		return r.fail(err)
	}
	if r.Action == Overlay {
		return r.overlay(ctx)
	}
	shown := r.startProgress()
	cfg := r.config()
	cfg.Progress = shown.report()
	result, err := generator.Generate(ctx, cfg)
	shown.end()
	// An interrupt that arrives while the last package is being rendered leaves
	// a complete result behind; it must not be written all the same.
	if ctx.Err() != nil {
		return r.fail(errors.New("interrupted, nothing was written"))
	}
	if err != nil {
		return r.fail(r.loadError(err))
	}
	if !r.JSON {
		r.diagnose(result)
		r.noteNothingFound(result)
	}
	status := r.act(result)
	if status == statusClean && len(result.Diagnostics) > 0 {
		return statusProblem
	}
	return status
}

func (r run) config() generator.Config {
	return generator.Config{
		Dir:        r.dir,
		Env:        r.Env,
		Patterns:   r.Patterns,
		Tags:       r.Tags,
		SkipVerify: r.NoVerify,
		CacheDir:   r.Cache,
	}
}

// act carries out the action of the mode flag. It ignores diagnostics.
func (r run) act(result *generator.Result) int {
	switch r.Action {
	case Write:
		return r.write(result)
	case Check:
		return r.check(result)
	case Diff:
		return r.diff(result)
	case List:
		return r.list(result)
	default:
		return r.fail(fmt.Errorf("action %d has no implementation", r.Action))
	}
}

// write brings the disk up to date and, with -v, names each file it touched.
func (r run) write(result *generator.Result) int {
	touched, err := result.Write()
	if r.Verbose {
		for _, file := range touched {
			verb := "wrote"
			if file.State == generator.StateOrphaned {
				verb = "removed"
			}
			fmt.Fprintf(r.Stderr, "asyncgen: %s %s\n", verb, r.rel(file.Path))
		}
	}
	if err != nil {
		return r.fail(err)
	}
	if v := result.Vendoring; v != nil && len(touched) > 0 {
		r.noteVendoring(v)
	}
	return statusClean
}

// noteVendoring prints the command that makes a program with a vendor directory compile.
func (r run) noteVendoring(v *generator.Vendoring) {
	packages, are, them := v.Missing[0], "is", "that"
	if last := len(v.Missing) - 1; last > 0 {
		packages, are, them = strings.Join(v.Missing[:last], ", ")+" and "+v.Missing[last], "are", "them"
	}
	verified := ""
	if v.Unverified {
		verified = "; it was written without verification, because -mod=readonly does not find " + them + " either"
	}
	fmt.Fprintf(r.Stderr, "asyncgen: the generated code imports %s, which %s not in the vendor directory yet%s\n\thint: run: %s\n",
		packages, are, verified, v.Command)
}

// check names the files that are not up to date on standard output, so that
// they can be piped, and the command that repairs them on standard error.
func (r run) check(result *generator.Result) int {
	status := statusClean
	for _, file := range result.Files {
		if file.State != generator.StateCurrent {
			status = statusProblem
		}
		if !r.JSON && (file.State != generator.StateCurrent || r.Verbose) {
			fmt.Fprintf(r.out, "%s: %s\n", r.rel(file.Path), file.State)
		}
	}
	if r.JSON {
		return max(status, r.list(result))
	}
	if status != statusClean {
		r.flush()
		fmt.Fprintf(r.Stderr, "asyncgen: generated files are out of date\n\thint: run %s\n", r.repair())
	}
	return status
}

func (r run) diff(result *generator.Result) int {
	diff := result.Diff()
	if len(diff) == 0 {
		return statusClean
	}
	r.out.Write(diff)
	return statusProblem
}

func (r run) list(result *generator.Result) int {
	var err error
	if r.JSON {
		err = writeJSON(r.out, r.document(result))
	} else {
		err = r.table(result.Handlers)
	}
	if err != nil {
		return r.fail(fmt.Errorf("writing the output: %w", err))
	}
	return statusClean
}

// noteNothingFound prints a note for first-time users if the run had nothing to do. That is
// no error: "asyncgen ./..." belongs into scripts before the first directive does.
func (r run) noteNothingFound(result *generator.Result) {
	if len(result.Handlers)+len(result.Files)+len(result.Diagnostics) > 0 {
		return
	}
	patterns := "."
	if len(r.Patterns) > 0 {
		patterns = strings.Join(r.Patterns, " ")
	}
	fmt.Fprintf(r.Stderr, "asyncgen: no //asyncgen: directive found in %s\n", patterns)
}

// enterDir resolves the working directory.
func (r *run) enterDir() error {
	dir := r.Process.Dir
	if r.Generate.Dir != "" {
		dir = r.Generate.Dir
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(r.Process.Dir, dir)
		}
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return &UsageError{"-C " + r.Generate.Dir + ": there is no such directory", manualHint}
		case err != nil:
			return fmt.Errorf("-C: %w", err)
		case !info.IsDir():
			return &UsageError{"-C " + r.Generate.Dir + ": this is not a directory", manualHint}
		}
	}
	abs, err := filepath.Abs(dir)
	r.dir = abs
	return err
}

// loadError adds advice to two common mistakes: a pattern that matches dependencies,
// and a directory without the "./" that distinguishes it from an import path.
func (r run) loadError(err error) error {
	if outside, ok := errors.AsType[*generator.OutsideError](err); ok {
		return &UsageError{
			outside.Error() + "; asyncgen never writes there",
			"name packages of the main module or workspace, such as ./... at its root",
		}
	}
	for _, pattern := range r.Patterns {
		if pattern == "" || strings.HasPrefix(pattern, ".") || filepath.IsAbs(pattern) {
			continue
		}
		dir := strings.TrimSuffix(pattern, "/...")
		if info, statErr := os.Stat(filepath.Join(r.dir, dir)); statErr == nil && info.IsDir() {
			return &UsageError{err.Error(), fmt.Sprintf("a directory is written with ./ in front: ./%s", pattern)}
		}
	}
	// The go command names directories by their absolute paths.
	return errors.New(strings.ReplaceAll(err.Error(), r.dir+string(filepath.Separator), ""))
}

// rel returns path as it is shown: relative to the working directory when it lies
// below or next to it, so that a terminal or an editor can follow it.
func (r run) rel(path string) string {
	rel, err := filepath.Rel(r.dir, path)
	if err != nil || len(rel) >= len(path) {
		return path
	}
	return rel
}

// flush prints the collected output, so that it appears before the next text on standard
// error. Its error comes back from the flush that ends the run.
func (r run) flush() { _ = r.out.Flush() }
