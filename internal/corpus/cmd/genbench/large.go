package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/corpus"
)

// writeLarge measures a published module with every function annotated.
func (w *workshop) writeLarge(ctx context.Context, b *strings.Builder, query string) error {
	dir := filepath.Join(w.dir, "large")
	functions, err := corpus.Unpack(ctx, query, w.checkout, dir)
	if err != nil {
		return err
	}
	const rounds = 1 // and one before it, to warm the caches
	cold, err := measure(ctx, rounds, []contender{{largeCold, dir, []string{w.asyncgen, "./..."}, clean(dir)}})
	if err != nil {
		return err
	}
	all, err := measure(ctx, w.rounds, []contender{
		{largeSame, dir, []string{w.asyncgen, "./..."}, nil},
		{largeCheck, dir, []string{w.asyncgen, "-check", "./..."}, nil},
		{largeList, dir, []string{"go", "list", "./..."}, nil},
	})
	if err != nil {
		return err
	}
	all[largeCold] = cold[largeCold]
	fmt.Fprintf(b, "\n## A large module\n\n%s with a directive over each of its %d functions. The first line is one run.\n\n", query, functions)
	table(b, all, []string{largeCold, largeSame, largeCheck, largeList})
	return nil
}
