package model

import (
	"go/build/constraint"
	"slices"
	"strings"
)

// Constraint is the condition under which a file is part of a build. The zero
// value means always.
type Constraint struct {
	Expr   constraint.Expr // of the //go:build line, nil if there is none
	Suffix []string        // tags that the file's name implies
}

// IsZero reports whether the constraint never excludes anything.
func (c Constraint) IsZero() bool { return c.Expr == nil && len(c.Suffix) == 0 }

// Line returns the expression of the //go:build line, or "".
func (c Constraint) Line() string {
	if c.Expr == nil {
		return ""
	}
	return c.Expr.String()
}

// maxFreeTags bounds the search of Excludes: with more tags than that two
// constraints count as compatible.
const maxFreeTags = 8

// Excludes reports whether no build configuration satisfies both c and d, so
// that one name may be declared in files of both.
func (c Constraint) Excludes(d Constraint) bool {
	if c.IsZero() || d.IsZero() {
		return false
	}
	tags := append(c.tags(), d.tags()...)
	slices.Sort(tags)
	tags = slices.Compact(tags)
	var free []string
	arches := []string{""}
	for _, t := range tags {
		switch {
		case slices.Contains(goarches(), t):
			arches = append(arches, t)
		case !isOSTag(t):
			free = append(free, t)
		}
	}
	if len(free) > maxFreeTags {
		return false
	}
	return !anyConfiguration(arches, free, func(ok func(string) bool) bool {
		return c.eval(ok) && d.eval(ok)
	})
}

// anyConfiguration reports whether holds accepts some combination of operating
// system, architecture and free tags.
func anyConfiguration(arches, free []string, holds func(ok func(string) bool) bool) bool {
	for _, goos := range gooses() {
		for _, arch := range arches {
			for bits := range 1 << len(free) {
				ok := func(tag string) bool {
					i := slices.Index(free, tag)
					return tag == arch || osSatisfies(goos, tag) || i >= 0 && bits>>i&1 == 1
				}
				if holds(ok) {
					return true
				}
			}
		}
	}
	return false
}

func (c Constraint) eval(ok func(string) bool) bool {
	for _, t := range c.Suffix {
		if !ok(t) {
			return false
		}
	}
	return c.Expr == nil || c.Expr.Eval(ok)
}

func (c Constraint) tags() []string {
	tags := slices.Clone(c.Suffix)
	if c.Expr != nil {
		// Eval calls its argument for every tag only if nothing short-circuits,
		// so the tree is walked.
		tags = append(tags, exprTags(c.Expr)...)
	}
	return tags
}

func exprTags(x constraint.Expr) []string {
	switch x := x.(type) {
	case *constraint.TagExpr:
		return []string{x.Tag}
	case *constraint.NotExpr:
		return exprTags(x.X)
	case *constraint.AndExpr:
		return append(exprTags(x.X), exprTags(x.Y)...)
	case *constraint.OrExpr:
		return append(exprTags(x.X), exprTags(x.Y)...)
	}
	return nil
}

// SuffixTags returns the tags that a file name implies by its GOOS and GOARCH
// suffixes, as the go command reads them.
func SuffixTags(base string) []string {
	name, _, _ := strings.Cut(base, ".")
	// The part before the first underscore never counts, so linux.go is an
	// ordinary file.
	i := strings.Index(name, "_")
	if i < 0 {
		return nil
	}
	parts := strings.Split(name[i+1:], "_")
	if n := len(parts); parts[n-1] == "test" {
		parts = parts[:n-1]
	}
	n := len(parts)
	if n >= 2 && slices.Contains(gooses(), parts[n-2]) && slices.Contains(goarches(), parts[n-1]) {
		return parts[n-2:]
	}
	if n >= 1 && (slices.Contains(gooses(), parts[n-1]) || slices.Contains(goarches(), parts[n-1])) {
		return parts[n-1:]
	}
	return nil
}

func isOSTag(tag string) bool { return tag == "unix" || slices.Contains(gooses(), tag) }

// osSatisfies reports whether building for goos satisfies tag.
func osSatisfies(goos, tag string) bool {
	switch {
	case goos == tag:
		return true
	case tag == "unix":
		return !slices.Contains([]string{"js", "nacl", "plan9", "wasip1", "windows", "zos"}, goos)
	case tag == "linux":
		return goos == "android"
	case tag == "solaris":
		return goos == "illumos"
	case tag == "darwin":
		return goos == "ios"
	}
	return false
}

// gooses returns every operating system that a file name may mention.
func gooses() []string {
	return []string{
		"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js",
		"linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
	}
}

// goarches returns every architecture that a file name may mention.
func goarches() []string {
	return []string{
		"386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips",
		"mips64", "mips64le", "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le",
		"riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm",
	}
}
