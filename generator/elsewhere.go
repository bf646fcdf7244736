package generator

import (
	"context"
	"strings"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// elsewhere reads a package whose types the target of a front embeds, as seen
// from p. It is source and not export data, because that package may call
// functions that this very run generates. Whatever goes wrong shows as a type
// that is not found.
func (r *run) elsewhere(ctx context.Context, p *load.Package, path string) (parse.Directory, map[string]string) {
	cfg := r.load
	cfg.Dir = p.Dir
	pkg, err := load.Source(ctx, cfg, path)
	if err != nil {
		return parse.Directory{}, nil
	}
	dir := directoryOf(pkg, r.known)
	for i := range dir.Files {
		// Its directives are its own business, and so are its bridges: whether
		// they are there already must not matter.
		dir.Files[i].Marked = false
	}
	// The standard library's own imports are named after their paths.
	if !strings.Contains(path, ".") {
		return dir, map[string]string{}
	}
	if needs := parse.Files(dir).Doubtful(); len(needs) > 0 {
		if found, err := load.Find(ctx, cfg, needs); err == nil {
			return dir, r.outside.add(found)
		}
	}
	return dir, map[string]string{}
}
