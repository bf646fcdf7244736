package load

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Source reads the files of one package, as seen from the directory of cfg. Only
// those are kept that this machine compiles: of a foreign package it does not
// matter what it would be elsewhere.
func Source(ctx context.Context, cfg Config, path string) (*Package, error) {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedModule
	listed, err := packages.Load(cfg.packages(ctx, mode), path)
	if err != nil {
		return nil, cleaned(err.Error())
	}
	if len(listed) != 1 || listed[0].Dir == "" {
		return nil, errors.Join(fmt.Errorf("package %s not found", path), ctx.Err())
	}
	pkg, err := newPackage(cfg, listed[0])
	if err != nil {
		return nil, err
	}
	pkg.Files = slices.DeleteFunc(pkg.Files, func(f *File) bool { return !slices.Contains(listed[0].GoFiles, f.Path) })
	return pkg, nil
}
