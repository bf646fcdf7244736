package archtest_test

import (
	"fmt"
	"slices"
	"strings"
)

// rule is one row of the table: what the packages that match dir may do.
//
// A pattern is a directory, or a directory and everything below it: "loop/...".
// "..." alone is everything.
type rule struct {
	dir      string
	imports  []string // packages of this module
	external []string // modules, by path prefix; the standard library is always allowed
	without  []string // packages of the standard library that may not be imported
	never    []string // packages of this module that even tests may not import
	output   bool     // may print and exit
}

// testExternal are the modules that tests, and nothing else, may use.
func testExternal() []string {
	return []string{"github.com/stretchr/testify", "github.com/rogpeppe/go-internal", "golang.org/x/tools/txtar"}
}

// match reports whether pattern covers dir.
func match(pattern, dir string) bool {
	if parent, ok := strings.CutSuffix(pattern, "..."); ok {
		return parent == "" || strings.HasPrefix(dir+"/", parent)
	}
	return pattern == dir
}

func matchAny(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, dir) })
}

// check holds every package against the first row that covers it and returns a
// line for each violation. A package that no row covers is one.
func check(module string, rules []rule, pkgs []pkg) []string {
	var violations []string
	for _, p := range pkgs {
		i := slices.IndexFunc(rules, func(r rule) bool { return match(r.dir, p.dir) })
		if i < 0 {
			violations = append(violations, p.dir+": no row of the table covers this package")
			continue
		}
		for _, f := range p.files {
			violations = append(violations, checkFile(module, rules[i], f)...)
		}
	}
	return violations
}

func checkFile(module string, r rule, f file) []string {
	var violations []string
	for _, imported := range f.imports {
		if !mayImport(module, r, f.test, imported) {
			violations = append(violations, fmt.Sprintf("%s: imports %s", f.name, imported))
		}
	}
	if !r.output && !f.test {
		for _, use := range f.output {
			violations = append(violations, fmt.Sprintf("%s: uses %s", f.name, use))
		}
	}
	return violations
}

func mayImport(module string, r rule, test bool, imported string) bool {
	if dir, ok := within(imported, module); ok {
		if test {
			return !matchAny(r.never, dir)
		}
		return matchAny(r.imports, dir)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		// The standard library, but no cgo.
		return imported != "C" && (test || !slices.Contains(r.without, imported))
	}
	allowed := r.external
	if test {
		allowed = slices.Concat(allowed, testExternal())
	}
	return slices.ContainsFunc(allowed, func(m string) bool {
		_, ok := within(imported, m)
		return ok
	})
}

// within returns imported relative to the module, "." for its root.
func within(imported, module string) (dir string, ok bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}
