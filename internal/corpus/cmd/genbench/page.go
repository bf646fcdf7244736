package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// budget is one promise about a ratio of two medians.
type budget struct {
	what        string
	this, other string
	most        float64
}

// budgets holds the promises of the generator.
func budgets() []budget {
	return []budget{
		{"small package", small, smallMoq, 0.8},
		{"small package, without verification", smallFast, smallMoq, 0.4},
		{"30 packages, nothing generated yet", thirty, thirtyList, 3},
		{"30 packages, `-check`, unchanged", thirtyCheck, thirtyList, 1.5},
	}
}

const (
	small       = "asyncgen, small package"
	smallFast   = "asyncgen -noverify, small package"
	smallMoq    = "moq, small package"
	smallList   = "go list, small package"
	thirty      = "asyncgen ./..., 30 packages"
	thirtyList  = "go list ./..., 30 packages"
	thirtyCheck = "asyncgen -check ./..., 30 packages"
	largeCold   = "asyncgen ./..., large, nothing generated yet"
	largeSame   = "asyncgen ./..., large, unchanged"
	largeCheck  = "asyncgen -check ./..., large, unchanged"
	largeList   = "go list ./..., large"
)

// page measures everything and writes it down.
func (w *workshop) page(ctx context.Context, large string) (string, error) {
	dir := filepath.Join(w.dir, "small")
	one, err := measure(ctx, w.rounds, []contender{
		{small, dir, []string{w.asyncgen}, clean(dir)},
		{smallFast, dir, []string{w.asyncgen, "-noverify"}, clean(dir)},
		{smallMoq, dir, []string{w.moq, "-out", "moq_gen.go", ".", "Store"}, clean(dir)},
		{smallList, dir, []string{"go", "list"}, nil},
	})
	if err != nil {
		return "", err
	}
	dir = filepath.Join(w.dir, "thirty")
	cold, err := measure(ctx, w.rounds, []contender{
		{thirty, dir, []string{w.asyncgen, "./..."}, clean(dir)},
		{thirtyCheck, dir, []string{w.asyncgen, "-check", "./..."}, nil},
		{thirtyList, dir, []string{"go", "list", "./..."}, nil},
	})
	if err != nil {
		return "", err
	}
	for name, s := range cold {
		one[name] = s
	}
	var b strings.Builder
	w.write(&b, one)
	if large != "" {
		if err := w.writeLarge(ctx, &b, large); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (w *workshop) write(b *strings.Builder, all map[string]sample) {
	fmt.Fprintf(b, "# Speed of the generator\n\n<!-- Written by make bench-generator. -->\n\n"+
		"Whole processes, run in turns on one machine; the medians of %d runs after one to warm the caches.\n"+
		"%s %s/%s, %d processors.\n\n", w.rounds, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	table(b, all, []string{small, smallFast, smallMoq, smallList, thirty, thirtyCheck, thirtyList})
	b.WriteString("\n## Budgets\n\n| | measured | at most | compared with | |\n| --- | --: | --: | --- | --- |\n")
	for _, x := range budgets() {
		ratio := float64(all[x.this].took) / float64(all[x.other].took)
		verdict := "met"
		if ratio > x.most {
			verdict = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %.2f | %.2f | %s | %s |\n", x.what, ratio, x.most, x.other, verdict)
	}
}

func table(b *strings.Builder, all map[string]sample, names []string) {
	b.WriteString("| | ms | peak MB |\n| --- | --: | --: |\n")
	for _, name := range names {
		s := all[name]
		fmt.Fprintf(b, "| %s | %d | %d |\n", name, s.took.Milliseconds(), s.peak>>20)
	}
}
