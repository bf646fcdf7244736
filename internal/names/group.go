package names

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// output is one file to write and the handlers that go into it.
type output struct {
	path       string
	constraint model.Constraint
	handlers   []*model.Handler
	fronts     []*model.Front
	inPlace    bool
}

// sources returns the names of the files that the output is generated from.
func (o output) sources() []string {
	var list []string
	for _, f := range o.fronts {
		list = append(list, filepath.Base(f.Source.Path))
	}
	for _, h := range o.handlers {
		list = append(list, filepath.Base(h.Source.Path))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// The files for handlers whose own files have no build constraint.
const (
	plainFile    = model.PlainFile
	testFile     = "async_gen_test.go"
	externalFile = "async_gen_x_test.go"
)

// group distributes handlers over files: one for all that are always compiled,
// and one per source file for those under a build constraint.
func group(pkg *model.Package) []output {
	var list []output
	of := func(src *model.Source, inPlace bool) *output {
		name := outputName(pkg, src)
		if inPlace {
			name = inPlaceName(pkg, src)
		}
		path := filepath.Join(pkg.Dir, name)
		i := slices.IndexFunc(list, func(o output) bool { return o.path == path })
		if i < 0 {
			list = append(list, output{path: path, constraint: src.Constraint, inPlace: inPlace})
			i = len(list) - 1
		}
		return &list[i]
	}
	for _, f := range pkg.Fronts {
		o := of(f.Source, false)
		o.fronts = append(o.fronts, f)
	}
	for _, h := range pkg.Handlers {
		o := of(h.Source, h.InPlace)
		o.handlers = append(o.handlers, h)
	}
	return list
}

func outputName(pkg *model.Package, src *model.Source) string {
	switch {
	case !src.Constraint.IsZero():
		return constrainedName("async_gen_", filepath.Base(src.Path))
	case pkg.External:
		return externalFile
	case src.Test:
		return testFile
	}
	return plainFile
}

// constrainedName returns the output file for a constrained source file. The
// name keeps the meaning of the source's name for the go command, a GOOS suffix or
// _test, and gains no such meaning.
func constrainedName(prefix, base string) string {
	stem := strings.TrimSuffix(base, ".go")
	ending := ".go"
	if s, ok := strings.CutSuffix(stem, "_test"); ok {
		stem, ending = s, "_test.go"
	}
	meaning := model.SuffixTags(base)
	if len(meaning) > 0 {
		suffix := "_" + strings.Join(meaning, "_")
		stem, ending = strings.TrimSuffix(stem, suffix), suffix+ending
	}
	if prefix == "async_gen_" && strings.HasPrefix(stem, "inplace") {
		stem += "_go" // or it could be the name for a handler that is bridged in place
	}
	name := prefix + stem + ending
	for slices.Contains([]string{plainFile, testFile, externalFile, plainInPlace, testInPlace, externalInPlace}, name) ||
		strings.HasSuffix(name, "_test.go") != strings.HasSuffix(base, "_test.go") ||
		!slices.Equal(model.SuffixTags(name), meaning) {
		stem += "_go"
		name = prefix + stem + ending
	}
	return name
}
