package cli

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/goenv"
	"github.com/asyncgen/asyncgen/internal/overlay"
)

// overlay prints the path of the file for the go command's -overlay. If nothing has changed since the last time, it
// does not run the go command at all.
func (r run) overlay(ctx context.Context) int {
	if r.Cache == "" {
		return r.fail(&UsageError{"there is no cache directory to put the overlay into", "set HOME, XDG_CACHE_HOME or ASYNCGENCACHE to a directory"})
	}
	store := overlay.Store{Dir: filepath.Join(r.Cache, "overlay")}
	question, place, known := r.question()
	var tree overlay.Tree
	if known {
		tree, known = overlay.Look(place)
	}
	if known {
		if path, ok := store.Recall(question, tree); ok {
			fmt.Fprintln(r.out, path)
			return statusClean
		}
	}
	shown := r.startProgress()
	cfg := r.config()
	cfg.Progress = shown.report()
	made, err := generator.MakeBuildOverlay(ctx, cfg)
	shown.end()
	if ctx.Err() != nil {
		return r.fail(errors.New("interrupted, no overlay was made"))
	}
	if err != nil {
		return r.fail(r.loadError(err))
	}
	r.diagnose(&generator.Result{Diagnostics: made.Diagnostics})
	if len(made.Diagnostics) > 0 || r.refuseStale(made.Stale) {
		return statusProblem
	}
	if len(made.Replace) == 0 {
		fmt.Fprintf(r.Stderr, "asyncgen: nothing is bridged in place in %s, so the overlay replaces nothing\n"+
			"\thint: it needs all packages that have handlers in place, not only those that are built: ./... at the root of the module\n",
			strings.Join(r.patterns(), " "))
	}
	path, err := store.Put(made.Replace)
	if err != nil {
		return r.fail(err)
	}
	if known && seenAll(place, made.Dirs) {
		// That it is not remembered costs the next run some time, and nothing else.
		_ = store.Remember(question, tree, path)
	}
	store.Trim()
	fmt.Fprintln(r.out, path)
	return statusClean
}

// refuseStale reports whether there are guards that are not up to date, and prints their names.
func (r run) refuseStale(stale []generator.File) bool {
	for _, f := range stale {
		fmt.Fprintf(r.Stderr, "asyncgen: %s is %s\n", r.rel(f.Path), f.State)
	}
	if len(stale) > 0 {
		fmt.Fprintf(r.Stderr, "\thint: run %s first; it is what refuses to start without an overlay\n", r.repair())
	}
	return len(stale) > 0
}

func (r run) patterns() []string {
	if len(r.Patterns) == 0 {
		return []string{"."}
	}
	return r.Patterns
}

// patternDirs returns the directories that the patterns begin at: what matters for files, not the packages.
func (r run) patternDirs() []string {
	var dirs []string
	for _, p := range r.patterns() {
		dir := strings.TrimSuffix(strings.TrimSuffix(p, "..."), "/")
		switch {
		case filepath.IsAbs(dir):
		case build.IsLocalImport(p):
			dir = filepath.Join(r.dir, dir)
		default:
			dir = r.dir // an import path, of this module or of one that it needs
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// seenAll reports whether packages lie where their files have been looked at.
func seenAll(place overlay.Place, packages []string) bool {
	for _, p := range packages {
		if !overlay.Covers(place, p) {
			return false
		}
	}
	return true
}

// question returns the inputs of an overlay other than files, and the places of the files. It reports false if there
// are more inputs.
func (r run) question() (q overlay.Question, place overlay.Place, known bool) {
	env := r.Env
	if env == nil {
		env = os.Environ()
	}
	file, known := goenv.File(env)
	kept, err := goenv.Read(file)
	flags := kept.Value(env, "GOFLAGS")
	// Files behind these flags may change.
	known = known && err == nil && !strings.Contains(flags, "-modfile") && !strings.Contains(flags, "-overlay")

	q = overlay.Question{Dir: r.dir, Patterns: r.patterns(), Tags: r.Tags, Kept: string(kept), Tool: r.Executable}
	for _, v := range env {
		if strings.HasPrefix(v, "GO") || strings.HasPrefix(v, "CGO_") || strings.HasPrefix(v, "PATH=") {
			q.Env = append(q.Env, v)
		}
	}
	slices.Sort(q.Env)
	if info, err := os.Stat(r.Executable); err == nil {
		q.Tool += fmt.Sprintf(" %d %d", info.Size(), info.ModTime().UnixNano())
	}
	return q, overlay.Place{Dirs: r.patternDirs(), Work: kept.Value(env, "GOWORK")}, known
}
