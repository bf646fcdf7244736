package model

import (
	"slices"
	"strings"
)

// Build is one configuration that the go command may compile a package for.
type Build struct {
	goos, goarch string
	cgo          bool
	tags         []string // custom tags that are set
}

// Includes reports whether files with each of the constraints take part in the build.
func (b *Build) Includes(constraints ...Constraint) bool {
	return !slices.ContainsFunc(constraints, func(c Constraint) bool { return !c.eval(b.satisfies) })
}

// satisfies reports whether the build satisfies a tag. Tags of releases count as
// satisfied, and ignore never does: by convention it is set nowhere.
func (b *Build) satisfies(tag string) bool {
	switch {
	case tag == b.goarch || tag == "gc" || tag == "cgo" && b.cgo || strings.HasPrefix(tag, "go1."):
		return true
	case predefined(tag):
		return osSatisfies(b.goos, tag)
	}
	return slices.Contains(b.tags, tag)
}

// predefined reports whether a tag is none that a user sets.
func predefined(tag string) bool {
	switch tag {
	case "gc", "gccgo", "cgo", "ignore":
		return true
	}
	return isOSTag(tag) || slices.Contains(goarches(), tag) || strings.HasPrefix(tag, "go1.")
}

// Builds returns the configurations that distinguish the constraints: all ports,
// with and without cgo, with and without each custom tag that the constraints
// mention. Of more than maxFreeTags custom tags only one at a time is set.
func Builds(constraints ...Constraint) []*Build {
	var custom []string
	for _, c := range constraints {
		custom = append(custom, slices.DeleteFunc(c.tags(), predefined)...)
	}
	slices.Sort(custom)
	var list []*Build
	for _, tags := range subsets(slices.Compact(custom)) {
		list = append(list, plainBuilds(tags)...)
	}
	return list
}

// plainBuilds returns all ports, with and without cgo, with the given tags.
func plainBuilds(tags []string) []*Build {
	var list []*Build
	for _, p := range ports() {
		goos, goarch, _ := strings.Cut(p, "/")
		list = append(list, &Build{goos, goarch, false, tags}, &Build{goos, goarch, true, tags})
	}
	return list
}

// subsets returns the subsets of tags, beginning with the empty one.
func subsets(tags []string) [][]string {
	all := [][]string{nil}
	for _, t := range tags {
		for _, s := range all {
			if len(tags) <= maxFreeTags || len(s) == 0 {
				all = append(all, append(slices.Clip(s), t))
			}
		}
	}
	return all
}

// Together reports whether some build without custom tags includes files with
// all of the constraints, so that a name declared in two of them is declared
// twice.
func Together(constraints ...Constraint) bool {
	if !slices.ContainsFunc(constraints, func(c Constraint) bool { return !c.IsZero() }) {
		return true
	}
	return slices.ContainsFunc(plainBuilds(nil), func(b *Build) bool { return b.Includes(constraints...) })
}

// ports returns the systems that the go command compiles for, as "go tool dist
// list" prints them.
func ports() []string {
	return strings.Fields(`
		aix/ppc64 android/386 android/amd64 android/arm android/arm64 darwin/amd64 darwin/arm64
		dragonfly/amd64 freebsd/386 freebsd/amd64 freebsd/arm freebsd/arm64 illumos/amd64 ios/amd64
		ios/arm64 js/wasm linux/386 linux/amd64 linux/arm linux/arm64 linux/loong64 linux/mips
		linux/mips64 linux/mips64le linux/mipsle linux/ppc64 linux/ppc64le linux/riscv64 linux/s390x
		netbsd/386 netbsd/amd64 netbsd/arm netbsd/arm64 openbsd/386 openbsd/amd64 openbsd/arm
		openbsd/arm64 openbsd/ppc64 openbsd/riscv64 plan9/386 plan9/amd64 plan9/arm solaris/amd64
		wasip1/wasm windows/386 windows/amd64 windows/arm64`)
}
