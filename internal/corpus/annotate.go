package corpus

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

const word = "//asyncgen:bridge loop=default"

// Function is one function that got a directive.
type Function struct {
	Dir      string // absolute
	Package  string // package clause
	Receiver string // name of the receiver's type, "" for functions
	Name     string
	Bridge   string // what its bridge must be called
}

// Annotation is what [Annotate] did.
type Annotation struct {
	Functions []Function
	inPlace   bool
	original  map[string][]byte // files as they were, by path
}

// Annotate puts a directive over every function of the module at root.
func Annotate(root string) (Annotation, error) { return annotate(root, false) }

// AnnotateInPlace puts a directive over every exported function and method of the module at root that a bridge can
// have the name of.
func AnnotateInPlace(root string) (Annotation, error) { return annotate(root, true) }

func annotate(root string, inPlace bool) (Annotation, error) {
	a := Annotation{original: map[string][]byte{}, inPlace: inPlace}
	dirs, err := sourceFiles(root)
	if err != nil {
		return a, err
	}
	for _, files := range dirs {
		if err := a.directory(files); err != nil {
			return a, err
		}
	}
	return a, nil
}

// Remove takes all directives away again.
func (a Annotation) Remove() error {
	for path, src := range a.original {
		if err := os.WriteFile(path, src, 0o600); err != nil {
			return fmt.Errorf("remove directives: %w", err)
		}
	}
	return nil
}

// sourceFiles returns the Go files below root by directory, those directories
// left out that the go command skips.
func sourceFiles(root string) (map[string][]string, error) {
	dirs := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")
		switch {
		case path == root:
			return nil
		case d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "vendor"):
			return filepath.SkipDir
		case !d.IsDir() && !hidden && strings.HasSuffix(path, ".go"):
			dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], path)
		}
		return nil
	})
	return dirs, err
}

// source is one parsed file.
type source struct {
	path string
	src  []byte
	fset *token.FileSet
	ast  *ast.File
}

func (a *Annotation) directory(paths []string) error {
	var files []source
	taken := map[string]bool{}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("annotate: %w", err)
		}
		f := source{path: path, src: src, fset: token.NewFileSet()}
		f.ast, err = parser.ParseFile(f.fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue // a template or a test case that only looks like Go
		}
		declaredNames(f.ast, taken)
		files = append(files, f)
	}
	for _, f := range files {
		if err := a.file(f, taken); err != nil {
			return err
		}
	}
	return nil
}

// declaredNames adds every name to set that a bridge might collide with. It is
// too many, because scopes are not told apart: a few bridges more than needed
// get a name of their own.
func declaredNames(f *ast.File, set map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			set[n.Name.Name] = true
			return false
		case *ast.TypeSpec:
			set[n.Name.Name] = true
		case *ast.ImportSpec:
			if n.Name != nil {
				set[n.Name.Name] = true
			}
		case *ast.Field:
			for _, name := range n.Names {
				set[name.Name] = true
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				set[name.Name] = true
			}
		}
		return true
	})
}

// file annotates one file and remembers what it was.
func (a *Annotation) file(f source, taken map[string]bool) error {
	if usesCgo(f.ast) {
		return nil
	}
	var out bytes.Buffer
	last := 0
	for _, d := range f.ast.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || !callable(decl) || a.inPlace && !bridgeable(f, decl) {
			continue
		}
		fn := Function{Dir: filepath.Dir(f.path), Package: f.ast.Name.Name, Receiver: receiver.TypeName(decl), Name: decl.Name.Name}
		text := word
		fn.Bridge = fn.Name + "OnLoop"
		if other := allowedName(fn, f.path, taken); other != fn.Bridge {
			fn.Bridge = other
			text += " name=" + other
		}
		if yieldsPairs(decl) {
			text += " signature=same" // there is no room for an error
		}
		if a.inPlace {
			fn.Bridge, text = fn.Name, word+" inplace"
		}
		at := f.fset.PositionFor(decl.Type.Func, false).Offset
		lead := f.lead(decl, at)
		before := f.src[last:at]
		if strings.HasPrefix(lead, "\n") {
			before = bytes.TrimRight(before, " \t")
		}
		out.Write(before)
		out.WriteString(strings.ReplaceAll(lead+text+"\n", "\n", f.newline()))
		last = at
		a.Functions = append(a.Functions, fn)
	}
	if last == 0 {
		return nil
	}
	out.Write(f.src[last:])
	a.original[f.path] = f.src
	return os.WriteFile(f.path, out.Bytes(), 0o600)
}

// newline is how lines end in the file.
func (f source) newline() string {
	if line, _, _ := bytes.Cut(f.src, []byte("\n")); bytes.HasSuffix(line, []byte("\r")) {
		return "\r\n"
	}
	return "\n"
}

// lead is what has to stand before a directive at offset at: gofmt wants an
// empty line between documentation and the first directive.
func (f source) lead(decl *ast.FuncDecl, at int) string {
	if decl.Doc == nil {
		if at > 0 && f.src[at-1] != '\n' {
			return "\n"
		}
		return ""
	}
	last := decl.Doc.List[len(decl.Doc.List)-1].Text
	switch {
	case f.src[at-1] != '\n':
		return "\n"
	case strings.HasPrefix(last, "/*"), strings.TrimSpace(last) == "//", isDirective(last):
		return ""
	}
	return "//\n"
}

// isDirective reports whether gofmt takes a line of a comment for a directive,
// which needs no empty line before the next one.
func isDirective(line string) bool {
	text := strings.TrimPrefix(line, "//")
	if strings.HasPrefix(text, "line ") || strings.HasPrefix(text, "extern ") || strings.HasPrefix(text, "export ") {
		return true
	}
	tool, rest, ok := strings.Cut(text, ":")
	lower := func(r rune) bool { return r < 'a' || r > 'z' }
	return ok && tool != "" && rest != "" && !strings.ContainsFunc(tool, func(r rune) bool { return lower(r) && !unicode.IsDigit(r) }) &&
		!strings.HasPrefix(rest, " ")
}

func usesCgo(f *ast.File) bool {
	return slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` })
}

func callable(d *ast.FuncDecl) bool {
	return d.Name.Name != "_" && (d.Name.Name != "init" || d.Recv != nil)
}

// yieldsPairs reports whether the only result of a function is an iter.Seq2 without an error, spelled as usual.
func yieldsPairs(d *ast.FuncDecl) bool {
	if d.Type.Results.NumFields() != 1 {
		return false
	}
	t, ok := d.Type.Results.List[0].Type.(*ast.IndexListExpr)
	if !ok || len(t.Indices) != 2 {
		return false
	}
	sel, ok := t.X.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Seq2" {
		return false
	}
	last, ok := t.Indices[1].(*ast.Ident)
	return !ok || last.Name != "error"
}

// allowedName returns the default name of fn's bridge, or another one where
// that cannot be.
func allowedName(fn Function, path string, taken map[string]bool) string {
	name := fn.Bridge
	if fn.Receiver == "" && strings.HasSuffix(path, "_test.go") && model.TestName(name) {
		name = "onLoop" + fn.Name
	}
	for taken[name] {
		name += "2"
	}
	return name
}
