package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Source reads the files of one package, as seen from the directory of cfg. Only
// those are kept that this machine compiles: of a foreign package it does not
// matter what it would be elsewhere.
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
	pkg.Files = slices.DeleteFunc(pkg.Files, func(f *File) bool { return !slices.Contains(listed[0].GoFiles, f.Path) })
	if !pkg.Interesting() {
		r.keep(pkg)
	}
	return pkg, nil
}
