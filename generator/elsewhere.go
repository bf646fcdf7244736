package generator

import (
	"context"
	"strings"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// elsewhere reads a package whose types the target of a front embeds, as seen
// from the package of w. It reads source and not export data, because that package may call
// functions that this very run generates. A package that cannot be read shows as a type
// that is not found.
func (r *run) elsewhere(ctx context.Context, w *work, path string) (parse.Directory, map[string]string) {
	cfg := r.load
	cfg.Dir = w.pkg.Dir
	pkg, err := load.Source(ctx, cfg, path)
	if err != nil {
		w.facts.unsuitable = true
		return parse.Directory{}, nil
	}
	dir := directoryOf(pkg, r.known)
	for i := range dir.Files {
		// The directives of that package do not matter here, and neither do its
		// bridges: the output is the same before and after they are generated.
		dir.Files[i].Marked = false
	}
	tree := parse.Files(dir)
	sum, ok := pkg.Checksum()
	w.facts.unsuitable = w.facts.unsuitable || !ok
	known := map[string]string{}
	for _, imported := range tree.Imports() {
		known[imported] = r.known[imported]
	}
	w.facts.source(path, sum, known)

	names := map[string]string{}
	needs := tree.Doubtful()
	// The standard library's own imports are named after their paths.
	if len(needs) > 0 && strings.Contains(path, ".") {
		found, err := load.Find(ctx, cfg, needs)
		if err != nil {
			w.facts.unsuitable = true
			return dir, names
		}
		names = r.outside.add(found)
		for _, imported := range needs {
			w.facts.name(imported, names[imported])
		}
	}
	return dir, names
}
