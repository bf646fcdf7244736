package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Source reads the files of one package, as seen from the directory of cfg: those
// of all systems, because the output must not depend on the machine, but no tests.
func Source(ctx context.Context, cfg Config, path string) (*Package, error) {
	listed, _, err := cfg.list(ctx, path)
	if err != nil {
		return nil, err
	}
	if len(listed) != 1 || listed[0].Dir == "" {
		return nil, errors.Join(fmt.Errorf("package %s not found", path), ctx.Err())
	}
	r := &reader{overlay: cfg.Overlay}
	pkg, err := r.open(listed[0])
	if err != nil {
		return nil, err
	}
	pkg.Files = slices.DeleteFunc(pkg.Files, func(f *File) bool { return strings.HasSuffix(f.Path, "_test.go") })
	pkg.Read(cfg.Overlay)
	return pkg, nil
}
