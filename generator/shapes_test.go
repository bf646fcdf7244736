package generator_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

// forms are the ways to declare a handler: a function, and methods with every
// kind of receiver. $r is the receiver's name. The type parameters of a generic
// type have other names in the receiver than in its declaration, or none; $0 and
// $1 are names that the output needs and the signature does not.
func forms() []form {
	return []form{
		{"Function", "", false},
		{"Pointer", "$r *R", false},
		{"Value", "$r R", false},
		{"Unnamed", "*R", false},
		{"UnnamedValue", "R", false},
		{"Blank", "_ *R", false},
		{"BlankValue", "_ R", false},
		{"Inner", "$r *(R)", false},
		{"Outer", "$r (*R)", false},
		{"Both", "((R))", false},
		{"Renamed", "$r *G[A1, B1]", true},
		{"RenamedOuter", "$r (*(G[$0, $1]))", true},
		{"RenamedValue", "G[$1, $0]", true},
		{"BlankParameters", "$r *G[_, _]", false},
		{"OneBlankParameter", "(G[_, $0])", false},
		{"AllBlank", "_ *(G[_, _])", false},
	}
}

// form is one of the [forms]: a name, a receiver, and whether the signature
// speaks of the type parameters that the receiver declares.
type form struct {
	name, recv string
	renamed    bool
}

func (s shape) handlerName(f form) string {
	if s.unexported {
		return strings.ToLower(f.name[:1]) + f.name[1:]
	}
	return f.name
}

func (s shape) modes() []string {
	if s.onlyBridge {
		return []string{"bridge"}
	}
	return []string{"bridge", "async", "spawn"}
}

// with puts types in the place of the type parameters.
func with(text string, args ...string) string {
	if len(args) < 2 {
		return text
	}
	return strings.NewReplacer("$T", args[0], "$U", args[1]).Replace(text)
}

// unused returns names that get in the way of the output, without those that
// the signature relies on.
func (s shape) unused() []string {
	words := strings.FieldsFunc(s.recv+" "+s.params+s.results, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return slices.DeleteFunc([]string{"error", "context", "loop", "string", "any", "in", "ctx"}, func(name string) bool {
		return slices.Contains(words, name)
	})
}

// handler writes the function of one form.
func (s shape) handler(f form) string {
	recv := strings.NewReplacer("$r", cmp.Or(s.recv, "r"), "$0", s.unused()[0], "$1", s.unused()[1]).Replace(f.recv)
	args, list := s.args, ""
	switch {
	case f.recv == "" && s.typeParams != "":
		args, list = []string{"T", "U"}, "["+with(s.typeParams, "T", "U")+"]"
	case f.renamed:
		from, to := strings.Index(recv, "["), strings.Index(recv, "]")
		args = strings.Split(recv[from+1:to], ", ")
	}
	if recv != "" {
		recv = "(" + recv + ") "
	}
	directives := ""
	for _, mode := range s.modes() {
		directives += "//asyncgen:" + mode + " loop=default\n"
	}
	return fmt.Sprintf("%s%sfunc %s%s%s%s %s { for {} }\n\n", s.doc, directives, recv, s.handlerName(f), list, with(s.params, args...), with(s.results, args...))
}

// source writes the file with all handlers of a shape, and with two fronts.
func (s shape) source() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%spackage %s\n\n", s.header, cmp.Or(s.clause, "p"))
	for _, spec := range s.imports {
		fmt.Fprintf(&b, "import %s\n\n", spec)
	}
	typeParams := cmp.Or(with(s.typeParams, "T", "U"), "T interface{}, U interface{}")
	fmt.Fprintf(&b, "%s\n\ntype R struct{}\n\ntype G[%s] struct{}\n\n", s.decls, typeParams)
	for _, f := range forms() {
		b.WriteString(s.handler(f))
	}
	s.fronts(&b, typeParams)
	return b.String()
}

func (s shape) fronts(b *strings.Builder, typeParams string) {
	do := s.handlerName(form{name: "Do"})
	params, results := with(s.params, "T", "U"), with(s.results, "T", "U")
	for _, mode := range s.modes() {
		fmt.Fprintf(b, "//asyncgen:%s\n", mode)
	}
	fmt.Fprintf(b, "type Interface[%s] interface {\n\t%s\n\t%s%s %s\n}\n\n", typeParams, s.embeds, do, params, results)
	if s.unexported {
		return // a front has the exported methods of a struct only
	}
	// The methods of G have directives of all modes.
	fmt.Fprintf(b, "//asyncgen:bridge loop=default\ntype Struct[%s] struct{ *G[T, U] }\n\n", typeParams)
}

func (s shape) files() map[string]string {
	files := map[string]string{path.Join(s.name, cmp.Or(s.file, "p.go")): s.source()}
	if s.twin != "" {
		files[path.Join(s.name, s.twin)] = s.source()
	}
	for name, text := range s.more {
		files[path.Join(s.name, name)] = text
	}
	return files
}

// TestShapes generates for every shape as every form of handler, in every mode
// and as a front, and demands what can be demanded of each.
func TestShapes(t *testing.T) {
	t.Parallel()
	testShapes(t, slices.Concat(plainShapes(), hidingShapes(), genericShapes()))
}

// TestShapesOfPackages does the same in packages that are not as they should be,
// whose loading takes longer.
func TestShapesOfPackages(t *testing.T) {
	t.Parallel()
	testShapes(t, stateShapes())
}

// testShapes has all of them generated in one run.
func testShapes(t *testing.T, list []shape) {
	files := map[string]string{"go-odd/odd.go": oddSource}
	for _, s := range list {
		maps.Copy(files, s.files())
	}
	dir := module(t, files)
	r, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) { s.verify(t, dir, r) })
	}
}

// owns tells whether pkg is the shape's package, or the external tests of it.
func (s shape) owns(pkg string) bool {
	return strings.TrimSuffix(pkg, "_test") == "example.com/m/"+s.name
}

func (s shape) verify(t *testing.T, dir string, r *generator.Result) {
	var found []string
	for _, d := range r.Diagnostics {
		if s.owns(d.Package) {
			found = append(found, fmt.Sprintf("%s: %s [%s]", relative(dir, d.Pos.Filename), d.Message, d.Code))
		}
	}
	if s.code != "" {
		s.requireRefused(t, r)
		return
	}
	require.Empty(t, found)
	bridged := map[string]bool{}
	for _, h := range r.Handlers {
		if s.owns(h.Package) {
			bridged[h.Name+" "+string(h.Mode)] = true
		}
	}
	for _, f := range forms() {
		for _, mode := range s.modes() {
			require.True(t, bridged[s.qualified(f)+" "+mode], "%s has no %s", s.qualified(f), mode)
		}
	}
	i := slices.IndexFunc(r.Files, func(f generator.File) bool { return s.owns(f.Package) })
	require.GreaterOrEqual(t, i, 0)
	text := string(r.Files[i].New)
	require.Contains(t, text, "type InterfaceOnLoop[")
	require.Equal(t, !s.unexported, strings.Contains(text, "type StructOnLoop["))
	require.Contains(t, text, s.header)
	if strings.Contains(s.doc, "Deprecated:") {
		require.GreaterOrEqual(t, strings.Count(text, "// Deprecated: do not."), len(forms())*len(s.modes()))
	}
	if !s.broken {
		s.requireTypes(t, r)
	}
}

// qualified is the name under which handlers are listed.
func (s shape) qualified(f form) string {
	switch {
	case f.recv == "":
		return s.handlerName(f)
	case strings.Contains(f.recv, "G["):
		return "G." + s.handlerName(f)
	}
	return "R." + s.handlerName(f)
}

// requireRefused demands the shape's diagnostic for every handler and front.
func (s shape) requireRefused(t *testing.T, r *generator.Result) {
	lines := map[int]bool{}
	for _, d := range r.Diagnostics {
		if s.owns(d.Package) {
			require.Equal(t, s.code, string(d.Code), d.Message)
			require.NotEmpty(t, d.Hint)
			lines[d.Pos.Line] = true
		}
	}
	require.GreaterOrEqual(t, len(lines), len(forms()))
}

// requireTypes demands that the package compiles with what was generated. It is
// asked again here because the generator says nothing of mistakes elsewhere,
// and a shape that is no Go would prove nothing.
func (s shape) requireTypes(t *testing.T, r *generator.Result) {
	sources := map[string]string{}
	for name, text := range s.files() {
		if path.Dir(name) == s.name {
			sources[path.Base(name)] = text
		}
	}
	for _, f := range r.Files {
		if s.owns(f.Package) {
			sources[filepath.Base(f.Path)] = string(f.New) // in the place of a stale one
		}
	}
	maps.DeleteFunc(sources, func(name, _ string) bool {
		return s.twin != "" && strings.HasSuffix(name, s.twin) || s.clause != "" && name == "doc.go"
	})
	require.Empty(t, sharedWorld(t).check(sources).Errors)
}
